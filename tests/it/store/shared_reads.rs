//! What callers with access tokens read of the store together: `concurrency` has the same over HTTP.

use std::time::Duration;

use cognate::store::{Db, OpenOptions, session_users};
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Executor, Row};

use crate::support::{StoreKind, TestServer, Tokens, both_stores};

/// As many connections as give two turns.
const CONNECTIONS: u32 = 8;

/// Name of the user, and whether the session is live.
type Found = Option<(String, bool)>;

async fn find(db: &Db, pool_id: &str, tokens: &Tokens) -> Found {
    let claims = tokens.access_claims();
    let sub = claims["sub"].as_str().unwrap();
    let session = claims["event_id"].as_str().unwrap();
    let found = session_users::find(db, pool_id, sub, session)
        .await
        .unwrap();
    found.map(|found| (found.user.username.clone(), found.live))
}

/// Another session with the database, where it has sessions.
async fn bystander(server: &TestServer) -> Option<PgConnection> {
    if server.store.kind == StoreKind::Sqlite {
        return None;
    }
    let options: PgConnectOptions = server.store.url.parse().unwrap();
    Some(options.connect().await.unwrap())
}

/// Keeps everybody from reading users.
async fn lock(bystander: &mut Option<PgConnection>) {
    if let Some(session) = bystander {
        let lock = "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE";
        session.execute(lock).await.unwrap();
    }
}

async fn unlock(bystander: &mut Option<PgConnection>) {
    if let Some(session) = bystander {
        session.execute("COMMIT").await.unwrap();
    }
}

/// Whether the last statement of some session was for several callers.
async fn read_together(bystander: &mut PgConnection) -> bool {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND pid <> pg_backend_pid() AND query LIKE '%unnest%'";
    let row = bystander.fetch_one(count).await.unwrap();
    row.get::<i64, _>(0) > 0
}

both_stores! {
    /// Each caller gets its own user and its own session, with prepared statements and without.
    async fn a_batched_read_answers_each_caller_for_its_own_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let ada = app.signed_in("ada", json!({})).await;
        let revoked = app.sign_in("ada").await;
        app.call("RevokeToken", json!({ "Token": revoked.refresh })).await.ok();
        let grace = app.signed_in("grace", json!({})).await;
        let mary = app.signed_in("mary", json!({})).await;
        pool.admin("AdminDeleteUser", json!({ "Username": "mary" })).await.ok();
        for statement_cache in [100, 0] {
            let options = OpenOptions {
                max_connections: CONNECTIONS,
                acquire_timeout: Duration::from_secs(30),
                statement_cache,
            };
            let db = Db::open(&server.store.url, &options).await.unwrap();
            let find = |tokens| find(&db, &pool.id, tokens);
            let bystander = &mut bystander(&server).await;
            // In most rounds the last statement of a session is one for several callers.
            let mut is_read_together = false;
            for _ in 0..10 {
                // All have asked before any is answered: the first two alone, the others together.
                lock(bystander).await;
                let found = tokio::join!(
                    find(&ada), find(&grace), find(&ada), find(&revoked),
                    find(&mary), find(&grace), find(&revoked), find(&ada),
                    unlock(bystander),
                );
                let (a, b, c, d, e, f, g, h, ()) = found;
                let found: [Found; 8] = [a, b, c, d, e, f, g, h];
                let name = |name: &str, live| Some((name.to_owned(), live));
                assert_eq!(found, [
                    name("ada", true), name("grace", true), name("ada", true), name("ada", false),
                    None, name("grace", true), name("ada", false), name("ada", true),
                ]);
                if let Some(bystander) = bystander {
                    is_read_together |= read_together(bystander).await;
                }
            }
            // Without prepared statements, the last one of each is the end of a transaction.
            if bystander.is_some() && statement_cache > 0 {
                assert!(is_read_together);
            }
            db.close().await;
        }
    }
}
