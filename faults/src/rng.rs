//! Random numbers that a seed reproduces.

use std::time::Duration;

use cognate_bench::dataset::splitmix64;

/// A pseudo-random sequence that its seed determines.
#[derive(Clone, Debug)]
pub struct SeededRng(u64);

impl SeededRng {
    /// The sequence of `seed` for one consumer. Consumers with different numbers get different sequences.
    pub fn new(seed: u64, consumer: u64) -> Self {
        Self(splitmix64(seed ^ splitmix64(consumer)))
    }

    /// A number below `end`, or 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        splitmix64(self.0).checked_rem(end).unwrap_or(0)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A duration from `least` to `most` milliseconds.
    pub fn pause(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most.saturating_sub(least) + 1))
    }

    /// Shuffles the list.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            let other = self.below(u64::try_from(last).unwrap_or(0) + 1);
            list.swap(last, usize::try_from(other).unwrap_or(0));
        }
    }
}
