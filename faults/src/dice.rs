//! Chance that a seed repeats.

use std::time::Duration;

use cognate_bench::world::scattered;

/// A sequence of numbers that looks random and follows from its seed.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The sequence of this seed for this user of it.
    pub fn new(seed: u64, who: u64) -> Self {
        Self(scattered(seed ^ scattered(who)))
    }

    /// A number below `end`, or 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        scattered(self.0).checked_rem(end).unwrap_or(0)
    }

    /// Whether what happens in `percent` of cases happens.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A time from `least` to `most` milliseconds.
    pub fn pause(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most.saturating_sub(least) + 1))
    }

    /// The list in another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            let other = self.below(u64::try_from(last).unwrap_or(0) + 1);
            list.swap(last, usize::try_from(other).unwrap_or(0));
        }
    }
}
