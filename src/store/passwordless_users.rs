//! Taking a user's password away.

use super::statement::execute;
use super::{Conn, Result};
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// Takes the user's password away with the former ones and raises the credentials version, if the stored version is
/// still `user.version`; `false` if it is not, or the user is deleted.
///
/// # Errors
/// If the database fails.
pub async fn remove_password(conn: &mut Conn, user: &User, now: Timestamp) -> Result<bool> {
    let rows = execute!(
        "db.passwordless_users.remove_password",
        conn,
        "UPDATE users SET password_hash = NULL, srp_salt = NULL, srp_verifier = NULL,
           password_set_at = NULL, former_passwords = '[]', modified_at = $4,
           credentials_version = credentials_version + 1, version = version + 1
         WHERE pool_id = $1 AND user_id = $2 AND version = $3",
        &user.pool_id,
        &user.id,
        user.version,
        now.millis(),
    );
    Ok(rows == 1)
}
