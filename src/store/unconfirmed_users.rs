//! Users who signed up and have not confirmed it, for the job that deletes them.

use super::statement::{execute, fetch_optional};
use super::{Conn, Result};
use crate::domain::time::Timestamp;

/// The id of the last of up to `limit` users of the pool, after the user `after`, who have not confirmed their
/// sign-up; `None` if there are no more.
///
/// # Errors
/// If the database fails.
pub async fn end_of_page(
    conn: &mut Conn,
    pool_id: &str,
    after: &str,
    limit: i64,
) -> Result<Option<String>> {
    let row = fetch_optional!(
        "db.unconfirmed_users.end_of_page",
        (Option<String>,),
        conn,
        "SELECT MAX(user_id) FROM
           (SELECT user_id FROM users
            WHERE pool_id = $1 AND status = 'UNCONFIRMED' AND user_id > $2
            ORDER BY user_id LIMIT $3 + 0) AS page",
        pool_id,
        after,
        limit,
    );
    Ok(row.and_then(|(last,)| last))
}

/// Deletes those users of a page who signed up before `signed_up_before`, have not confirmed it, and have neither
/// a code that is still valid nor a session; returns how many. The page is the ids after the first up to the
/// second.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    conn: &mut Conn,
    pool_id: &str,
    (after, last): (&str, &str),
    signed_up_before: Timestamp,
    now: Timestamp,
) -> Result<u64> {
    Ok(execute!(
        "db.unconfirmed_users.delete",
        conn,
        "DELETE FROM users
         WHERE pool_id = $1 AND user_id > $2 AND user_id <= $3
           AND status = 'UNCONFIRMED' AND created_at < $4
           AND NOT EXISTS (SELECT 1 FROM codes c
                           WHERE c.pool_id = users.pool_id AND c.user_id = users.user_id
                             AND c.expires_at > $5)
           AND NOT EXISTS (SELECT 1 FROM sessions s
                           WHERE s.pool_id = users.pool_id AND s.user_id = users.user_id)",
        pool_id,
        after,
        last,
        signed_up_before.millis(),
        now.millis(),
    ))
}
