-- Note that no `rank` task is in the queue any more. KEYS: asked. Returns the time: s, us.
redis.call('DEL', KEYS[1])
return redis.call('TIME')
