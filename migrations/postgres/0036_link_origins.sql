-- What a provider's accounts belong to: the entity id or metadata address of SAML, the issuer of OIDC, the type's name of
-- the others. A link is of the provider that has its name, type and origin: another provider of the same name does not
-- get it. NULL in rows of before, which name no provider: a SAML provider gets its origin with its next metadata.
ALTER TABLE identity_providers ADD COLUMN origin TEXT;
UPDATE identity_providers SET origin =
    CASE provider_type WHEN 'OIDC' THEN details::json ->> 'oidc_issuer' WHEN 'SAML' THEN NULL ELSE provider_type END;
ALTER TABLE identity_links ADD COLUMN origin TEXT;

-- The name in lower case, which is unique. NULL if a provider that was made earlier has the same; both are kept.
ALTER TABLE identity_providers ADD COLUMN name_key TEXT COLLATE "C";
UPDATE identity_providers SET name_key = lower(provider_name) WHERE NOT EXISTS (
    SELECT 1 FROM identity_providers earlier
    WHERE earlier.pool_id = identity_providers.pool_id
      AND lower(earlier.provider_name) = lower(identity_providers.provider_name)
      AND (earlier.created_at, earlier.provider_name)
        < (identity_providers.created_at, identity_providers.provider_name)
);
CREATE UNIQUE INDEX identity_providers_by_name_key ON identity_providers (pool_id, name_key);
