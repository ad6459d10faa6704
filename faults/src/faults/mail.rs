//! Faults of the mail server. A deferred mail has to arrive, a refused one has to be marked as failed.

use super::{Fault, process};
use crate::mail_sink::MailBehaviour;
use crate::rng::SeededRng;
use crate::system::System;

/// Changes the behaviour of the mail server for a while; if it hangs, for longer than the server's
/// timeout. Sometimes the server is killed meanwhile, with deliveries in progress.
///
/// # Errors
/// If the server does not start again.
pub async fn misbehave(
    system: &mut System,
    behaviour: MailBehaviour,
    rng: &mut SeededRng,
) -> anyhow::Result<()> {
    system.context.sink.set(behaviour);
    let pause = match behaviour {
        MailBehaviour::Hangs => rng.pause(2500, 4000),
        MailBehaviour::Accepts
        | MailBehaviour::Slow(_)
        | MailBehaviour::Stopped
        | MailBehaviour::Defers { .. }
        | MailBehaviour::Refuses { .. } => rng.pause(500, 2500),
    };
    tokio::time::sleep(pause).await;
    if rng.chance(40) {
        system
            .context
            .journal
            .count_nested_fault(&Fault::Kill.name());
        process::kill(system, rng).await?;
    }
    system.context.sink.set(MailBehaviour::Accepts);
    Ok(())
}
