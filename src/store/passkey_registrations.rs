//! Registrations of passkeys that have begun: a few of each user, until they end or are completed.

use super::statement::{execute, fetch_optional};
use super::{Conn, Error, Result};
use crate::domain::passkey::Registration;
use crate::domain::sign_in_settings::UserVerification;
use crate::domain::time::Timestamp;

/// How many registrations of one user can be open at once: in several tabs, on several devices.
pub const MOST_OPEN: i64 = 5;

const REQUIRED: &str = "required";
const PREFERRED: &str = "preferred";

#[derive(sqlx::FromRow)]
struct Row {
    client_id: String,
    relying_party_id: String,
    verification: String,
    expires_at: i64,
}

/// Stores a registration that begins.
///
/// # Errors
/// If the database fails, or the user is deleted.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    registration: &Registration,
) -> Result<()> {
    execute!(
        "db.passkey_registrations.insert",
        conn,
        "INSERT INTO passkey_registrations
           (pool_id, user_id, challenge, client_id, relying_party_id, verification, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        pool_id,
        user_id,
        &registration.challenge,
        &registration.client_id,
        &registration.relying_party_id,
        match registration.verification {
            UserVerification::Required => REQUIRED,
            UserVerification::Preferred => PREFERRED,
        },
        registration.expires_at.millis(),
    );
    Ok(())
}

/// Deletes the user's registrations beyond [`MOST_OPEN`], those that end first.
///
/// # Errors
/// If the database fails.
pub async fn forget_oldest(conn: &mut Conn, pool_id: &str, user_id: &str) -> Result<()> {
    execute!(
        "db.passkey_registrations.forget_oldest",
        conn,
        "DELETE FROM passkey_registrations
         WHERE pool_id = $1 AND user_id = $2 AND challenge NOT IN
           (SELECT challenge FROM passkey_registrations WHERE pool_id = $1 AND user_id = $2
            ORDER BY expires_at DESC, challenge LIMIT $3 + 0)",
        pool_id,
        user_id,
        MOST_OPEN,
    );
    Ok(())
}

/// The user's registration with this challenge, if it has not ended at `now`.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    challenge: &str,
    now: Timestamp,
) -> Result<Option<Registration>> {
    let row = fetch_optional!(
        "db.passkey_registrations.find",
        Row,
        conn,
        "SELECT client_id, relying_party_id, verification, expires_at FROM passkey_registrations
         WHERE pool_id = $1 AND user_id = $2 AND challenge = $3 AND expires_at > $4",
        pool_id,
        user_id,
        challenge,
        now.millis(),
    );
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(Registration {
        challenge: challenge.to_owned(),
        client_id: row.client_id,
        relying_party_id: row.relying_party_id,
        verification: match row.verification.as_str() {
            REQUIRED => UserVerification::Required,
            PREFERRED => UserVerification::Preferred,
            _ => {
                return Err(Error::UnknownValue {
                    column: "verification",
                });
            }
        },
        expires_at: Timestamp::from_millis(row.expires_at),
    }))
}

/// Deletes the registration with this challenge as it is completed; `false` if another request has completed
/// it.
///
/// # Errors
/// If the database fails.
pub async fn complete(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    challenge: &str,
) -> Result<bool> {
    let rows = execute!(
        "db.passkey_registrations.complete",
        conn,
        "DELETE FROM passkey_registrations WHERE pool_id = $1 AND user_id = $2 AND challenge = $3",
        pool_id,
        user_id,
        challenge,
    );
    Ok(rows == 1)
}
