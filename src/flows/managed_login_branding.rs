//! The look of the managed login pages of app clients (administration 6.3).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::managed_login_branding::{
    Asset, BrandingFault, BrandingRequest, ManagedLoginBranding,
};
use crate::flows::{Result, lookup, refuse, retry, user_pool_clients, user_pools};
use crate::store;

/// Makes the branding of an app client.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`Failure::Branding`].
pub async fn create(
    app: &App,
    context: &RequestContext,
    client: (&str, &str),
    request: BrandingRequest,
) -> Result<ManagedLoginBranding> {
    user_pool_clients::find(app, context, client.0, client.1).await?;
    let id = app.entropy.uuid().to_string();
    let branding = request
        .create(client, id, context.now)
        .map_err(Failure::Branding)?;
    // The app client may be deleted between the look at it and the insertion.
    retry!(try_insert(app, context, &branding))?;
    app.caches.look_changes.add();
    Ok(branding)
}

async fn try_insert(
    app: &App,
    context: &RequestContext,
    branding: &ManagedLoginBranding,
) -> Result<()> {
    user_pool_clients::find(app, context, &branding.pool_id, &branding.client_id).await?;
    let mut tx = app.db.begin().await?;
    if !store::managed_login_brandings::insert(&mut tx, branding).await? {
        return refuse(Failure::Branding(BrandingFault::Exists));
    }
    Ok(tx.commit().await?)
}

/// The branding with this id.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`BrandingFault::NotFound`].
pub async fn get(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    id: &str,
) -> Result<ManagedLoginBranding> {
    lookup::pool(app, context, pool_id).await?;
    let mut conn = app.db.read().await?;
    let found = store::managed_login_brandings::find(&mut conn, pool_id, &lower(id)).await?;
    found.ok_or_else(|| Failure::Branding(BrandingFault::NotFound).into())
}

/// The branding of the app client.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`BrandingFault::NotFound`].
pub async fn get_by_client(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, &str),
) -> Result<ManagedLoginBranding> {
    user_pool_clients::find(app, context, pool_id, client_id).await?;
    let mut conn = app.db.read().await?;
    let found =
        store::managed_login_brandings::find_by_client(&mut conn, pool_id, client_id).await?;
    found.ok_or_else(|| Failure::Branding(BrandingFault::NotFound).into())
}

/// Changes what the request gives of a branding.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::Branding`].
pub async fn update(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    id: &str,
    request: BrandingRequest,
) -> Result<ManagedLoginBranding> {
    let not_found = Failure::Branding(BrandingFault::NotFound);
    let mut tx = app.db.begin().await?;
    // Another change of the same branding waits, so that neither loses what the other writes.
    user_pools::locked(&mut tx, context.region.as_str(), pool_id).await?;
    let found = store::managed_login_brandings::find(&mut tx, pool_id, &lower(id)).await?;
    let Some(branding) = found else {
        return refuse(not_found);
    };
    let given = request.assets.iter().flatten().map(Asset::key);
    let changed: Vec<(String, String)> = given
        .map(|(category, color_mode)| (category.to_owned(), color_mode.to_owned()))
        .collect();
    let branding = request
        .update(branding, context.now)
        .map_err(Failure::Branding)?;
    if !store::managed_login_brandings::update(&mut tx, &branding, &changed).await? {
        return refuse(not_found);
    }
    tx.commit().await?;
    app.caches.look_changes.add();
    Ok(branding)
}

/// Deletes a branding.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`BrandingFault::NotFound`].
pub async fn delete(app: &App, context: &RequestContext, pool_id: &str, id: &str) -> Result<()> {
    lookup::pool(app, context, pool_id).await?;
    let mut tx = app.db.begin().await?;
    if !store::managed_login_brandings::delete(&mut tx, pool_id, &lower(id)).await? {
        return refuse(Failure::Branding(BrandingFault::NotFound));
    }
    tx.commit().await?;
    app.caches.look_changes.add();
    Ok(())
}

/// Ids are UUIDs, which clients may write in capitals.
fn lower(id: &str) -> String {
    id.to_ascii_lowercase()
}
