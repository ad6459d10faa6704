//! The worker that delivers the messages of the outbox.
//!
//! Each medium has its own queue, so that a mail server that hangs does not delay text messages, and so
//! have first and later tries, so that what has failed does not delay what has not been tried.

mod claim;
mod delivery;
mod enqueue;

use std::sync::Arc;
use std::time::Duration;

use enqueue::PendingCounts;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::custom_sender::FunctionCaller;
use super::delivery_slots::{ClaimedMessage, DeliveryQueues, EnqueuedMessage, Slot};
use super::error::SetUpError;
use super::message::OutgoingMessage;
use super::transport::Transports;
use crate::clock::Clock;
use crate::config::{Config, OutboxConfig};
use crate::crypto::Vault;
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::entropy::Entropy;
use crate::outbound::Outbound;
use crate::store::outbox::{self, Try};
use crate::store::{self, Db};

/// The pause after an error of the store.
const PAUSE_AFTER_STORE_ERROR: Duration = Duration::from_secs(2);
/// The most messages that one statement purges, so that others come in between.
const PURGE_BATCH: u16 = 1_000;

/// What has delivery slots of its own, and a task that delivers it.
const QUEUES: [(Medium, Try); 4] = [
    (Medium::Email, Try::First),
    (Medium::Sms, Try::First),
    (Medium::Email, Try::Later),
    (Medium::Sms, Try::Later),
];

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
    /// Whether payloads stay in the store after the delivery, for the development inbox.
    keeps_payloads: bool,
    queues: DeliveryQueues,
    pending_counts: PendingCounts,
}

/// What a worker knows about messages that are due and not claimed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backlog {
    /// There are none.
    Empty,
    /// There may be some.
    Unknown,
    /// There are some, and those that they are of and for hold all the slots that they may hold.
    Blocked,
}

/// The outcomes of a round of deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Messages that the mail server or the SMS provider accepted.
    pub delivered: usize,
    /// Messages that have another attempt to come.
    pub retried: usize,
    /// Messages that failed for good.
    pub failed: usize,
}

#[derive(Clone, Copy)]
enum Outcome {
    Delivered,
    Retried,
    Failed,
    /// This node has no key for the message.
    Undecryptable,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retried => "retried",
            Self::Failed => "failed",
            Self::Undecryptable => "unreadable",
        }
    }
}

impl DeliveryReport {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Delivered => self.delivered += 1,
            Outcome::Retried | Outcome::Undecryptable => self.retried += 1,
            Outcome::Failed => self.failed += 1,
        }
    }
}

/// A running worker; see [`Outbox::start`]. Dropping it aborts every delivery in progress.
#[must_use = "the worker ends when this is dropped"]
pub struct Worker {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Worker {
    /// Stops claiming and waits up to `grace` for the deliveries in progress. A message whose delivery
    /// is aborted is delivered after the next start, perhaps for the second time.
    pub async fn stop(mut self, grace: Duration) {
        let _ = self.stop.send(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, ended).await.is_err() {
            tracing::warn!("deliveries were cut short; they are tried again after the next start");
        }
    }
}

impl Outbox {
    /// The outbox with the configured transports, which call by `outbound`, and the custom senders of pools, which
    /// are called by `functions`. Delivers nothing until
    /// [`Outbox::start`].
    ///
    /// # Errors
    /// If the configured transports cannot be used.
    pub fn new(
        config: &Config,
        (outbound, functions): (&Outbound, Arc<dyn FunctionCaller>),
        db: Db,
        vault: Vault,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, SetUpError> {
        Ok(Self(Arc::new(Inner {
            transports: Transports::new(config, outbound, functions, entropy)?,
            config: config.outbox.clone(),
            keeps_payloads: config.is_development(),
            queues: DeliveryQueues::new(config.outbox.parallel),
            pending_counts: PendingCounts::default(),
            db,
            vault,
            clock,
            entropy,
        })))
    }

    /// A slot for `message`, which is then written as claimed by this node. `None` if no slot is free that
    /// its pool and its recipient may hold, other messages go before it, or no worker runs. Never waits.
    ///
    /// Also `None` if a message has a single attempt: the claim uses it up, so the message would be
    /// lost with a node that dies before the delivery begins.
    #[must_use]
    pub fn try_slot(&self, message: &OutgoingMessage) -> Option<Slot> {
        if self.0.config.attempts <= 1 {
            return None;
        }
        let queue = self.0.queues.of(message.medium, Try::First);
        queue.try_slot(&message.pool_id, &message.destination, self.0.clock.now())
    }

    /// Passes a message to the worker once its transaction has committed. Never waits.
    pub fn dispatch(&self, enqueued: EnqueuedMessage) {
        let queue = self.0.queues.of(enqueued.message.medium, Try::First);
        queue.dispatch(enqueued);
    }

    /// Starts the worker on the current runtime. Every node runs one, and the nodes share the
    /// messages. A second worker of the same outbox would deliver nothing.
    pub fn start(&self) -> Worker {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for (medium, kind) in QUEUES {
            if let Some(receiver) = self.0.queues.of(medium, kind).open_channel() {
                let queue = self
                    .clone()
                    .run_queue(medium, kind, receiver, stopped.clone());
                tasks.spawn(queue);
            }
        }
        Worker { stop, tasks }
    }

    /// Delivers every message that is due at `now` and not claimed by another worker, and returns
    /// when that is done. For tests, which move time instead of waiting; the worker does the same
    /// as time passes. Waits for ever if the caller holds all slots of a medium.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn run_due(&self, now: Timestamp) -> store::Result<DeliveryReport> {
        let mut report = DeliveryReport::default();
        for (medium, kind) in QUEUES {
            let slots = &self.0.queues.of(medium, kind).slots;
            let mut deliveries = JoinSet::new();
            let mut backlog = Backlog::Unknown;
            loop {
                if backlog == Backlog::Unknown {
                    slots.wait_for_free().await;
                    backlog = self
                        .claim_and_start(medium, kind, now, &mut deliveries)
                        .await?;
                } else if let Some(done) = deliveries.join_next().await {
                    if let Ok(Some(outcome)) = done {
                        report.count(outcome);
                    }
                    backlog = Backlog::Unknown;
                } else if backlog == Backlog::Blocked {
                    slots.wait_for_release().await;
                    backlog = Backlog::Unknown;
                } else {
                    break;
                }
            }
        }
        Ok(report)
    }

