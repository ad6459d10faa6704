//! Deletes what has expired: codes, sessions, replaced refresh tokens, records of answered challenges,
//! devices not seen for long, and old counters; and what imports of users leave behind.

use std::sync::Arc;

use super::import_jobs;
use crate::app::App;
use crate::store;

/// How long counters of attempts and lock-outs stay in the store after their last change, in seconds:
/// longer than any limit looks back.
const COUNTER_RETENTION_SECONDS: i64 = 86_400;
/// How long a replaced refresh token stays in the store, in seconds: longer than any client's grace period,
/// which is a minute at most, and than the clocks of two nodes differ. Without its row, it is known by what
/// it holds itself as one that was replaced.
const REPLACED_RETENTION_SECONDS: i64 = 600;
/// The most rows of a kind that one transaction deletes.
const BATCH: i64 = 1_000;

/// Deletes in batches until nothing is left.
///
/// # Errors
/// If the store fails; what was deleted before stays deleted.
pub async fn delete_expired(app: Arc<App>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let counted_before = now.plus_seconds(-COUNTER_RETENTION_SECONDS);
    let replaced_before = now.plus_seconds(-REPLACED_RETENTION_SECONDS);
    loop {
        let mut tx = app.db.begin().await?;
        let (replaced, counted) = (replaced_before, counted_before);
        let deleted = store::expiry::delete_expired(&mut tx, now, replaced, counted, BATCH).await?;
        tx.commit().await?;
        if deleted < BATCH.unsigned_abs() {
            return import_jobs::purge(&app).await;
        }
    }
}
