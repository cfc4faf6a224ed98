-- The read path: a viewer's next titles, and the record that he was shown them.
-- ARGV: namespace, user, k, random number in [0, 1), events kept, viewer ttl in seconds.
-- Returns the entries, best first; false while no epoch has begun.
local namespace, user, k = ARGV[1], ARGV[2], tonumber(ARGV[3])
local epoch = redis.call('GET', namespace .. ':epoch')
if not epoch then return false end
local prefix = namespace .. ':' .. epoch .. ':'
local own, reacted, shown = prefix .. 'list:' .. user, prefix .. 'reacted:' .. user, prefix .. 'shown:' .. user
local entries, ids, chosen = {}, {}, {}

local function missing() return k - #ids end

local function offer(entry, seen_too)
  local id = string.match(entry, '^[^\n]*')
  if missing() == 0 or chosen[id] then return end
  local fact = redis.call('HGET', reacted, id)
  if fact and string.sub(fact, 1, 1) ~= '0' then return end
  if not seen_too and redis.call('ZSCORE', shown, id) then return end
  chosen[id] = true
  table.insert(ids, id)
  table.insert(entries, entry)
end

local function offer_range(key, first, last)
  local range = redis.call('LRANGE', key, first, last)
  for _, entry in ipairs(range) do offer(entry) end
  return #range
end

-- 1. What was ranked for him; a viewer never heard of takes a prepared list as his own.
if redis.call('EXISTS', own, shown, reacted) == 0 then
  local starter = redis.call('LPOP', prefix .. 'starters')
  if starter then
    for entry in string.gmatch(starter, '[^\30]+') do redis.call('RPUSH', own, entry) end
  end
end
while missing() > 0 do
  local popped = redis.call('LPOP', own, missing())
  if not popped or #popped == 0 then break end
  for _, entry in ipairs(popped) do offer(entry) end
end
-- 2. What everyone likes.
if missing() > 0 then offer_range(prefix .. 'popular', 0, -1) end
-- 3. The catalogue: some random stretches of it; the whole of a small one.
if missing() > 0 then
  local size = redis.call('LLEN', prefix .. 'items')
  if size > 0 then
    local start = math.floor(tonumber(ARGV[4]) * size)
    for _ = 1, 10 do
      if missing() == 0 then break end
      local read = offer_range(prefix .. 'items', start, start + 99)
      start = start + read
      if start >= size then start = 0 end
    end
  end
end
-- 4. What he saw longest ago. Only known items: a title that is not in the catalogue is never shown.
if missing() > 0 then
  for _, id in ipairs(redis.call('ZRANGE', shown, 0, -1)) do
    if missing() == 0 then break end
    if redis.call('HEXISTS', prefix .. 'genres', id) == 1 then offer(id, true) end
  end
end

local clock = redis.call('TIME')
local now = clock[1] .. '.' .. string.format('%06d', clock[2])
if #ids > 0 then
  for _, id in ipairs(ids) do
    redis.call('ZADD', shown, now, id)
    redis.call('ZINCRBY', prefix .. 'impressions', 1, id)
  end
  redis.call('EXPIRE', shown, ARGV[6])
  redis.call('HINCRBY', prefix .. 'totals', 'impressions', #ids)
  redis.call('HINCRBY', prefix .. 'totals', 'lists', 1)
  local number = redis.call('HINCRBY', prefix .. 'totals', 'events', 1)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', ARGV[5], '*',
    'n', number, 't', 'i', 'u', user, 'x', table.concat(ids, '\n'), 'at', now)
  redis.call('ZADD', prefix .. 'viewers', now, user)
  if redis.call('LLEN', own) < k then redis.call('ZADD', prefix .. 'stale', 'LT', now, user) end
end
return entries
