-- Apply rows of an interactions segment: facts, counters, events. Twice is harmless.
-- ARGV: namespace, generation, segment, offset before, offset after, events kept, then
-- user, item, sign (+ - 0), timestamp for each row.
-- Returns -1 applied, -2 the generation is over, else the offset from which the segment is missing.
local namespace, generation, segment = ARGV[1], ARGV[2], ARGV[3]
local before, after = tonumber(ARGV[4]), tonumber(ARGV[5])
if redis.call('GET', namespace .. ':generation') ~= generation then return -2 end
local prefix = namespace .. ':' .. generation .. ':'
local applied = tonumber(redis.call('HGET', prefix .. 'applied', segment) or '0')
if applied < before then return applied end

local clock = redis.call('TIME')
local now = clock[1] .. '.' .. string.format('%06d', clock[2])
local counters = {['+'] = 'likes', ['-'] = 'dislikes'}

local function count(sign, item, step)
  local counter = counters[sign]
  if not counter then return end
  if redis.call('ZINCRBY', prefix .. counter, step, item) == '0' then
    redis.call('ZREM', prefix .. counter, item)
  end
  redis.call('HINCRBY', prefix .. 'totals', counter, step)
end

for i = 7, #ARGV, 4 do
  local user, item, sign, timestamp = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local reacted = prefix .. 'reacted:' .. user
  local fact = redis.call('HGET', reacted, item)
  local earlier = fact and string.sub(fact, 1, 1) or '0'
  if not fact or tonumber(timestamp) >= tonumber(string.sub(fact, 2)) then
    redis.call('HSET', reacted, item, sign .. timestamp)
    if earlier ~= sign then
      count(earlier, item, -1)
      count(sign, item, 1)
      redis.call('HINCRBY', prefix .. 'totals', 'interactions', 1)
      if sign == '0' then redis.call('HINCRBY', prefix .. 'totals', 'undone', 1) end
      local number = redis.call('HINCRBY', prefix .. 'totals', 'events', 1)
      redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', ARGV[6], '*',
        'n', number, 't', 'r', 'u', user, 'i', item, 's', sign)
    end
    redis.call('ZADD', prefix .. 'stale', 'LT', now, user)
    redis.call('ZADD', prefix .. 'viewers', now, user)
    -- Should whoever takes him from `stale` die before his list is written, his turn comes by age.
    redis.call('ZADD', prefix .. 'ranked', 'NX', 0, user)
  end
end
if after > applied then redis.call('HSET', prefix .. 'applied', segment, after) end
return -1
