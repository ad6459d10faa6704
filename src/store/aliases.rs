//! Aliases: attributes whose values a user can sign in with besides the username. The primary key
//! ensures that an alias belongs to one user.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};

/// Adds the alias to the user; `false` if it belongs to another user.
///
/// # Errors
/// If the database fails.
pub async fn take(
    conn: &mut Conn,
    pool_id: &str,
    attribute: &str,
    value_key: &str,
    user_id: &str,
) -> Result<bool> {
    let rows = execute!(
        "db.aliases.take",
        conn,
        "INSERT INTO aliases (pool_id, attribute, value_key, user_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (pool_id, attribute, value_key) DO UPDATE SET user_id = excluded.user_id
         WHERE aliases.user_id = excluded.user_id",
        pool_id,
        attribute,
        value_key,
        user_id,
    );
    Ok(rows == 1)
}

/// Deletes the alias if it belongs to the user.
///
/// # Errors
/// If the database fails.
pub async fn release(
    conn: &mut Conn,
    pool_id: &str,
    attribute: &str,
    value_key: &str,
    user_id: &str,
) -> Result<()> {
    execute!(
        "db.aliases.release",
        conn,
        "DELETE FROM aliases
         WHERE pool_id = $1 AND attribute = $2 AND value_key = $3 AND user_id = $4",
        pool_id,
        attribute,
        value_key,
        user_id,
    );
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Owner {
    user_id: String,
}

/// The id of the user that the alias belongs to.
///
/// # Errors
/// If the database fails.
pub async fn owner(
    conn: &mut Conn,
    pool_id: &str,
    attribute: &str,
    value_key: &str,
) -> Result<Option<String>> {
    Ok(fetch_optional!(
        "db.aliases.owner",
        Owner,
        conn,
        "SELECT user_id FROM aliases WHERE pool_id = $1 AND attribute = $2 AND value_key = $3",
        pool_id,
        attribute,
        value_key,
    )
    .map(|owner| owner.user_id))
}
