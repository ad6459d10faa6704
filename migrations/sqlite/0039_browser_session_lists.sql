-- Sign-ins of browsers in pools that track sessions, as users and administrators list them. One that began while its pool
-- did not track sessions has no row.
CREATE TABLE tracked_browser_sessions (
    pool_id        TEXT NOT NULL,
    token_hash     BYTEA  NOT NULL,
    user_id        TEXT NOT NULL,
    listed_id      TEXT NOT NULL, -- the id that it is listed and revoked by
    client_id      TEXT NOT NULL, -- where the user signed in
    began_at       BIGINT NOT NULL,
    last_active_at BIGINT NOT NULL, -- of the sign-in, or the last code that it brought
    device_type    TEXT   NOT NULL, -- the same, from the user agent; unknown where that says nothing
    last_address   TEXT,            -- the same; NULL if it is not known
    PRIMARY KEY (pool_id, token_hash),
    FOREIGN KEY (pool_id, token_hash) REFERENCES browser_sessions ON DELETE CASCADE
);
CREATE INDEX tracked_browser_sessions_by_user ON tracked_browser_sessions (pool_id, user_id);

-- When a browser's sign-in began; NULL in rows of before, which live an hour. The lives of others differ.
ALTER TABLE browser_sessions ADD COLUMN began_at BIGINT;

-- When a tracked session of tokens began; NULL in rows of before, where it was the sign-in. A browser's sign-in brings
-- sessions of tokens long after it.
ALTER TABLE tracked_sessions ADD COLUMN began_at BIGINT;
-- The id by which the browser's sign-in is listed that the session comes from.
ALTER TABLE tracked_sessions ADD COLUMN origin_id TEXT;
