//! Refresh tokens, stored by their hashes, and what a refresh reads.

use super::sessions::session_columns;
use super::statement::{execute, fetch_all, fetch_optional};
use super::users::user_columns;
use super::{Conn, Result, groups, sessions, users};
use crate::domain::group::Group;
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// Adds a refresh token to the session.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<()> {
    execute!(
        "db.refresh_tokens.insert",
        conn,
        "INSERT INTO refresh_tokens (pool_id, user_id, token_hash, session_id, created_at)
         VALUES ($1, $2, $3, $4, $5)",
        pool_id,
        user_id,
        token_hash,
        session_id,
        now.millis(),
    );
    Ok(())
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    replaced_at: Option<i64>,
}

/// The user's token with this hash: `None` if there is none, `Some(None)` if it was not replaced, else
/// the time at which it was.
///
/// # Errors
/// If the database fails.
pub async fn replaced_at(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    token_hash: &[u8],
) -> Result<Option<Option<Timestamp>>> {
    Ok(fetch_optional!(
        "db.refresh_tokens.replaced_at",
        TokenRow,
        conn,
        "SELECT replaced_at FROM refresh_tokens
         WHERE pool_id = $1 AND user_id = $2 AND token_hash = $3",
        pool_id,
        user_id,
        token_hash,
    )
    .map(|row| row.replaced_at.map(Timestamp::from_millis)))
}

/// What a refresh reads.
pub struct RefreshContext {
    /// The user.
    pub user: User,
    /// The user's groups in order of precedence.
    pub groups: Vec<Group>,
    /// The session, revoked or not.
    pub session: Option<Session>,
    /// The refresh token, as [`replaced_at`] returns it.
    pub token: Option<Option<Timestamp>>,
}

/// One row for each group of the user, or one without a group.
#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    user: users::Row,
    #[sqlx(flatten)]
    session: sessions::OptionalRow,
    has_token: bool,
    replaced_at: Option<i64>,
    #[sqlx(flatten)]
    group: groups::OptionalRow,
}

/// The user with this `sub`, its groups, its session with this id and its refresh token with this
/// hash, in one statement; `None` if there is no such user.
///
/// # Errors
/// If the database fails.
pub async fn find(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
    token_hash: &[u8],
) -> Result<Option<RefreshContext>> {
    let rows = fetch_all!(
        "db.refresh_tokens.find",
        Row,
        conn,
        concat!(
            "SELECT ",
            user_columns!(),
            ", ",
            session_columns!(),
            ", t.token_hash IS NOT NULL AS has_token, t.replaced_at,",
            " g.group_name, g.description, g.precedence, g.role_arn,",
            " g.created_at AS group_created_at, g.modified_at AS group_modified_at",
            " FROM users u",
            " LEFT JOIN sessions s ON s.pool_id = u.pool_id AND s.user_id = u.user_id",
            " AND s.session_id = $3",
            " LEFT JOIN refresh_tokens t ON t.pool_id = u.pool_id AND t.user_id = u.user_id",
            " AND t.token_hash = $4",
            " LEFT JOIN group_members m ON m.pool_id = u.pool_id AND m.user_id = u.user_id",
            " LEFT JOIN groups g ON g.pool_id = m.pool_id AND g.group_name = m.group_name",
            " WHERE u.pool_id = $1 AND u.user_id = $2",
            " ORDER BY CASE WHEN g.precedence IS NULL THEN 1 ELSE 0 END, g.precedence, g.created_at, g.group_name"
        ),
        pool_id,
        user_id,
        session_id,
        token_hash,
    );
    let mut found: Option<RefreshContext> = None;
    for row in rows {
        let group = row.group.group(pool_id);
        match &mut found {
            Some(found) => found.groups.extend(group),
            None => {
                found = Some(RefreshContext {
                    user: row.user.try_into()?,
                    groups: group.into_iter().collect(),
                    session: row.session.session()?,
                    token: row
                        .has_token
                        .then(|| row.replaced_at.map(Timestamp::from_millis)),
                });
            }
        }
    }
    Ok(found)
}

/// Records that the token, which was replaced already, was replaced by one more; `false` if as many as
/// `most` have taken its place, or it is gone.
///
/// # Errors
/// If the database fails.
pub async fn replace_again(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    token_hash: &[u8],
    most: u32,
) -> Result<bool> {
    let rows = execute!(
        "db.refresh_tokens.replace_again",
        conn,
        "UPDATE refresh_tokens SET successors = successors + 1
         WHERE pool_id = $1 AND user_id = $2 AND token_hash = $3 AND replaced_at IS NOT NULL
           AND successors < $4",
        pool_id,
        user_id,
        token_hash,
        i64::from(most),
    );
    Ok(rows == 1)
}

/// Records that the token was replaced by another; `false` if it already was.
///
/// # Errors
/// If the database fails.
pub async fn replace(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<bool> {
    let rows = execute!(
        "db.refresh_tokens.replace",
        conn,
        "UPDATE refresh_tokens SET replaced_at = $4, successors = successors + 1
         WHERE pool_id = $1 AND user_id = $2 AND token_hash = $3 AND replaced_at IS NULL",
        pool_id,
        user_id,
        token_hash,
        now.millis(),
    );
    Ok(rows == 1)
}
