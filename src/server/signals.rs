//! The operating system's wish that the server end.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Ready at the first SIGTERM or SIGINT. Installed when called, before the server serves, so that
/// a signal that comes early is not lost.
///
/// # Errors
/// If the handlers cannot be installed.
pub fn termination() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: finishing what is in flight"),
            _ = interrupt.recv() => tracing::info!("SIGINT: finishing what is in flight"),
        }
    })
}
