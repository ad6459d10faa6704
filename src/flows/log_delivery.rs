//! Where what happens in pools is written down (administration 8).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::log_delivery::{self, EventSource, LogDelivery, LogDeliveryRequest};
use crate::domain::tier::Feature;
use crate::flows::{Result, lookup, user_pools};
use crate::store;

/// Replaces the pool's configurations, and returns them.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::LogDelivery`].
pub async fn set(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    requests: Vec<LogDeliveryRequest>,
) -> Result<Vec<LogDelivery>> {
    let mut tx = app.db.begin().await?;
    let pool = user_pools::locked(&mut tx, context.region.as_str(), pool_id).await?;
    let configurations =
        log_delivery::configurations(requests, &pool.region).map_err(Failure::LogDelivery)?;
    let is_of_users = |delivery: &LogDelivery| delivery.source == EventSource::UserAuthEvents;
    if configurations.iter().any(is_of_users) {
        user_pools::check_feature(app, &pool.settings, Feature::LogStreaming)?;
    }
    store::log_deliveries::replace(&mut tx, pool_id, &configurations).await?;
    tx.commit().await?;
    Ok(configurations)
}

/// The pool's configurations.
///
/// # Errors
/// [`Failure::PoolNotFound`].
pub async fn get(app: &App, context: &RequestContext, pool_id: &str) -> Result<Vec<LogDelivery>> {
    lookup::pool(app, context, pool_id).await?;
    Ok(store::log_deliveries::of_pool(&mut app.db.read().await?, pool_id).await?)
}
