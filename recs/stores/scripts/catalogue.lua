-- Apply rows of a catalogue segment: items and their genres. Twice is harmless.
-- ARGV: namespace, generation, segment, offset before, offset after, events kept, then
-- item, genres (with | between) for each row. No genres leave those of a known item alone.
-- Returns as record.lua does.
local namespace, generation, segment = ARGV[1], ARGV[2], ARGV[3]
local before, after = tonumber(ARGV[4]), tonumber(ARGV[5])
if redis.call('GET', namespace .. ':generation') ~= generation then return -2 end
local prefix = namespace .. ':' .. generation .. ':'
local applied = tonumber(redis.call('HGET', prefix .. 'applied', segment) or '0')
if applied < before then return applied end

local changed = {}
for i = 7, #ARGV, 2 do
  local item, genres = ARGV[i], ARGV[i + 1]
  local known = redis.call('HGET', prefix .. 'genres', item)
  if not known then redis.call('RPUSH', prefix .. 'items', item) end
  if not known or (genres ~= '' and genres ~= known) then
    redis.call('HSET', prefix .. 'genres', item, genres)
    table.insert(changed, item)
  end
end
if #changed > 0 then
  local number = redis.call('HINCRBY', prefix .. 'totals', 'events', 1)
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', ARGV[6], '*',
    'n', number, 't', 'c', 'x', table.concat(changed, '\n'))
end
if after > applied then redis.call('HSET', prefix .. 'applied', segment, after) end
return -1
