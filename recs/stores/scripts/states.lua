-- What a ranker needs of one user. KEYS: interactions, shown, slate.
-- Returns the interactions as one text, "row fact row fact …", which is quicker to send and to read
-- than a list; shown; slate.
local stored = redis.call('MGET', KEYS[2], KEYS[3])
return {table.concat(redis.call('HGETALL', KEYS[1]), ' '), stored[1] or '', stored[2] or ''}
