-- `token` is that of the worker that has claimed the event or, of a done event, completed it. `lease` is
-- in milliseconds, and 0 when the event is done. `expires_at` is the end of the lease or, of a done event,
-- of the time for which it is kept.
CREATE TABLE IF NOT EXISTS pivotal_webhooks_events (
  key text COLLATE "C" PRIMARY KEY,
  token text NOT NULL,
  lease bigint NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS pivotal_webhooks_events_expires_at
  ON pivotal_webhooks_events (expires_at);
