-- Return what a ranker needs to know of one user. KEYS: interactions, shown, slate.
-- ARGV: how many interactions are returned at most.
-- Returns the interactions as one text, "row fact row fact …", which is faster to send and read
-- than a list; nil if there are too many. Then shown; slate; the time (us).
local stored, interactions = redis.call('MGET', KEYS[2], KEYS[3]), false
if redis.call('HLEN', KEYS[1]) <= tonumber(ARGV[1]) then
  interactions = table.concat(redis.call('HGETALL', KEYS[1]), ' ')
end
local clock = redis.call('TIME')
return {interactions, stored[1] or '', stored[2] or '', clock[1] * 1000000 + clock[2]}
