//! The keys with which pools sign SAML requests.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// Gives the pool a key, if it has none.
///
/// # Errors
/// [`super::Error::Conflict`] if there is no such pool, or if the database fails.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    kid: &str,
    certificate: &str,
    sealed_private_key: &[u8],
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.saml_keys.insert",
        conn,
        "INSERT INTO saml_keys (pool_id, kid, certificate, private_key, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        pool_id,
        kid,
        certificate,
        sealed_private_key,
        now.millis(),
    );
    Ok(())
}

/// The certificate of the pool's key, if it has one.
///
/// # Errors
/// If the database fails.
pub async fn certificate(conn: &mut Conn, pool_id: &str) -> Result<Option<String>> {
    let row = fetch_optional!(
        "db.saml_keys.certificate",
        (String,),
        conn,
        "SELECT certificate FROM saml_keys WHERE pool_id = $1",
        pool_id,
    );
    Ok(row.map(|(certificate,)| certificate))
}

/// Deletes the pool's key, if it has one.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str) -> Result<()> {
    execute!(
        "db.saml_keys.delete",
        conn,
        "DELETE FROM saml_keys WHERE pool_id = $1",
        pool_id,
    );
    Ok(())
}
