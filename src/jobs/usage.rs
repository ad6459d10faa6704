//! Exchange of what the nodes count against the limits of sources, app clients and pools.

use std::sync::Arc;

use crate::app::App;
use crate::flows::limits::usage;

/// Tells the store what this node has counted, and learns what others have.
///
/// # Errors
/// If the store fails.
pub async fn exchange(app: Arc<App>) -> anyhow::Result<()> {
    usage::exchange(&app)
        .await
        .map_err(|error| anyhow::anyhow!("{error:?}"))
}
