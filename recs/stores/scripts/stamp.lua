-- Return the current generation, and a time that is later with each call even if the clock is set
-- back: an interaction that is received later must have a later timestamp.
-- KEYS: generation, latest stamp (us). Returns the generation's id ('0' if there is none) and us.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local latest = tonumber(redis.call('GET', KEYS[2]) or '0')
if now <= latest then now = latest + 1 end
-- pcall: if Redis has no memory left for it, the clock alone must do.
redis.pcall('SET', KEYS[2], string.format('%.0f', now))
return {redis.call('GET', KEYS[1]) or '0', string.format('%.0f', now)}
