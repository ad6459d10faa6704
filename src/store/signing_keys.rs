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
    /// When it stopped signing, in milliseconds since the Unix epoch; `None` while it signs. Set as well while
    /// it waits, for nodes of the version before.
    pub retired_at: Option<i64>,
    /// While the key waits: from when it signs, in milliseconds since the Unix epoch.
    pub signs_from: Option<i64>,
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
        "SELECT kid, token_use, public_jwk, private_key, created_at, retired_at, signs_from
         FROM signing_keys WHERE pool_id = $1 ORDER BY created_at DESC, kid",
        pool_id,
    ))
}

/// Adds a key that is published at once and signs from `signs_from`, unless the pool has one of this use that
/// waits, or is deleted; `false` if so.
///
/// # Errors
/// If the database fails.
pub async fn insert_waiting(
    conn: &mut Conn,
    pool_id: &str,
    key: &NewKey<'_>,
    signs_from: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        "db.signing_keys.insert_waiting",
        conn,
        "INSERT INTO signing_keys
           (pool_id, kid, token_use, public_jwk, private_key, created_at, retired_at, signs_from)
         SELECT p.pool_id, $2, $3, $4, $5, $6, $6, $7 FROM user_pools p WHERE p.pool_id = $1
           AND NOT EXISTS (SELECT 1 FROM signing_keys k WHERE k.pool_id = $1 AND k.token_use = $3
                             AND k.signs_from IS NOT NULL)",
        pool_id,
        key.kid,
        key.token_use.as_str(),
        key.public_jwk,
        key.sealed_private_key,
        now.millis(),
        signs_from.millis(),
    );
    Ok(rows == 1)
}

/// A key that is to be stored.
pub struct NewKey<'a> {
    /// Its id.
    pub kid: &'a str,
    /// What it signs.
    pub token_use: TokenUse,
    /// The public half as a JWK, JSON.
    pub public_jwk: &'a str,
    /// The private half, PKCS #8, sealed.
    pub sealed_private_key: &'a [u8],
}

/// A key that a job looks at.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KeyName {
    /// The pool.
    pub pool_id: String,
    /// The key's id.
    pub kid: String,
    /// `id` or `access`.
    pub token_use: String,
}

/// Up to `limit` keys that wait and are to sign by `now`.
///
/// # Errors
/// If the database fails.
pub async fn list_due(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<KeyName>> {
    Ok(fetch_all!(
        "db.signing_keys.list_due",
        KeyName,
        conn,
        "SELECT pool_id, kid, token_use FROM signing_keys
         WHERE signs_from IS NOT NULL AND signs_from <= $1 ORDER BY signs_from LIMIT $2 + 0",
        now.millis(),
        limit,
    ))
}

/// Has a key that waited sign for good; `false` if it does already, or is deleted.
///
/// # Errors
/// If the database fails.
pub async fn begin_signing(conn: &mut Conn, key: &KeyName) -> Result<bool> {
    let rows = execute!(
        "db.signing_keys.begin_signing",
        conn,
        "UPDATE signing_keys SET retired_at = NULL, signs_from = NULL
         WHERE pool_id = $1 AND kid = $2 AND signs_from IS NOT NULL",
        key.pool_id.as_str(),
        key.kid.as_str(),
    );
    Ok(rows == 1)
}

/// Ends the signing of every other key of the same pool and use, and wipes their private halves. They stay in the
/// JWKS until `deleted_after`.
///
/// # Errors
/// If the database fails.
pub async fn retire_others(
    conn: &mut Conn,
    key: &KeyName,
    deleted_after: Timestamp,
    now: Timestamp,
) -> Result<u64> {
    let wiped: &[u8] = &[];
    Ok(execute!(
        "db.signing_keys.retire_others",
        conn,
        "UPDATE signing_keys SET retired_at = $4, deleted_after = $5, private_key = $6
         WHERE pool_id = $1 AND token_use = $2 AND kid <> $3 AND retired_at IS NULL",
        key.pool_id.as_str(),
        key.token_use.as_str(),
        key.kid.as_str(),
        now.millis(),
        deleted_after.millis(),
        wiped,
    ))
}

/// Deletes up to `limit` keys whose tokens have all expired; returns how many.
///
/// # Errors
/// If the database fails.
pub async fn delete_ended(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<u64> {
    Ok(execute!(
        "db.signing_keys.delete_ended",
        conn,
        "DELETE FROM signing_keys WHERE (pool_id, kid) IN
           (SELECT pool_id, kid FROM signing_keys
            WHERE deleted_after IS NOT NULL AND deleted_after < $1 LIMIT $2 + 0)",
        now.millis(),
        limit,
    ))
}

/// Deletes every key of the pool; returns how many.
///
/// # Errors
/// If the database fails.
pub async fn delete_all(conn: &mut Conn, pool_id: &str) -> Result<u64> {
    Ok(execute!(
        "db.signing_keys.delete_all",
        conn,
        "DELETE FROM signing_keys WHERE pool_id = $1",
        pool_id,
    ))
}

/// A pool, and the time when its oldest key that signs was made.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PoolKeyAge {
    /// The pool.
    pub pool_id: String,
    /// In milliseconds since the Unix epoch.
    pub made_at: i64,
}

/// Up to `limit` pools, in the order of their ids, after the pool `after`, of which a key signs that was made until
/// `made_until`, and none waits.
///
/// # Errors
/// If the database fails.
pub async fn list_pools_with_old_keys(
    conn: &mut Conn,
    made_until: Timestamp,
    after: &str,
    limit: i64,
) -> Result<Vec<PoolKeyAge>> {
    Ok(fetch_all!(
        "db.signing_keys.list_pools_with_old_keys",
        PoolKeyAge,
        conn,
        "SELECT k.pool_id, MIN(k.created_at) AS made_at FROM signing_keys k
         WHERE k.pool_id > $2 AND k.retired_at IS NULL AND k.created_at <= $1 AND NOT EXISTS
           (SELECT 1 FROM signing_keys w WHERE w.pool_id = k.pool_id AND w.signs_from IS NOT NULL)
         GROUP BY k.pool_id ORDER BY k.pool_id LIMIT $3 + 0",
        made_until.millis(),
        after,
        limit,
    ))
}

#[derive(sqlx::FromRow)]
struct PoolRow {
    pool_id: String,
}

/// Up to `limit` pools that have keys, in the order of their ids, after the pool `after`.
///
/// # Errors
/// If the database fails.
pub async fn list_pools(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<String>> {
    let rows = fetch_all!(
        "db.signing_keys.list_pools",
        PoolRow,
        conn,
        "SELECT DISTINCT pool_id FROM signing_keys WHERE pool_id > $1 ORDER BY pool_id LIMIT $2 + 0",
        after,
        limit,
    );
    Ok(rows.into_iter().map(|row| row.pool_id).collect())
}
