-- Tell which generation it is, and the time.
-- KEYS: generation. Returns its id ('0' if there is none), seconds, microseconds.
local clock = redis.call('TIME')
return {redis.call('GET', KEYS[1]) or '0', clock[1], clock[2]}
