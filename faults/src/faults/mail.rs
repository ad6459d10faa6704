//! Faults of the mail server. What was put off has to arrive, what was refused has to be marked.

use super::{Fault, process};
use crate::dice::Dice;
use crate::sink::Manner;
use crate::system::System;

/// Misbehaves for a while; a mail server that hangs, for longer than it is waited for.
/// Sometimes the server is killed meanwhile, with mails under way.
///
/// # Errors
/// If the server does not start again.
pub async fn misbehave(system: &mut System, manner: Manner, dice: &mut Dice) -> anyhow::Result<()> {
    system.stage.sink.set(manner);
    let pause = match manner {
        Manner::Hangs => dice.pause(2500, 4000),
        _ => dice.pause(500, 2500),
    };
    tokio::time::sleep(pause).await;
    if dice.chance(40) {
        system.stage.journal.also(&Fault::Kill.name());
        process::kill(system, dice).await?;
    }
    system.stage.sink.set(Manner::Good);
    Ok(())
}
