-- Replace a user's slate, but keep the time of their last visit. A slate that was ranked a moment
-- before the stored one, by another process, replaces nothing. If it is older by a minute or more,
-- the clock was set back.
-- KEYS: interactions, slate. ARGV: entries, when it was ranked (ms, modulo 2^32), seconds to live of
-- a visitor's keys and of a user's.
local header = redis.call('GETRANGE', KEYS[2], 0, 7)
local slate = struct.pack('<I4', ARGV[2]) .. ARGV[1]
if header == '' then
  local ttl = redis.call('EXISTS', KEYS[1]) == 1 and ARGV[4] or ARGV[3]
  redis.call('SET', KEYS[2], '\0\0\0\0' .. slate, 'EX', ttl)
  return
end
local ranked = struct.unpack('<I4', header, 5)
local behind = ranked > 0 and (ranked - ARGV[2]) % 2 ^ 32 or 0
if behind == 0 or behind >= 60000 then
  redis.call('SET', KEYS[2], string.sub(header, 1, 4) .. slate, 'KEEPTTL')
end
