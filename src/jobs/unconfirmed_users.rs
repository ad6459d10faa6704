//! Deletes users who signed up and never confirmed it, in the pools that the configuration names.

use std::sync::Arc;

use crate::app::App;
use crate::domain::time::Timestamp;
use crate::store;

/// Pools of one page.
const POOL_PAGE: i64 = 100;
/// Users that one transaction looks at.
const BATCH: i64 = 500;

/// Deletes the unconfirmed users that are old enough, in batches, pool by pool.
///
/// # Errors
/// If the store fails; users deleted before stay deleted.
pub async fn delete(app: Arc<App>) -> anyhow::Result<()> {
    let of_pools = app.config.pool_settings.values();
    let is_wanted = of_pools
        .filter_map(|pool| pool.users.delete_unconfirmed_after_days)
        .chain([app.config.users.delete_unconfirmed_after_days])
        .any(|days| days > 0);
    if !is_wanted {
        return Ok(());
    }
    let now = app.clock.now();
    let mut after = String::new();
    loop {
        let mut conn = app.db.read().await?;
        let pools = store::user_pools::list_ids(&mut conn, &after, POOL_PAGE).await?;
        drop(conn);
        let Some(last) = pools.last() else {
            return Ok(());
        };
        after.clone_from(last);
        for pool_id in pools {
            let days = app.config.for_pool(&pool_id).delete_unconfirmed_after_days;
            if days > 0 {
                let signed_up_before = now.plus_seconds(-i64::from(days) * 86_400);
                delete_of_pool(&app, &pool_id, signed_up_before, now).await?;
            }
        }
    }
}

async fn delete_of_pool(
    app: &App,
    pool_id: &str,
    signed_up_before: Timestamp,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut deleted = 0;
    let mut after = String::new();
    loop {
        let mut conn = app.db.read().await?;
        let page_end =
            store::unconfirmed_users::end_of_page(&mut conn, pool_id, &after, BATCH).await?;
        drop(conn);
        let Some(last) = page_end else {
            break;
        };
        let page = (after.as_str(), last.as_str());
        let mut conn = app.db.write().await?;
        deleted +=
            store::unconfirmed_users::delete(&mut conn, pool_id, page, signed_up_before, now)
                .await?;
        after = last;
    }
    if deleted > 0 {
        tracing::info!(
            pool_id,
            users = deleted,
            "deleted users who never confirmed their sign-up"
        );
    }
    Ok(())
}
