-- One row: a value sealed under the master key, by which a server sees at its start that its key
-- is the database's. An exception: it belongs to no pool.
CREATE TABLE master_key_check (
    id        TEXT   NOT NULL PRIMARY KEY, -- 'master_key'
    sealed    BYTEA  NOT NULL,
    sealed_at BIGINT NOT NULL
);
