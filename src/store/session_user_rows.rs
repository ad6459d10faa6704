//! The statements that read users with the state of one of their sessions, and their rows.

use std::sync::Arc;

use tracing::Instrument;

use super::Result;
use super::conn::{Conn, Driver};
use super::statement::fetch_optional;
use super::users::{Row, user_columns};
use crate::domain::user::User;

/// A user, and the state of one of the user's sessions.
#[derive(Clone, Debug)]
pub struct SessionUser {
    /// The user.
    pub user: User,
    /// Whether the session exists and is not revoked.
    pub live: bool,
}

/// What a user and a session are looked up by.
pub(super) struct Key {
    /// The pool of the user.
    pub pool_id: String,
    /// The `sub` of the user.
    pub user_id: String,
    /// The id of the session.
    pub session_id: String,
}

/// A user and a session as they are stored.
#[derive(sqlx::FromRow)]
pub(super) struct SessionUserRow {
    #[sqlx(flatten)]
    user: Row,
    live: bool,
}

impl SessionUserRow {
    /// The row as a domain type.
    ///
    /// # Errors
    /// If the row was not written by this version.
    pub fn read(self) -> Result<Arc<SessionUser>> {
        Ok(Arc::new(SessionUser {
            user: self.user.try_into()?,
            live: self.live,
        }))
    }
}

macro_rules! live {
    () => {
        "(s.session_id IS NOT NULL AND s.revoked_at IS NULL) AS live"
    };
}

/// The user with this `sub`, and the state of the session with this id.
///
/// # Errors
/// If the database fails.
pub(super) async fn find_one(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
) -> Result<Option<SessionUserRow>> {
    Ok(fetch_optional!(
        "db.session_user_rows.find_one",
        SessionUserRow,
        conn,
        concat!(
            "SELECT ",
            user_columns!(),
            ", ",
            live!(),
            " FROM users u",
            " LEFT JOIN sessions s ON s.pool_id = u.pool_id AND s.user_id = u.user_id",
            " AND s.session_id = $3 WHERE u.pool_id = $1 AND u.user_id = $2"
        ),
        pool_id,
        user_id,
        session_id,
    ))
}

#[derive(sqlx::FromRow)]
struct NumberedRow {
    #[sqlx(flatten)]
    row: SessionUserRow,
    /// The position of its key, counted from 1.
    position: i64,
}

/// The rows under several keys, in the order of the keys. On PostgreSQL only.
///
/// # Errors
/// If the database fails.
pub(super) async fn find_batch(
    conn: &mut Conn,
    keys: &[Key],
) -> Result<Vec<Option<SessionUserRow>>> {
    // The sub-selects hide the number of keys from PostgreSQL's planner, which would otherwise plan at
    // each execution, for that very number.
    const BATCH: &str = concat!(
        "SELECT ",
        user_columns!(),
        ", ",
        live!(),
        ", k.position FROM unnest((SELECT $1::text[]), (SELECT $2::text[]), (SELECT $3::text[]))",
        " WITH ORDINALITY AS k (pool_id, user_id, session_id, position)",
        " JOIN users u ON u.pool_id = k.pool_id AND u.user_id = k.user_id",
        " LEFT JOIN sessions s ON s.pool_id = u.pool_id AND s.user_id = u.user_id",
        " AND s.session_id = k.session_id"
    );
    let column = |of: fn(&Key) -> &str| keys.iter().map(of).collect::<Vec<_>>();
    let persistent = conn.caches_statements();
    let span = tracing::debug_span!("db.session_user_rows.find_batch", keys = keys.len());
    let result: sqlx::Result<Vec<NumberedRow>> = match conn.driver_connection().await? {
        Driver::Postgres(db) => {
            sqlx::query_as(BATCH)
                .bind(column(|key| &key.pool_id))
                .bind(column(|key| &key.user_id))
                .bind(column(|key| &key.session_id))
                .persistent(persistent)
                .fetch_all(db)
                .instrument(span)
                .await
        }
        // SQLite has no arrays, and its reads are cached instead of batched.
        Driver::Sqlite(_) => Err(sqlx::Error::PoolClosed),
    };
    let mut rows: Vec<Option<SessionUserRow>> = keys.iter().map(|_| None).collect();
    for NumberedRow { row, position } in conn.finish_statement(result).await? {
        let index = usize::try_from(position - 1).ok();
        if let Some(slot) = index.and_then(|index| rows.get_mut(index)) {
            *slot = Some(row);
        }
    }
    Ok(rows)
}
