-- Returns 0 if the token has the claim, -1 if the event is done, else the milliseconds that another
-- claim has left. `least` limits what is left to a lease if the clock was set back.
INSERT INTO pivotal_webhooks_events AS stored (key, token, lease, expires_at)
VALUES (
  :key, :token, CAST(:lease AS bigint),
  statement_timestamp() + CAST(:lease AS bigint) * interval '1 millisecond'
)
ON CONFLICT (key) DO UPDATE SET
  token = CASE
    WHEN stored.expires_at <= statement_timestamp()
      OR (stored.token = excluded.token AND stored.lease > 0)
      THEN excluded.token
    ELSE stored.token
  END,
  lease = CASE
    WHEN stored.expires_at <= statement_timestamp()
      OR (stored.token = excluded.token AND stored.lease > 0)
      THEN excluded.lease
    ELSE stored.lease
  END,
  expires_at = CASE
    WHEN stored.expires_at <= statement_timestamp()
      OR (stored.token = excluded.token AND stored.lease > 0)
      THEN excluded.expires_at
    WHEN stored.lease = 0 THEN stored.expires_at
    ELSE least(
      stored.expires_at, statement_timestamp() + stored.lease * interval '1 millisecond'
    )
  END
RETURNING CASE
  WHEN lease = 0 THEN -1
  WHEN token = :token THEN 0
  ELSE CAST(ceil(extract(epoch FROM expires_at - statement_timestamp()) * 1000) AS int)
END AS result;
