-- Access keys with which administrators sign requests, beside those of the configuration. They belong to no pool.
CREATE TABLE access_keys (
    key_id       TEXT COLLATE "C" NOT NULL,
    name         TEXT   NOT NULL, -- of what signs with it; a key and the one that takes its place have the same
    policy       TEXT   NOT NULL, -- JSON, as it was given
    secret       BYTEA  NOT NULL, -- sealed
    created_at   BIGINT NOT NULL,
    ends_at      BIGINT,          -- NULL: not before it is revoked
    last_used_at BIGINT,          -- exact to an hour
    PRIMARY KEY (key_id)
);
-- As in migration 10: which master keys the table needs, and the rows of each.
CREATE INDEX access_keys_by_master_key ON access_keys (substr(secret, 2, 4), key_id);
