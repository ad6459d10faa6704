//! A user who signs in as people do, one try after the other.

use std::time::{Duration, Instant};

use cognate_bench::wire::{self, Wire};
use serde_json::json;

use super::target::{ADDRESS, QUIET_CLIENT, Target, USER};
use crate::settings::PASSWORD;

/// A pause between two tries, so that one source does not meet its own limit of 300 hashes a minute.
const PAUSE: Duration = Duration::from_millis(300);
/// After this the user gives up.
const GIVES_UP: Duration = Duration::from_secs(30);
/// What counts as signed in in time.
pub const IN_TIME: Duration = Duration::from_secs(1);
/// What counts as delivered in time.
pub const DELIVERED_IN_TIME: Duration = Duration::from_secs(2);
/// A pause between two looks into the inbox.
const LOOK: Duration = Duration::from_millis(20);
/// A pause between two messages, since one user gets only so many an hour.
const PAUSE_BETWEEN_MESSAGES: Duration = Duration::from_secs(1);

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

    /// Those that were served within `time`.
    pub fn within(&self, time: Duration) -> usize {
        self.served.iter().filter(|took| **took <= time).count()
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

/// Asks `times` times for a recovery code, and takes the time until the message is delivered. The development
/// inbox shows what is delivered.
pub async fn ask_for_codes(target: &Target, times: usize) -> Tries {
    let input = json!({ "ClientId": QUIET_CLIENT, "Username": USER });
    let request = wire::call("ForgotPassword", &input.to_string());
    let mut outcome = Tries::default();
    let mut before = delivered(target).await.unwrap_or(0);
    for _ in 0..times {
        let begun = Instant::now();
        let attempt = async {
            let mut wire = Wire::connect(target.address()).await.ok()?;
            let answer = wire.exchange(&request).await.ok()?;
            if answer.status != 200 {
                return None;
            }
            loop {
                if let Some(count) = delivered(target).await
                    && count > before
                {
                    return Some(count);
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        match tokio::time::timeout(GIVES_UP, attempt).await {
            Ok(Some(count)) => {
                before = count;
                outcome.served.push(begun.elapsed());
            }
            Ok(None) | Err(_) => outcome.failed += 1,
        }
        tokio::time::sleep(PAUSE_BETWEEN_MESSAGES).await;
    }
    outcome.served.sort();
    outcome
}

/// How many messages of the user's pool the inbox shows as delivered; `None` if it does not answer.
async fn delivered(target: &Target) -> Option<usize> {
    let path = format!("/_cognate/inbox.json?limit=100&to={ADDRESS}");
    let mut wire = Wire::connect(target.address()).await.ok()?;
    let answer = wire.exchange(&wire::get(&path)).await.ok()?;
    let messages: serde_json::Value = serde_json::from_slice(answer.body).ok()?;
    let messages = messages.as_array()?;
    let is_delivered = |message: &&serde_json::Value| {
        message["userPoolName"] == "quiet" && message["status"] == "delivered"
    };
    Some(messages.iter().filter(is_delivered).count())
}
