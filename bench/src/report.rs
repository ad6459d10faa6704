//! What came of it: a Markdown table, a JSON file with everything, and a plot.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde::Serialize;

use crate::cases::Case;
use crate::load::Measured;
use crate::{limits, plot, say};

/// Everything.
#[derive(Serialize)]
pub struct Report {
    /// The commit that was measured.
    pub commit: String,
    /// Processor, number of processors, memory, kernel.
    pub machine: String,
    /// PostgreSQL's version and settings.
    pub postgres: Option<String>,
    /// How often everything was measured.
    pub runs: u32,
    /// How long each time, in seconds.
    pub seconds: u64,
    /// A store with a number of users each.
    pub blocks: Vec<Block>,
}

/// A store with a number of users.
#[derive(Serialize)]
pub struct Block {
    /// The store.
    pub store: &'static str,
    /// Users of the pool.
    pub users: u64,
    /// Users generated per second, unless they came from the cache.
    pub rows_per_second: Option<f64>,
    /// From start to ready, each start, in milliseconds.
    pub ready_ms: Vec<f64>,
    /// The runs.
    pub runs: Vec<Run>,
}

/// Limits and cases, measured one after the other.
#[derive(Default, Serialize)]
pub struct Run {
    /// Rates of the limits, by name, each time that they were measured.
    pub limits: BTreeMap<String, Vec<f64>>,
    /// The bare handler, by connections.
    pub bare: BTreeMap<usize, Measured>,
    /// The cases.
    pub cases: Vec<CaseResult>,
    /// Most resident memory after a case with 16 connections, those that hash apart.
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
    /// What it came to.
    pub measured: Measured,
    /// What bounds it, measured before it with as many connections; if it hashes passwords, the mean
    /// of before and after.
    pub bound: Option<Bound>,
}

/// What bounds a case.
#[derive(Serialize)]
pub struct Bound {
    /// In words.
    pub name: String,
    /// As a rate.
    pub per_second: f64,
}

impl Block {
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

    /// How many times as long as on `other` a case took here: the median over the runs, of which each
    /// has one of both.
    fn times(&self, other: &Self, case: Case, connections: usize) -> Option<f64> {
        let pairs = self.runs.iter().zip(&other.runs);
        median(pairs.filter_map(|(ours, theirs)| {
            let ours = ours.of(case, connections)?.measured.median_ms;
            Some(ours / theirs.of(case, connections)?.measured.median_ms)
        }))
    }
}

impl Run {
    fn of(&self, case: Case, connections: usize) -> Option<&CaseResult> {
        self.cases
            .iter()
            .find(|result| result.case == case && result.connections == connections)
    }

    /// Takes what the last case's limit came to after it into account.
    pub fn bound_again(&mut self, per_second: f64) {
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
            blocks: Vec::new(),
        }
    }

    /// Writes all files: into `docs` if the results are to be committed.
    pub fn write(&self, repository: &Path, directory: &Path, commit: bool) -> anyhow::Result<()> {
        let (page, picture) = if commit {
            let docs = repository.join("docs");
            (docs.join("benchmark.md"), docs.join("benchmark.svg"))
        } else {
            (directory.join("report.md"), directory.join("benchmark.svg"))
        };
        std::fs::write(&page, self.markdown())?;
        std::fs::write(&picture, plot::cost(&self.blocks))?;
        let json = directory.join("report.json");
        std::fs::write(&json, serde_json::to_string_pretty(self)?)?;
        say(&format!(
            "Wrote {}, {} and {}",
            page.display(),
            picture.display(),
            json.display()
        ));
        Ok(())
    }

    fn markdown(&self) -> String {
        let mut text = format!(
            "# Benchmark\n\nWritten by `./benchmark`; `./benchmark --help` says how it measures. Medians of runs of {} s \
             each, commit {}.\n\nMachine: {}. Generator, server and database share it.\n",
            self.seconds, self.commit, self.machine
        );
        if let Some(postgres) = &self.postgres {
            let _ = writeln!(text, "\nPostgreSQL: {postgres}.");
        }
        text += "\n*CPU* is how many processors the generator, the server, PostgreSQL and everybody else kept busy. \
                 *Fraction* is of the limit beside it, measured before it in the same run: statements and the bare \
                 handler with as many connections, cryptography on all processors. Argon2id is measured after each \
                 case, too, and the mean of the two counts.\n\n![Cost by number of users](benchmark.svg)\n";
        for store in self.blocks.chunk_by(|a, b| a.store == b.store) {
            write_cost(&mut text, store);
            for block in store {
                block.write(&mut text);
            }
        }
        text
    }
}

/// A store's median times by number of users, and how many times those of the smallest they are.
fn write_cost(text: &mut String, blocks: &[Block]) {
    let Some((least, others)) = blocks.split_first().filter(|split| !split.1.is_empty()) else {
        return;
    };
    let _ = write!(
        text,
        "\n## {} by number of users\n\nMedian ms. Every run has each number of users; *times* is a run's median divided by \
         the same run's with {} users, and of that the median over the runs.\n\n| case | connections | {}",
        least.store,
        thousands(least.users),
        thousands(least.users),
    );
    for block in others {
        let _ = write!(text, " | {} | times", thousands(block.users));
    }
    *text += " |\n|---|--:|--:";
    *text += &"|--:|--:".repeat(others.len());
    *text += "|\n";
    for (case, connections) in least.rows() {
        let milliseconds = |block: &Block| {
            let time = block.median_of(case, connections, |result| Some(result.measured.median_ms));
            time.unwrap_or_default()
        };
        let name = case.name();
        let _ = write!(
            text,
            "| {name} | {connections} | {:.2}",
            milliseconds(least)
        );
        for block in others {
            let times = block.times(least, case, connections).unwrap_or_default();
            let _ = write!(text, " | {:.2} | {times:.2}", milliseconds(block));
        }
        *text += " |\n";
    }
}

