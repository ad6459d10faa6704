-- Every table of a user pool has the pool's id first in its primary key and in its indexes, so
-- that the data can be partitioned by pool. The exceptions are marked where they stand.
-- Times are milliseconds since the Unix epoch. BYTEA columns hold hashes, or values sealed under
-- Text that is compared or paged by is collated byte by byte, as SQLite does by default, so that both
-- stores list in the same order and a prefix is a range of the index.
-- the master key, which is not in the database.

CREATE TABLE user_pools (
    pool_id     TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
    region      TEXT    NOT NULL,
    name        TEXT COLLATE "C"    NOT NULL,
    settings    TEXT    NOT NULL, -- JSON
    created_at  BIGINT  NOT NULL,
    modified_at BIGINT  NOT NULL,
    version     BIGINT  NOT NULL
);
CREATE INDEX user_pools_by_region ON user_pools (region, pool_id);

CREATE TABLE signing_keys (
    pool_id     TEXT COLLATE "C"    NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    kid         TEXT    NOT NULL,
    token_use   TEXT    NOT NULL, -- 'id' or 'access'
    public_jwk  TEXT    NOT NULL, -- JSON
    private_key BYTEA   NOT NULL, -- sealed PKCS #8
    created_at  BIGINT  NOT NULL,
    retired_at  BIGINT,           -- signs no more; stays in the JWKS while its tokens live
    PRIMARY KEY (pool_id, kid)
);

CREATE TABLE user_pool_clients (
    pool_id     TEXT COLLATE "C"    NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    client_id   TEXT COLLATE "C"    NOT NULL,
    name        TEXT COLLATE "C"    NOT NULL,
    secret      BYTEA,            -- sealed
    settings    TEXT    NOT NULL, -- JSON
    created_at  BIGINT  NOT NULL,
    modified_at BIGINT  NOT NULL,
    version     BIGINT  NOT NULL,
    PRIMARY KEY (pool_id, client_id)
);
-- An exception: unsigned operations name only the client, which has to lead to its pool.
CREATE UNIQUE INDEX user_pool_clients_by_id ON user_pool_clients (client_id);

CREATE TABLE users (
    pool_id            TEXT COLLATE "C"    NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    user_id            TEXT COLLATE "C"    NOT NULL, -- the `sub`
    username           TEXT COLLATE "C"    NOT NULL,
    username_key       TEXT COLLATE "C"    NOT NULL, -- lower-cased where the pool ignores case
    status             TEXT COLLATE "C"    NOT NULL,
    enabled            BOOLEAN NOT NULL,
    attributes         TEXT    NOT NULL, -- JSON object of strings, without `sub`
    -- Copies of the attributes that ListUsers can search by.
    email              TEXT COLLATE "C",
    phone_number       TEXT COLLATE "C",
    name               TEXT COLLATE "C",
    given_name         TEXT COLLATE "C",
    family_name        TEXT COLLATE "C",
    preferred_username TEXT COLLATE "C",
    password_hash      TEXT,             -- Argon2id, PHC string
    srp_salt           BYTEA,
    srp_verifier       BYTEA,            -- sealed
    password_set_at    BIGINT,
    former_passwords   TEXT    NOT NULL, -- JSON list of PHC strings, newest first
    created_at         BIGINT  NOT NULL,
    modified_at        BIGINT  NOT NULL,
    version            BIGINT  NOT NULL,
    PRIMARY KEY (pool_id, user_id)
);
CREATE UNIQUE INDEX users_by_username ON users (pool_id, username_key);
CREATE INDEX users_by_name_as_given ON users (pool_id, username, user_id);
CREATE INDEX users_by_email ON users (pool_id, email, user_id) WHERE email IS NOT NULL;
CREATE INDEX users_by_phone_number ON users (pool_id, phone_number, user_id) WHERE phone_number IS NOT NULL;
CREATE INDEX users_by_name ON users (pool_id, name, user_id) WHERE name IS NOT NULL;
CREATE INDEX users_by_given_name ON users (pool_id, given_name, user_id) WHERE given_name IS NOT NULL;
CREATE INDEX users_by_family_name ON users (pool_id, family_name, user_id) WHERE family_name IS NOT NULL;
CREATE INDEX users_by_preferred_username ON users (pool_id, preferred_username, user_id) WHERE preferred_username IS NOT NULL;
CREATE INDEX users_by_status ON users (pool_id, status, user_id);
CREATE INDEX users_by_enabled ON users (pool_id, enabled, user_id);

