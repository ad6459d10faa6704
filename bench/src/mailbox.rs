//! Codes, read out of the store: the outbox keeps every message sealed, and the benchmark has the
//! master key. One query on the index of the message's age for several codes costs less than the
//! development inbox, which would compete with what is measured.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::bail;
use cognate::crypto::{KeyPurpose, Vault};
use cognate::store::{Db, outbox};
use serde::Deserialize;

use crate::dataset::user_id;

/// Reads the outbox.
pub struct Mailbox {
    /// Connections of its own, so that the server keeps all of its connections.
    pub db: Db,
    /// Opens the messages.
    pub vault: Vault,
}

#[derive(Deserialize)]
struct Payload {
    code: String,
}

/// With a parameter for each of [`crate::cases::CODES_AT_ONCE`] users.
const QUERY: &str = "SELECT message_id, user_id, payload FROM outbox
    WHERE created_at >= $1 AND user_id IN ($2, $3, $4, $5) ORDER BY message_id";

/// How long the deliveries of one case may take.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(120);

type Row = (String, String, Vec<u8>);

impl Mailbox {
    /// Waits until every message is delivered, so that the deliveries of one case do not slow the next.
    pub async fn wait_until_delivered(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while outbox::count_pending(&mut self.db.read().await?).await? > 0 {
            if begun.elapsed() > DELIVERY_TIMEOUT {
                bail!("messages are still not delivered after {DELIVERY_TIMEOUT:?}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// The newest codes of a pool's `users`, written since then.
    pub async fn codes(
        &self,
        pool: &str,
        users: &[u64],
        since: i64,
    ) -> anyhow::Result<HashMap<u64, String>> {
        let ids: Vec<String> = users.iter().copied().map(user_id).collect();
        let id = |at: usize| ids.get(at).cloned().unwrap_or_default();
        macro_rules! fetch {
            ($pool:ident) => {
                sqlx::query_as::<_, Row>(QUERY)
                    .bind(since)
                    .bind(id(0))
                    .bind(id(1))
                    .bind(id(2))
                    .bind(id(3))
                    .fetch_all(&mut *$pool.get().await?)
                    .await?
            };
        }
        let rows = match &self.db {
            Db::Postgres(postgres) => {
                let pool = postgres.primary.pool();
                fetch!(pool)
            }
            Db::Sqlite { readers, .. } => fetch!(readers),
        };
        let mut codes = HashMap::new();
        for (message, user, payload) in rows {
            let context = ["outbox.payload", pool, &message];
            let opened = self.vault.open(KeyPurpose::Message, &context, &payload);
            let code = opened.and_then(|json| serde_json::from_slice::<Payload>(&json).ok());
            let number = users.iter().zip(&ids).find(|(_, id)| **id == user);
            if let (Some(code), Some((number, _))) = (code, number) {
                codes.insert(*number, code.code);
            }
        }
        Ok(codes)
    }
}
