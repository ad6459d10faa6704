//! Counts what this node has changed of one kind. Where many things are made of what is changed, what was made is
//! kept under the count before it was read, and found no more once there is a further change.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many changes there were.
#[derive(Default)]
pub struct Changes(AtomicU64);

impl Changes {
    /// Counts a change. To be called after its commit.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    /// The changes until now. To be asked for before the store is read.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
