-- Devices that users signed in from, as keyed hashes; only of pools that tell their users of new ones (ADR 33).
CREATE TABLE known_devices (
    pool_id      TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL,
    device_hash  BYTEA  NOT NULL, -- keyed: user agent and network
    last_seen_at BIGINT NOT NULL, -- exact to a day
    PRIMARY KEY (pool_id, user_id, device_hash),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX known_devices_by_age ON known_devices (last_seen_at); -- the purge serves all pools
