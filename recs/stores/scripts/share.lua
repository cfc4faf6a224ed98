-- Put everyone's lists in place, unless the generation is over: starters, popular titles, by genre.
-- ARGV: namespace, generation, then suffix of a key, entries joined by \31, for each list.
-- Returns 1, or 0 if the generation is over.
if redis.call('GET', ARGV[1] .. ':generation') ~= ARGV[2] then return 0 end
local prefix = ARGV[1] .. ':' .. ARGV[2] .. ':'
for i = 3, #ARGV, 2 do
  local key, entries = prefix .. ARGV[i], {}
  for entry in string.gmatch(ARGV[i + 1], '[^\31]+') do table.insert(entries, entry) end
  redis.call('DEL', key)
  if #entries > 0 then redis.call('RPUSH', key, unpack(entries)) end
end
return 1
