-- Returns a row if the event is done now, none if another token has claimed or completed it.
INSERT INTO pivotal_webhooks_events AS stored (key, token, lease, expires_at)
VALUES (
  :key, NULL, 0, statement_timestamp() + CAST(:keep AS bigint) * interval '1 millisecond'
)
ON CONFLICT (key) DO UPDATE SET
  token = NULL, lease = 0, expires_at = excluded.expires_at
WHERE stored.token = CAST(:token AS text) OR stored.expires_at <= statement_timestamp()
RETURNING 1 AS result;