impl Block {
    fn write(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n## {}, {} users\n",
            self.store,
            thousands(self.users)
        );
        if let Some(rate) = self.rows_per_second {
            let _ = writeln!(
                text,
                "Generated at {rate:.0} users per second, indexes included.\n"
            );
        }
        self.write_facts(text);
        *text += "\n| case | connections | per second | median ms | p99 ms | errors | limit | limit per second | fraction | CPU generator / server / database / others |\n\
                  |---|--:|--:|--:|--:|---|---|--:|--:|---|\n";
        for (case, connections) in self.rows() {
            self.write_row(text, case, connections);
        }
        *text += "\n| limit | per second |\n|---|--:|\n";
        let names: BTreeSet<&String> = self.runs.iter().flat_map(|run| run.limits.keys()).collect();
        let mut names: Vec<&String> = names.into_iter().collect();
        names.sort_by_key(|name| {
            let (what, connections) = name.split_once('@').unwrap_or((name, ""));
            (what, connections.parse::<u32>().unwrap_or(0))
        });
        for name in names {
            let of_runs = self.runs.iter().filter_map(|run| run.limits.get(name));
            let rate = median(of_runs.flatten().copied());
            let _ = writeln!(text, "| {name} | {:.0} |", rate.unwrap_or_default());
        }
    }

    fn write_facts(&self, text: &mut String) {
        let mebibytes = |of: fn(&Run) -> u64| {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let values = self.runs.iter().map(|run| of(run) as f64 / 1_048_576.0);
            median(values).unwrap_or_default()
        };
        let _ = writeln!(
            text,
            "{} runs. Ready {:.0} ms after its start. Resident memory {:.0} MiB at most with 16 connections in \
             the cases that hash no password, {:.0} MiB (at most {:.0}) before the first that does, {:.0} \
             MiB (at most {:.0}) at the end, of which Argon2id keeps {} MiB.",
            self.runs.len(),
            median(self.ready_ms.iter().copied()).unwrap_or_default(),
            mebibytes(|run| run.memory_at_16),
            mebibytes(|run| run.memory_before_argon2.0),
            mebibytes(|run| run.memory_before_argon2.1),
            mebibytes(|run| run.memory_at_end.0),
            mebibytes(|run| run.memory_at_end.1),
            19 * limits::cores(),
        );
        let bare = |value: fn(&Measured) -> f64| {
            let of_run = |run: &Run| {
                let busiest = run
                    .bare
                    .values()
                    .max_by(|a, b| a.per_second.total_cmp(&b.per_second));
                busiest.map(value)
            };
            median(self.runs.iter().filter_map(of_run))
        };
        let rate = bare(|measured| measured.per_second);
        let cost = bare(|measured| measured.generator_cpu / measured.per_second * 1e6);
        let share = |(case, connections): (Case, usize)| {
            let share = self.median_of(case, connections, |result| {
                Some(result.measured.generator_cpu)
            })?;
            Some((share, case, connections))
        };
        let most = self
            .rows()
            .into_iter()
            .filter_map(share)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((share, case, connections)) = most {
            let _ = write!(
                text,
                "\nThe generator is one thread. It kept at most {share:.2} of a processor busy ({}, {connections} \
                 connections), so it always had time left",
                case.name()
            );
            if let (Some(rate), Some(cost)) = (rate, cost) {
                let _ = write!(
                    text,
                    "; against the bare handler it sends {rate:.0} requests per second at {cost:.0} µs each"
                );
            }
            *text += ".\n";
        }
    }

    fn write_row(&self, text: &mut String, case: Case, connections: usize) {
        let number = |value: fn(&Measured) -> f64| {
            self.median_of(case, connections, |result| Some(value(&result.measured)))
                .unwrap_or_default()
        };
        let limit = self.median_of(case, connections, |result| {
            Some(result.bound.as_ref()?.per_second)
        });
        let fraction = self.median_of(case, connections, |result| {
            Some(result.measured.per_second / result.bound.as_ref()?.per_second)
        });
        let results = || self.runs.iter().filter_map(|run| run.of(case, connections));
        let name = results()
            .find_map(|result| result.bound.as_ref())
            .map_or("", |bound| bound.name.as_str());
        let mut errors = BTreeMap::<&str, u64>::new();
        for (kind, count) in results().flat_map(|result| &result.measured.errors) {
            *errors.entry(kind).or_default() += count;
        }
        let errors: Vec<String> = errors
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        let _ = writeln!(
            text,
            "| {} | {connections} | {:.0} | {:.2} | {:.2} | {} | {} | {} | {} | {:.2} / {:.2} / {:.2} / {:.2} |",
            case.name(),
            number(|measured| measured.per_second),
            number(|measured| measured.median_ms),
            number(|measured| measured.p99_ms),
            if errors.is_empty() {
                "0".to_owned()
            } else {
                errors.join(", ")
            },
            name,
            limit.map_or_else(String::new, |limit| format!("{limit:.0}")),
            fraction.map_or_else(String::new, |fraction| format!("{fraction:.2}")),
            number(|measured| measured.generator_cpu),
            number(|measured| measured.server_cpu),
            number(|measured| measured.database_cpu),
            number(|measured| measured.others_cpu),
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
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
