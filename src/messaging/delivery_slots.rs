//! The bounded number of concurrent deliveries, and how a committed message reaches the worker
//! without a query.
//!
//! An operation that gets a free [`Slot`] writes its message as claimed by this node and passes it to
//! the worker after the commit, so that no statement has to claim it. Without a free slot, or when the
//! node dies in between, the message is claimed like every other one: at the worker's next poll, or
//! when the lease ends.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::Notify;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::slot_shares::{HeldSlot, Holders, SlotShares};
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::store::outbox::{StoredMessage, Try};

/// How long a claim lasts, in seconds. Other workers take over the messages of a node that was killed
/// after this time; a delivery that takes longer extends its claim.
pub(super) const LEASE_SECONDS: i64 = 15;

/// The concurrent deliveries of one medium on one node, for one kind of try.
pub(super) struct DeliveryQueue {
    /// The slots and who holds them.
    pub slots: Arc<SlotShares>,
    /// Notified when a message was committed that no worker has claimed.
    pub wakeup: Notify,
    /// The channel to the worker, once that runs. Every message in it holds a slot, which bounds it.
    sender: OnceLock<UnboundedSender<ClaimedMessage>>,
    /// The pool that had the last turn.
    last_pool: Mutex<String>,
}

/// The permit to deliver one message on this node, from [`super::Outbox::try_slot`]. Returned to the
/// queue when dropped.
pub struct Slot {
    _held: HeldSlot,
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

/// A message that [`super::Outbox::enqueue`] wrote in a transaction which has not committed yet.
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
    /// A slot that is held for a message with this claim.
    pub(super) const fn new(held: HeldSlot, claim: Claim) -> Self {
        Self { _held: held, claim }
    }

    /// The claim of the message that is delivered in this slot.
    pub(super) const fn claim(&self) -> Claim {
        self.claim
    }

    /// When another worker may take that message over.
    pub(super) fn lease_until(&self) -> Timestamp {
        self.claim.stored_at.plus_seconds(LEASE_SECONDS)
    }
}

impl DeliveryQueue {
    /// A queue of `parallel` slots, at least one.
    pub fn new(parallel: usize) -> Self {
        Self {
            slots: SlotShares::new(parallel),
            wakeup: Notify::new(),
            sender: OnceLock::new(),
            last_pool: Mutex::new(String::new()),
        }
    }

    /// The worker's end of the channel. `None` after the first call.
    pub fn open_channel(&self) -> Option<UnboundedReceiver<ClaimedMessage>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.sender.set(sender).ok().map(|()| receiver)
    }

    /// A slot for a message of the pool to `destination` that is claimed at `now`, if one is free that they
    /// may hold, no other message goes before it, and a worker runs. Never waits.
    pub fn try_slot(&self, pool_id: &str, destination: &str, now: Timestamp) -> Option<Slot> {
        self.sender.get().filter(|sender| !sender.is_closed())?;
        let held = self
            .slots
            .try_take(pool_id, Holders::of(pool_id, destination))?;
        let claim = Claim {
            stored_at: now,
            node_time: now,
        };
        Some(Slot::new(held, claim))
    }

    /// The pool that had the last turn.
    pub fn last_pool(&self) -> String {
        let last = self.last_pool.lock();
        last.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records that the pool had its turn; the next is that of the pool after it.
    pub fn set_last_pool(&self, pool_id: &str) {
        let mut last = self
            .last_pool
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        pool_id.clone_into(&mut last);
    }

    /// Sends a committed message to the worker, or wakes the worker to claim it.
    pub fn dispatch(&self, EnqueuedMessage { message, slot }: EnqueuedMessage) {
        match (slot, self.sender.get()) {
            (Some(slot), Some(sender)) => {
                // If the worker has stopped, the next one or another node claims the message.
                let _ = sender.send((message, slot));
            }
            _ => {
                self.slots.add_backlogged(&message.pool_id);
                // `Notify` stores the wakeup for a worker that is busy at the moment.
                self.wakeup.notify_one();
            }
        }
    }
}

/// A queue for each medium and kind of try.
pub(super) struct DeliveryQueues {
    mail: [DeliveryQueue; 2],
    sms: [DeliveryQueue; 2],
}

impl DeliveryQueues {
    /// Queues of `parallel` slots for first tries, and a quarter as many, one at least, for later ones.
    pub fn new(parallel: usize) -> Self {
        let of_medium = || {
            [
                DeliveryQueue::new(parallel),
                DeliveryQueue::new(parallel / 4),
            ]
        };
        Self {
            mail: of_medium(),
            sms: of_medium(),
        }
    }

    /// The queue of `medium` and `kind`.
    pub const fn of(&self, medium: Medium, kind: Try) -> &DeliveryQueue {
        let [first, later] = match medium {
            Medium::Email => &self.mail,
            Medium::Sms => &self.sms,
        };
        match kind {
            Try::First => first,
            Try::Later => later,
        }
    }
}
