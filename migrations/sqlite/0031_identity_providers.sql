-- Identity providers that users of a pool can come from.
CREATE TABLE identity_providers (
    pool_id           TEXT   NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    provider_name     TEXT   NOT NULL,
    provider_type     TEXT   NOT NULL, -- SAML, OIDC, Google …
    details           TEXT   NOT NULL, -- JSON, without what is secret
    secrets           BYTEA,           -- sealed: what is secret among the details
    attribute_mapping TEXT,            -- JSON
    identifiers       TEXT   NOT NULL, -- JSON: a list, in the order in which it was given
    acr_mapping       TEXT,            -- JSON
    created_at        BIGINT NOT NULL,
    modified_at       BIGINT NOT NULL,
    PRIMARY KEY (pool_id, provider_name)
);
CREATE INDEX identity_providers_by_creation ON identity_providers (pool_id, created_at, provider_name);
-- As in migration 10: which master keys the table needs, and the rows of each.
CREATE INDEX identity_providers_by_master_key ON identity_providers
    (substr(secrets, 2, 4), pool_id, provider_name) WHERE secrets IS NOT NULL;

-- Other names that lead to a provider. The primary key decides which provider has one.
CREATE TABLE identity_provider_identifiers (
    pool_id       TEXT NOT NULL,
    identifier    TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    PRIMARY KEY (pool_id, identifier),
    FOREIGN KEY (pool_id, provider_name) REFERENCES identity_providers ON DELETE CASCADE
);
CREATE INDEX identity_provider_identifiers_by_provider ON identity_provider_identifiers (pool_id, provider_name);
