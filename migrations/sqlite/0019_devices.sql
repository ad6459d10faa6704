-- Devices that users have confirmed (ADR 38). The key that a sign-in issues, and that is not confirmed yet, is only in
-- sessions.device_key.
CREATE TABLE devices (
    pool_id          TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    device_key       TEXT NOT NULL,
    group_key        TEXT NOT NULL,
    name             TEXT,
    remembered       BOOLEAN NOT NULL,
    srp_salt         BYTEA   NOT NULL,
    srp_verifier     BYTEA   NOT NULL, -- sealed
    last_address     TEXT,          -- of the last sign-in
    user_agent       TEXT,
    created_at       BIGINT  NOT NULL,
    modified_at      BIGINT  NOT NULL,
    authenticated_at BIGINT  NOT NULL,
    forgotten_after  BIGINT  NOT NULL, -- unless somebody signs in from it before
    second_factor    BOOLEAN NOT NULL, -- whether the user has passed one in a sign-in from it
    waiting_session  TEXT, -- sealed: of the newest sign-in that the device is to prove itself in
    PRIMARY KEY (pool_id, user_id, device_key),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX devices_by_age ON devices (forgotten_after); -- the purge serves all pools
-- As in migration 10: which master keys the table needs, and the rows of each.
CREATE INDEX devices_by_master_key ON devices (substr(srp_verifier, 2, 4), pool_id, user_id, device_key);
-- Whether the sign-in has passed a second factor; a device that is confirmed in one that has not replaces none.
ALTER TABLE sessions ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE;
