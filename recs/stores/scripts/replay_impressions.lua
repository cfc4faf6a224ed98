-- Record impressions of one user again, after Redis lost them. Recording twice is harmless.
-- KEYS: interactions, shown, slate. ARGV: rows (packed u32, in order), time of the visit (s),
-- seconds to live of a visitor's keys and of a user's, most rows kept in `shown`.
local all, most, ROW = (redis.call('GET', KEYS[2]) or '') .. ARGV[1], tonumber(ARGV[5]), 4
local newest, met = {}, {}
for at = #all - ROW + 1, 1, -ROW do
  local row = string.sub(all, at, at + ROW - 1)
  if not met[row] then
    met[row] = true
    newest[#newest + 1] = row
    if #newest == most then break end
  end
end
local shown = {}
for i = #newest, 1, -1 do shown[#shown + 1] = newest[i] end
local ttl = redis.call('EXISTS', KEYS[1]) == 1 and ARGV[4] or ARGV[3]
redis.call('SET', KEYS[2], table.concat(shown), 'EX', ttl)
local slate = redis.call('GET', KEYS[3]) or string.rep('\0', 8)
local visited = math.max(struct.unpack('<I4', slate), math.floor(tonumber(ARGV[2])))
redis.call('SET', KEYS[3], struct.pack('<I4', visited) .. string.sub(slate, 5), 'EX', ttl)
