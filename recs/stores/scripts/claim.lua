-- Reserve items for exploration slots. KEYS: reserved.
-- ARGV: now (s), end of the reservations (s), seconds to live, then for each wish: rows to release,
-- preferred rows (both packed u32), how many. Returns the packed rows that each wish gets.
-- A row is kept as its four bytes, here and in Redis, to save the conversion to numbers and texts.
local ROW, FIRST_PORTION, PORTION = 4, 4 * 8, 4 * 1000  -- bytes; one of the first 8 is mostly free
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])

local sub = string.sub

for i = 4, #ARGV, 3 do
  for first = 1, #ARGV[i], PORTION do
    local rows = {}
    for at = first, math.min(first + PORTION - 1, #ARGV[i]), ROW do
      rows[#rows + 1] = sub(ARGV[i], at, at + ROW - 1)
    end
    redis.call('ZREM', KEYS[1], unpack(rows))
  end
end

local new_end, ends = tonumber(ARGV[2]), {}  -- row -> end of its reservation; false: it is free

-- Return the rows of a portion and their number, after filling in `ends` for all of them.
local function look_up(packed, first, last)
  local rows, unknown, n, n_unknown = {}, {}, 0, 0
  for at = first, last, ROW do
    local row = sub(packed, at, at + ROW - 1)
    n = n + 1
    rows[n] = row
    if ends[row] == nil then
      n_unknown = n_unknown + 1
      unknown[n_unknown], ends[row] = row, false
    end
  end
  if n_unknown > 0 then
    for j, reserved_until in ipairs(redis.call('ZMSCORE', KEYS[1], unpack(unknown))) do
      if reserved_until then ends[unknown[j]] = tonumber(reserved_until) end
    end
  end
  return rows, n
end

-- Insert a row into `early`: the `most` reserved rows of one wish whose reservations end first, as
-- {end, row}; of equal ends the preferred row is first. When `early` is full, returns its last end:
-- a further row must end before it to be inserted.
local function keep(early, most, reserved_until, row)
  for _, each in ipairs(early) do if each[2] == row then return early[most] and early[most][1] end end
  local place = #early + 1
  while place > 1 and early[place - 1][1] > reserved_until do place = place - 1 end
  table.insert(early, place, {reserved_until, row})
  early[most + 1] = nil
  return early[most] and early[most][1]
end

local given = {}
for i = 4, #ARGV, 3 do
  local preferred, count = ARGV[i + 1], tonumber(ARGV[i + 2])
  local free, n_free, is_mine, early, latest = {}, 0, {}, {}, math.huge
  local first, portion = 1, FIRST_PORTION
  while n_free < count and first <= #preferred do
    local last = math.min(first + portion - 1, #preferred)
    local rows, n = look_up(preferred, first, last)
    for j = 1, n do
      local row = rows[j]
      local reserved_until = ends[row]
      if not reserved_until then
        n_free = n_free + 1
        free[n_free], is_mine[row], ends[row] = row, true, new_end
        if n_free == count then break end
      elseif reserved_until < latest and not is_mine[row] then
        latest = keep(early, count, reserved_until, row) or math.huge
      end
    end
    first, portion = last + 1, math.min(4 * portion, PORTION)
  end
  for j = 1, math.min(count - n_free, #early) do
    free[n_free + j] = early[j][2]
    ends[early[j][2]] = new_end
  end
  local scores = {}
  for j, row in ipairs(free) do scores[2 * j - 1], scores[2 * j] = ARGV[2], row end
  if #free > 0 then redis.call('ZADD', KEYS[1], unpack(scores)) end
  given[#given + 1] = table.concat(free)
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return given
