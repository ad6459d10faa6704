//! The counts of a run, and the violations that it found.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::outcome::Outcome;

/// The most violations of one check whose texts are recorded.
const MAX_VIOLATIONS_PER_CHECK: usize = 20;

/// The journal of one scenario. Clones are the same one.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Entries>>);

/// The contents of the journal.
#[derive(Clone, Default, Serialize)]
pub struct Entries {
    /// For each operation, how its calls ended.
    pub operations: BTreeMap<String, Tally>,
    /// How often each kind of fault was done.
    pub faults: BTreeMap<String, u64>,
    /// The longest time from the end of each kind of fault to a call that succeeds, in milliseconds.
    pub recovery_ms: BTreeMap<String, u64>,
    /// The failures that callers got during each kind of fault, and how often.
    pub answers: BTreeMap<String, BTreeMap<String, u64>>,
    /// How often each check was made.
    pub checks: BTreeMap<String, u64>,
    /// What was found wrong, by check; of each check not more than the first few.
    pub violations: BTreeMap<String, Vec<String>>,
    /// How often each check was violated.
    pub violated: BTreeMap<String, u64>,
    /// Observations that are not violations.
    pub notes: BTreeMap<String, u64>,
    #[serde(skip)]
    current_fault: Option<String>,
}

/// How the calls of one operation ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Answered with success.
    pub acknowledged: u64,
    /// Answered with an error that says that it did not happen.
    pub refused: u64,
    /// Not answered, or answered that the server failed.
    pub unknown: u64,
}

impl Journal {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call.
    pub fn call(&self, operation: &str, outcome: &Outcome) {
        let mut entries = self.lock();
        let answer = match outcome {
            Outcome::Refused(refusal) if refusal.is_busy() => Some(refusal.code.clone()),
            // Other refusals are responses to the caller, which the worker checks.
            Outcome::Acknowledged(_) | Outcome::Refused(_) => None,
            Outcome::Unknown(why) => Some(why.clone()),
        };
        let tally = entries.operations.entry(operation.to_owned()).or_default();
        match outcome {
            Outcome::Acknowledged(_) => tally.acknowledged += 1,
            Outcome::Refused(_) => tally.refused += 1,
            Outcome::Unknown(_) => tally.unknown += 1,
        }
        if let Some(answer) = answer {
            let fault = entries.current_fault.clone();
            let fault = fault.unwrap_or_else(|| "(no fault)".to_owned());
            let answers = entries.answers.entry(fault).or_default();
            *answers.entry(answer).or_default() += 1;
        }
    }

    /// Counts a fault that is injected during another one.
    pub fn count_nested_fault(&self, name: &str) {
        *self.lock().faults.entry(name.to_owned()).or_default() += 1;
    }

    /// Counts a fault. Failures of calls are counted under its name until the next fault.
    pub fn fault(&self, name: &str) {
        let mut entries = self.lock();
        *entries.faults.entry(name.to_owned()).or_default() += 1;
        entries.current_fault = Some(name.to_owned());
    }

    /// Records how long after the end of a fault a call succeeded.
    pub fn recovered(&self, name: &str, after: std::time::Duration) {
        let mut entries = self.lock();
        let after = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        let longest = entries.recovery_ms.entry(name.to_owned()).or_default();
        *longest = after.max(*longest);
        entries.current_fault = None;
    }

    /// Counts a check, and a violation unless `holds`.
    pub fn check(&self, check: &str, holds: bool, describe: impl FnOnce() -> String) -> bool {
        *self.lock().checks.entry(check.to_owned()).or_default() += 1;
        if !holds {
            self.violation(check, describe());
        }
        holds
    }

    /// Records a violation.
    pub fn violation(&self, check: &str, text: String) {
        let mut entries = self.lock();
        *entries.violated.entry(check.to_owned()).or_default() += 1;
        let found = entries.violations.entry(check.to_owned()).or_default();
        if found.len() < MAX_VIOLATIONS_PER_CHECK {
            cognate_bench::print_progress(&format!("  VIOLATION {check}: {text}"));
            found.push(text);
        }
    }

    /// Records an observation.
    pub fn note(&self, text: &str) {
        *self.lock().notes.entry(text.to_owned()).or_default() += 1;
    }

    /// A copy of everything.
    pub fn entries(&self) -> Entries {
        self.lock().clone()
    }
}

impl Entries {
    /// How often any check was violated.
    pub fn violation_count(&self) -> u64 {
        self.violated.values().sum()
    }
}
