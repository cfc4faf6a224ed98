-- Lease the users who wait longest. KEYS: waiting, failures. ARGV: how many, now (s), end of lease.
-- A user who pauses after a failed ranking is postponed to the end of the pause, even if they
-- interacted. Returns a flat list: user, since when they waited (s), and so on.
local count, now, taken = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
while #taken < 2 * count do
  local due = redis.call(
    'ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'WITHSCORES', 'LIMIT', 0, count - #taken / 2)
  if #due == 0 then break end
  local users, scores = {}, {}
  for i = 1, #due, 2 do users[#users + 1] = due[i] end
  for i, failure in ipairs(redis.call('HMGET', KEYS[2], unpack(users))) do
    local pause_ends = failure and tonumber(string.match(failure, ' (.*)')) or 0
    if pause_ends > now then
      scores[2 * i - 1] = string.match(failure, ' (.*)')
    else
      scores[2 * i - 1] = ARGV[3]
      taken[#taken + 1] = users[i]
      taken[#taken + 1] = due[2 * i]
    end
    scores[2 * i] = users[i]
  end
  redis.call('ZADD', KEYS[1], unpack(scores))
end
return taken
