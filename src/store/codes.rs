//! Codes that were sent and not redeemed yet: at most one per user and purpose.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::code::{Code, CodePurpose};
use crate::domain::time::Timestamp;

#[derive(sqlx::FromRow)]
struct Row {
    code_hash: Vec<u8>,
    attribute: Option<String>,
    value: Option<String>,
    expires_at: i64,
    failures: i64,
}

/// Stores a code in place of any other for the same purpose.
///
/// # Errors
/// If the database fails.
pub async fn replace(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
    code: &Code,
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.codes.replace",
        conn,
        "INSERT INTO codes
           (pool_id, user_id, purpose, code_hash, attribute, value, created_at, expires_at, failures)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
         ON CONFLICT (pool_id, user_id, purpose) DO UPDATE SET
           code_hash = excluded.code_hash, attribute = excluded.attribute, value = excluded.value,
           created_at = excluded.created_at, expires_at = excluded.expires_at, failures = 0",
        pool_id,
        user_id,
        purpose.as_str(),
        code.hash.as_slice(),
        code.attribute.as_deref(),
        code.value.as_deref(),
        now.millis(),
        code.expires_at.millis(),
    );
    Ok(())
}

/// The code for this purpose.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
) -> Result<Option<Code>> {
    Ok(fetch_optional!(
        "db.codes.find",
        Row,
        conn,
        "SELECT code_hash, attribute, value, expires_at, failures
         FROM codes WHERE pool_id = $1 AND user_id = $2 AND purpose = $3",
        pool_id,
        user_id,
        purpose.as_str(),
    )
    .map(|row| Code {
        hash: row.code_hash,
        attribute: row.attribute,
        value: row.value,
        expires_at: Timestamp::from_millis(row.expires_at),
        failures: row.failures,
    }))
}

/// Deletes the code if it is still the one with this hash and has had fewer than `most` tries, if that is given;
/// `false` if it has ended, or another request has redeemed or replaced it.
///
/// # Errors
/// If the database fails.
pub async fn redeem(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
    hash: &[u8],
    most: Option<i64>,
) -> Result<bool> {
    let rows = execute!(
        "db.codes.redeem",
        conn,
        "DELETE FROM codes
         WHERE pool_id = $1 AND user_id = $2 AND purpose = $3 AND code_hash = $4 AND failures < $5",
        pool_id,
        user_id,
        purpose.as_str(),
        hash,
        most.unwrap_or(i64::MAX),
    );
    Ok(rows == 1)
}

/// Counts a try of the code unless it has had `most` already; returns whether it was counted.
///
/// # Errors
/// If the database fails.
pub async fn count_try(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
    most: i64,
) -> Result<bool> {
    let rows = execute!(
        "db.codes.count_try",
        conn,
        "UPDATE codes SET failures = failures + 1
         WHERE pool_id = $1 AND user_id = $2 AND purpose = $3 AND failures < $4",
        pool_id,
        user_id,
        purpose.as_str(),
        most,
    );
    Ok(rows == 1)
}

/// Undoes [`count_try`] for a try that was right.
///
/// # Errors
/// If the database fails.
pub async fn uncount_try(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
) -> Result<()> {
    execute!(
        "db.codes.uncount_try",
        conn,
        "UPDATE codes SET failures = failures - 1
         WHERE pool_id = $1 AND user_id = $2 AND purpose = $3 AND failures > 0",
        pool_id,
        user_id,
        purpose.as_str(),
    );
    Ok(())
}

/// Deletes the code for this purpose, if there is one.
///
/// # Errors
/// If the database fails.
pub async fn discard(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
) -> Result<()> {
    execute!(
        "db.codes.discard",
        conn,
        "DELETE FROM codes WHERE pool_id = $1 AND user_id = $2 AND purpose = $3",
        pool_id,
        user_id,
        purpose.as_str(),
    );
    Ok(())
}

/// Deletes every code that was sent to this attribute of the user.
///
/// # Errors
/// If the database fails.
pub async fn discard_sent_to(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    attribute: &str,
) -> Result<()> {
    execute!(
        "db.codes.discard_sent_to",
        conn,
        "DELETE FROM codes WHERE pool_id = $1 AND user_id = $2 AND attribute = $3",
        pool_id,
        user_id,
        attribute,
    );
    Ok(())
}
