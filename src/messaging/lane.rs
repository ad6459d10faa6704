//! Room for deliveries, and how a message gets there without being looked for.
//!
//! An operation that finds room writes its message as claimed by this node already, and hands it over
//! after the commit: no statement claims it, and nobody has to look. Without room, or if the node dies
//! in between, it is claimed as every other message: at once, or when the lease ends.

use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::store::outbox::{self, StoredMessage};

/// How long a claim holds: the messages of a node that was killed are taken over after that. A
/// delivery that takes longer extends it.
pub(super) const LEASE_SECONDS: i64 = 15;

/// What the deliveries by one medium share on one node.
pub(super) struct Lane {
    /// One for each delivery that may be under way. Who waits for one goes before who only tries, so
    /// that new messages do not keep those from being claimed which are due already.
    places: Arc<Semaphore>,
    /// Rung when a message was committed that nobody has claimed.
    pub bell: Notify,
    /// To the worker, once it runs. Whatever is in it has a place, which bounds it.
    hand: OnceLock<UnboundedSender<Claimed>>,
}

/// Room for some deliveries. Given back when dropped.
pub(super) struct Places(OwnedSemaphorePermit);

/// Room for the delivery of one message on this node, from [`super::Outbox::place`]. Given back
/// when dropped.
pub struct Place {
    _permit: OwnedSemaphorePermit,
    claim: Claim,
}

/// When a message was claimed.
#[derive(Clone, Copy)]
pub(super) struct Claim {
    /// As the store has it. A test may choose it.
    pub at: Timestamp,
    /// By this node's clock.
    pub by_clock: Timestamp,
}

impl Claim {
    /// The claim's time and what has passed since, with `clock` the time of this node's clock.
    pub fn now(self, clock: Timestamp) -> Timestamp {
        let passed = clock.millis_since(self.by_clock).max(0);
        Timestamp::from_millis(self.at.millis().saturating_add(passed))
    }
}

/// A message that [`super::enqueue`] wrote in a transaction which has not committed yet.
#[must_use = "after the commit it is to be given to Outbox::committed, else it waits until somebody looks"]
pub struct Queued {
    pub(super) message: StoredMessage,
    pub(super) place: Option<Place>,
}

/// A claimed message and its place.
pub(super) type Claimed = (StoredMessage, Place);

impl Queued {
    /// The message's id.
    #[must_use]
    pub fn message_id(&self) -> &str {
        &self.message.message_id
    }
}

impl Place {
    /// The claim of the message that is written with it.
    pub(super) const fn claim(&self) -> Claim {
        self.claim
    }

    /// When another worker may take that message over.
    pub(super) fn lease_until(&self) -> Timestamp {
        self.claim.at.plus_seconds(LEASE_SECONDS)
    }
}

impl Places {
    /// How many.
    pub fn count(&self) -> usize {
        self.0.num_permits()
    }

    /// One of them, for a message with this claim.
    pub fn take(&mut self, claim: Claim) -> Option<Place> {
        let permit = self.0.split(1)?;
        Some(Place {
            _permit: permit,
            claim,
        })
    }
}

impl Lane {
    /// With room for so many deliveries, which is at least one.
    pub fn new(parallel: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(parallel.clamp(1, Semaphore::MAX_PERMITS))),
            bell: Notify::new(),
            hand: OnceLock::new(),
        }
    }

    /// The worker's end. `None` if it was taken before.
    pub fn open(&self) -> Option<UnboundedReceiver<Claimed>> {
        let (hand, handed) = mpsc::unbounded_channel();
        self.hand.set(hand).ok().map(|()| handed)
    }

    /// A place, if there is one at once and a worker to hand its message to.
    pub fn try_place(&self, now: Timestamp) -> Option<Place> {
        self.hand.get().filter(|hand| !hand.is_closed())?;
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place {
            _permit: permit,
            claim: Claim {
                at: now,
                by_clock: now,
            },
        })
    }

    /// Waits for a place. `None` never.
    pub async fn places(&self) -> Option<Places> {
        let permit = Arc::clone(&self.places).acquire_owned().await.ok()?;
        Some(Places(permit))
    }

    /// Adds what else is free, up to what one claim may take.
    pub fn add_free(&self, places: &mut Places) {
        while places.count() < outbox::MAX_CLAIMED
            && let Ok(another) = Arc::clone(&self.places).try_acquire_owned()
        {
            places.0.merge(another);
        }
    }

    /// Hands a committed message to the worker, or tells it to look for it.
    pub fn committed(&self, Queued { message, place }: Queued) {
        match (place, self.hand.get()) {
            (Some(place), Some(hand)) => {
                // A worker that has stopped leaves it to the next one, or to another node.
                let _ = hand.send((message, place));
            }
            // A permit is kept for a worker that is not waiting right now.
            _ => self.bell.notify_one(),
        }
    }
}

/// A lane for each medium.
pub(super) struct Lanes {
    mail: Lane,
    sms: Lane,
}

impl Lanes {
    /// Each with room for so many deliveries.
    pub fn new(parallel: usize) -> Self {
        Self {
            mail: Lane::new(parallel),
            sms: Lane::new(parallel),
        }
    }

    /// The one of `medium`.
    pub const fn of(&self, medium: Medium) -> &Lane {
        match medium {
            Medium::Email => &self.mail,
            Medium::Sms => &self.sms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_for_a_place_goes_before_who_tries() {
        let lane = Lane::new(1);
        let _handed = lane.open().unwrap();
        let now = Timestamp::from_millis(0);
        let taken = lane.try_place(now).unwrap();
        assert!(lane.try_place(now).is_none());
        let mut waiting = std::pin::pin!(lane.places());
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("there is none"),
            () = async {} => {}
        }
        drop(taken);
        assert!(lane.try_place(now).is_none());
        assert_eq!(waiting.await.unwrap().count(), 1);
        assert!(lane.try_place(now).is_some());
    }

    #[tokio::test]
    async fn one_claim_takes_what_is_free_and_no_more_than_it_may() {
        let lane = Lane::new(outbox::MAX_CLAIMED + 3);
        let mut places = lane.places().await.unwrap();
        lane.add_free(&mut places);
        assert_eq!(places.count(), outbox::MAX_CLAIMED);
        let mut others = lane.places().await.unwrap();
        lane.add_free(&mut others);
        assert_eq!(others.count(), 3);
        let at = Timestamp::from_millis(0);
        let claim = Claim { at, by_clock: at };
        let taken: Vec<Place> = std::iter::from_fn(|| others.take(claim)).collect();
        assert_eq!((taken.len(), others.count()), (3, 0));
        drop((places, taken));
        let mut all = lane.places().await.unwrap();
        lane.add_free(&mut all);
        assert_eq!(all.count(), outbox::MAX_CLAIMED);
    }
}
