-- The domains of user pools.
CREATE TABLE user_pool_domains (
    pool_id               TEXT NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    domain                TEXT NOT NULL, -- the prefix, or the whole name of a custom domain
    is_custom             BOOLEAN NOT NULL,
    certificate           TEXT, -- JSON; NULL for a prefix
    managed_login_version BIGINT NOT NULL,
    routing               TEXT, -- JSON; NULL if none was given
    created_at            BIGINT NOT NULL,
    modified_at           BIGINT NOT NULL,
    PRIMARY KEY (pool_id, domain)
);
-- An exception: a domain leads to its pool, and belongs to one pool of the server.
CREATE UNIQUE INDEX user_pool_domains_by_name ON user_pool_domains (domain);
