-- Set the current generation, if the given one is newer.
-- KEYS: generation. ARGV: id. Returns the id of the current generation.
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
if tonumber(ARGV[1]) > current then redis.call('SET', KEYS[1], ARGV[1]) end
return redis.call('GET', KEYS[1])
