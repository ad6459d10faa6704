-- Passkeys that users have registered. Nothing in a row is secret: the private key is with the authenticator.
CREATE TABLE passkeys (
    pool_id          TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    credential_id    TEXT NOT NULL, -- base64url, given by the authenticator
    relying_party_id TEXT   NOT NULL, -- the domain that it was made for
    credential       TEXT   NOT NULL, -- JSON: the public key, and what else checking a signature needs
    counter          BIGINT NOT NULL, -- the authenticator's signature counter; 0 where it does not count
    transports       TEXT   NOT NULL, -- JSON: a list
    attachment       TEXT, -- platform or cross-platform; NULL where the browser did not tell
    friendly_name    TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    last_used_at     BIGINT,
    PRIMARY KEY (pool_id, user_id, credential_id),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
-- A credential belongs to one user of the pool.
CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (pool_id, credential_id);

-- Registrations of passkeys that have begun.
CREATE TABLE passkey_registrations (
    pool_id          TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    challenge        TEXT NOT NULL, -- base64url
    client_id        TEXT   NOT NULL, -- the app client that it was begun at
    relying_party_id TEXT   NOT NULL,
    verification     TEXT   NOT NULL, -- required or preferred
    expires_at       BIGINT NOT NULL,
    PRIMARY KEY (pool_id, user_id, challenge),
    FOREIGN KEY (pool_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX passkey_registrations_by_expiry ON passkey_registrations (expires_at); -- the purge serves all pools
