//! The last calls of functions, for the development profile's page.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::time::Timestamp;

/// How many calls are kept.
const MOST_CALLS: usize = 100;
/// How much of an event and of an answer is kept, in characters.
const MOST_CHARACTERS: usize = 16 * 1024;

/// A call of a function. Only the development profile keeps any: an event shows what a user sends.
#[derive(Clone)]
pub struct Call {
    /// Its number, by which it is told apart.
    pub number: u64,
    /// When it began.
    pub at: Timestamp,
    /// The event's `triggerSource`.
    pub source: String,
    /// The pool.
    pub user_pool_id: String,
    /// The function, as the pool names it.
    pub arn: String,
    /// The event as JSON, without a password.
    pub event: String,
    /// What the function answered; empty if it did not.
    pub answer: String,
    /// What came of it, in a word.
    pub outcome: &'static str,
    /// What is wrong, where the function did not answer as it must.
    pub detail: String,
    /// How often the function was called.
    pub attempts: u32,
    /// How long it took, all attempts together, in milliseconds.
    pub elapsed_ms: u64,
}

/// The last calls.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<VecDeque<Call>>>);

impl Journal {
    /// The calls, newest first.
    #[must_use]
    pub fn newest(&self) -> Vec<Call> {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().rev().cloned().collect()
    }

    /// Adds a call, and numbers it; the oldest is forgotten where there are too many.
    pub(super) fn add(&self, mut call: Call) {
        for text in [&mut call.event, &mut call.answer] {
            if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
                text.truncate(end);
                text.push('…');
            }
        }
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        call.number = calls.back().map_or(1, |last| last.number + 1);
        if calls.len() >= MOST_CALLS {
            calls.pop_front();
        }
        calls.push_back(call);
    }
}
