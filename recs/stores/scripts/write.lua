-- Put ranked lists in place, unless the generation is over.
-- ARGV: namespace, generation, viewer ttl in seconds, then user, entries joined by \30, for each viewer.
-- Returns 1, or 0 if the generation is over.
if redis.call('GET', ARGV[1] .. ':generation') ~= ARGV[2] then return 0 end
local prefix = ARGV[1] .. ':' .. ARGV[2] .. ':'
local now = redis.call('TIME')[1]
for i = 4, #ARGV, 2 do
  local key, entries = prefix .. 'list:' .. ARGV[i], {}
  for entry in string.gmatch(ARGV[i + 1], '[^\30]+') do table.insert(entries, entry) end
  redis.call('DEL', key)
  if #entries > 0 then redis.call('RPUSH', key, unpack(entries)) end
  redis.call('EXPIRE', key, ARGV[3])
  redis.call('ZADD', prefix .. 'ranked', now, ARGV[i])
end
return 1