-- What else than the username a user signs in with. The primary key decides who owns it.
CREATE TABLE aliases (
    pool_id   TEXT COLLATE "C" NOT NULL,
    attribute TEXT NOT NULL, -- 'email', 'phone_number' or 'preferred_username'
    value_key TEXT COLLATE "C" NOT NULL, -- lower-cased where the pool ignores case
    user_id   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (pool_id, attribute, value_key),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX aliases_by_user ON aliases (pool_id, user_id);

-- A code that waits to be redeemed: at most one per user and purpose.
CREATE TABLE codes (
    pool_id    TEXT COLLATE "C"   NOT NULL,
    user_id    TEXT COLLATE "C"   NOT NULL,
    purpose    TEXT   NOT NULL,
    code_hash  BYTEA  NOT NULL, -- keyed
    attribute  TEXT,            -- the attribute that redeeming it verifies
    value      TEXT,            -- and the value it was sent to
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    failures   BIGINT NOT NULL,
    PRIMARY KEY (pool_id, user_id, purpose),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX codes_by_expiry ON codes (expires_at); -- the purge serves all pools

-- A sign-in and what descends from it.
CREATE TABLE sessions (
    pool_id    TEXT COLLATE "C"   NOT NULL,
    user_id    TEXT COLLATE "C"   NOT NULL,
    session_id TEXT COLLATE "C"   NOT NULL, -- the tokens' event_id
    origin_jti TEXT   NOT NULL,
    client_id  TEXT COLLATE "C"   NOT NULL,
    auth_time  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (pool_id, user_id, session_id),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    pool_id     TEXT COLLATE "C"   NOT NULL,
    user_id     TEXT COLLATE "C"   NOT NULL,
    token_hash  BYTEA  NOT NULL,
    session_id  TEXT COLLATE "C"   NOT NULL,
    created_at  BIGINT NOT NULL,
    replaced_at BIGINT, -- rotated; accepted again only within the client's grace period
    PRIMARY KEY (pool_id, user_id, token_hash),
    FOREIGN KEY (pool_id, user_id, session_id) REFERENCES sessions ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (pool_id, user_id, session_id);

-- Challenges that were answered: a sealed challenge is worth something once.
CREATE TABLE spent_challenges (
    pool_id      TEXT COLLATE "C"   NOT NULL,
    challenge_id TEXT COLLATE "C"   NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (pool_id, challenge_id)
);
CREATE INDEX spent_challenges_by_expiry ON spent_challenges (expires_at);

-- What is counted against limits and lock-outs. The subject is a user's id, or a keyed hash of
-- a name that nobody has, so that both look alike from outside.
CREATE TABLE attempts (
    pool_id      TEXT COLLATE "C"   NOT NULL,
    kind         TEXT   NOT NULL,
    subject      TEXT COLLATE "C"   NOT NULL,
    count        BIGINT NOT NULL,
    started_at   BIGINT NOT NULL, -- of the window
    last_at      BIGINT NOT NULL,
    locked_until BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (pool_id, kind, subject)
);
CREATE INDEX attempts_by_age ON attempts (last_at);

CREATE TABLE groups (
    pool_id     TEXT COLLATE "C"   NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    group_name  TEXT COLLATE "C"   NOT NULL,
    description TEXT,
    precedence  BIGINT,
    role_arn    TEXT,
    created_at  BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, group_name)
);

CREATE TABLE group_members (
    pool_id    TEXT COLLATE "C"   NOT NULL,
    user_id    TEXT COLLATE "C"   NOT NULL,
    group_name TEXT COLLATE "C"   NOT NULL,
    added_at   BIGINT NOT NULL,
    PRIMARY KEY (pool_id, user_id, group_name),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE,
    FOREIGN KEY (pool_id, group_name) REFERENCES groups ON DELETE CASCADE
);
CREATE INDEX group_members_by_group ON group_members (pool_id, group_name, user_id);

-- Messages on their way. No foreign key: the farewell of a deleted user still goes out.
CREATE TABLE outbox (
    pool_id         TEXT COLLATE "C"   NOT NULL,
    message_id      TEXT COLLATE "C"   NOT NULL,
    user_id         TEXT COLLATE "C"   NOT NULL,
    username        TEXT COLLATE "C"   NOT NULL,
    medium          TEXT   NOT NULL, -- 'EMAIL' or 'SMS'
    destination     TEXT   NOT NULL,
    purpose         TEXT   NOT NULL,
    payload         BYTEA  NOT NULL, -- sealed: subject, body, code
    status          TEXT COLLATE "C"   NOT NULL, -- 'pending', 'delivered' or 'failed'
    attempts        BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL, -- while a worker has it, when another may take over
    last_error      TEXT,
    created_at      BIGINT NOT NULL,
    finished_at     BIGINT,
    PRIMARY KEY (pool_id, message_id)
);
-- Like the purge, the worker that delivers serves all pools in the order of time.
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE status = 'pending';
CREATE INDEX outbox_by_age ON outbox (created_at);
