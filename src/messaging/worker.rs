//! The worker that delivers what the outbox holds.
//!
//! Each medium has a lane of its own, so that a mail server that hangs does not hold up text
//! messages.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::outbox::Payload;
use super::pauses::{pause_ms, waiting_ms};
use super::transport::{DeliveryError, SetUpError, Transports};
use crate::clock::Clock;
use crate::config::{Config, OutboxConfig};
use crate::crypto::Vault;
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::entropy::Entropy;
use crate::store::outbox::{self, StoredMessage};
use crate::store::{self, Db};

/// How long a claim holds: the messages of a node that was killed are taken over after that. A
/// delivery that takes longer extends it.
const LEASE_SECONDS: i64 = 15;
/// How often a claim is extended while its message is being delivered.
const EXTENSION: Duration = Duration::from_secs(5);
/// The pause after the store has failed.
const STORE_PAUSE: Duration = Duration::from_secs(2);
/// How often finished messages are purged and waiting ones counted.
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// Most messages that one statement purges, and most statements of one round.
const PURGE_BATCH: u16 = 500;
const PURGE_ROUNDS: u16 = 20;
/// Longest text that is kept about a failure, in characters.
const MAX_ERROR: usize = 300;
/// What is kept about a message that was sealed under a key that this node does not have.
const UNREADABLE: &str = "the message cannot be decrypted with the master keys of this server";

/// The outbox of one node. Cheap to clone; clones are the same outbox.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    db: Db,
    vault: Vault,
    clock: Clock,
    entropy: Entropy,
    transports: Transports,
    config: OutboxConfig,
    /// Whether the development inbox shows messages after they were delivered.
    keeps_payloads: bool,
    wake_mail: Notify,
    wake_sms: Notify,
}

impl Inner {
    /// What wakes the lane of `medium`.
    const fn bell(&self, medium: Medium) -> &Notify {
        match medium {
            Medium::Email => &self.wake_mail,
            Medium::Sms => &self.wake_sms,
        }
    }
}

/// What a lane knows of messages that are due and not under way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    /// There are none.
    Nothing,
    /// There may be some.
    Perhaps,
    /// This node has just committed some.
    Surely,
}

/// What a round of deliveries came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Messages that were handed over.
    pub delivered: usize,
    /// Messages that will be tried again.
    pub retried: usize,
    /// Messages that were given up.
    pub failed: usize,
}

#[derive(Clone, Copy)]
enum Outcome {
    Delivered,
    Retried,
    Failed,
    Unreadable,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retried => "retried",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Report {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Delivered => self.delivered += 1,
            Outcome::Retried | Outcome::Unreadable => self.retried += 1,
            Outcome::Failed => self.failed += 1,
        }
    }
}

/// A running worker; see [`Outbox::start`]. Dropping it cuts every delivery short.
#[must_use = "the worker ends when this is dropped"]
pub struct Worker {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Worker {
    /// Claims nothing more and waits up to `grace` for the deliveries that have begun. What is cut
    /// short is delivered after the next start, perhaps for the second time.
    pub async fn stop(mut self, grace: Duration) {
        let _ = self.stop.send(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, ended).await.is_err() {
            tracing::warn!("deliveries were cut short; they are tried again after the next start");
        }
    }
}

impl Outbox {
    /// The outbox with the configured transports. Delivers nothing until [`Outbox::start`].
    ///
    /// # Errors
    /// If the configured transports cannot be used.
    pub fn new(
        config: &Config,
        db: Db,
        vault: Vault,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, SetUpError> {
        Ok(Self(Arc::new(Inner {
            transports: Transports::new(config)?,
            config: config.outbox.clone(),
            keeps_payloads: config.is_development(),
            wake_mail: Notify::new(),
            wake_sms: Notify::new(),
            db,
            vault,
            clock,
            entropy,
        })))
    }

    /// Tells the worker that a message of `medium` was committed to the outbox. Cheap, never waits.
    pub fn wake(&self, medium: Medium) {
        // A permit is kept for a lane that is not waiting right now.
        self.0.bell(medium).notify_one();
    }

    /// Starts the worker on the current runtime. One per node; several nodes share the work.
    pub fn start(&self) -> Worker {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().run(Medium::Email, stopped.clone()));
        tasks.spawn(self.clone().run(Medium::Sms, stopped.clone()));
        tasks.spawn(self.clone().keep_house(stopped));
        Worker { stop, tasks }
    }

    /// Delivers everything that is due at `now` and not claimed by another worker, and returns
    /// when that is done. For tests, which move time instead of waiting; the worker does the same
    /// as time passes.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn run_due(&self, now: Timestamp) -> store::Result<Report> {
        let mut report = Report::default();
        for medium in [Medium::Email, Medium::Sms] {
            let mut deliveries = JoinSet::new();
            self.begin_due(medium, Due::Perhaps, now, &mut deliveries)
                .await?;
            while let Some(done) = deliveries.join_next().await {
                if let Ok(Some(outcome)) = done {
                    report.count(outcome);
                }
                self.begin_due(medium, Due::Perhaps, now, &mut deliveries)
                    .await?;
            }
        }
        Ok(report)
    }

