//! Users with the state of one of their sessions, which every request with an access token reads: cached
//! on SQLite, read in batches on PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::session_user_rows::{Key, SessionUser, SessionUserRow, find_batch, find_one};
use super::{Db, Result};

/// How long a caller waits for a batch before it reads alone, so that a connection that does not answer,
/// or an exhausted pool, holds up the members of a batch no longer than this.
const BATCH_TIMEOUT: Duration = Duration::from_secs(2);

/// The user with this `sub`, and the state of the session with this id.
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
        let row = find_one(&mut db.read().await?, pool_id, user_id, session_id).await?;
        row.map(SessionUserRow::read).transpose()
    };
    match db {
        Db::Sqlite {
            process_lock,
            session_users,
            ..
        } if process_lock.is_held() => {
            // None of the three contains a blank.
            let key = [pool_id, user_id, session_id].join(" ");
            session_users.get_or(key, alone).await
        }
        Db::Sqlite { .. } => alone.await,
        Db::Postgres(postgres) => {
            let key = Key {
                pool_id: pool_id.to_owned(),
                user_id: user_id.to_owned(),
                session_id: session_id.to_owned(),
            };
            let batched = postgres.session_users.get(key, |keys| find_each(db, keys));
            match timeout(BATCH_TIMEOUT, batched).await.unwrap_or(Ok(None))? {
                Some(row) => row.map(SessionUserRow::read).transpose(),
                None => alone.await,
            }
        }
    }
}

async fn find_each(db: &Db, keys: Vec<Key>) -> Result<Vec<Option<SessionUserRow>>> {
    let conn = &mut db.read().await?;
    if let [key] = keys.as_slice() {
        let row = find_one(conn, &key.pool_id, &key.user_id, &key.session_id).await?;
        return Ok(vec![row]);
    }
    find_batch(conn, &keys).await
}
