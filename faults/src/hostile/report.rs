//! What the legitimate user met with, phase by phase.

use std::fmt::Write as _;
use std::time::Duration;

use super::attack::Attack;
use super::legitimate_user::{DELIVERED_IN_TIME, IN_TIME, Tries};

/// Of 100 tries so many have to be served in time.
const WELL: usize = 99;

/// The tries while some attacks went on.
pub struct Phase {
    /// The attacks; none at first, for comparison.
    pub attacks: Vec<Attack>,
    /// The user's tries.
    pub tries: Tries,
    /// The messages that the user asked for.
    pub mails: Tries,
    /// The attackers' requests.
    pub requests_per_second: f64,
    /// What this program used of the processors.
    pub generator_percent: f64,
}

/// All phases.
pub struct Report {
    /// Connections of each attack.
    pub connections: usize,
    /// Their sources.
    pub sources: usize,
    /// What this program might use of the processors.
    pub generator_percent: u32,
    /// In their order.
    pub phases: Vec<Phase>,
}

impl Phase {
    fn name(&self) -> String {
        if self.attacks.is_empty() {
            return "no attack".to_owned();
        }
        let names: Vec<&str> = self.attacks.iter().map(|attack| attack.name()).collect();
        names.join(" + ")
    }

    fn is_well(&self) -> bool {
        self.tries.within(IN_TIME) * 100 >= self.tries.count() * WELL
            && self.mails.within(DELIVERED_IN_TIME) == self.mails.count()
    }

    /// One row of the table.
    pub fn line(&self) -> String {
        let tries = &self.tries;
        let milliseconds = |took: Option<Duration>| {
            took.map_or("-".to_owned(), |took| format!("{} ms", took.as_millis()))
        };
        format!(
            "| {} | {} of {} | {} | {} | {} | {} of {} | {} | {:.0} | {:.0} % |",
            self.name(),
            tries.within(IN_TIME),
            tries.count(),
            tries.failed,
            milliseconds(tries.percentile(50)),
            milliseconds(tries.percentile(99)),
            self.mails.within(DELIVERED_IN_TIME),
            self.mails.count(),
            milliseconds(self.mails.percentile(99)),
            self.requests_per_second,
            self.generator_percent,
        )
    }
}

impl Report {
    /// Whether the user was served in time in every phase.
    pub fn is_well(&self) -> bool {
        self.phases.iter().all(Phase::is_well)
    }

    /// As Markdown.
    pub fn text(&self) -> String {
        let mut text = format!(
            "Each attack, and all together, has {} connections from {} sources; this program may use {} % of the processors.\n\n\
             | attack | signed in within {} s | refused | median | p99 | mail within {} s | p99 | attackers' requests/s | generator |\n\
             |---|---|---|---|---|---|---|---|---|\n",
            self.connections,
            self.sources,
            self.generator_percent,
            IN_TIME.as_secs(),
            DELIVERED_IN_TIME.as_secs(),
        );
        for phase in &self.phases {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{}", phase.line());
        }
        text
    }
}
