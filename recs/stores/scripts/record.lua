-- Record interactions of one user. Twice is harmless; the latest timestamp wins, but an opinion
-- (+ or -) always wins over watched (w), as in recs/interactions.py: `replaces`. Returns the time
-- (us): whoever reads the user's keys later, by the same clock, sees them.
-- KEYS: interactions, shown, slate. ARGV: seconds to live, then row, sign (+ - 0 w), timestamp each.
-- Of equal timestamps the later one wins: an interaction may be corrected within a microsecond.
local rows = {}
for i = 2, #ARGV, 3 do rows[#rows + 1] = ARGV[i] end
local recorded, latest, changes = redis.call('HMGET', KEYS[1], unpack(rows)), {}, {}
local signs, is_opinion = {}, {['+'] = true, ['-'] = true}
for i, row in ipairs(rows) do
  local known = latest[row] or (recorded[i] and tonumber(string.sub(recorded[i], 2)))
  local before = signs[row] or (recorded[i] and string.sub(recorded[i], 1, 1))
  local sign, timestamp = ARGV[3 * i], ARGV[3 * i + 1]
  local wins = not known or tonumber(timestamp) >= known
  if sign == 'w' and is_opinion[before] then wins = false end
  if before == 'w' and is_opinion[sign] then wins = true end
  if wins then
    latest[row], signs[row] = tonumber(timestamp), sign
    changes[#changes + 1] = row
    changes[#changes + 1] = sign .. timestamp
  end
end
if #changes > 0 then redis.call('HSET', KEYS[1], unpack(changes)) end
for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[1]) end
local clock = redis.call('TIME')
return clock[1] * 1000000 + clock[2]
