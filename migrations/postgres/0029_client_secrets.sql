-- A client has a second secret while its secrets are exchanged. Where secret_created_at is NULL, the first one is as old
-- as the client.
ALTER TABLE user_pool_clients ADD COLUMN secret_created_at BIGINT;
ALTER TABLE user_pool_clients ADD COLUMN second_secret BYTEA; -- sealed
ALTER TABLE user_pool_clients ADD COLUMN second_secret_created_at BIGINT;
CREATE INDEX user_pool_clients_by_second_master_key ON user_pool_clients
    (substr(second_secret, 2, 4), pool_id, client_id) WHERE second_secret IS NOT NULL;
