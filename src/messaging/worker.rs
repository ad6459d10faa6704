//! The worker that delivers what the outbox holds.
//!
//! Each medium has a lane of its own, so that a mail server that hangs does not hold up text
//! messages.

mod delivery;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::lane::{Claim, Claimed, LEASE_SECONDS, Lanes, Place, Places, Queued};
use super::transport::{SetUpError, Transports};
use crate::clock::Clock;
use crate::config::{Config, OutboxConfig};
use crate::crypto::Vault;
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::entropy::Entropy;
use crate::store::outbox;
use crate::store::{self, Db};

/// The pause after the store has failed.
const STORE_PAUSE: Duration = Duration::from_secs(2);
/// How often finished messages are purged and waiting ones counted.
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// Most messages that one statement purges, and most statements of one round.
const PURGE_BATCH: u16 = 500;
const PURGE_ROUNDS: u16 = 20;

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
    lanes: Lanes,
}

/// What the worker knows of messages of a medium that are due and not under way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    /// There are none.
    Nothing,
    /// There may be some.
    Perhaps,
    /// This node has just committed some that it did not claim.
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
            lanes: Lanes::new(config.outbox.parallel),
            db,
            vault,
            clock,
            entropy,
        })))
    }

    /// Room for a message of `medium`, to be written as claimed by this node already. `None` if there
    /// is none at once, or no worker. Never waits.
    ///
    /// None either where a message has one try only: it counts as used with the claim, and would be
    /// lost with a node that dies before the delivery begins.
    #[must_use]
    pub fn place(&self, medium: Medium) -> Option<Place> {
        if self.0.config.attempts <= 1 {
            return None;
        }
        self.0.lanes.of(medium).try_place(self.0.clock.now())
    }

    /// Has a message delivered whose transaction has committed. Cheap, never waits.
    pub fn committed(&self, queued: Queued) {
        self.0.lanes.of(queued.message.medium).committed(queued);
    }

    /// Starts the worker on the current runtime. One per node; several nodes share the work. Once:
    /// a second worker would deliver nothing.
    pub fn start(&self) -> Worker {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for medium in [Medium::Email, Medium::Sms] {
            if let Some(handed) = self.0.lanes.of(medium).open() {
                tasks.spawn(self.clone().run(medium, handed, stopped.clone()));
            }
        }
        tasks.spawn(self.clone().keep_house(stopped));
        Worker { stop, tasks }
    }

    /// Delivers everything that is due at `now` and not claimed by another worker, and returns
    /// when that is done. For tests, which move time instead of waiting; the worker does the same
    /// as time passes. Waits for ever if all places of a medium are kept by the caller.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn run_due(&self, now: Timestamp) -> store::Result<Report> {
        let mut report = Report::default();
        for medium in [Medium::Email, Medium::Sms] {
            let mut deliveries = JoinSet::new();
            let mut due = Due::Perhaps;
            loop {
                if due != Due::Nothing
                    && let Some(places) = self.0.lanes.of(medium).places().await
                {
                    due = self
                        .begin_due(medium, due, now, places, &mut deliveries)
                        .await?;
                } else if let Some(done) = deliveries.join_next().await {
                    if let Ok(Some(outcome)) = done {
                        report.count(outcome);
                    }
                    due = Due::Perhaps;
                } else {
                    break;
                }
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

    async fn run(
        self,
        medium: Medium,
        mut handed: UnboundedReceiver<Claimed>,
        mut stopped: watch::Receiver<bool>,
    ) {
        let poll = Duration::from_millis(self.0.config.poll_interval_ms.max(1));
        let lane = self.0.lanes.of(medium);
        let mut deliveries = JoinSet::new();
        let mut due = Due::Perhaps;
        let mut look_at = Instant::now();
        loop {
            tokio::select! {
                _ = stopped.changed() => break,
                Some(claimed) = handed.recv() => self.begin(claimed, &mut deliveries),
                Some(_) = deliveries.join_next() => {}
                Some(places) = lane.places(), if due != Due::Nothing => {
                    let now = self.0.clock.now();
                    let begun = self.begin_due(medium, due, now, places, &mut deliveries).await;
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
                () = lane.bell.notified() => due = Due::Surely,
                () = tokio::time::sleep_until(look_at), if due == Due::Nothing => due = Due::Perhaps,
            }
        }
        // What was handed over before counts as begun.
        handed.close();
        while let Some(claimed) = handed.recv().await {
            self.begin(claimed, &mut deliveries);
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
            let pending = async { outbox::count_pending(&mut self.0.db.read().await?).await };
            match pending.await {
                #[expect(clippy::cast_precision_loss, reason = "a gauge is a double")]
                Ok(count) => metrics::gauge!("cognate_outbox_pending").set(count as f64),
                Err(error) => tracing::error!(%error, "cannot count the outbox"),
            }
        }
    }

    /// Claims as many due messages as there are places, and begins. Returns what is left.
    ///
    /// Two nodes that claim at once may both come away with less than there is: what is left then
    /// waits until somebody looks by itself.
    async fn begin_due(
        &self,
        medium: Medium,
        due: Due,
        now: Timestamp,
        mut places: Places,
        deliveries: &mut JoinSet<Option<Outcome>>,
    ) -> store::Result<Due> {
        if due == Due::Perhaps && !outbox::is_due(&mut self.0.db.read().await?, medium, now).await?
        {
            return Ok(Due::Nothing);
        }
        self.0.lanes.of(medium).add_free(&mut places);
        let limit = places.count();
        let lease_until = now.plus_seconds(LEASE_SECONDS);
        let mut conn = self.0.db.write().await?;
        let claim = Claim {
            at: now,
            by_clock: self.0.clock.now(),
        };
        let claimed = outbox::claim(&mut conn, medium, now, lease_until, limit).await?;
        drop(conn);
        let short = claimed.len() < limit;
        for message in claimed {
            if let Some(place) = places.take(claim) {
                self.begin((message, place), deliveries);
            }
        }
        Ok(if short { Due::Nothing } else { Due::Perhaps })
    }

    /// Begins the delivery of a claimed message.
    fn begin(&self, (message, place): Claimed, deliveries: &mut JoinSet<Option<Outcome>>) {
        let attended = self.clone().attend(message, place.claim());
        deliveries.spawn(async move {
            let outcome = attended.await;
            drop(place);
            outcome
        });
    }
}
