-- APIs that app clients ask for access to, each with its scopes.
CREATE TABLE resource_servers (
    pool_id    TEXT COLLATE "C" NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    identifier TEXT COLLATE "C" NOT NULL,
    name       TEXT   NOT NULL,
    scopes     TEXT   NOT NULL, -- JSON: a list, in the order in which it was given
    created_at BIGINT NOT NULL,
    PRIMARY KEY (pool_id, identifier)
);
CREATE INDEX resource_servers_by_creation ON resource_servers (pool_id, created_at, identifier);
