//! A user who signs in as people do, one try after the other.

use std::time::{Duration, Instant};

use cognate_bench::wire::{self, Wire};
use serde_json::json;

use super::target::{QUIET_CLIENT, Target, USER};
use crate::settings::PASSWORD;

/// A pause between two tries.
const PAUSE: Duration = Duration::from_millis(100);
/// After this the user gives up.
const GIVES_UP: Duration = Duration::from_secs(30);
/// What counts as served.
pub const IN_TIME: Duration = Duration::from_secs(1);

/// What became of the tries.
#[derive(Default)]
pub struct Tries {
    /// How long each that was answered with tokens took, sorted.
    pub served: Vec<Duration>,
    /// Those that were refused or not answered.
    pub failed: usize,
}

impl Tries {
    /// All of them.
    pub fn count(&self) -> usize {
        self.served.len() + self.failed
    }

    /// Those that were served in time.
    pub fn in_time(&self) -> usize {
        self.served.iter().filter(|took| **took <= IN_TIME).count()
    }

    /// The time within which so many percent of those served were.
    pub fn percentile(&self, percent: usize) -> Option<Duration> {
        let last = self.served.len().checked_sub(1)?;
        self.served.get(last * percent / 100).copied()
    }
}

/// Signs in `tries` times, each over a connection of its own.
pub async fn sign_in_repeatedly(target: &Target, tries: usize) -> Tries {
    let input = json!({
        "ClientId": QUIET_CLIENT,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": USER, "PASSWORD": PASSWORD },
    });
    let request = wire::call("InitiateAuth", &input.to_string());
    let mut outcome = Tries::default();
    for _ in 0..tries {
        let begun = Instant::now();
        let attempt = async {
            let mut wire = Wire::connect(target.address()).await.ok()?;
            let answer = wire.exchange(&request).await.ok()?;
            (answer.status == 200).then_some(())
        };
        match tokio::time::timeout(GIVES_UP, attempt).await {
            Ok(Some(())) => outcome.served.push(begun.elapsed()),
            Ok(None) | Err(_) => outcome.failed += 1,
        }
        tokio::time::sleep(PAUSE).await;
    }
    outcome.served.sort();
    outcome
}
