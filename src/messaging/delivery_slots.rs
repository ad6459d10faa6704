//! The bounded number of concurrent deliveries, and how a committed message reaches the worker
//! without a query.
//!
//! An operation that gets a free [`Slot`] writes its message as claimed by this node and passes it to
//! the worker after the commit, so that no statement has to claim it. Without a free slot, or when the
//! node dies in between, the message is claimed like every other one: at the worker's next poll, or
//! when the lease ends.

use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::store::outbox::{self, StoredMessage};

/// How long a claim lasts, in seconds. Other workers take over the messages of a node that was killed
/// after this time; a delivery that takes longer extends its claim.
pub(super) const LEASE_SECONDS: i64 = 15;

/// The concurrent deliveries of one medium on one node.
pub(super) struct DeliveryQueue {
    /// One permit per concurrent delivery. The semaphore is fair: the worker, which waits for a permit,
    /// gets one before an operation that only tries, so that new messages do not starve those that
    /// are due already.
    slots: Arc<Semaphore>,
    /// Notified when a message was committed that no worker has claimed.
    pub wakeup: Notify,
    /// The channel to the worker, once that runs. Every message in it holds a slot, which bounds it.
    sender: OnceLock<UnboundedSender<ClaimedMessage>>,
}

/// Permits for several deliveries. Returned to the queue when dropped.
pub(super) struct Slots(OwnedSemaphorePermit);

/// The permit to deliver one message on this node, from [`super::Outbox::try_slot`]. Returned to the
/// queue when dropped.
pub struct Slot {
    _permit: OwnedSemaphorePermit,
    claim: Claim,
}

/// When a message was claimed.
#[derive(Clone, Copy)]
pub(super) struct Claim {
    /// The time that was written to the store. A test may choose it.
    pub stored_at: Timestamp,
    /// The time of this node's clock at that moment.
    pub node_time: Timestamp,
}

impl Claim {
    /// The time of the claim plus what has passed since, where `node_time` is what this node's clock
    /// shows now.
    pub fn now(self, node_time: Timestamp) -> Timestamp {
        let passed = node_time.millis_since(self.node_time).max(0);
        Timestamp::from_millis(self.stored_at.millis().saturating_add(passed))
    }
}

/// A message that [`super::enqueue`] wrote in a transaction which has not committed yet.
#[must_use = "pass it to Outbox::dispatch after the commit, else it waits for the next poll"]
pub struct EnqueuedMessage {
    pub(super) message: StoredMessage,
    pub(super) slot: Option<Slot>,
}

/// A claimed message and the slot it is delivered in.
pub(super) type ClaimedMessage = (StoredMessage, Slot);

impl EnqueuedMessage {
    /// The message's id.
    #[must_use]
    pub fn message_id(&self) -> &str {
        &self.message.message_id
    }
}

impl Slot {
    /// The claim of the message that is delivered in this slot.
    pub(super) const fn claim(&self) -> Claim {
        self.claim
    }

    /// When another worker may take that message over.
    pub(super) fn lease_until(&self) -> Timestamp {
        self.claim.stored_at.plus_seconds(LEASE_SECONDS)
    }
}

impl Slots {
    /// The number of slots.
    pub fn count(&self) -> usize {
        self.0.num_permits()
    }

    /// Takes one of them for a message with this claim; `None` if none is left.
    pub fn take(&mut self, claim: Claim) -> Option<Slot> {
        let permit = self.0.split(1)?;
        Some(Slot {
            _permit: permit,
            claim,
        })
    }
}

impl DeliveryQueue {
    /// A queue of `parallel` slots, at least one.
    pub fn new(parallel: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(parallel.clamp(1, Semaphore::MAX_PERMITS))),
            wakeup: Notify::new(),
            sender: OnceLock::new(),
        }
    }

    /// The worker's end of the channel. `None` after the first call.
    pub fn open_channel(&self) -> Option<UnboundedReceiver<ClaimedMessage>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.sender.set(sender).ok().map(|()| receiver)
    }

    /// A slot for a message that is claimed at `now`, if one is free and a worker runs. Never waits.
    pub fn try_slot(&self, now: Timestamp) -> Option<Slot> {
        self.sender.get().filter(|sender| !sender.is_closed())?;
        let permit = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        Some(Slot {
            _permit: permit,
            claim: Claim {
                stored_at: now,
                node_time: now,
            },
        })
    }

    /// Waits for a slot. Never `None`: the semaphore is not closed.
    pub async fn wait_for_slot(&self) -> Option<Slots> {
        let permit = Arc::clone(&self.slots).acquire_owned().await.ok()?;
        Some(Slots(permit))
    }

    /// Adds the other free slots to `slots`, up to the number of messages that one claim may take.
    pub fn add_free_slots(&self, slots: &mut Slots) {
        while slots.count() < outbox::MAX_CLAIMED
            && let Ok(another) = Arc::clone(&self.slots).try_acquire_owned()
        {
            slots.0.merge(another);
        }
    }

    /// Sends a committed message to the worker, or wakes the worker to claim it.
    pub fn dispatch(&self, EnqueuedMessage { message, slot }: EnqueuedMessage) {
        match (slot, self.sender.get()) {
            (Some(slot), Some(sender)) => {
                // If the worker has stopped, the next one or another node claims the message.
                let _ = sender.send((message, slot));
            }
            // `Notify` stores the wakeup for a worker that is busy at the moment.
            _ => self.wakeup.notify_one(),
        }
    }
}

/// One queue per medium.
pub(super) struct DeliveryQueues {
    mail: DeliveryQueue,
    sms: DeliveryQueue,
}

impl DeliveryQueues {
    /// Queues of `parallel` slots each.
    pub fn new(parallel: usize) -> Self {
        Self {
            mail: DeliveryQueue::new(parallel),
            sms: DeliveryQueue::new(parallel),
        }
    }

    /// The queue of `medium`.
    pub const fn of(&self, medium: Medium) -> &DeliveryQueue {
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
    async fn a_waiting_worker_gets_a_slot_before_an_operation_that_tries() {
        let queue = DeliveryQueue::new(1);
        let _receiver = queue.open_channel().unwrap();
        let now = Timestamp::from_millis(0);
        let taken = queue.try_slot(now).unwrap();
        assert!(queue.try_slot(now).is_none());
        let mut waiting = std::pin::pin!(queue.wait_for_slot());
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("no slot is free"),
            () = async {} => {}
        }
        drop(taken);
        assert!(queue.try_slot(now).is_none());
        assert_eq!(waiting.await.unwrap().count(), 1);
        assert!(queue.try_slot(now).is_some());
    }

    #[tokio::test]
    async fn a_claim_takes_all_free_slots_up_to_its_limit() {
        let queue = DeliveryQueue::new(outbox::MAX_CLAIMED + 3);
        let mut slots = queue.wait_for_slot().await.unwrap();
        queue.add_free_slots(&mut slots);
        assert_eq!(slots.count(), outbox::MAX_CLAIMED);
        let mut others = queue.wait_for_slot().await.unwrap();
        queue.add_free_slots(&mut others);
        assert_eq!(others.count(), 3);
        let now = Timestamp::from_millis(0);
        let claim = Claim {
            stored_at: now,
            node_time: now,
        };
        let taken: Vec<Slot> = std::iter::from_fn(|| others.take(claim)).collect();
        assert_eq!((taken.len(), others.count()), (3, 0));
        drop((slots, taken));
        let mut all = queue.wait_for_slot().await.unwrap();
        queue.add_free_slots(&mut all);
        assert_eq!(all.count(), outbox::MAX_CLAIMED);
    }
}
