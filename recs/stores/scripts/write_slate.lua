-- Replace a user's slate, but keep the time of their last visit.
-- KEYS: interactions, slate. ARGV: entries, when it was ranked (ms, modulo 2^32), seconds to live of
-- a visitor's keys and of a user's.
local visited = redis.call('GETRANGE', KEYS[2], 0, 3)
local slate = struct.pack('<I4', ARGV[2]) .. ARGV[1]
if visited ~= '' then
  redis.call('SET', KEYS[2], visited .. slate, 'KEEPTTL')
else
  local ttl = redis.call('EXISTS', KEYS[1]) == 1 and ARGV[4] or ARGV[3]
  redis.call('SET', KEYS[2], '\0\0\0\0' .. slate, 'EX', ttl)
end
