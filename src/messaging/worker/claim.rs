//! Claims: whose messages are delivered next, and in which slots.

use std::collections::{HashMap, HashSet, VecDeque};

use tokio::task::JoinSet;

use super::{Backlog, Outbox, Outcome};
use crate::domain::attribute::Medium;
use crate::domain::time::Timestamp;
use crate::messaging::delivery_slots::{Claim, ClaimedMessage, DeliveryQueue, LEASE_SECONDS, Slot};
use crate::messaging::slot_shares::{HeldSlot, Holders};
use crate::store;
use crate::store::outbox::{self, Candidate, MAX_CLAIMED, StoredMessage, Try};

/// A message that is to be claimed, and the slot that is held for it.
struct Chosen {
    pool_id: String,
    message_id: String,
    slot: HeldSlot,
}

/// What a look at the outbox found.
#[derive(Default)]
struct Choice {
    /// In the order of the turns.
    chosen: Vec<Chosen>,
    /// Pools of which messages are left for a later look.
    left: HashSet<String>,
}

impl Outbox {
    /// Claims due messages, as many as there are slots for, and starts their deliveries. Returns the
    /// backlog after that.
    ///
    /// Each pool that has messages takes one slot, then each takes a second one, and so on; the next look
    /// begins with the pool after the one that took the last.
    pub(super) async fn claim_and_start(
        &self,
        medium: Medium,
        kind: Try,
        now: Timestamp,
        deliveries: &mut JoinSet<Option<Outcome>>,
    ) -> store::Result<Backlog> {
        let queue = self.0.queues.of(medium, kind);
        let Choice { chosen, left } = self.choose(medium, kind, now).await?;
        let wanted = chosen.len();
        if let Some(last) = chosen.last() {
            queue.set_last_pool(&last.pool_id);
        }
        let is_left = !left.is_empty();
        queue.slots.set_backlogged(left);
        let mut claimed = 0;
        for (message, slot) in self.claim(chosen, now).await? {
            claimed += 1;
            self.start_delivery((message, slot), deliveries);
        }
        Ok(match (wanted, is_left) {
            (0, true) => Backlog::Blocked,
            // Another worker has taken some, so that there may be others.
            _ if is_left || claimed < wanted => Backlog::Unknown,
            _ => Backlog::Empty,
        })
    }

    /// Chooses messages and takes the slots for them.
    async fn choose(&self, medium: Medium, kind: Try, now: Timestamp) -> store::Result<Choice> {
        let queue = self.0.queues.of(medium, kind);
        let most = queue.slots.total().saturating_add(MAX_CLAIMED);
        let mut conn = self.0.db.read().await?;
        let after = queue.last_pool();
        let pools = outbox::waiting_pools(&mut conn, medium, kind, &after, now, most).await?;
        let mut choice = Choice::default();
        let mut waiting: HashMap<String, VecDeque<Candidate>> = HashMap::new();
        let mut turns: VecDeque<String> = pools.into();
        while let Some(pool_id) = turns.pop_front() {
            if choice.chosen.len() >= MAX_CLAIMED || queue.slots.is_full() {
                choice.left.insert(pool_id);
                choice.left.extend(turns);
                break;
            }
            if !waiting.contains_key(&pool_id) {
                let found =
                    outbox::candidates(&mut conn, medium, kind, &pool_id, now, most).await?;
                waiting.insert(pool_id.clone(), found.into());
            }
            let Some(candidates) = waiting.get_mut(&pool_id) else {
                continue;
            };
            if candidates.is_empty() {
                continue;
            }
            match take_one(queue, &pool_id, candidates) {
                Some((message_id, slot)) => {
                    choice.chosen.push(Chosen {
                        pool_id: pool_id.clone(),
                        message_id,
                        slot,
                    });
                    turns.push_back(pool_id);
                }
                // The pool, or each of its recipients, holds what it may hold.
                None => {
                    choice.left.insert(pool_id);
                }
            }
        }
        Ok(choice)
    }

    /// Claims what was chosen, except what another worker has meanwhile.
    async fn claim(
        &self,
        mut chosen: Vec<Chosen>,
        now: Timestamp,
    ) -> store::Result<Vec<ClaimedMessage>> {
        let until = now.plus_seconds(LEASE_SECONDS);
        // Two workers that claim the same messages in the same order do not wait for each other.
        chosen.sort_by(|one, other| {
            (&one.pool_id, &one.message_id).cmp(&(&other.pool_id, &other.message_id))
        });
        let mut claimed: Vec<(StoredMessage, HeldSlot)> = Vec::with_capacity(chosen.len());
        let claim = Claim {
            stored_at: now,
            node_time: self.0.clock.now(),
        };
        if chosen.len() <= 1 {
            for Chosen {
                pool_id,
                message_id,
                slot,
            } in chosen
            {
                let mut conn = self.0.db.write().await?;
                let message = outbox::claim(&mut conn, &pool_id, &message_id, now, until).await?;
                claimed.extend(message.map(|message| (message, slot)));
            }
        } else {
            let mut tx = self.0.db.begin().await?;
            for Chosen {
                pool_id,
                message_id,
                slot,
            } in chosen
            {
                let message = outbox::claim(&mut tx, &pool_id, &message_id, now, until).await?;
                claimed.extend(message.map(|message| (message, slot)));
            }
            tx.commit().await?;
        }
        Ok(claimed
            .into_iter()
            .map(|(message, slot)| (message, Slot::new(slot, claim)))
            .collect())
    }
}

/// The first of the pool's candidates for whom there is a slot. Those before it stay.
fn take_one(
    queue: &DeliveryQueue,
    pool_id: &str,
    candidates: &mut VecDeque<Candidate>,
) -> Option<(String, HeldSlot)> {
    let (index, slot) = candidates
        .iter()
        .enumerate()
        .find_map(|(index, candidate)| {
            let slot = queue
                .slots
                .take(Holders::of(pool_id, &candidate.destination))?;
            Some((index, slot))
        })?;
    let candidate = candidates.remove(index)?;
    Some((candidate.message_id, slot))
}
