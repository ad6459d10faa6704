-- What happened to users' accounts: sign-ins, refusals, changes. No row holds a secret. A refusal for a name that nobody
-- has is a row as well, under an id that no user has.
CREATE TABLE auth_events (
    pool_id        TEXT COLLATE "C" NOT NULL,
    user_id        TEXT COLLATE "C" NOT NULL,
    occurred_at    BIGINT NOT NULL,
    event_id       TEXT COLLATE "C" NOT NULL, -- of a sign-in: the tokens' event_id
    kind           TEXT   NOT NULL,
    outcome        TEXT   NOT NULL, -- pass or fail
    challenges     TEXT   NOT NULL, -- JSON: what was answered in a sign-in, and whether rightly
    client_id      TEXT, -- NULL where no app client took part
    source_address TEXT,
    user_agent     TEXT,
    request_id     TEXT   NOT NULL,
    feedback       TEXT, -- JSON: whose the sign-in was, as the user or an administrator says
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (pool_id, user_id, occurred_at, event_id),
    FOREIGN KEY (pool_id) REFERENCES user_pools ON DELETE CASCADE
);
CREATE INDEX auth_events_by_expiry ON auth_events (expires_at); -- the purge serves all pools
