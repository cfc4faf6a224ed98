-- Record impressions of one user again, after Redis lost them. Twice is harmless.
-- KEYS: interactions, shown, slate. ARGV: rows (packed u32, in order), when (s), seconds to live of
-- a visitor's keys, of a user's, most rows kept in `shown`.
local shown, rows, ROW = redis.call('GET', KEYS[2]) or '', ARGV[1], 4
for at = 1, #rows, ROW do
  local row = string.sub(rows, at, at + ROW - 1)
  local place = string.find(shown, row, 1, true)
  while place and place % ROW ~= 1 do place = string.find(shown, row, place + 1, true) end
  if place then shown = string.sub(shown, 1, place - 1) .. string.sub(shown, place + ROW) end
  shown = shown .. row
end
local ttl = redis.call('EXISTS', KEYS[1]) == 1 and ARGV[4] or ARGV[3]
redis.call('SET', KEYS[2], string.sub(shown, -ROW * ARGV[5]), 'EX', ttl)
local slate = redis.call('GET', KEYS[3]) or string.rep('\0', 8)
local visited = math.max(struct.unpack('<I4', slate), math.floor(tonumber(ARGV[2])))
redis.call('SET', KEYS[3], struct.pack('<I4', visited) .. string.sub(slate, 5), 'EX', ttl)
