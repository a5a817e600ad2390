-- Returns a row if the event is done now, none if another token has claimed or completed it.
INSERT INTO pivotal_webhooks_events AS stored (key, token, lease, expires_at)
VALUES (:key, :token, 0, :now + :keep)
ON CONFLICT (key) DO UPDATE SET
  token = excluded.token, lease = 0, expires_at = excluded.expires_at
WHERE stored.token = excluded.token OR stored.expires_at <= :now
RETURNING 1 AS result;
