-- Apply rows of an impressions segment again, after Redis lost them. Twice is harmless.
-- ARGV: namespace, generation, segment, offset before, offset after, events kept, viewer ttl, then
-- user, items (with \n between), timestamp for each row. Returns as record.lua does.
local namespace, generation, segment = ARGV[1], ARGV[2], ARGV[3]
local before, after = tonumber(ARGV[4]), tonumber(ARGV[5])
if redis.call('GET', namespace .. ':generation') ~= generation then return -2 end
local prefix = namespace .. ':' .. generation .. ':'
local applied = tonumber(redis.call('HGET', prefix .. 'applied', segment) or '0')
if applied < before then return applied end

for i = 8, #ARGV, 3 do
  local user, timestamp = ARGV[i], ARGV[i + 2]
  local shown, added = prefix .. 'shown:' .. user, 0
  for item in string.gmatch(ARGV[i + 1], '[^\n]+') do
    if redis.call('ZADD', shown, 'GT', 'CH', timestamp, item) == 1 then
      redis.call('ZINCRBY', prefix .. 'impressions', 1, item)
      added = added + 1
    end
  end
  if added > 0 then
    redis.call('EXPIRE', shown, ARGV[7])
    redis.call('HINCRBY', prefix .. 'totals', 'impressions', added)
    redis.call('HINCRBY', prefix .. 'totals', 'lists', 1)
    redis.call('ZADD', prefix .. 'viewers', 'GT', timestamp, user)
    redis.call('ZADD', prefix .. 'stale', 'LT', timestamp, user)
    local number = redis.call('HINCRBY', prefix .. 'totals', 'events', 1)
    redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', ARGV[6], '*',
      'n', number, 't', 's', 'u', user, 'x', ARGV[i + 1])
  end
end
if after > applied then redis.call('HSET', prefix .. 'applied', segment, after) end
return -1
