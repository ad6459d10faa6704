-- Accounts at identity providers by which users sign in. The primary key decides which user an account belongs to.
-- What users and tokens show of them is the attribute `identities` in users.attributes, written in the same transaction.
CREATE TABLE identity_links (
    pool_id        TEXT COLLATE "C" NOT NULL,
    provider_name  TEXT COLLATE "C" NOT NULL, -- the links of a provider outlive it
    attribute_name TEXT COLLATE "C" NOT NULL, -- what the provider calls the account by; Cognito_Subject for its subject
    value          TEXT COLLATE "C" NOT NULL,
    user_id        TEXT COLLATE "C" NOT NULL,
    provider_type  TEXT   NOT NULL,
    issuer         TEXT,            -- a SAML provider's entity id
    linked_at      BIGINT NOT NULL,
    PRIMARY KEY (pool_id, provider_name, attribute_name, value),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX identity_links_by_user ON identity_links (pool_id, user_id, linked_at);
