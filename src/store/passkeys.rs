//! Passkeys that users have registered.

use super::statement::{execute, fetch_all, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::passkey::{Attachment, Passkey};
use crate::domain::time::Timestamp;

const TABLE: &str = "passkeys";

#[derive(sqlx::FromRow)]
struct Row {
    credential_id: String,
    relying_party_id: String,
    credential: String,
    counter: i64,
    transports: String,
    attachment: Option<String>,
    friendly_name: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl TryFrom<Row> for Passkey {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let attachment = row.attachment.map(|word| {
            Attachment::named(&word).ok_or(Error::UnknownValue {
                column: "attachment",
            })
        });
        Ok(Self {
            credential_id: row.credential_id,
            relying_party_id: row.relying_party_id,
            credential: row.credential,
            counter: u32::try_from(row.counter)
                .map_err(|_| Error::UnknownValue { column: "counter" })?,
            transports: super::from_json(TABLE, &row.transports)?,
            attachment: attachment.transpose()?,
            friendly_name: row.friendly_name,
            created_at: Timestamp::from_millis(row.created_at),
            last_used_at: row.last_used_at.map(Timestamp::from_millis),
        })
    }
}

/// Stores a user's new passkey; `false` if a user of the pool has it already.
///
/// # Errors
/// If the database fails, or the user is deleted.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    passkey: &Passkey,
) -> Result<bool> {
    let transports = super::to_json(TABLE, &passkey.transports)?;
    let rows = execute!(
        "db.passkeys.insert",
        conn,
        "INSERT INTO passkeys
           (pool_id, user_id, credential_id, relying_party_id, credential, counter, transports,
            attachment, friendly_name, created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        pool_id,
        user_id,
        &passkey.credential_id,
        &passkey.relying_party_id,
        &passkey.credential,
        i64::from(passkey.counter),
        &transports,
        passkey.attachment.map(Attachment::as_str),
        &passkey.friendly_name,
        passkey.created_at.millis(),
        passkey.last_used_at.map(Timestamp::millis),
    );
    Ok(rows == 1)
}

/// The place of a passkey in a user's list: when it was registered in milliseconds, and its id.
pub type Place = (i64, String);

/// Up to `limit` passkeys of the user behind the place `after`, in the order of their registration.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Passkey>> {
    let (created_at, credential_id) = match after {
        Some((created_at, credential_id)) => (*created_at, credential_id.as_str()),
        None => (i64::MIN, ""),
    };
    fetch_all!(
        "db.passkeys.page",
        Row,
        conn,
        "SELECT credential_id, relying_party_id, credential, counter, transports, attachment,
           friendly_name, created_at, last_used_at
         FROM passkeys
         WHERE pool_id = $1 AND user_id = $2 AND (created_at, credential_id) > ($3, $4)
         ORDER BY created_at, credential_id LIMIT $5 + 0",
        pool_id,
        user_id,
        created_at,
        credential_id,
        limit,
    )
    .into_iter()
    .map(Passkey::try_from)
    .collect()
}

/// All passkeys of the user, in the order of their registration.
///
/// # Errors
/// If the database fails.
pub async fn of_user(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<Vec<Passkey>> {
    page(conn, pool_id, user_id, None, i64::MAX).await
}

/// How many passkeys the user has.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<i64> {
    let row = fetch_optional!(
        "db.passkeys.count",
        (i64,),
        conn,
        "SELECT COUNT(*) FROM passkeys WHERE pool_id = $1 AND user_id = $2",
        pool_id,
        user_id,
    );
    Ok(row.map_or(0, |(count,)| count))
}

/// Deletes a passkey of the user; `false` if the user has none with this id.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    credential_id: &str,
) -> Result<bool> {
    let rows = execute!(
        "db.passkeys.delete",
        conn,
        "DELETE FROM passkeys WHERE pool_id = $1 AND user_id = $2 AND credential_id = $3",
        pool_id,
        user_id,
        credential_id,
    );
    Ok(rows == 1)
}

/// A use of a passkey.
pub struct Use<'a> {
    /// The passkey's id.
    pub credential_id: &'a str,
    /// What is stored of the credential from now on.
    pub credential: &'a str,
    /// The signature counter from now on.
    pub counter: u32,
    /// When it was used.
    pub at: Timestamp,
}

/// Records that the user signed in with a passkey. `false` if the counter has not risen over the stored one,
/// because somebody else has used the passkey with this counter, unless both are 0; or if the user has no such
/// passkey any more.
///
/// # Errors
/// If the database fails.
pub async fn record_use(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    used: &Use<'_>,
) -> Result<bool> {
    let rows = execute!(
        "db.passkeys.record_use",
        conn,
        "UPDATE passkeys SET credential = $4, counter = $5, last_used_at = $6
         WHERE pool_id = $1 AND user_id = $2 AND credential_id = $3
           AND (counter < $5 OR (counter = 0 AND $5 = 0))",
        pool_id,
        user_id,
        used.credential_id,
        used.credential,
        i64::from(used.counter),
        used.at.millis(),
    );
    Ok(rows == 1)
}
