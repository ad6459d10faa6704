//! Risk configurations of pools and app clients (administration 7.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::risk_configuration::{RiskConfiguration, StoredRiskConfiguration};
use crate::flows::{Result, lookup, retry, user_pool_clients};
use crate::store;

/// Replaces the configuration of the app client, or of the pool where there is no `client_id`. One without a block
/// takes away what was set.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`Failure::Risk`].
pub async fn set(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, Option<&str>),
    given: RiskConfiguration,
) -> Result<Option<StoredRiskConfiguration>> {
    let of = (pool_id, client_id);
    check_exists(app, context, of).await?;
    let configuration = given.checked().map_err(Failure::Risk)?;
    // Pool or app client may be deleted between the look at it and the insertion.
    retry!(try_set(app, context, of, &configuration))?;
    // A pool's configuration holds at each of its clients that has none.
    app.caches.risk_rules.clear();
    if configuration.is_empty() {
        return Ok(None);
    }
    Ok(Some(StoredRiskConfiguration {
        configuration,
        modified_at: context.now,
    }))
}

async fn try_set(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, Option<&str>),
    configuration: &RiskConfiguration,
) -> Result<()> {
    check_exists(app, context, (pool_id, client_id)).await?;
    let mut tx = app.db.begin().await?;
    if configuration.is_empty() {
        store::risk_configurations::delete(&mut tx, pool_id, client_id).await?;
    } else {
        let now = context.now;
        store::risk_configurations::put(&mut tx, pool_id, client_id, configuration, now).await?;
    }
    Ok(tx.commit().await?)
}

/// The configuration of the app client, or of the pool where there is no `client_id`; `None` if it was not set.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`].
pub async fn get(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, Option<&str>),
) -> Result<Option<StoredRiskConfiguration>> {
    check_exists(app, context, (pool_id, client_id)).await?;
    let mut conn = app.db.read().await?;
    Ok(store::risk_configurations::find(&mut conn, pool_id, client_id).await?)
}

async fn check_exists(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, Option<&str>),
) -> Result<()> {
    lookup::pool(app, context, pool_id).await?;
    if let Some(client_id) = client_id {
        user_pool_clients::find(app, context, pool_id, client_id).await?;
    }
    Ok(())
}
