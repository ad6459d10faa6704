//! The signals that stop the server.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// A future that is ready at the first SIGTERM or SIGINT. The handlers are installed by the call, so
/// that a signal before the first poll is not lost.
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
