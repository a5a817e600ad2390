-- Returns 0 if the token has the claim, -1 if the event is done, else the milliseconds that another
-- claim has left. `min` limits what is left to a lease if the clock was set back.
INSERT INTO pivotal_webhooks_events AS stored (key, token, lease, expires_at)
VALUES (:key, :token, :lease, :now + :lease)
ON CONFLICT (key) DO UPDATE SET
  token = CASE
    WHEN stored.expires_at <= :now OR (stored.token = excluded.token AND stored.lease > 0)
      THEN excluded.token
    ELSE stored.token
  END,
  lease = CASE
    WHEN stored.expires_at <= :now OR (stored.token = excluded.token AND stored.lease > 0)
      THEN excluded.lease
    ELSE stored.lease
  END,
  expires_at = CASE
    WHEN stored.expires_at <= :now OR (stored.token = excluded.token AND stored.lease > 0)
      THEN excluded.expires_at
    WHEN stored.lease = 0 THEN stored.expires_at
    ELSE min(stored.expires_at, :now + stored.lease)
  END
RETURNING CASE
  WHEN lease = 0 THEN -1
  WHEN token = :token THEN 0
  ELSE expires_at - :now
END AS result;
