-- Record interactions of one user. Recording twice is harmless. The latest timestamp wins, but an
-- opinion (+ or -) always wins over watched (w), as in recs/interactions.py: `replaces`. Of equal
-- timestamps the later argument wins: an interaction may be corrected within a microsecond.
-- KEYS: interactions, shown, slate, recorded.
-- ARGV: seconds to live, then for each interaction: row, sign (+ - 0 w), timestamp.
-- Returns when they were recorded (us, by the clock of this Redis): later reads see them. If nothing
-- was new, returns when the last new one was recorded: the collector may come after ingest, and even
-- after the slate was written.
local rows = {}
for i = 2, #ARGV, 3 do rows[#rows + 1] = ARGV[i] end
local recorded, facts = redis.call('HMGET', KEYS[1], unpack(rows)), {}
local is_opinion, changes = {['+'] = true, ['-'] = true}, {}
for i, row in ipairs(rows) do facts[row] = recorded[i] end
for i, row in ipairs(rows) do
  local sign, timestamp, known = ARGV[3 * i], ARGV[3 * i + 1], facts[row]
  local before = known and string.sub(known, 1, 1)
  local wins = not known or tonumber(timestamp) >= tonumber(string.sub(known, 2))
  if sign == 'w' and is_opinion[before] then wins = false end
  if before == 'w' and is_opinion[sign] then wins = true end
  if wins then facts[row] = sign .. timestamp end
end
for i, row in ipairs(rows) do
  if facts[row] ~= recorded[i] then
    changes[#changes + 1] = row
    changes[#changes + 1] = facts[row]
  end
end
if #changes > 0 then redis.call('HSET', KEYS[1], unpack(changes)) end
for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[1]) end
local before = #changes == 0 and redis.call('GET', KEYS[4])
if before then return tonumber(before) end
local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000000 + clock[2])
if #changes > 0 then redis.call('SET', KEYS[4], now, 'EX', 60) end
return tonumber(now)
