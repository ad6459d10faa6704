//! A pool's signing keys, and what verifiers are told of them.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Error, Result};
use crate::app::App;
use crate::crypto::{PublicJwk, Purpose, SigningKey, VerifyingKey};
use crate::domain::time::Timestamp;
use crate::domain::user_pool::TokenUse;
use crate::store::{self, Conn};

/// How long parsed keys are used before the store is asked again, which is how soon another
/// node's rotation or deletion shows.
pub const KEYS_AGE_MS: i64 = 5_000;

/// The keys of one pool.
pub struct PoolKeys {
    signing: Vec<(TokenUse, SigningKey)>,
    verifying: HashMap<String, (TokenUse, VerifyingKey)>,
    /// The public keys, for the JWKS.
    pub jwks: Vec<PublicJwk>,
}

impl PoolKeys {
    /// The key that signs tokens of this use.
    ///
    /// # Errors
    /// If the pool has none, which creation makes impossible.
    pub fn signing(&self, token_use: TokenUse) -> Result<&SigningKey> {
        self.signing
            .iter()
            .find(|(key_use, _)| *key_use == token_use)
            .map(|(_, key)| key)
            .ok_or_else(|| Error::Internal("a pool has no signing key".into()))
    }

    /// The key with this id, if it is one for tokens of this use.
    #[must_use]
    pub fn verifying(&self, token_use: TokenUse, kid: &str) -> Option<&VerifyingKey> {
        self.verifying
            .get(kid)
            .filter(|(key_use, _)| *key_use == token_use)
            .map(|(_, key)| key)
    }
}

/// The keys of the pool; `None` if there is no such pool.
///
/// # Errors
/// If a key cannot be opened, which means that the master key is not the one it was sealed under.
pub async fn of_pool(app: &App, pool_id: &str, now: Timestamp) -> Result<Option<Arc<PoolKeys>>> {
    app.keys.get_or(pool_id, now, read(app, pool_id)).await
}

async fn read(app: &App, pool_id: &str) -> Result<Option<PoolKeys>> {
    let rows = store::signing_keys::list(&mut app.db.read().await?, pool_id).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut keys = PoolKeys {
        signing: Vec::new(),
        verifying: HashMap::new(),
        jwks: Vec::new(),
    };
    for row in rows {
        let token_use = if row.token_use == TokenUse::Id.as_str() {
            TokenUse::Id
        } else {
            TokenUse::Access
        };
        let jwk: PublicJwk = serde_json::from_str(&row.public_jwk)
            .map_err(|error| Error::Internal(format!("a stored JWK is not readable: {error}")))?;
        keys.verifying
            .insert(row.kid.clone(), (token_use, VerifyingKey::from_jwk(&jwk)?));
        keys.jwks.push(jwk);
        if row.retired_at.is_none() {
            let der = app
                .vault
                .open(Purpose::SigningKey, &[pool_id, &row.kid], &row.private_key)
                .ok_or_else(|| {
                    Error::Internal("a signing key does not open under the master key".into())
                })?;
            keys.signing
                .push((token_use, SigningKey::from_pkcs8(&der)?));
        }
    }
    Ok(Some(keys))
}

/// Stores a key for the pool, its private half sealed.
///
/// # Errors
/// If the store fails.
pub async fn insert(
    app: &App,
    conn: &mut Conn,
    pool_id: &str,
    token_use: TokenUse,
    key: &SigningKey,
    now: Timestamp,
) -> Result<()> {
    let jwk = serde_json::to_string(key.public_jwk())
        .map_err(|error| Error::Internal(format!("a JWK cannot be written: {error}")))?;
    let sealed = app
        .vault
        .seal(Purpose::SigningKey, &[pool_id, key.kid()], &key.to_pkcs8()?)?;
    store::signing_keys::insert(conn, pool_id, token_use, key.kid(), &jwk, &sealed, now).await?;
    Ok(())
}
