-- Most messages are delivered by the node that writes them, at once: they need no entry among what waits to a
-- recipient.
DROP INDEX outbox_by_recipient;
CREATE INDEX outbox_waiting ON outbox (pool_id, destination)
    WHERE status = 'pending' AND (attempts = 0 OR last_error IS NOT NULL);
