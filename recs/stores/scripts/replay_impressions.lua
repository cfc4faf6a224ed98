-- Record impressions of one user that serve.lua did not record: those of lists ranked on demand, and
-- those that Redis may have lost.
-- KEYS: interactions, shown, slate. ARGV: rows (packed u32, in order), time of the visit (s),
-- seconds to live of a visitor's keys and of a user's, most rows kept in `shown`, and a flag (1 or 0):
-- rows that Redis has keep their place in `shown`, unless the visit is newer than the last known one.
local most, ROW = tonumber(ARGV[5]), 4
local slate = redis.call('GET', KEYS[3]) or string.rep('\0', 8)
local last, visited = struct.unpack('<I4', slate), math.floor(tonumber(ARGV[2]))
local before = redis.call('GET', KEYS[2]) or ''

local kept = {}
if ARGV[6] == '1' and visited <= last then
  for at = 1, #before, ROW do kept[string.sub(before, at, at + ROW - 1)] = true end
end

local newest, met = {}, {}
local function add(packed, except)
  for at = #packed - ROW + 1, 1, -ROW do
    local row = string.sub(packed, at, at + ROW - 1)
    if #newest < most and not met[row] and not except[row] then
      met[row] = true
      newest[#newest + 1] = row
    end
  end
end
add(ARGV[1], kept)
add(before, {})
local shown = {}
for i = #newest, 1, -1 do shown[#shown + 1] = newest[i] end

local ttl = redis.call('EXISTS', KEYS[1]) == 1 and ARGV[4] or ARGV[3]
redis.call('SET', KEYS[2], table.concat(shown), 'EX', ttl)
visited = struct.pack('<I4', math.max(last, visited))
redis.call('SET', KEYS[3], visited .. string.sub(slate, 5), 'EX', ttl)
