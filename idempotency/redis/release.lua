-- KEYS[1]: the key. ARGV: the token. Returns 1 if the token had the claim, else 0.
local stored = redis.call('GET', KEYS[1])
if stored and string.match(stored, '^%d+:(.*)$') == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
