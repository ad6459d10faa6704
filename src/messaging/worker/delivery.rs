//! One delivery: tried, kept claimed meanwhile, and what came of it recorded.

use std::time::Duration;

use super::{Outbox, Outcome};
use crate::domain::time::Timestamp;
use crate::messaging::lane::{Claim, LEASE_SECONDS};
use crate::messaging::outbox::Payload;
use crate::messaging::pauses::{pause_ms, waiting_ms};
use crate::messaging::transport::DeliveryError;
use crate::store;
use crate::store::outbox::{self, StoredMessage};

/// How often a claim is extended while its message is being delivered.
const EXTENSION: Duration = Duration::from_secs(5);
/// Age of a claim beyond which it is extended before the delivery begins.
const LATE_MS: i64 = 5_000;
/// What is kept about a message that was sealed under a key that this node does not have.
const UNREADABLE: &str = "the message cannot be decrypted with the master keys of this server";

impl Outbox {
    /// Delivers one claimed message and records what came of it; `None` if that could not be
    /// recorded, in which case the message is due again when the claim ends, or if the claim has
    /// ended and somebody else has the message.
    pub(super) async fn attend(self, message: StoredMessage, claim: Claim) -> Option<Outcome> {
        match self.try_once(&message, claim).await {
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
                    "cannot record what came of a delivery"
                );
                None
            }
        }
    }

    async fn try_once(
        &self,
        message: &StoredMessage,
        claim: Claim,
    ) -> store::Result<Option<Outcome>> {
        let now = || claim.now(self.0.clock.now());
        let mut at = claim.at;
        // Its transaction was long in committing, or the worker long in taking it.
        if now().millis_since(at) >= LATE_MS {
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
            return self.put_back(message, now()).await;
        };
        let limit = i64::from(self.0.config.attempts.max(1));
        if message.attempts > limit {
            return self
                .give_up(message, "every try was cut short", now())
                .await;
        }
        let delivery = self.0.transports.deliver(message, &payload, at);
        let result = self.while_extending(message, now, delivery).await;
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
                self.try_again(message, &error, now()).await
            }
            Err(DeliveryError::Transient(error) | DeliveryError::Permanent(error)) => {
                self.give_up(message, &error, now()).await
            }
        }
    }

    /// Runs `delivery` and extends the claim as long as it takes.
    async fn while_extending<T>(
        &self,
        message: &StoredMessage,
        now: &impl Fn() -> Timestamp,
        delivery: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(delivery);
        loop {
            match tokio::time::timeout(EXTENSION, &mut delivery).await {
                Ok(done) => return done,
                Err(_) => {
                    if let Err(error) = self.extend(message, now()).await {
                        tracing::warn!(%error, "cannot extend the claim of a message");
                    }
                }
            }
        }
    }

    /// Moves the claim's end away from `now`; `false` if somebody else has the message.
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

    async fn try_again(
        &self,
        message: &StoredMessage,
        error: &str,
        now: Timestamp,
    ) -> store::Result<Outcome> {
        let [jitter] = self.0.entropy.bytes();
        let pause = pause_ms(&self.0.config, message.attempts, jitter);
        tracing::warn!(
            message_id = message.message_id,
            pool_id = message.pool_id,
            medium = message.medium.as_str(),
            purpose = message.purpose,
            attempts = message.attempts,
            pause_ms = pause,
            error,
            "a message could not be delivered and will be tried again"
        );
        let next = Timestamp::from_millis(now.millis().saturating_add(pause));
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

    /// For a message that this node has no key for. Another node may, or this one after its next
    /// start, so that it stays as it is: no try of its own, no end, and its payload is kept.
    async fn put_back(&self, message: &StoredMessage, now: Timestamp) -> store::Result<Outcome> {
        let pause = waiting_ms(&self.0.config, now.millis_since(message.created_at));
        tracing::error!(
            message_id = message.message_id,
            pool_id = message.pool_id,
            medium = message.medium.as_str(),
            purpose = message.purpose,
            pause_ms = pause,
            "{UNREADABLE}; is a key missing in secrets.previous_master_keys?"
        );
        let next = Timestamp::from_millis(now.millis().saturating_add(pause));
        let mut conn = self.0.db.write().await?;
        outbox::put_back(
            &mut conn,
            &message.pool_id,
            &message.message_id,
            message.attempts,
            next,
            UNREADABLE,
        )
        .await?;
        Ok(Outcome::Unreadable)
    }

    async fn give_up(
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
