-- Keys of the server that a pool was exported from, by which refresh tokens that were issued there are still known.
CREATE TABLE imported_token_keys (
    pool_id TEXT COLLATE "C" NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    key_id  TEXT COLLATE "C" NOT NULL, -- of the master key there, in hexadecimal
    keys    BYTEA  NOT NULL,   -- sealed
    ends_at BIGINT NOT NULL,   -- the end of the last session of the export
    PRIMARY KEY (pool_id, key_id)
);
CREATE INDEX imported_token_keys_by_end ON imported_token_keys (ends_at); -- the purge serves all pools
-- As in migration 10: which master keys the table needs, and the rows of each.
CREATE INDEX imported_token_keys_by_master_key ON imported_token_keys
    (substr(keys, 2, 4), pool_id, key_id) WHERE length(keys) > 0;
