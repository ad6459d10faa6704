//! The time of day jumps, as after a correction by hand.

use std::time::Duration;

use crate::dice::Dice;
use crate::system::System;

/// How long libfaketime may take to see that its file has changed.
const SEEN: Duration = Duration::from_millis(1100);

/// Moves the clock, and after a while back to the real time.
pub async fn displace(system: &System, seconds: i64, dice: &mut Dice) -> anyhow::Result<()> {
    system.set_clock(seconds)?;
    tokio::time::sleep(SEEN + dice.pause(500, 2000)).await;
    system.set_clock(0)?;
    tokio::time::sleep(SEEN).await;
    Ok(())
}
