//! Faults of the mail server. What was put off has to arrive, what was refused has to be marked.

use crate::dice::Dice;
use crate::sink::Manner;
use crate::system::System;

/// Misbehaves for a while; a mail server that hangs, for longer than it is waited for.
pub async fn misbehave(system: &System, manner: Manner, dice: &mut Dice) {
    system.stage.sink.set(manner);
    let pause = match manner {
        Manner::Hangs => dice.pause(2500, 4000),
        _ => dice.pause(500, 2500),
    };
    tokio::time::sleep(pause).await;
    system.stage.sink.set(Manner::Good);
}
