//! Counts what sources, app clients and pools use of the limits that several nodes share. A node decides by
//! what it has counted itself and what it last learned of the others; [`UsageMeter::unreported`] and
//! [`UsageMeter::learn`] exchange that through the store.
//!
//! A period is counted in [`PARTS`] parts and the one that has begun, so it slides with an error of one part, on
//! the strict side: an attempt counts for one to one and a sixth periods.
//!
//! Only what has used an [`EIGHTH`] of its limit on a node is reported. So nothing is written for ordinary
//! requesters, and `n` nodes together admit at most `(n - 1) / 8` of a limit beyond it, and what they admit
//! between two reports.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::time::Timestamp;

/// Parts of a period.
const PARTS: i64 = 6;
/// The parts that count, with the one that has begun.
const COUNTED: usize = 7;
/// The share of a limit, one in so many, from which on a node reports what it counts.
const EIGHTH: u64 = 8;
/// Most counters of a node, of some 300 bytes each. When there are more, those that have used little are
/// forgotten.
const CAPACITY: usize = 65_536;

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UsageKey {
    /// The pool.
    pub pool_id: String,
    /// The kind of attempt and the dimension.
    pub kind: &'static str,
    /// The source, access key, app client or pool that is counted.
    pub subject: String,
}

/// How much may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageLimit {
    /// How much in a period.
    pub allowed: u32,
    /// The length of the period, in milliseconds.
    pub period_ms: i64,
}

impl UsageLimit {
    const fn part_ms(self) -> i64 {
        let length = self.period_ms / PARTS;
        if length < 1 { 1 } else { length }
    }

    const fn part(self, now: Timestamp) -> i64 {
        now.millis().div_euclid(self.part_ms())
    }
}

/// What a node has counted of a key and not reported yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The key.
    pub key: UsageKey,
    /// What is new, by part.
    pub counted: Vec<(i64, u32)>,
    /// The first part that counts now.
    pub first_part: i64,
    /// When the last part of the report counts no more, in milliseconds since the Unix epoch.
    pub expires_at: Timestamp,
}

/// The counters of one node.
#[derive(Default)]
pub struct UsageMeter(Mutex<HashMap<UsageKey, Counter>>);

/// The counts of one key.
#[derive(Clone)]
struct Counter {
    limit: UsageLimit,
    /// The part of the last of `parts`.
    newest: i64,
    /// The parts that count, oldest first.
    parts: [Part; COUNTED],
}

/// What is counted in one part of a period.
#[derive(Clone, Copy, Default)]
struct Part {
    /// By this node.
    own: u32,
    /// Of that, what the other nodes can know.
    reported: u32,
    /// By the other nodes.
    others: u32,
}

impl Counter {
    fn new(limit: UsageLimit, part: i64) -> Self {
        Self {
            limit,
            newest: part,
            parts: [Part::default(); COUNTED],
        }
    }

    /// Forgets what is out of the period at `now`. After the clock was moved back, everything is.
    fn advance(&mut self, limit: UsageLimit, now: Timestamp) {
        let part = limit.part(now);
        let passed = usize::try_from(part - self.newest).ok();
        let same_parts = limit.period_ms == self.limit.period_ms;
        let Some(passed) = passed.filter(|passed| *passed < COUNTED && same_parts) else {
            *self = Self::new(limit, part);
            return;
        };
        self.limit = limit;
        self.newest = part;
        self.parts.rotate_left(passed);
        for part in self.parts.iter_mut().rev().take(passed) {
            *part = Part::default();
        }
    }

    fn own_total(&self) -> u64 {
        self.parts.iter().map(|part| u64::from(part.own)).sum()
    }

    fn total(&self) -> u64 {
        let others = self.parts.iter().map(|part| u64::from(part.others));
        self.own_total() + others.sum::<u64>()
    }

    fn is_heavy(&self) -> bool {
        self.own_total() * EIGHTH >= u64::from(self.limit.allowed)
    }

    fn add(&mut self, amount: u32) {
        if let Some(part) = self.parts.last_mut() {
            part.own = part.own.saturating_add(amount);
        }
    }

    const fn first_part(&self) -> i64 {
        self.newest - PARTS
    }

    /// What is counted in the part with this number, if it counts.
    fn part(&mut self, number: i64) -> Option<&mut Part> {
        let index = usize::try_from(number - self.first_part()).ok()?;
        self.parts.get_mut(index)
    }

