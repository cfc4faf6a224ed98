-- Add amounts to sums and set values, once. KEYS: tallies, number of the process's last push.
-- ARGV: number of this push, seconds to keep it, how many amounts, then field and amount of each,
-- then field and value of each.
if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[1]) then return end
local values = 4 + 2 * tonumber(ARGV[3])
for i = 4, #ARGV, 2 do
  redis.call(i < values and 'HINCRBYFLOAT' or 'HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
