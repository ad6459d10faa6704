//! How a message gets into the outbox: within its bounds, and in its turn.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Outbox;
use crate::domain::time::Timestamp;
use crate::entropy::Entropy;
use crate::messaging::delivery_slots::{EnqueuedMessage, Slot};
use crate::messaging::error::Error;
use crate::messaging::message::OutgoingMessage;
use crate::messaging::outbox::Payload;
use crate::store;
use crate::store::Conn;
use crate::store::outbox::{self, Status, StoredMessage};

/// How long a node goes by its last count of a pool's pending messages.
const COUNT_LIFETIME: Duration = Duration::from_secs(1);
/// The pools whose counts a node keeps before it forgets those that are too old.
const MAX_COUNTS: usize = 1_000;

/// The pending messages of pools, as this node last counted them, and what it has added since.
#[derive(Default)]
pub(super) struct PendingCounts(Mutex<HashMap<String, (Instant, i64)>>);

impl PendingCounts {
    /// The count of the pool, unless it is too old.
    fn get(&self, pool_id: &str, now: Instant) -> Option<i64> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (counted_at, count) = counts.get(pool_id)?;
        (now.saturating_duration_since(*counted_at) < COUNT_LIFETIME).then_some(*count)
    }

    fn set(&self, pool_id: &str, count: i64, now: Instant) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MAX_COUNTS {
            counts.retain(|_, (at, _)| now.saturating_duration_since(*at) < COUNT_LIFETIME);
        }
        counts.insert(pool_id.to_owned(), (now, count));
    }

    fn add_one(&self, pool_id: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = counts.get_mut(pool_id) {
            *count = count.saturating_add(1);
        }
    }
}

impl Outbox {
    /// Writes `message` to the outbox in the transaction of `conn`, so that it is sent if and only if that
    /// commits. With a `slot` it is written as claimed by this node. After the commit the caller passes
    /// the returned value to [`Outbox::dispatch`].
    ///
    /// # Errors
    /// [`Error::Full`] if as many messages to the recipient, or of the pool, are pending as may be; then nothing
    /// is written. Else if the store or the vault fails; then the caller's transaction must not commit.
    pub async fn enqueue(
        &self,
        conn: &mut Conn,
        now: Timestamp,
        message: &OutgoingMessage,
        slot: Option<Slot>,
    ) -> Result<EnqueuedMessage, Error> {
        if self.pending_of_pool(conn, &message.pool_id).await?
            >= i64::from(self.0.config.max_pending_per_pool)
        {
            return Err(refused(message, "pool"));
        }
        let message_id = new_id(self.0.entropy, now);
        let payload = Payload::of(message).seal(&self.0.vault, &message.pool_id, &message_id)?;
        let stored = StoredMessage {
            pool_id: message.pool_id.clone(),
            message_id,
            username: message.username.clone(),
            medium: message.medium,
            destination: message.destination.clone(),
            purpose: message.purpose.to_owned(),
            payload,
            status: Status::Pending,
            attempts: slot.is_some().into(),
            next_attempt_at: slot.as_ref().map_or(now, Slot::lease_until),
            last_error: None,
            created_at: now,
        };
        let most = i64::from(self.0.config.max_pending_per_recipient);
        if !outbox::insert(conn, &stored, &message.user_id, most).await? {
            return Err(refused(message, "recipient"));
        }
        self.0.pending_counts.add_one(&message.pool_id);
        Ok(EnqueuedMessage {
            message: stored,
            slot,
        })
    }

    /// The payload that [`Outbox::enqueue`] would store for `message`, which is not sent: for a caller whose
    /// answer must take as long as if it were. The caller stores it by [`store::simulated_codes::replace`].
    ///
    /// # Errors
    /// If the store or the vault fails.
    pub async fn seal_unsent(
        &self,
        conn: &mut Conn,
        now: Timestamp,
        message: &OutgoingMessage,
    ) -> Result<Vec<u8>, Error> {
        self.pending_of_pool(conn, &message.pool_id).await?;
        let message_id = new_id(self.0.entropy, now);
        Ok(Payload::of(message).seal(&self.0.vault, &message.pool_id, &message_id)?)
    }

    /// How many messages of the pool are pending, up to its bound: as counted at most a second ago, with
    /// what this node has written since. Where `n` nodes write to one pool, the bound may thus be passed by
    /// what they write in a second; and what was delivered within the second still counts.
    async fn pending_of_pool(&self, conn: &mut Conn, pool_id: &str) -> store::Result<i64> {
        let now = Instant::now();
        if let Some(count) = self.0.pending_counts.get(pool_id, now) {
            return Ok(count);
        }
        let limit = i64::from(self.0.config.max_pending_per_pool);
        let count = outbox::count_pending_of_pool(conn, pool_id, limit).await?;
        self.0.pending_counts.set(pool_id, count, now);
        if count >= limit {
            // Once for each count, however many messages are refused.
            tracing::warn!(
                pool_id,
                pending = count,
                "a pool has as many messages pending as outbox.max_pending_per_pool permits"
            );
        }
        Ok(count)
    }
}

fn refused(message: &OutgoingMessage, bound: &'static str) -> Error {
    metrics::counter!(
        "cognate_messages_refused_total",
        "medium" => message.medium.as_str(),
        "bound" => bound,
    )
    .increment(1);
    tracing::debug!(
        pool_id = message.pool_id,
        medium = message.medium.as_str(),
        purpose = message.purpose,
        bound,
        "a message was refused, since too many are pending"
    );
    Error::Full
}

/// A version 7 UUID, which sorts by time, so that new rows are neighbours in the index.
fn new_id(entropy: Entropy, now: Timestamp) -> String {
    let millis = u64::try_from(now.millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &entropy.bytes())
        .into_uuid()
        .to_string()
}
