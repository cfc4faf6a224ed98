-- End leases. KEYS: waiting, failures. ARGV: end of the lease, then users.
-- A user who interacted meanwhile, or was leased again, has another time and keeps waiting.
local users = {}
for i = 2, #ARGV do users[i - 1] = ARGV[i] end
redis.call('HDEL', KEYS[2], unpack(users))
local done, lease = {}, tonumber(ARGV[1])
for i, score in ipairs(redis.call('ZMSCORE', KEYS[1], unpack(users))) do
  if score and tonumber(score) == lease then done[#done + 1] = users[i] end
end
if #done > 0 then redis.call('ZREM', KEYS[1], unpack(done)) end
