-- Return what a ranker needs to know of one user. KEYS: interactions, shown, slate.
-- Returns the interactions as one text, "row fact row fact …", which is faster to send and read
-- than a list; shown; slate; the time (us).
local stored = redis.call('MGET', KEYS[2], KEYS[3])
local interactions = table.concat(redis.call('HGETALL', KEYS[1]), ' ')
local clock = redis.call('TIME')
return {interactions, stored[1] or '', stored[2] or '', clock[1] * 1000000 + clock[2]}
