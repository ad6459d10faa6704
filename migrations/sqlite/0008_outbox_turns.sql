-- Messages take turns: between pools, and within a pool between recipients (ADR 28). `turn` is the message's
-- place among the first tries of its pool. A node of the version before writes 0, which goes first.
ALTER TABLE outbox ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_first_tries ON outbox (medium, pool_id, turn, next_attempt_at)
    WHERE status = 'pending' AND attempts = 0 AND last_error IS NULL;
-- Also the messages that a worker has: they are due when its claim ends.
CREATE INDEX outbox_retries ON outbox (medium, pool_id, next_attempt_at)
    WHERE status = 'pending' AND (attempts > 0 OR last_error IS NOT NULL);
CREATE INDEX outbox_by_recipient ON outbox (pool_id, destination) WHERE status = 'pending';
DROP INDEX outbox_due;
