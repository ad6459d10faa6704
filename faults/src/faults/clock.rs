//! The system clock jumps, as after a manual correction.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Fault, process};
use crate::api::Caller;
use crate::journal::Journal;
use crate::outcome::Outcome;
use crate::rng::SeededRng;
use crate::settings::POOL;
use crate::system::{PROBE_USER, System};

/// How long calls that began before the move may take.
const CLOCK_PROPAGATION: Duration = Duration::from_millis(200);
/// The accuracy with which the last write shows the server's time, in seconds.
const TOLERANCE_SECONDS: f64 = 30.0;

/// Moves the clock, and after a while back to the real time.
pub async fn displace(
    system: &mut System,
    seconds: i32,
    rng: &mut SeededRng,
) -> anyhow::Result<()> {
    for seconds in [seconds, 0] {
        system.set_clock(seconds)?;
        tokio::time::sleep(CLOCK_PROPAGATION).await;
        system.write("the clock").await;
        let moved = moved(system).await;
        let seen =
            moved.is_some_and(|moved| (moved - f64::from(seconds)).abs() < TOLERANCE_SECONDS);
        let journal = &system.context.journal;
        journal.check("the server sees its clock moved", seen, || {
            format!("by {moved:?} s instead of {seconds}")
        });
        if seconds != 0 {
            tokio::time::sleep(rng.pause(500, 2000)).await;
            if rng.chance(40) {
                system
                    .context
                    .journal
                    .count_nested_fault(&Fault::Kill.name());
                process::kill(system, rng).await?;
            }
        }
    }
    Ok(())
}

/// By how much the time of the last write differs from the real time.
async fn moved(system: &System) -> Option<f64> {
    let mut caller = Caller::new(system.context.address, &Journal::default());
    let input = json!({ "UserPoolId": POOL, "Username": PROBE_USER });
    let Outcome::Acknowledged(answer) = caller.signed("AdminGetUser", &input).await else {
        return None;
    };
    let written = answer.get("UserLastModifiedDate").and_then(Value::as_f64)?;
    let now = real_time()?;
    Some(written - now)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the real time, which the server's is compared with"
)]
fn real_time() -> Option<f64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs_f64())
}
