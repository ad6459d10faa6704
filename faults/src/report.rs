//! The report: Markdown for people, JSON for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::journal::{Entries, Tally};

/// Operations that change nothing.
const READS: [&str; 2] = ["GetUser", "AdminGetUser"];
/// The checks whose violations are writes that were lost.
const LOSSES: [&str; 7] = [
    "a revoked session is over, and no other",
    "every confirmed user can sign in",
    "no message waits for ever",
    "what is read was written",
    "the database has the users of the ledger",
    "every message that was promised was written",
    "sequences of refresh tokens are unbroken",
];

/// A run.
#[derive(Serialize)]
pub struct Report {
    /// The seed of the run.
    pub seed: u64,
    /// Each scenario.
    pub scenarios: Vec<ScenarioReport>,
}

/// One scenario.
#[derive(Serialize)]
pub struct ScenarioReport {
    /// Its name.
    pub scenario: String,
    /// How long it took.
    pub seconds: u64,
    /// Users in the ledger.
    pub users: usize,
    /// Writes that were acknowledged.
    pub acknowledged: u64,
    /// Writes that were refused.
    pub refused: u64,
    /// Writes of unknown outcome.
    pub unknown: u64,
    /// Acknowledged writes that are missing.
    pub lost: u64,
    /// Everything else.
    pub entries: Entries,
}

impl ScenarioReport {
    /// The report on a scenario with this journal.
    pub fn new(scenario: String, seconds: u64, users: usize, entries: Entries) -> Self {
        let mut writes = Tally::default();
        for (operation, tally) in &entries.operations {
            if !READS.contains(&operation.as_str()) {
                writes.acknowledged += tally.acknowledged;
                writes.refused += tally.refused;
                writes.unknown += tally.unknown;
            }
        }
        let lost = LOSSES
            .iter()
            .filter_map(|check| entries.violated.get(*check));
        let lost = lost.sum();
        Self {
            scenario,
            seconds,
            users,
            acknowledged: writes.acknowledged,
            refused: writes.refused,
            unknown: writes.unknown,
            lost,
            entries,
        }
    }
}

impl Report {
    /// Whether anything was found wrong.
    pub fn has_violations(&self) -> bool {
        let violated =
            |scenario_report: &ScenarioReport| scenario_report.entries.violation_count() > 0;
        self.scenarios.iter().any(violated)
    }

    /// Writes `report.md` and `report.json` into `directory`; returns the former's text.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(&self, directory: &Path) -> anyhow::Result<String> {
        let text = self.markdown()?;
        std::fs::write(directory.join("report.md"), &text)?;
        std::fs::write(
            directory.join("report.json"),
            serde_json::to_vec_pretty(self)?,
        )?;
        Ok(text)
    }

    fn markdown(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::from("# Faults\n\n");
        writeln!(out, "Seed {}.\n", self.seed)?;
        writeln!(
            out,
            "| | writes acknowledged | lost | refused | unknown | users | faults | violations | time |"
        )?;
        writeln!(out, "|---|---:|---:|---:|---:|---:|---:|---:|---:|")?;
        for scenario_report in &self.scenarios {
            let faults: u64 = scenario_report.entries.faults.values().sum();
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {faults} | {} | {} s |",
                scenario_report.scenario,
                scenario_report.acknowledged,
                scenario_report.lost,
                scenario_report.refused,
                scenario_report.unknown,
                scenario_report.users,
                scenario_report.entries.violation_count(),
                scenario_report.seconds
            )?;
        }
        for scenario_report in &self.scenarios {
            section(&mut out, scenario_report)?;
        }
        Ok(out)
    }
}

fn section(out: &mut String, scenario_report: &ScenarioReport) -> std::fmt::Result {
    let entries = &scenario_report.entries;
    writeln!(out, "\n## {}\n", scenario_report.scenario)?;
    writeln!(
        out,
        "| fault | times | longest until a write succeeds | what callers were told instead of success |"
    )?;
    writeln!(out, "|---|---:|---:|---|")?;
    for (fault, times) in &entries.faults {
        let recovery = entries.recovery_ms.get(fault).copied().unwrap_or(0);
        let told = told(entries, fault);
        writeln!(out, "| {fault} | {times} | {recovery} ms | {told} |")?;
    }
    writeln!(out, "\nBetween faults: {}.\n", told(entries, "(no fault)"))?;
    writeln!(out, "| operation | acknowledged | refused | unknown |")?;
    writeln!(out, "|---|---:|---:|---:|")?;
    for (operation, tally) in &entries.operations {
        let Tally {
            acknowledged,
            refused,
            unknown,
        } = tally;
        writeln!(
            out,
            "| {operation} | {acknowledged} | {refused} | {unknown} |"
        )?;
    }
    writeln!(out, "\n| check | times | violations |")?;
    writeln!(out, "|---|---:|---:|")?;
    for (check, times) in &entries.checks {
        let found = entries.violated.get(check).copied().unwrap_or(0);
        writeln!(out, "| {check} | {times} | {found} |")?;
    }
    for (note, times) in &entries.notes {
        writeln!(out, "\n{times} times: {note}.")?;
    }
    for (check, found) in &entries.violations {
        writeln!(out, "\n### Violated: {check}\n")?;
        for text in found {
            writeln!(out, "- {text}")?;
        }
    }
    Ok(())
}

fn told(entries: &Entries, fault: &str) -> String {
    let Some(answers) = entries.answers.get(fault) else {
        return "nothing".to_owned();
    };
    let all: Vec<String> = answers
        .iter()
        .map(|(answer, times)| format!("{answer} ×{times}"))
        .collect();
    all.join(", ")
}
