-- How many tokens have taken a refresh token's place: several callers may exchange one within the grace period.
ALTER TABLE refresh_tokens ADD COLUMN successors BIGINT NOT NULL DEFAULT 0;
-- The purge of replaced tokens serves all pools.
CREATE INDEX refresh_tokens_by_replacement ON refresh_tokens (replaced_at) WHERE replaced_at IS NOT NULL;
-- A new session ends the oldest ones beyond the most that a user may have.
CREATE INDEX sessions_live_by_age ON sessions (pool_id, user_id, auth_time, session_id, expires_at) WHERE revoked_at IS NULL;
