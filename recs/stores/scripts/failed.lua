-- Pause a user whose ranking raised, twice as long each time. KEYS: waiting, failures.
-- ARGV: user, now (s), longest pause (s). Returns the pause in seconds.
local before = redis.call('HGET', KEYS[2], ARGV[1])
local count = (before and tonumber(string.match(before, '^%d+')) or 0) + 1
local pause = math.min(2 ^ math.min(count - 1, 30), tonumber(ARGV[3]))
local pause_ends = string.format('%.6f', tonumber(ARGV[2]) + pause)
redis.call('HSET', KEYS[2], ARGV[1], count .. ' ' .. pause_ends)
redis.call('ZADD', KEYS[1], pause_ends, ARGV[1])
return pause
