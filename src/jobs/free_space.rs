//! Gives the space of deleted rows back to the file system, on the embedded store.

use std::sync::Arc;

use crate::app::App;
use crate::store::free_space;

/// Free pages that stay in the file for the next rows: 4 MiB.
const KEPT_PAGES: i64 = 1_024;
/// The most steps of a run, of 1 MiB each. Between two of them others write.
const STEPS: usize = 64;

/// Gives back what is free beyond a reserve, up to 64 MiB.
///
/// # Errors
/// If the store fails; what was given back before stays so.
pub async fn give_back(app: Arc<App>) -> anyhow::Result<()> {
    for _ in 0..STEPS {
        if free_space::free_pages(&app.db).await? <= KEPT_PAGES {
            break;
        }
        free_space::give_back(&app.db).await?;
    }
    Ok(())
}