    /// What is counted and not reported yet, by part.
    fn report(&mut self) -> Vec<(i64, u32)> {
        let first = self.first_part();
        let numbered = (first..).zip(&mut self.parts);
        numbered
            .filter_map(|(number, part)| {
                let new = part.own.saturating_sub(part.reported);
                part.reported = part.own;
                (new > 0).then_some((number, new))
            })
            .collect()
    }
}

impl UsageMeter {
    /// Counts `amount` for each key, unless that would exceed the limit of one: then its position in `keys`
    /// is the error, and nothing is counted.
    ///
    /// # Errors
    /// The position of the first key whose limit would be exceeded.
    pub fn spend(
        &self,
        keys: &[(UsageKey, UsageLimit)],
        amount: u32,
        now: Timestamp,
    ) -> Result<(), usize> {
        let mut counters = self.lock();
        if let Some(at) = exceeded(&mut counters, keys, amount, now) {
            return Err(at);
        }
        for (key, limit) in keys {
            counter(&mut counters, key, *limit, now).add(amount);
        }
        Ok(())
    }

    /// The position in `keys` of the first of which not even one is left.
    #[must_use]
    pub fn exceeded(&self, keys: &[(UsageKey, UsageLimit)], now: Timestamp) -> Option<usize> {
        exceeded(&mut self.lock(), keys, 1, now)
    }

    /// Counts one for each key, whatever its limit.
    pub fn count(&self, keys: &[(UsageKey, UsageLimit)], now: Timestamp) {
        let mut counters = self.lock();
        for (key, limit) in keys {
            counter(&mut counters, key, *limit, now).add(1);
        }
    }

    /// What has been counted since the last call, of keys that have used an eighth of their limit. It counts
    /// as reported from then on; [`UsageMeter::take_back`] undoes that.
    #[must_use]
    pub fn unreported(&self, now: Timestamp) -> Vec<Report> {
        let mut counters = self.lock();
        let heavy = counters
            .iter_mut()
            .filter(|(_, counter)| counter.is_heavy());
        heavy
            .filter_map(|(key, counter)| {
                counter.advance(counter.limit, now);
                let counted = counter.report();
                let period_ms = counter.limit.period_ms + counter.limit.part_ms();
                (!counted.is_empty()).then(|| Report {
                    key: key.clone(),
                    counted,
                    first_part: counter.first_part(),
                    expires_at: now.plus_millis(period_ms),
                })
            })
            .collect()
    }

    /// Counts what `report` says as not reported: it could not be written.
    pub fn take_back(&self, report: &Report) {
        self.change(&report.key, |counter| {
            for (number, new) in &report.counted {
                if let Some(part) = counter.part(*number) {
                    part.reported = part.reported.saturating_sub(*new);
                }
            }
        });
    }

    /// Takes over what all nodes have reported of `key`, by part.
    pub fn learn(&self, key: &UsageKey, totals: &[(i64, i64)]) {
        self.change(key, |counter| {
            for (number, total) in totals {
                if let Some(part) = counter.part(*number) {
                    let total = u32::try_from(*total).unwrap_or(u32::MAX);
                    part.others = total.saturating_sub(part.reported);
                }
            }
        });
    }

    fn change(&self, key: &UsageKey, change: impl FnOnce(&mut Counter)) {
        if let Some(counter) = self.lock().get_mut(key) {
            change(counter);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UsageKey, Counter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The position of the first key of which `amount` is not left.
fn exceeded(
    counters: &mut HashMap<UsageKey, Counter>,
    keys: &[(UsageKey, UsageLimit)],
    amount: u32,
    now: Timestamp,
) -> Option<usize> {
    keys.iter().position(|(key, limit)| {
        let used = counter(counters, key, *limit, now).total();
        used.saturating_add(amount.into()) > u64::from(limit.allowed)
    })
}

/// The counter of `key` at `now`.
fn counter<'c>(
    counters: &'c mut HashMap<UsageKey, Counter>,
    key: &UsageKey,
    limit: UsageLimit,
    now: Timestamp,
) -> &'c mut Counter {
    if counters.len() >= CAPACITY && !counters.contains_key(key) {
        counters.retain(|_, counter| {
            counter.advance(counter.limit, now);
            counter.is_heavy()
        });
        if counters.len() >= CAPACITY {
            counters.clear();
        }
    }
    let counter = counters
        .entry(key.clone())
        .or_insert_with(|| Counter::new(limit, limit.part(now)));
    counter.advance(limit, now);
    counter
}

#[cfg(test)]
mod tests;