    /// Deletes the messages that were finished longer than the configured retention before `now`, and
    /// returns how many. It takes many short transactions rather than one long one, and all that are due:
    /// what is left over would grow wherever messages are written faster than a bound permits.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn purge(&self, now: Timestamp) -> store::Result<u64> {
        let hours = i64::try_from(self.0.config.retention_hours).unwrap_or(i64::MAX);
        let before = now.plus_seconds(hours.saturating_mul(3600).saturating_neg());
        let mut purged = 0;
        loop {
            let mut conn = self.0.db.write().await?;
            let count = outbox::purge(&mut conn, before, i64::from(PURGE_BATCH)).await?;
            drop(conn);
            purged += count;
            if count < u64::from(PURGE_BATCH) {
                return Ok(purged);
            }
        }
    }

    /// How many messages of all nodes wait for their delivery.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn count_pending(&self) -> store::Result<i64> {
        outbox::count_pending(&mut self.0.db.read().await?).await
    }

    /// Delivers the messages of one medium and kind of try until the worker is stopped.
    async fn run_queue(
        self,
        medium: Medium,
        kind: Try,
        mut dispatched: UnboundedReceiver<ClaimedMessage>,
        mut stopped: watch::Receiver<bool>,
    ) {
        let poll = Duration::from_millis(self.0.config.poll_interval_ms.max(1));
        let queue = self.0.queues.of(medium, kind);
        let mut deliveries = JoinSet::new();
        let mut backlog = Backlog::Unknown;
        let mut next_poll = Instant::now();
        loop {
            tokio::select! {
                _ = stopped.changed() => break,
                Some(claimed) = dispatched.recv() => self.start_delivery(claimed, &mut deliveries),
                Some(_) = deliveries.join_next() => {}
                () = queue.slots.wait_for_free(), if backlog == Backlog::Unknown => {
                    let now = self.0.clock.now();
                    let claimed = self.claim_and_start(medium, kind, now, &mut deliveries).await;
                    let pause = match claimed {
                        Ok(rest) => {
                            backlog = rest;
                            poll
                        }
                        Err(error) => {
                            tracing::error!(%error, "cannot read the outbox");
                            backlog = Backlog::Empty;
                            PAUSE_AFTER_STORE_ERROR
                        }
                    };
                    next_poll = Instant::now() + pause;
                }
                () = queue.slots.wait_for_release(), if backlog == Backlog::Blocked => {
                    backlog = Backlog::Unknown;
                }
                () = queue.wakeup.notified() => backlog = Backlog::Unknown,
                () = tokio::time::sleep_until(next_poll), if backlog != Backlog::Unknown => {
                    backlog = Backlog::Unknown;
                }
            }
        }
        // Messages that were dispatched before the stop are claimed, so they are delivered still.
        dispatched.close();
        while let Some(claimed) = dispatched.recv().await {
            self.start_delivery(claimed, &mut deliveries);
        }
        while deliveries.join_next().await.is_some() {}
    }

    /// Starts the delivery of a claimed message. Its slot is free again when the delivery ends.
    fn start_delivery(
        &self,
        (message, slot): ClaimedMessage,
        deliveries: &mut JoinSet<Option<Outcome>>,
    ) {
        let delivery = self.clone().deliver_claimed(message, slot.claim());
        deliveries.spawn(async move {
            let outcome = delivery.await;
            drop(slot);
            outcome
        });
    }
}
