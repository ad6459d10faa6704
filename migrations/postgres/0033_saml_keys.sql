-- The keys with which pools sign SAML requests, made when their certificate is first asked for.
CREATE TABLE saml_keys (
    pool_id     TEXT COLLATE "C" NOT NULL REFERENCES user_pools ON DELETE CASCADE,
    kid         TEXT COLLATE "C" NOT NULL,
    certificate TEXT   NOT NULL, -- X.509, DER in base64
    private_key BYTEA  NOT NULL, -- PKCS #8, sealed
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (pool_id)
);
CREATE INDEX saml_keys_by_master_key ON saml_keys
    (substr(private_key, 2, 4), pool_id, kid) WHERE length(private_key) > 0;
