-- Reserve items for exploration slots. KEYS: reserved.
-- ARGV: now (s), end of the reservation (s), seconds to live, then for each wish: rows to release,
-- rows preferred (packed u32 both), how many. Returns the packed rows that each wish gets.
local FIRST_PORTION = 4 * 8  -- bytes: mostly one of the first rows is free
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])

local function unpack_rows(packed)
  local rows = {}
  for at = 1, #packed, 4 do rows[#rows + 1] = struct.unpack('<I4', packed, at) end
  return rows
end

for i = 4, #ARGV, 3 do
  local rows = unpack_rows(ARGV[i])
  for first = 1, #rows, 1000 do
    redis.call('ZREM', KEYS[1], unpack(rows, first, math.min(first + 999, #rows)))
  end
end

local given = {}
for i = 4, #ARGV, 3 do
  local preferred, count, free, reserved = ARGV[i + 1], tonumber(ARGV[i + 2]), {}, {}
  local met, first, portion = {}, 1, FIRST_PORTION
  while #free < count and first <= #preferred do
    local rows = unpack_rows(string.sub(preferred, first, first + portion - 1))
    local ends = redis.call('ZMSCORE', KEYS[1], unpack(rows))
    for j, row in ipairs(rows) do
      local reserved_until = ends[j]
      if not met[row] then
        met[row] = true
        if reserved_until then
          reserved[#reserved + 1] = {tonumber(reserved_until), first + j, row}
        elseif #free < count then
          free[#free + 1] = row
        end
      end
    end
    first, portion = first + portion, math.min(4 * portion, 4 * 1000)
  end
  if #free < count then
    table.sort(reserved, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end)
    for j = 1, math.min(count - #free, #reserved) do free[#free + 1] = reserved[j][3] end
  end
  local packed, scores = {}, {}
  for j, row in ipairs(free) do
    packed[j] = struct.pack('<I4', row)
    scores[2 * j - 1], scores[2 * j] = ARGV[2], row
  end
  if #free > 0 then redis.call('ZADD', KEYS[1], unpack(scores)) end
  given[#given + 1] = table.concat(packed)
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return given
