-- KEYS[1]: the key. ARGV: the token, the lease in milliseconds.
-- Returns 0 if the token has the claim, -1 if the event is done, else the milliseconds that another
-- claim has left. A value is `LEASE:TOKEN` while the event is in progress, and `done:TOKEN` when it is
-- done.
local stored = redis.call('GET', KEYS[1])
if stored then
  local lease, token = string.match(stored, '^(%w+):(.*)$')
  if lease == 'done' then
    return -1
  end
  if token ~= ARGV[1] then
    local left = redis.call('PTTL', KEYS[1])
    -- More than the lease is left only if the clock was set back, or the expiry was removed.
    if left < 0 or left > tonumber(lease) then
      left = tonumber(lease)
      redis.call('PEXPIRE', KEYS[1], left)
    end
    return math.max(left, 1)
  end
end
redis.call('SET', KEYS[1], ARGV[2] .. ':' .. ARGV[1], 'PX', ARGV[2])
return 0
