//! Maintenance of the outbox.

use std::sync::Arc;

use crate::app::App;

/// Deletes messages whose retention has passed, up to a bound.
///
/// # Errors
/// If the store fails.
pub async fn purge(app: Arc<App>) -> anyhow::Result<()> {
    app.outbox.purge(app.clock.now()).await?;
    Ok(())
}

/// Sets the metric of pending messages.
///
/// # Errors
/// If the store fails.
pub async fn count(app: Arc<App>) -> anyhow::Result<()> {
    let pending = app.outbox.count_pending().await?;
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a double")]
    metrics::gauge!("cognate_outbox_pending").set(pending as f64);
    Ok(())
}
