-- How many tokens have taken a refresh token's place: several callers may exchange one within the grace period.
ALTER TABLE refresh_tokens ADD COLUMN successors BIGINT NOT NULL DEFAULT 0;
-- The purge of replaced tokens serves all pools.
CREATE INDEX refresh_tokens_by_replacement ON refresh_tokens (replaced_at) WHERE replaced_at IS NOT NULL;
-- A new session ends the oldest ones beyond the most that a user may have.
CREATE INDEX sessions_live_by_age ON sessions (pool_id, user_id, auth_time, session_id, expires_at) WHERE revoked_at IS NULL;
-- What stands for the code and the message of a user that is hidden and gets neither, so that the answer takes as
-- long as if there were both: at most one for each name and purpose.
CREATE TABLE simulated_codes (
    pool_id    TEXT COLLATE "C" NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    subject    TEXT COLLATE "C" NOT NULL, -- as in attempts
    purpose    TEXT COLLATE "C" NOT NULL,
    code_hash  BYTEA NOT NULL, -- keyed
    payload    BYTEA NOT NULL, -- sealed
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, subject, purpose)
);
CREATE INDEX simulated_codes_by_expiry ON simulated_codes (expires_at);
