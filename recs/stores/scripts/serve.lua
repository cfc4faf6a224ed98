-- The read path: a viewer's next titles, and the record that he was shown them.
-- ARGV: namespace, user, k, random number in [0, 1), events kept, viewer ttl in seconds, newest generation.
-- Returns the entries, best first; false while the newest generation, or one later, has no titles here.
local namespace, user, k = ARGV[1], ARGV[2], tonumber(ARGV[3])
local generation = redis.call('GET', namespace .. ':generation')
if not generation or tonumber(generation) < tonumber(ARGV[7]) then return false end
local prefix = namespace .. ':' .. generation .. ':'
if redis.call('EXISTS', prefix .. 'items') == 0 then return false end
local own, reacted, shown = prefix .. 'list:' .. user, prefix .. 'reacted:' .. user, prefix .. 'shown:' .. user
local entries, ids, chosen = {}, {}, {}

local function missing() return k - #ids end

-- Choose from a stretch of entries what he has not reacted to and, unless `seen_too`, not seen.
local function offer(stretch, seen_too)
  if #stretch == 0 then return end
  local offered = {}
  for i, entry in ipairs(stretch) do offered[i] = string.match(entry, '^[^\n]*') end
  local facts = redis.call('HMGET', reacted, unpack(offered))
  local showings = redis.call('ZMSCORE', shown, unpack(offered))
  for i, id in ipairs(offered) do
    local said = facts[i] and string.sub(facts[i], 1, 1) ~= '0'
    if missing() > 0 and not chosen[id] and not said and (seen_too or not showings[i]) then
      chosen[id] = true
      table.insert(ids, id)
      table.insert(entries, stretch[i])
    end
  end
end

-- 1. What was ranked for him; a viewer never heard of takes a prepared list as his own.
if redis.call('EXISTS', own, shown, reacted) == 0 then
  local starter = redis.call('LPOP', prefix .. 'starters')
  if starter then
    for entry in string.gmatch(starter, '[^\30]+') do redis.call('RPUSH', own, entry) end
    redis.call('EXPIRE', own, ARGV[6])
  end
end
while missing() > 0 do
  local popped = redis.call('LPOP', own, missing())
  if not popped or #popped == 0 then break end
  offer(popped)
end
-- 2. What everyone likes.
if missing() > 0 then offer(redis.call('LRANGE', prefix .. 'popular', 0, -1)) end
-- 3. The catalogue from a random place on: once round, or five thousand titles.
if missing() > 0 then
  local size = redis.call('LLEN', prefix .. 'items')
  local start = math.floor(tonumber(ARGV[4]) * size)
  for _ = 0, math.min(size, 5000) + 100, 100 do
    if missing() == 0 then break end
    offer(redis.call('LRANGE', prefix .. 'items', start, start + 99))
    start = start + 100
    if start >= size then start = 0 end
  end
end
-- 4. What he saw longest ago: known titles only. What he has reacted to gathers at the beginning.
local first = 0
while missing() > 0 do
  local oldest, known = redis.call('ZRANGE', shown, first, first + 999), {}
  if #oldest == 0 then break end
  for i, genres in ipairs(redis.call('HMGET', prefix .. 'genres', unpack(oldest))) do
    if genres then table.insert(known, oldest[i]) end
  end
  offer(known, true)
  first = first + 1000
end

if #ids > 0 then
  local clock = redis.call('TIME')
  local now = clock[1] .. '.' .. string.format('%06d', clock[2])
  local showings = {}
  for _, id in ipairs(ids) do
    table.insert(showings, now)
    table.insert(showings, id)
    redis.call('ZINCRBY', prefix .. 'impressions', 1, id)
  end
  redis.call('ZADD', shown, unpack(showings))
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
