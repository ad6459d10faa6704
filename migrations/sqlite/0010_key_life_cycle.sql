-- Sealed values begin with the id of their master key (bytes 2 to 5). These indexes tell which keys a table
-- still needs, and lead to the rows of each, without reading the table. An exception: a master key serves all
-- pools, so its id comes before the pool's.
CREATE INDEX users_by_master_key ON users
    (substr(srp_verifier, 2, 4), substr(password_hash, 1, 17), pool_id, user_id)
    WHERE srp_verifier IS NOT NULL;
CREATE INDEX user_pool_clients_by_master_key ON user_pool_clients
    (substr(secret, 2, 4), pool_id, client_id) WHERE secret IS NOT NULL;
CREATE INDEX signing_keys_by_master_key ON signing_keys
    (substr(private_key, 2, 4), pool_id, kid) WHERE length(private_key) > 0;

-- Which master keys nodes have sealed under, and until when: what was hashed under one has no id. An exception:
-- it belongs to no pool.
CREATE TABLE master_keys (
    key_id        TEXT NOT NULL PRIMARY KEY, -- hexadecimal
    first_used_at BIGINT NOT NULL,
    last_used_at  BIGINT NOT NULL
);
-- Forms of stored values that nodes write only once every node reads them. An exception, as above.
CREATE TABLE stored_forms (
    name          TEXT NOT NULL PRIMARY KEY, -- 'sealed_password_hashes'
    written_since BIGINT NOT NULL
);

-- A key that waits is in the JWKS and does not sign. Its retired_at is set as well, so that a node of the
-- version before does not sign with it.
ALTER TABLE signing_keys ADD COLUMN signs_from BIGINT;    -- while it waits
ALTER TABLE signing_keys ADD COLUMN deleted_after BIGINT; -- once it signs no more
CREATE INDEX signing_keys_waiting ON signing_keys (signs_from) WHERE signs_from IS NOT NULL;
CREATE INDEX signing_keys_ending ON signing_keys (deleted_after) WHERE deleted_after IS NOT NULL;
