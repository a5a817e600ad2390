-- Deletes some of the keys that have expired. They count as absent, deleted or not.
DELETE FROM pivotal_webhooks_events
WHERE key IN (
  SELECT key FROM pivotal_webhooks_events
  WHERE expires_at <= statement_timestamp() LIMIT CAST(:limit AS bigint)
) AND expires_at <= statement_timestamp();
