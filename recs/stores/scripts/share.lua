-- Put everyone's lists in place, unless the epoch is over: starters, popular titles, by genre.
-- ARGV: namespace, epoch, then suffix of a key, entries joined by \31, for each list.
-- Returns 1, or 0 if the epoch is over.
if redis.call('GET', ARGV[1] .. ':epoch') ~= ARGV[2] then return 0 end
local prefix = ARGV[1] .. ':' .. ARGV[2] .. ':'
for i = 3, #ARGV, 2 do
  local key = prefix .. ARGV[i]
  redis.call('DEL', key)
  for entry in string.gmatch(ARGV[i + 1], '[^\31]+') do redis.call('RPUSH', key, entry) end
end
return 1
