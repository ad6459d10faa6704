//! A pool's signing keys: read from the store and opened, and stored sealed.

use std::sync::Arc;

use super::{Error, Result};
use crate::app::App;
use crate::cache::PoolKeys;
use crate::crypto::{KeyPurpose, PublicJwk, SigningKey, Vault, VerifyingKey, jwk_set};
use crate::domain::time::Timestamp;
use crate::domain::user_pool::TokenUse;
use crate::store::{self, Conn};

/// The keys of the pool; `None` if there is no such pool.
///
/// # Errors
/// If a key cannot be opened, which means that the master key is not the one it was sealed under.
pub async fn of_pool(app: &App, pool_id: &str, now: Timestamp) -> Result<Option<Arc<PoolKeys>>> {
    app.caches
        .signing_keys
        .get_or(pool_id, now, || read(app, pool_id))
        .await
}

async fn read(app: &App, pool_id: &str) -> Result<Option<PoolKeys>> {
    let rows = store::signing_keys::list(&mut app.db.read().await?, pool_id).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut keys = PoolKeys::default();
    let mut jwks = Vec::with_capacity(rows.len());
    for row in rows {
        let token_use = if row.token_use == TokenUse::Id.as_str() {
            TokenUse::Id
        } else {
            TokenUse::Access
        };
        let jwk: PublicJwk = serde_json::from_str(&row.public_jwk).map_err(|error| {
            Error::Internal(anyhow::Error::new(error).context("a stored JWK is not readable"))
        })?;
        let key = VerifyingKey::from_jwk(&jwk)?;
        keys.add_verifying(token_use, row.kid.clone(), key);
        jwks.push(jwk);
        if row.retired_at.is_none() || row.signs_from.is_some() {
            let der = app
                .vault
                .open(
                    KeyPurpose::SigningKey,
                    &[pool_id, &row.kid],
                    &row.private_key,
                )
                .ok_or_else(|| {
                    Error::internal("a signing key does not open under the master key")
                })?;
            let from = row.signs_from.map(Timestamp::from_millis);
            keys.add_signing(token_use, SigningKey::from_pkcs8(&der)?, from);
        }
    }
    keys.jwks = jwk_set(&jwks)?.into();
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
    let (jwk, sealed) = seal(&app.vault, pool_id, key)?;
    store::signing_keys::insert(conn, pool_id, token_use, key.kid(), &jwk, &sealed, now).await?;
    Ok(())
}

/// The public half of a pool's key as a JWK in JSON, and the private half, sealed.
///
/// # Errors
/// If cryptography fails.
pub fn seal(vault: &Vault, pool_id: &str, key: &SigningKey) -> Result<(String, Vec<u8>)> {
    let jwk = serde_json::to_string(key.public_jwk()).map_err(|error| {
        Error::Internal(anyhow::Error::new(error).context("a JWK cannot be written"))
    })?;
    let context = [pool_id, key.kid()];
    let sealed = vault.seal(KeyPurpose::SigningKey, &context, &key.to_pkcs8()?)?;
    Ok((jwk, sealed))
}
