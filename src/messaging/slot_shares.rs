//! Who holds the delivery slots of a medium: no pool, recipient or domain holds all of them.
//!
//! What one of them may hold depends on what is free, so that there is always a slot for another one: a
//! pool may hold as many slots as it leaves free, which is half of them, a recipient a third of what it
//! leaves free, and the recipients of one e-mail domain three times as many. Of two pools whose mail server
//! hangs, the first thus holds a half and the second a quarter.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The slots of one medium on one node, for one kind of try.
pub(super) struct SlotShares {
    state: Mutex<State>,
    /// Notified when a slot is free again.
    released: Notify,
}

struct State {
    total: usize,
    taken: usize,
    held: HashMap<Holder, usize>,
    /// Whether the worker waits for a slot, and so goes before operations that only try.
    worker_waits: bool,
    /// Pools of which messages wait that the worker could not take: they go before their pool's new ones.
    backlogged: HashSet<String>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Holder {
    Pool(String),
    Recipient(String, String),
    Domain(String),
}

/// Whom a slot is held for.
#[derive(Clone)]
pub(super) struct Holders(Vec<Holder>);

/// A slot that is held. Returned when dropped.
pub(super) struct HeldSlot {
    shares: Arc<SlotShares>,
    holders: Holders,
}

impl Holders {
    /// Those of a message of the pool to `destination`. A phone number has no domain.
    pub fn of(pool_id: &str, destination: &str) -> Self {
        let mut holders = vec![
            Holder::Pool(pool_id.to_owned()),
            Holder::Recipient(pool_id.to_owned(), destination.to_owned()),
        ];
        if let Some((_, domain)) = destination.rsplit_once('@') {
            holders.push(Holder::Domain(domain.to_ascii_lowercase()));
        }
        Self(holders)
    }
}

impl State {
    fn may_take(&self, holders: &Holders) -> bool {
        let free = self.total.saturating_sub(self.taken);
        free > 0
            && holders.0.iter().all(|holder| {
                let held = self.held.get(holder).copied().unwrap_or(0);
                match holder {
                    Holder::Pool(_) => held < free,
                    Holder::Recipient(..) => held.saturating_mul(3) < free,
                    Holder::Domain(_) => held < free.saturating_mul(3),
                }
            })
    }

    fn take(&mut self, holders: &Holders) -> bool {
        let may = self.may_take(holders);
        if may {
            self.taken += 1;
            for holder in &holders.0 {
                *self.held.entry(holder.clone()).or_default() += 1;
            }
        }
        may
    }
}

impl SlotShares {
    /// `total` slots, at least one.
    pub fn new(total: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                total: total.max(1),
                taken: 0,
                held: HashMap::new(),
                worker_waits: false,
                backlogged: HashSet::new(),
            }),
            released: Notify::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of slots, free and held.
    pub fn total(&self) -> usize {
        self.state().total
    }

    /// Whether no slot is free.
    pub fn is_full(&self) -> bool {
        let state = self.state();
        state.taken >= state.total
    }

    /// A slot for an operation's message, unless messages wait that go before it.
    pub fn try_take(self: &Arc<Self>, pool_id: &str, holders: Holders) -> Option<HeldSlot> {
        let mut state = self.state();
        if state.worker_waits || state.backlogged.contains(pool_id) {
            return None;
        }
        let taken = state.take(&holders);
        drop(state);
        taken.then(|| self.held(holders))
    }

    /// A slot for a message that the worker has found; `None` if whom it is for holds its share.
    pub fn take(self: &Arc<Self>, holders: Holders) -> Option<HeldSlot> {
        let taken = self.state().take(&holders);
        taken.then(|| self.held(holders))
    }

    fn held(self: &Arc<Self>, holders: Holders) -> HeldSlot {
        HeldSlot {
            shares: Arc::clone(self),
            holders,
        }
    }

    /// Waits until a slot is free. Until then, operations that only try get none.
    pub async fn wait_for_free(&self) {
        loop {
            {
                let mut state = self.state();
                state.worker_waits = state.taken >= state.total;
                if !state.worker_waits {
                    return;
                }
            }
            self.released.notified().await;
        }
    }

    /// Waits until a slot is released, or returns at once if one was since the last call.
    pub async fn wait_for_release(&self) {
        self.released.notified().await;
    }

