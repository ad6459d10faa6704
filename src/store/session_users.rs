//! Users with the state of one of their sessions: what every call with an access token asks for.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::conn::Link;
use super::db::fetch_optional;
use super::users::{Row, user_columns};
use super::{Db, Result};
use crate::domain::user::User;

/// How long a caller relies on others; then it reads alone. A session that has gone silent holds up
/// those who would read together no longer than this, nor does a pool that is exhausted.
const PATIENCE: Duration = Duration::from_secs(2);

/// A user, and how it stands with one of its sessions.
#[derive(Clone, Debug)]
pub struct SessionUser {
    /// The user.
    pub user: User,
    /// Whether the session is there and not revoked.
    pub live: bool,
}

/// What one is looked up by.
pub(super) struct Key {
    pool_id: String,
    user_id: String,
    session_id: String,
}

/// One as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct SessionUserRow {
    #[sqlx(flatten)]
    user: Row,
    live: bool,
}

impl SessionUserRow {
    fn read(self) -> Result<Arc<SessionUser>> {
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

/// The user with this `sub`, and how it stands with its session with this id.
///
/// # Errors
/// If the database fails.
pub async fn find(
    db: &Db,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
) -> Result<Option<Arc<SessionUser>>> {
    let alone = async {
        let row = find_alone(db, pool_id, user_id, session_id).await?;
        row.map(SessionUserRow::read).transpose()
    };
    match db {
        Db::Sqlite { own, .. } if own.is_claimed() => {
            // None of the three has a blank in it.
            let key = [pool_id, user_id, session_id].join(" ");
            own.sessions.get_or(key, alone).await
        }
        Db::Sqlite { .. } => alone.await,
        Db::Postgres(postgres) => {
            let key = Key {
                pool_id: pool_id.to_owned(),
                user_id: user_id.to_owned(),
                session_id: session_id.to_owned(),
            };
            let together = postgres.session_users.get(key, |keys| find_each(db, keys));
            match timeout(PATIENCE, together).await.unwrap_or(Ok(None))? {
                Some(row) => row.map(SessionUserRow::read).transpose(),
                None => alone.await,
            }
        }
    }
}

async fn find_alone(
    db: &Db,
    pool_id: &str,
    user_id: &str,
    session_id: &str,
) -> Result<Option<SessionUserRow>> {
    let conn = &mut db.read().await?;
    Ok(fetch_optional!(
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
struct PlacedRow {
    #[sqlx(flatten)]
    row: SessionUserRow,
    place: i64,
}

/// The same for several callers, in the order of `keys`.
async fn find_each(db: &Db, keys: Vec<Key>) -> Result<Vec<Option<SessionUserRow>>> {
    // The sub-selects keep the number of keys from the planner, which would otherwise plan anew at
    // each execution, for that very number.
    const EACH: &str = concat!(
        "SELECT ",
        user_columns!(),
        ", ",
        live!(),
        ", k.place FROM unnest((SELECT $1::text[]), (SELECT $2::text[]), (SELECT $3::text[]))",
        " WITH ORDINALITY AS k (pool_id, user_id, session_id, place)",
        " JOIN users u ON u.pool_id = k.pool_id AND u.user_id = k.user_id",
        " LEFT JOIN sessions s ON s.pool_id = u.pool_id AND s.user_id = u.user_id",
        " AND s.session_id = k.session_id"
    );
    if let [key] = keys.as_slice() {
        let row = find_alone(db, &key.pool_id, &key.user_id, &key.session_id).await?;
        return Ok(vec![row]);
    }
    let column = |of: fn(&Key) -> &str| keys.iter().map(of).collect::<Vec<_>>();
    let conn = &mut db.read().await?;
    let keeps = conn.keeps_statements();
    let found: sqlx::Result<Vec<PlacedRow>> = match conn.link().await? {
        Link::Postgres(db) => {
            sqlx::query_as(EACH)
                .bind(column(|key| &key.pool_id))
                .bind(column(|key| &key.user_id))
                .bind(column(|key| &key.session_id))
                .persistent(keeps)
                .fetch_all(db)
                .await
        }
        // It has no arrays, and nobody reads together from it.
        Link::Sqlite(_) => Err(sqlx::Error::PoolClosed),
    };
    let mut rows: Vec<Option<SessionUserRow>> = keys.iter().map(|_| None).collect();
    for PlacedRow { row, place } in conn.done(found).await? {
        let place = usize::try_from(place - 1).ok();
        if let Some(slot) = place.and_then(|place| rows.get_mut(place)) {
            *slot = Some(row);
        }
    }
    Ok(rows)
}
