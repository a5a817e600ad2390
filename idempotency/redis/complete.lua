-- KEYS[1]: the key. ARGV: the token, the time to keep the key in milliseconds.
-- Returns 1 if the event is done now, 0 if another token has claimed or completed it.
local stored = redis.call('GET', KEYS[1])
if stored and string.match(stored, '^%w+:(.*)$') ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], 'done:' .. ARGV[1], 'PX', ARGV[2])
return 1
