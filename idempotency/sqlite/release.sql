-- Returns a row if the token had the claim.
DELETE FROM pivotal_webhooks_events
WHERE key = :key AND token = :token AND lease > 0 AND expires_at > :now
RETURNING 1 AS result;
