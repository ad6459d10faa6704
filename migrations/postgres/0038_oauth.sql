-- What OAuth adds to a session of tokens: whether it was opened at the pool's domain, and the resource that its access
-- tokens are for.
ALTER TABLE sessions ADD COLUMN is_oauth BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sessions ADD COLUMN resource TEXT;

-- Sign-ins that browsers hold at the pool's domain.
CREATE TABLE browser_sessions (
    pool_id             TEXT COLLATE "C" NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    token_hash          BYTEA  NOT NULL,   -- of what the cookie holds
    user_id             TEXT COLLATE "C" NOT NULL,
    credentials_version BIGINT NOT NULL,   -- the user's, when it signed in
    sign_in             TEXT   NOT NULL,   -- what the user has proven, and when: JSON
    expires_at          BIGINT NOT NULL,
    PRIMARY KEY (pool_id, token_hash),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX browser_sessions_by_user ON browser_sessions (pool_id, user_id);
CREATE INDEX browser_sessions_by_end ON browser_sessions (expires_at); -- the purge serves all pools

-- Authorization codes, used up or not.
CREATE TABLE authorization_codes (
    pool_id    TEXT COLLATE "C" NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    code_hash  BYTEA  NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    client_id  TEXT COLLATE "C" NOT NULL,
    given_for  TEXT   NOT NULL,   -- what the code is bound to: JSON
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    session_id TEXT,              -- of the tokens that it was exchanged for
    PRIMARY KEY (pool_id, code_hash),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX authorization_codes_by_user ON authorization_codes (pool_id, user_id);
CREATE INDEX authorization_codes_by_end ON authorization_codes (expires_at); -- the purge serves all pools
