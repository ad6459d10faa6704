//! What has to hold when everything is over and the server is back.

mod database;
mod factors;
mod mail;
mod users;

use std::time::Duration;

use crate::factor_ledger::FactorUser;
use crate::ledger::User;
use crate::system::{FactorPool, System};

/// Makes every check.
///
/// # Errors
/// If a check cannot be made.
pub async fn verify(
    system: &System,
    mut users: Vec<User>,
    pool: Option<&FactorPool>,
    mut with_factors: Vec<FactorUser>,
) -> anyhow::Result<()> {
    for node in &system.nodes {
        let log = node.log();
        let panic = log.lines().find(|line| line.contains("panicked at"));
        let journal = &system.context.journal;
        journal.check("no server panics", panic.is_none(), || {
            panic.unwrap_or_default().to_owned()
        });
    }
    users::verify(&system.context, &mut users).await;
    if let Some(pool) = pool {
        factors::verify(&system.context, pool, &mut with_factors).await;
    }
    let db = system.database.open().await?;
    if system.clock.is_some() {
        system.write("the load").await;
        mail::note_late(&system.context.journal, &db).await?;
        // What was claimed or put off while the clock was ahead waits for that time to come.
        system.set_clock(1200)?;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    mail::verify(&system.context, &db, &users).await?;
    database::verify(&system.context.journal, &db, &users).await
}

/// Rows of text from either store.
macro_rules! rows {
    ($row:ty, $db:expr, $sql:expr) => {
        async {
            anyhow::Ok(match $db {
                cognate::store::Db::Postgres(postgres) => {
                    let mut conn = postgres.primary.pool().get().await?;
                    sqlx::query_as::<_, $row>($sql)
                        .fetch_all(&mut *conn)
                        .await?
                }
                cognate::store::Db::Sqlite { readers, .. } => {
                    let mut conn = readers.get().await?;
                    sqlx::query_as::<_, $row>($sql)
                        .fetch_all(&mut *conn)
                        .await?
                }
            })
        }
        .await
    };
}
use rows;
