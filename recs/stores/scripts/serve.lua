-- The read path: return a user's next items, and record that they were shown.
-- KEYS: interactions, shown, slate.
-- ARGV, where a flag is 1 or 0:
--  1 k
--  2 now (s)
--  3 cold-start slate
--  4 entries to fill up with
--  5 seconds to live of a visitor's keys
--  6 seconds to live of a user's keys
--  7 most rows kept in `shown`
--  8 flag: record nothing
--  9 end of the entry (after the row) of an item shown before
-- 10 flag: items shown before may come
-- 11 flag: do nothing for a user who interacted and for whom no slate was ever ranked
-- 12 flag: what is left of the entries to fill up with (4) becomes the slate, if that is used up
-- Returns the entries served, how many are left in the slate, and 1 if the user is new, 2 if nothing
-- was done (flag 11), otherwise 0.
local k, now, most = tonumber(ARGV[1]), tonumber(ARGV[2]), 4 * tonumber(ARGV[7])
local recording = ARGV[8] == '0'
local HEADER, ENTRY, ROW = 8, 9, 4

local stored = redis.call('MGET', KEYS[3], KEYS[2])
local slate, shown = stored[1] or '', stored[2] or ''
local ranked = #slate > 0 and struct.unpack('<I4', slate, 5) or 0
local entries = string.sub(slate, HEADER + 1)
local interacted
if recording then interacted = redis.call('EXPIRE', KEYS[1], ARGV[6]) == 1
else interacted = redis.call('EXISTS', KEYS[1]) == 1 end
if ARGV[11] == '1' and interacted and ranked == 0 and #entries == 0 then return {'', 0, 2} end
local is_new = #slate == 0 and #shown == 0 and not interacted
if #entries == 0 and #shown == 0 and not interacted then entries = ARGV[3] end

local served, rows, chosen = {}, {}, {}

-- Return where a row begins in `shown`; nil if it is not there.
local function place(row)
  local at = string.find(shown, row, 1, true)
  while at and at % ROW ~= 1 do at = string.find(shown, row, at + 1, true) end
  return at
end

-- Serve the candidates that the user has not interacted with. candidates: offsets in `packed`, whose
-- records have `width` bytes. Returns the offset after the k-th item served; nil if more are needed.
local function serve(packed, width, candidates, on_served)
  local hidden = {}
  if interacted then
    local fields = {}
    for i, at in ipairs(candidates) do fields[i] = struct.unpack('<I4', packed, at) end
    for i, fact in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do
      hidden[i] = fact and string.byte(fact) ~= 48  -- "0", undone
    end
  end
  for i, at in ipairs(candidates) do
    local row = string.sub(packed, at, at + ROW - 1)
    if not hidden[i] and not chosen[row] then
      chosen[row] = true
      rows[#rows + 1] = row
      on_served(at, row)
      if #rows == k then return at + width end
    end
  end
end

-- Go through records in order, in growing portions, until k items are served. Returns the offset
-- where it stopped.
local function take(packed, width, is_candidate, on_served)
  local at, portion = 1, k - #rows
  while #rows < k and at <= #packed do
    local candidates = {}
    while at <= #packed and #candidates < portion do
      local row = string.sub(packed, at, at + ROW - 1)
      if is_candidate(row) then candidates[#candidates + 1] = at end
      at = at + width
    end
    if #candidates > 0 then at = serve(packed, width, candidates, on_served) or at end
    portion = math.min(2 * portion, 1000)
  end
  return at
end

local function not_shown(row) return not place(row) end
local function from(packed)
  return function(at) served[#served + 1] = string.sub(packed, at, at + ENTRY - 1) end
end

-- 1. The user's slate. 2. The entries to fill up with. 3. The items that were shown longest ago.
local left = string.sub(entries, take(entries, ENTRY, not_shown, from(entries)))
local more = string.sub(ARGV[4], take(ARGV[4], ENTRY, not_shown, from(ARGV[4])))
if ARGV[12] == '1' and #left == 0 then left = more end
local again = {}
if #rows < k and ARGV[10] == '1' then
  take(shown, ROW, function() return true end, function(at, row)
    again[#again + 1] = at
    served[#served + 1] = row .. ARGV[9]
  end)
end

if recording and (#rows > 0 or not is_new) then
  local ttl = interacted and ARGV[6] or ARGV[5]
  redis.call('SET', KEYS[3], struct.pack('<I4I4', now, ranked) .. left, 'EX', ttl)
  local added = table.concat(rows)
  if #again > 0 or #shown + #added > most then
    local kept, from_at = {}, 1
    for i, at in ipairs(again) do
      kept[i] = string.sub(shown, from_at, at - 1)
      from_at = at + ROW
    end
    shown = table.concat(kept) .. string.sub(shown, from_at) .. added
    redis.call('SET', KEYS[2], string.sub(shown, -most), 'EX', ttl)
  else
    if #added > 0 then redis.call('APPEND', KEYS[2], added) end
    redis.call('EXPIRE', KEYS[2], ttl)
  end
end
return {table.concat(served), #left / ENTRY, is_new and 1 or 0}
