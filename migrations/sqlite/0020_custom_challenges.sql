-- What custom challenges need for their answers and the client cannot carry, as it is too long for a session.
CREATE TABLE custom_challenges (
    pool_id      TEXT   NOT NULL,
    challenge_id TEXT   NOT NULL,
    state        BYTEA  NOT NULL, -- sealed: the challenges before, and the private parameters
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (pool_id, challenge_id)
);
CREATE INDEX custom_challenges_by_expiry ON custom_challenges (expires_at); -- the purge serves all pools
