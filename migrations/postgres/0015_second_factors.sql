-- The second factors that a user has turned on, as JSON (domain::mfa::UserMfa); NULL is none.
ALTER TABLE users ADD COLUMN mfa TEXT COLLATE "C";

-- Authenticator apps: the one that the user has proven, and beside it one that is being set up.
CREATE TABLE software_tokens (
    pool_id    TEXT COLLATE "C" NOT NULL,
    user_id    TEXT COLLATE "C" NOT NULL,
    secret     BYTEA,            -- sealed; NULL before one was proven
    name       TEXT COLLATE "C",          -- that the user gave it
    last_step  BIGINT  NOT NULL, -- the newest step whose code was accepted
    new_secret BYTEA,            -- sealed; NULL if none is being set up
    PRIMARY KEY (pool_id, user_id),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX software_tokens_by_master_key ON software_tokens
    (substr(secret, 2, 4), pool_id, user_id) WHERE secret IS NOT NULL;
