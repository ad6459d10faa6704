-- Token sessions of pools that track them, as users and administrators list them. A session that began while its pool
-- did not track sessions has no row.
CREATE TABLE tracked_sessions (
    pool_id        TEXT COLLATE "C" NOT NULL,
    user_id        TEXT COLLATE "C" NOT NULL,
    session_id     TEXT COLLATE "C" NOT NULL, -- the tokens' event_id
    listed_id      TEXT COLLATE "C" NOT NULL, -- the id that it is listed and revoked by
    last_active_at BIGINT NOT NULL, -- of the sign-in or the last refresh
    device_type    TEXT   NOT NULL, -- the same, from the user agent; unknown where that says nothing
    last_address   TEXT, -- the same; NULL if it is not known
    PRIMARY KEY (pool_id, user_id, session_id),
    FOREIGN KEY (pool_id, user_id, session_id) REFERENCES sessions ON DELETE CASCADE
);
