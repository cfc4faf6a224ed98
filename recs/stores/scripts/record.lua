-- Record interactions of one user. Twice is harmless; the latest timestamp wins. Returns the time
-- (us): whoever reads the user's keys later, by the same clock, sees them.
-- KEYS: interactions, shown, slate. ARGV: seconds to live, then row, sign (+ - 0), timestamp each.
-- Of equal timestamps the later one wins: an interaction may be corrected within a microsecond.
local rows = {}
for i = 2, #ARGV, 3 do rows[#rows + 1] = ARGV[i] end
local recorded, latest, changes = redis.call('HMGET', KEYS[1], unpack(rows)), {}, {}
for i, row in ipairs(rows) do
  local known = latest[row] or (recorded[i] and tonumber(string.sub(recorded[i], 2)))
  local timestamp = ARGV[3 * i + 1]
  if not known or tonumber(timestamp) >= known then
    latest[row] = tonumber(timestamp)
    changes[#changes + 1] = row
    changes[#changes + 1] = ARGV[3 * i] .. timestamp
  end
end
if #changes > 0 then redis.call('HSET', KEYS[1], unpack(changes)) end
for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[1]) end
local clock = redis.call('TIME')
return clock[1] * 1000000 + clock[2]
