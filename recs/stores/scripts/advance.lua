-- Set the current generation, if the given one is newer.
-- KEYS: generation. ARGV: id. Returns the id of the current generation.
local id, known = string.format('%.0f', ARGV[1]), redis.pcall('GET', KEYS[1])
-- What is no id was put there by somebody else: it is replaced, whatever its type.
local is_id = type(known) == 'string' and string.match(known, '^%d+$')
if is_id and tonumber(known) >= tonumber(id) then return known end
redis.call('SET', KEYS[1], id)
return id