    /// Deletes messages that were finished longer than the configured retention before `now`;
    /// returns how many. Bounded: what is left is deleted in the next round.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn purge(&self, now: Timestamp) -> store::Result<u64> {
        let hours = i64::try_from(self.0.config.retention_hours).unwrap_or(i64::MAX);
        let before = now.plus_seconds(hours.saturating_mul(3600).saturating_neg());
        let mut purged = 0;
        for _ in 0..PURGE_ROUNDS {
            let mut conn = self.0.db.write().await?;
            let count = outbox::purge(&mut conn, before, i64::from(PURGE_BATCH)).await?;
            purged += count;
            if count < u64::from(PURGE_BATCH) {
                break;
            }
        }
        Ok(purged)
    }

    async fn run(self, medium: Medium, mut stopped: watch::Receiver<bool>) {
        let poll = Duration::from_millis(self.0.config.poll_interval_ms.max(1));
        let mut deliveries = JoinSet::new();
        let mut due = Due::Perhaps;
        let mut look_at = Instant::now();
        loop {
            if due != Due::Nothing {
                let now = self.0.clock.now();
                let begun = self.begin_due(medium, due, now, &mut deliveries).await;
                let pause = match begun {
                    Ok(left) => {
                        due = left;
                        poll
                    }
                    Err(error) => {
                        tracing::error!(%error, "cannot read the outbox");
                        due = Due::Nothing;
                        STORE_PAUSE
                    }
                };
                look_at = Instant::now() + pause;
            }
            tokio::select! {
                _ = stopped.changed() => break,
                // Its place is free for what was left.
                Some(_) = deliveries.join_next() => {}
                () = self.0.bell(medium).notified() => due = Due::Surely,
                () = tokio::time::sleep_until(look_at) => due = Due::Perhaps,
            }
        }
        while deliveries.join_next().await.is_some() {}
    }

    async fn keep_house(self, mut stopped: watch::Receiver<bool>) {
        let mut rounds = tokio::time::interval(HOUSEKEEPING);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stopped.changed() => break,
                _ = rounds.tick() => {}
            }
            if let Err(error) = self.purge(self.0.clock.now()).await {
                tracing::error!(%error, "cannot purge the outbox");
            }
            let pending = async { outbox::pending(&mut self.0.db.read().await?).await };
            match pending.await {
                #[expect(clippy::cast_precision_loss, reason = "a gauge is a double")]
                Ok(count) => metrics::gauge!("cognate_outbox_pending").set(count as f64),
                Err(error) => tracing::error!(%error, "cannot count the outbox"),
            }
        }
    }

    /// Claims as many due messages as may be delivered beside those under way, and begins. Returns
    /// what is left.
    ///
    /// Two nodes that claim at once may both come away with less than there is: what is left then
    /// waits until somebody looks by itself.
    async fn begin_due(
        &self,
        medium: Medium,
        mut due: Due,
        now: Timestamp,
        deliveries: &mut JoinSet<Option<Outcome>>,
    ) -> store::Result<Due> {
        let parallel = self.0.config.parallel.max(1);
        while deliveries.len() < parallel {
            if due == Due::Perhaps
                && !outbox::is_due(&mut self.0.db.read().await?, medium, now).await?
            {
                return Ok(Due::Nothing);
            }
            let limit = (parallel - deliveries.len()).min(outbox::MOST_CLAIMED);
            let lease_until = now.plus_seconds(LEASE_SECONDS);
            let mut conn = self.0.db.write().await?;
            let claimed = outbox::claim(&mut conn, medium, now, lease_until, limit).await?;
            drop(conn);
            let short = claimed.len() < limit;
            for message in claimed {
                deliveries.spawn(self.clone().attend(message, now));
            }
            if short {
                return Ok(Due::Nothing);
            }
            due = Due::Perhaps;
        }
        Ok(due)
    }

    /// Delivers one claimed message and records what came of it; `None` if that could not be
    /// recorded, in which case the message is due again when the claim ends.
    async fn attend(self, message: StoredMessage, claimed_at: Timestamp) -> Option<Outcome> {
        match self.try_once(&message, claimed_at).await {
            Ok(outcome) => {
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
        claimed_at: Timestamp,
    ) -> store::Result<Outcome> {
        let began = self.0.clock.now();
        // The claim's time and what has passed since, so that a test can choose the claim's.
        let now = || {
            let passed = self.0.clock.now().millis_since(began).max(0);
            Timestamp::from_millis(claimed_at.millis().saturating_add(passed))
        };
        let Some(payload) = Payload::open(&self.0.vault, message) else {
            return self.put_back(message, now()).await;
        };
        let limit = i64::from(self.0.config.attempts.max(1));
        if message.attempts > limit {
            return self
                .give_up(message, "every try was cut short", now())
                .await;
        }
        let delivery = self.0.transports.deliver(message, &payload, claimed_at);
        let result = self
            .while_extending(message, &now, delivery)
            .await
            .map_err(|error| cleaned(error, message, &payload));
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

    async fn extend(&self, message: &StoredMessage, now: Timestamp) -> store::Result<()> {
        let mut conn = self.0.db.write().await?;
        outbox::extend(
            &mut conn,
            &message.pool_id,
            &message.message_id,
            message.attempts,
            now.plus_seconds(LEASE_SECONDS),
        )
        .await?;
        Ok(())
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

/// The error as it may be logged and stored: one bounded line in which neither the code nor the
/// address appears, should a server have quoted them.
fn cleaned(error: DeliveryError, message: &StoredMessage, payload: &Payload) -> DeliveryError {
    let clean = |text: String| {
        let mut text = text;
        for (secret, instead) in [
            (payload.code.as_str(), "(code)"),
            (message.destination.as_str(), "(destination)"),
        ] {
            if !secret.is_empty() {
                text = text.replace(secret, instead);
            }
        }
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(MAX_ERROR)
            .collect()
    };
    match error {
        DeliveryError::Transient(text) => DeliveryError::Transient(clean(text)),
        DeliveryError::Permanent(text) => DeliveryError::Permanent(clean(text)),
    }
}
