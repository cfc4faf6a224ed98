-- Tell which generation it is, and the time, which is later with each call, though the clock may be
-- put back: what is received later must count as later.
-- KEYS: generation, latest stamp (us). Returns the generation's id ('0' if there is none) and us.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local latest = tonumber(redis.call('GET', KEYS[2]) or '0')
if now <= latest then now = latest + 1 end
redis.pcall('SET', KEYS[2], string.format('%.0f', now))  -- without memory for it the clock must do
return {redis.call('GET', KEYS[1]) or '0', string.format('%.0f', now)}
