//! The RSA keys that sign a pool's tokens.

use super::statement::{execute, fetch_all};
use super::{Conn, Result};
use crate::domain::time::Timestamp;
use crate::domain::user_pool::TokenUse;

/// A signing key as it is stored.
#[derive(sqlx::FromRow)]
pub struct StoredKey {
    /// Its id in token headers and in the JWKS.
    pub kid: String,
    /// `id` or `access`.
    pub token_use: String,
    /// The public half as a JWK, JSON.
    pub public_jwk: String,
    /// The private half, PKCS #8, sealed.
    pub private_key: Vec<u8>,
    /// When it was created, in milliseconds since the Unix epoch.
    pub created_at: i64,
    /// When it stopped signing, in milliseconds since the Unix epoch; `None` while it signs.
    pub retired_at: Option<i64>,
}

/// Adds a key to the pool.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    token_use: TokenUse,
    kid: &str,
    public_jwk: &str,
    sealed_private_key: &[u8],
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.signing_keys.insert",
        conn,
        "INSERT INTO signing_keys (pool_id, kid, token_use, public_jwk, private_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        pool_id,
        kid,
        token_use.as_str(),
        public_jwk,
        sealed_private_key,
        now.millis(),
    );
    Ok(())
}

/// The pool's keys, retired ones included, newest first.
///
/// # Errors
/// If the database fails.
pub async fn list(conn: &mut Conn, pool_id: &str) -> Result<Vec<StoredKey>> {
    Ok(fetch_all!(
        "db.signing_keys.list",
        StoredKey,
        conn,
        "SELECT kid, token_use, public_jwk, private_key, created_at, retired_at
         FROM signing_keys WHERE pool_id = $1 ORDER BY created_at DESC, kid",
        pool_id,
    ))
}
