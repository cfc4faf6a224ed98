-- Note that bytes of a segment were applied, unless bytes before them were not.
-- KEYS: applied. ARGV: segment, first byte, end. Returns the offset up to which all is applied now.
local applied = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if applied < tonumber(ARGV[2]) or applied >= tonumber(ARGV[3]) then return applied end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return tonumber(ARGV[3])
