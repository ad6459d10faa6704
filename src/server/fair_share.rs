//! What the sources of requests share, so that none can take all of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::source_network::SourceNetwork;

/// A number of units of something. A source can hold as many as it leaves to all others: the first half of
/// them, another that comes then a quarter, and so on.
pub struct FairShare {
    state: Mutex<State>,
}

struct State {
    free: usize,
    /// Units by source; requests whose source is not known count as one source.
    held: HashMap<Option<SourceNetwork>, usize>,
}

impl FairShare {
    /// `all` units, none of them taken.
    pub fn new(all: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                free: all,
                held: HashMap::new(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `units` for `source`, unless that is more than it can have.
    pub fn take(self: &Arc<Self>, source: Option<SourceNetwork>, units: usize) -> Option<Portion> {
        let mut portion = Portion {
            share: Arc::clone(self),
            source,
            units: 0,
        };
        portion.grow(units).then_some(portion)
    }
}

/// Units that a source holds until this is dropped.
pub struct Portion {
    share: Arc<FairShare>,
    source: Option<SourceNetwork>,
    units: usize,
}

impl Portion {
    /// Takes `more` units; `false`, and nothing is taken, if that is more than the source can have.
    pub fn grow(&mut self, more: usize) -> bool {
        if more == 0 {
            return true;
        }
        let mut state = self.share.state();
        let held = state.held.get(&self.source).copied().unwrap_or_default();
        if held.saturating_add(more) > state.free {
            return false;
        }
        state.free -= more;
        state.held.insert(self.source, held + more);
        drop(state);
        self.units += more;
        true
    }
}

impl Drop for Portion {
    fn drop(&mut self) {
        if self.units == 0 {
            return;
        }
        let mut state = self.share.state();
        state.free += self.units;
        let held = state.held.get(&self.source).copied().unwrap_or_default();
        if held <= self.units {
            state.held.remove(&self.source);
        } else {
            state.held.insert(self.source, held - self.units);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(number: u8) -> Option<SourceNetwork> {
        Some(SourceNetwork::of([192, 0, 2, number].into()))
    }

    #[test]
    fn a_source_can_have_what_it_leaves_to_others() {
        let share = FairShare::new(8);
        let mut one = share.take(source(1), 3).unwrap();
        assert!(one.grow(1) && !one.grow(1));
        assert!(share.take(source(1), 1).is_none());
        let other = share.take(source(2), 2).unwrap();
        assert!(share.take(source(2), 1).is_none());
        drop(one);
        assert!(share.take(source(2), 2).is_some());
        drop(other);
        assert!(share.state().held.is_empty());
        assert_eq!(share.state().free, 8);
    }

    #[test]
    fn a_single_unit_can_be_had() {
        let share = FairShare::new(1);
        let one = share.take(None, 1).unwrap();
        assert!(share.take(source(1), 1).is_none());
        drop(one);
        assert!(share.take(source(1), 1).is_some());
    }

    proptest! {
        /// Each source leaves at least half of what it found.
        #[test]
        fn attackers_leave_something_to_a_newcomer(
            attackers in 1_u8..9,
            wants in prop::collection::vec(0_u8..9, 0..3000),
        ) {
            let share = FairShare::new(1000);
            let mut held = Vec::new();
            for number in wants {
                held.extend(share.take(source(number % attackers), 1));
            }
            let left = (1000_usize >> attackers) - 1;
            prop_assert!(share.take(source(255), left).is_some());
        }
    }
}
