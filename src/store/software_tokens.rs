//! Authenticator apps: of each user the one that is proven, and beside it one that is being set up.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};

/// A user's authenticator apps.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SoftwareTokens {
    /// The secret of the proven one, sealed.
    pub secret: Option<Vec<u8>>,
    /// The name that the user gave it.
    pub name: Option<String>,
    /// The newest step whose code was accepted; 0 before any was.
    pub last_step: i64,
    /// The secret of the one that is being set up, sealed.
    pub new_secret: Option<Vec<u8>>,
}

/// The user's apps; `None` if the user never began to set one up.
///
/// # Errors
/// If the database fails.
pub async fn find(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<Option<SoftwareTokens>> {
    Ok(fetch_optional!(
        "db.software_tokens.find",
        SoftwareTokens,
        conn,
        "SELECT secret, name, last_step, new_secret FROM software_tokens
         WHERE pool_id = $1 AND user_id = $2",
        pool_id,
        user_id,
    ))
}

/// Begins to set an app up, in place of any other that was being set up.
///
/// # Errors
/// If the database fails.
pub async fn begin(conn: &mut Conn, pool_id: &str, user_id: &str, new_secret: &[u8]) -> Result<()> {
    execute!(
        "db.software_tokens.begin",
        conn,
        "INSERT INTO software_tokens (pool_id, user_id, last_step, new_secret)
         VALUES ($1, $2, 0, $3)
         ON CONFLICT (pool_id, user_id) DO UPDATE SET new_secret = excluded.new_secret",
        pool_id,
        user_id,
        new_secret,
    );
    Ok(())
}

/// A secret that a code has proven.
pub struct Proof<'a> {
    /// The secret, sealed.
    pub secret: &'a [u8],
    /// The step of the code.
    pub step: i64,
    /// The name that the user gives the app.
    pub name: Option<&'a str>,
}

/// Makes the app that is being set up, whose sealed secret is `new_secret`, the proven one; `false` if another is
/// being set up meanwhile, or none.
///
/// # Errors
/// If the database fails.
pub async fn complete(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    new_secret: &[u8],
    proof: &Proof<'_>,
) -> Result<bool> {
    let rows = execute!(
        "db.software_tokens.complete",
        conn,
        "UPDATE software_tokens SET secret = $4, last_step = $5, name = $6, new_secret = NULL
         WHERE pool_id = $1 AND user_id = $2 AND new_secret = $3",
        pool_id,
        user_id,
        new_secret,
        proof.secret,
        proof.step,
        proof.name,
    );
    Ok(rows == 1)
}

/// Stores a proven app in place of any other.
///
/// # Errors
/// If the database fails.
pub async fn replace(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    proof: &Proof<'_>,
) -> Result<()> {
    execute!(
        "db.software_tokens.replace",
        conn,
        "INSERT INTO software_tokens (pool_id, user_id, secret, last_step, name)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (pool_id, user_id) DO UPDATE SET
           secret = excluded.secret, last_step = excluded.last_step, name = excluded.name",
        pool_id,
        user_id,
        proof.secret,
        proof.step,
        proof.name,
    );
    Ok(())
}

/// Records that a code of this step was accepted; `false` if one of it or of a later step was before, or the
/// user has no proven app any more.
///
/// # Errors
/// If the database fails.
pub async fn accept(conn: &mut Conn, pool_id: &str, user_id: &str, step: i64) -> Result<bool> {
    let rows = execute!(
        "db.software_tokens.accept",
        conn,
        "UPDATE software_tokens SET last_step = $3
         WHERE pool_id = $1 AND user_id = $2 AND last_step < $3 AND secret IS NOT NULL",
        pool_id,
        user_id,
        step,
    );
    Ok(rows == 1)
}

/// Deletes the user's apps.
///
/// # Errors
/// If the database fails.
pub async fn delete(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<()> {
    execute!(
        "db.software_tokens.delete",
        conn,
        "DELETE FROM software_tokens WHERE pool_id = $1 AND user_id = $2",
        pool_id,
        user_id,
    );
    Ok(())
}