    /// Records the pools of which messages wait that the worker could not take; they replace those before.
    pub fn set_backlogged(&self, pools: HashSet<String>) {
        self.state().backlogged = pools;
    }

    /// Records that a message of this pool was committed without a slot.
    pub fn add_backlogged(&self, pool_id: &str) {
        self.state().backlogged.insert(pool_id.to_owned());
    }
}

impl Drop for HeldSlot {
    fn drop(&mut self) {
        let mut state = self.shares.state();
        state.taken = state.taken.saturating_sub(1);
        for holder in &self.holders.0 {
            if let Some(held) = state.held.get_mut(holder) {
                *held = held.saturating_sub(1);
                if *held == 0 {
                    state.held.remove(holder);
                }
            }
        }
        drop(state);
        self.shares.released.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The slots that messages to these destinations take, each `most` times at the most.
    fn taken(shares: &Arc<SlotShares>, pool: &str, destinations: &[String]) -> Vec<HeldSlot> {
        destinations
            .iter()
            .filter_map(|to| shares.take(Holders::of(pool, to)))
            .collect()
    }

    fn addresses(count: usize, domain: &str) -> Vec<String> {
        (0..count).map(|n| format!("u{n}@{domain}")).collect()
    }

    #[test]
    fn each_pool_leaves_room_for_the_next() {
        for (total, of_first, of_second, of_third) in [
            (1, 1, 0, 0),
            (2, 1, 1, 0),
            (4, 2, 1, 1),
            (8, 4, 2, 1),
            (16, 8, 4, 2),
        ] {
            let shares = SlotShares::new(total);
            let mut all = Vec::new();
            for (pool, expected) in [("a", of_first), ("b", of_second), ("c", of_third)] {
                let slots = taken(&shares, pool, &addresses(100, &format!("{pool}.example")));
                assert_eq!(slots.len(), expected, "pool {pool} of {total} slots");
                all.push(slots);
            }
            all.clear();
            let again = taken(&shares, "c", &addresses(100, "c.example"));
            assert_eq!(again.len(), of_first);
        }
    }

    #[test]
    fn a_recipient_holds_a_quarter_and_a_domain_three_quarters() {
        for (total, of_recipient, of_domain) in [(1, 1, 1), (4, 1, 3), (8, 2, 6), (16, 4, 12)] {
            let shares = SlotShares::new(total);
            let same = vec!["ada@example.com".to_owned(); 100];
            let held = taken(&shares, "a", &same);
            assert_eq!(held.len(), of_recipient, "of {total}");
            drop(held);
            let held: Vec<_> = (0..100)
                .filter_map(|n| {
                    let to = format!("u{n}@Example.com");
                    shares.take(Holders::of(&format!("pool{n}"), &to))
                })
                .collect();
            assert_eq!(held.len(), of_domain, "of {total}");
            let elsewhere = Holders::of("pool", "ada@example.org");
            assert_eq!(shares.take(elsewhere).is_some(), total > of_domain);
        }
    }

    #[tokio::test]
    async fn a_waiting_worker_gets_a_slot_before_an_operation_that_tries() {
        let shares = SlotShares::new(1);
        let holders = || Holders::of("a", "ada@example.com");
        let slot = shares.try_take("a", holders()).unwrap();
        assert!(shares.is_full() && shares.try_take("b", holders()).is_none());
        let mut waiting = std::pin::pin!(shares.wait_for_free());
        tokio::select! {
            biased;
            () = &mut waiting => panic!("no slot is free"),
            () = async {} => {}
        }
        drop(slot);
        assert!(shares.try_take("a", holders()).is_none());
        waiting.await;
        assert!(shares.try_take("a", holders()).is_some());
    }

    #[test]
    fn a_pools_waiting_messages_go_before_its_new_ones_only() {
        let shares = SlotShares::new(8);
        shares.add_backlogged("a");
        assert!(
            shares
                .try_take("a", Holders::of("a", "ada@example.com"))
                .is_none()
        );
        assert!(
            shares
                .try_take("b", Holders::of("b", "ada@example.com"))
                .is_some()
        );
        assert!(shares.take(Holders::of("a", "ada@example.com")).is_some());
        shares.set_backlogged(HashSet::new());
        assert!(
            shares
                .try_take("a", Holders::of("a", "ada@example.com"))
                .is_some()
        );
    }
}
