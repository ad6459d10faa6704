//! The time of day jumps, as after a correction by hand.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Fault, process};
use crate::api::Caller;
use crate::dice::Dice;
use crate::journal::Journal;
use crate::outcome::Outcome;
use crate::settings::POOL;
use crate::system::{CANARY, System};

/// For calls that began before the clock was moved.
const SEEN: Duration = Duration::from_millis(200);
/// How exactly the server's time is told by what it wrote last.
const EXACT: f64 = 30.0;

/// Moves the clock, and after a while back to the real time.
pub async fn displace(system: &mut System, seconds: i32, dice: &mut Dice) -> anyhow::Result<()> {
    for seconds in [seconds, 0] {
        system.set_clock(seconds)?;
        tokio::time::sleep(SEEN).await;
        system.write("the clock").await;
        let moved = moved(system).await;
        let seen = moved.is_some_and(|moved| (moved - f64::from(seconds)).abs() < EXACT);
        let journal = &system.stage.journal;
        journal.check("the server sees its clock moved", seen, || {
            format!("by {moved:?} s instead of {seconds}")
        });
        if seconds != 0 {
            tokio::time::sleep(dice.pause(500, 2000)).await;
            if dice.chance(40) {
                system.stage.journal.also(&Fault::Kill.name());
                process::kill(system, dice).await?;
            }
        }
    }
    Ok(())
}

/// By how much the time of the last write differs from the real time.
async fn moved(system: &System) -> Option<f64> {
    let mut caller = Caller::new(system.stage.address, &Journal::default());
    let input = json!({ "UserPoolId": POOL, "Username": CANARY });
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
