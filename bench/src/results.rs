//! The results of the benchmark: what was measured of each case, run and store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde::Serialize;

use crate::cases::Case;
use crate::limits;
use crate::load::Measurement;
use crate::pool_domain::PageFile;

/// The results of all runs.
#[derive(Serialize)]
pub struct Report {
    /// The commit that was measured.
    pub commit: String,
    /// Processor, number of processors, memory, kernel.
    pub machine: String,
    /// PostgreSQL's version and settings.
    pub postgres: Option<String>,
    /// The number of runs.
    pub runs: u32,
    /// The duration of each measurement, in seconds.
    pub seconds: u64,
    /// The results for each store and number of users.
    pub datasets: Vec<Dataset>,
}

/// The results for one store with one number of users.
#[derive(Serialize)]
pub struct Dataset {
    /// The store.
    pub store: &'static str,
    /// Users of the pool.
    pub users: u64,
    /// Users generated per second; `None` if they came from the cache.
    pub rows_per_second: Option<f64>,
    /// The time from each start to readiness, in milliseconds.
    pub ready_ms: Vec<f64>,
    /// The runs.
    pub runs: Vec<Run>,
}

/// Limits and cases, measured one after the other.
#[derive(Default, Serialize)]
pub struct Run {
    /// Rates of the limits, by name, each time that they were measured.
    pub limits: BTreeMap<String, Vec<f64>>,
    /// The results of the handler that does nothing, by connections.
    pub bare: BTreeMap<usize, Measurement>,
    /// The cases.
    pub cases: Vec<CaseResult>,
    /// The sign-in page, and the files that browsers load with it.
    pub page_files: Vec<PageFile>,
    /// The most resident memory after a case with 16 connections, except those that hash passwords.
    pub memory_at_16: u64,
    /// Resident memory, and its maximum, before the first case that hashes.
    pub memory_before_argon2: (u64, u64),
    /// The same at the end.
    pub memory_at_end: (u64, u64),
}

/// A case with a number of connections.
#[derive(Serialize)]
pub struct CaseResult {
    /// The case.
    pub case: Case,
    /// Connections.
    pub connections: usize,
    /// Its result.
    pub measured: Measurement,
    /// What bounds it, measured before it with as many connections; if it hashes passwords, the mean
    /// of before and after.
    pub bound: Option<Bound>,
}

/// The limit that bounds a case.
#[derive(Serialize)]
pub struct Bound {
    /// Its name.
    pub name: String,
    /// Its rate.
    pub per_second: f64,
}

impl Dataset {
    /// Without any run yet.
    pub const fn new(store: &'static str, users: u64) -> Self {
        Self {
            store,
            users,
            rows_per_second: None,
            ready_ms: Vec::new(),
            runs: Vec::new(),
        }
    }

    /// The median over the runs of a value of a case; `None` if no run has it.
    pub fn median_of(
        &self,
        case: Case,
        connections: usize,
        value: impl Fn(&CaseResult) -> Option<f64>,
    ) -> Option<f64> {
        let results = self.runs.iter().filter_map(|run| run.of(case, connections));
        median(results.filter_map(value))
    }

    /// The case-connection pairs that were measured, in order.
    pub fn rows(&self) -> BTreeSet<(Case, usize)> {
        let cases = self.runs.first().map_or(&[][..], |run| &run.cases);
        cases
            .iter()
            .map(|result| (result.case, result.connections))
            .collect()
    }

    /// The median time of a case divided by that of `other`: the median of this ratio over the runs.
    pub fn times(&self, other: &Self, case: Case, connections: usize) -> Option<f64> {
        let pairs = self.runs.iter().zip(&other.runs);
        median(pairs.filter_map(|(ours, theirs)| {
            let ours = ours.of(case, connections)?.measured.median_ms;
            Some(ours / theirs.of(case, connections)?.measured.median_ms)
        }))
    }
}

impl Run {
    /// The result of a case with a number of connections, if it was measured.
    pub fn of(&self, case: Case, connections: usize) -> Option<&CaseResult> {
        self.cases
            .iter()
            .find(|result| result.case == case && result.connections == connections)
    }

    /// Averages the limit of the last case with its rate measured after the case.
    pub fn average_last_bound(&mut self, per_second: f64) {
        if let Some(Bound {
            per_second: before, ..
        }) = self.cases.last_mut().and_then(|last| last.bound.as_mut())
        {
            *before = f64::midpoint(*before, per_second);
        }
    }
}

impl Report {
    /// An empty report about this machine and the checked-out commit.
    pub fn new(repository: &Path, runs: u32, seconds: u64) -> Self {
        let git = |arguments: &[&str]| {
            let output = Command::new("git")
                .current_dir(repository)
                .args(arguments)
                .output();
            output.map_or_else(
                |_| String::new(),
                |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
            )
        };
        let mut commit = git(&["rev-parse", "--short=12", "HEAD"]);
        if !git(&["status", "--porcelain", "--untracked-files=no"]).is_empty() {
            commit += " with changes";
        }
        Self {
            commit,
            machine: machine(),
            postgres: None,
            runs,
            seconds,
            datasets: Vec::new(),
        }
    }
}

/// The median; `None` if there are no values.
pub fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get(values.len().saturating_sub(1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

/// 1000000 as 1,000,000.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let value = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map_or_else(
            || "unknown".to_owned(),
            |(_, value)| value.trim().to_owned(),
        )
    };
    format!(
        "{} processors, {}, memory {}, Linux {}",
        limits::cores(),
        value(&read("/proc/cpuinfo"), "model name"),
        value(&read("/proc/meminfo"), "MemTotal"),
        read("/proc/sys/kernel/osrelease").trim()
    )
}
