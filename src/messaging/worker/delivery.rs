//! One delivery: the attempt, the extension of its claim meanwhile, and the record of its outcome.

use std::time::Duration;

use super::{Outbox, Outcome};
use crate::domain::time::Timestamp;
use crate::messaging::backoff::{retry_delay_ms, undecryptable_delay_ms};
use crate::messaging::delivery_slots::{Claim, LEASE_SECONDS};
use crate::messaging::error::DeliveryError;
use crate::messaging::outbox::Payload;
use crate::store;
use crate::store::outbox::{self, StoredMessage};

/// How often a claim is extended while its message is being delivered.
const LEASE_EXTENSION_INTERVAL: Duration = Duration::from_secs(5);
/// A claim of this age or older is extended before the delivery begins.
const EXTEND_FIRST_AFTER_MS: i64 = 5_000;
/// The stored error of a message that was sealed under a key that this node does not have.
const UNDECRYPTABLE: &str = "the message cannot be decrypted with the master keys of this server";

impl Outbox {
    /// Delivers one claimed message and records the outcome. `None` if the store could not record it,
    /// in which case the message is due again when the claim ends, or if the claim has ended and
    /// another worker has the message.
    pub(super) async fn deliver_claimed(
        self,
        message: StoredMessage,
        claim: Claim,
    ) -> Option<Outcome> {
        match self.attempt(&message, claim).await {
            Ok(None) => None,
            Ok(Some(outcome)) => {
                metrics::counter!(
                    "cognate_messages_total",
                    "medium" => message.medium.as_str(),
                    "outcome" => outcome.as_str(),
                )
                .increment(1);
                Some(outcome)
            }
            Err(error) => {
                tracing::error!(
                    message_id = message.message_id,
                    %error,
                    "cannot record the outcome of a delivery"
                );
                None
            }
        }
    }

    async fn attempt(
        &self,
        message: &StoredMessage,
        claim: Claim,
    ) -> store::Result<Option<Outcome>> {
        let now = || claim.now(self.0.clock.now());
        let mut at = claim.stored_at;
        // The transaction may have taken long to commit, or the worker to receive the message.
        if now().millis_since(at) >= EXTEND_FIRST_AFTER_MS {
            at = now();
            if !self.extend(message, at).await? {
                return Ok(None);
            }
        }
        let outcome = self.deliver(message, at, &now).await?;
        Ok(Some(outcome))
    }

    async fn deliver(
        &self,
        message: &StoredMessage,
        at: Timestamp,
        now: &impl Fn() -> Timestamp,
    ) -> store::Result<Outcome> {
        let Some(payload) = Payload::open(&self.0.vault, message) else {
            return self.postpone_undecryptable(message, now()).await;
        };
        let limit = i64::from(self.0.config.attempts.max(1));
        if message.attempts > limit {
            return self.fail(message, "every try was cut short", now()).await;
        }
        let delivery = self.0.transports.deliver(message, &payload, at);
        let result = self.extending_claim(message, now, delivery).await;
        match result {
            Ok(()) => {
                let mut conn = self.0.db.write().await?;
                outbox::mark_delivered(
                    &mut conn,
                    &message.pool_id,
                    &message.message_id,
                    self.0.keeps_payloads,
                    now(),
                )
                .await?;
                Ok(Outcome::Delivered)
            }
            Err(DeliveryError::Transient(error)) if message.attempts < limit => {
                self.retry_later(message, &error, now()).await
            }
            Err(DeliveryError::Transient(error) | DeliveryError::Permanent(error)) => {
                self.fail(message, &error, now()).await
            }
        }
    }

    /// Runs `delivery`, extending the claim at intervals until it is done.
    async fn extending_claim<T>(
        &self,
        message: &StoredMessage,
        now: &impl Fn() -> Timestamp,
        delivery: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(delivery);
        loop {
            match tokio::time::timeout(LEASE_EXTENSION_INTERVAL, &mut delivery).await {
                Ok(done) => return done,
                Err(_) => {
                    if let Err(error) = self.extend(message, now()).await {
                        tracing::warn!(%error, "cannot extend the claim of a message");
                    }
                }
            }
        }
    }

    /// Moves the end of the claim to a whole lease after `now`; `false` if another worker has the
    /// message.
    async fn extend(&self, message: &StoredMessage, now: Timestamp) -> store::Result<bool> {
        let mut conn = self.0.db.write().await?;
        outbox::extend(
            &mut conn,
            &message.pool_id,
            &message.message_id,
            message.attempts,
            now.plus_seconds(LEASE_SECONDS),
        )
        .await
    }

    async fn retry_later(
        &self,
        message: &StoredMessage,
        error: &str,
        now: Timestamp,
    ) -> store::Result<Outcome> {
        let [jitter] = self.0.entropy.bytes();
        let delay = retry_delay_ms(&self.0.config, message.attempts, jitter);
        tracing::warn!(
            message_id = message.message_id,
            pool_id = message.pool_id,
            medium = message.medium.as_str(),
            purpose = message.purpose,
            attempts = message.attempts,
            pause_ms = delay,
            error,
            "a message could not be delivered and will be tried again"
        );
        let next = Timestamp::from_millis(now.millis().saturating_add(delay));
        let mut conn = self.0.db.write().await?;
        outbox::reschedule(
            &mut conn,
            &message.pool_id,
            &message.message_id,
            message.attempts,
            next,
            error,
        )
        .await?;
        Ok(Outcome::Retried)
    }

    /// Postpones a message that this node has no key for. Another node may have the key, or this one
    /// after a restart, so the attempt is not counted, the message does not fail, and its payload
    /// stays.
    async fn postpone_undecryptable(
        &self,
        message: &StoredMessage,
        now: Timestamp,
    ) -> store::Result<Outcome> {
        let delay = undecryptable_delay_ms(&self.0.config, now.millis_since(message.created_at));
        tracing::error!(
            message_id = message.message_id,
            pool_id = message.pool_id,
            medium = message.medium.as_str(),
            purpose = message.purpose,
            pause_ms = delay,
            "{UNDECRYPTABLE}; is a key missing in secrets.previous_master_keys?"
        );
        let next = Timestamp::from_millis(now.millis().saturating_add(delay));
        let mut conn = self.0.db.write().await?;
        outbox::put_back(
            &mut conn,
            &message.pool_id,
            &message.message_id,
            message.attempts,
            next,
            UNDECRYPTABLE,
        )
        .await?;
        Ok(Outcome::Undecryptable)
    }

    async fn fail(
        &self,
        message: &StoredMessage,
        error: &str,
        now: Timestamp,
    ) -> store::Result<Outcome> {
        tracing::error!(
            message_id = message.message_id,
            pool_id = message.pool_id,
            medium = message.medium.as_str(),
            purpose = message.purpose,
            attempts = message.attempts,
            error,
            "a message could not be delivered and is given up"
        );
        let mut conn = self.0.db.write().await?;
        outbox::mark_failed(
            &mut conn,
            &message.pool_id,
            &message.message_id,
            message.attempts,
            error,
            self.0.keeps_payloads,
            now,
        )
        .await?;
        Ok(Outcome::Failed)
    }
}
