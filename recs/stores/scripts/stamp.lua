-- Return the current generation, and a time that is later with each call even if the clock is set
-- back: an interaction that is received later must have a later timestamp.
-- KEYS: generation, latest stamp (us). Returns the generation's id ('0' if there is none) and us.
local function number_at(key)
  local found = redis.pcall('GET', key)
  -- What is no number was put there by somebody else.
  return type(found) == 'string' and string.match(found, '^%d+$') or '0'
end

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local latest = tonumber(number_at(KEYS[2]))
if now <= latest then now = latest + 1 end
-- pcall: if Redis has no memory left for it, the clock alone must do.
redis.pcall('SET', KEYS[2], string.format('%.0f', now))
return {number_at(KEYS[1]), string.format('%.0f', now)}
