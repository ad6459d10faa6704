//! The report of a benchmark: a Markdown page, a JSON file and a plot.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::cases::Case;
use crate::load::Measurement;
use crate::pool_domain;
use crate::results::{Dataset, Report, Run, median, thousands};
use crate::{limits, plot, print_progress};

impl Report {
    /// Writes all files: into `docs` if the results are to be committed.
    pub fn write(&self, repository: &Path, directory: &Path, commit: bool) -> anyhow::Result<()> {
        let (page, picture) = if commit {
            let docs = repository.join("docs");
            (docs.join("benchmark.md"), docs.join("benchmark.svg"))
        } else {
            (directory.join("report.md"), directory.join("benchmark.svg"))
        };
        std::fs::write(&page, self.markdown())?;
        std::fs::write(&picture, plot::times_by_users(&self.datasets))?;
        let json = directory.join("report.json");
        std::fs::write(&json, serde_json::to_string_pretty(self)?)?;
        print_progress(&format!(
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
        for store in self.datasets.chunk_by(|a, b| a.store == b.store) {
            write_cost(&mut text, store);
            for dataset in store {
                dataset.write(&mut text);
            }
        }
        text
    }
}

/// A store's median times by number of users, and how many times those of the smallest they are.
fn write_cost(text: &mut String, datasets: &[Dataset]) {
    let Some((least, others)) = datasets.split_first().filter(|split| !split.1.is_empty()) else {
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
    for dataset in others {
        let _ = write!(text, " | {} | times", thousands(dataset.users));
    }
    *text += " |\n|---|--:|--:";
    *text += &"|--:|--:".repeat(others.len());
    *text += "|\n";
    for (case, connections) in least.rows() {
        let milliseconds = |dataset: &Dataset| {
            let time =
                dataset.median_of(case, connections, |result| Some(result.measured.median_ms));
            time.unwrap_or_default()
        };
        let name = case.name();
        let _ = write!(
            text,
            "| {name} | {connections} | {:.2}",
            milliseconds(least)
        );
        for dataset in others {
            let times = dataset.times(least, case, connections).unwrap_or_default();
            let _ = write!(text, " | {:.2} | {times:.2}", milliseconds(dataset));
        }
        *text += " |\n";
    }
}

impl Dataset {
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
        let files = self.runs.last().map(|run| run.page_files.as_slice());
        if let Some(files) = files.filter(|files| !files.is_empty()) {
            let _ = writeln!(text, "\n{}", pool_domain::weight(files));
        }
        let bare = |value: fn(&Measurement) -> f64| {
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
        let number = |value: fn(&Measurement) -> f64| {
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
