//! The look of the classic login pages (administration 6.2).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::customization_fault::CustomizationFault;
use crate::domain::failure::Failure;
use crate::domain::pool_domain::DomainNames;
use crate::domain::ui_customization::{Image, Look, UiCustomization};
use crate::domain::user_pool::UserPool;
use crate::flows::{Result, refuse, retry, user_pool_clients, user_pools};
use crate::store;

/// Replaces the look of the app client, or of all that have none of their own where there is no `client_id`, and returns
/// the one that is seen then. An empty look takes away what was set.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`Failure::Customization`].
pub async fn set(
    app: &App,
    context: &RequestContext,
    of: (&str, Option<&str>),
    css: Option<String>,
    image: Option<Vec<u8>>,
) -> Result<Option<UiCustomization>> {
    check(app, context, of).await?;
    let look = Look::new(css, image).map_err(Failure::Customization)?;
    // Pool or app client may be deleted between the look at it and the insertion.
    retry!(try_set(app, context, of, &look))
}

async fn try_set(
    app: &App,
    context: &RequestContext,
    of: (&str, Option<&str>),
    look: &Look,
) -> Result<Option<UiCustomization>> {
    let (pool_id, client_id) = of;
    check_client(app, context, of).await?;
    let mut tx = app.db.begin().await?;
    check_domain(&user_pools::locked(&mut tx, context.region.as_str(), pool_id).await?)?;
    if look.is_empty() {
        store::ui_customizations::delete(&mut tx, pool_id, client_id).await?;
    } else {
        let customization = UiCustomization {
            pool_id: pool_id.to_owned(),
            client_id: client_id.map(ToOwned::to_owned),
            look: look.clone(),
            created_at: context.now,
            modified_at: context.now,
        };
        store::ui_customizations::put(&mut tx, &customization).await?;
    }
    tx.commit().await?;
    app.caches.look_changes.add();
    seen(app, of).await
}

/// The look that the app client's users see: its own, else the pool's. `None` if neither was set.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`CustomizationFault::NoDomain`].
pub async fn get(
    app: &App,
    context: &RequestContext,
    of: (&str, Option<&str>),
) -> Result<Option<UiCustomization>> {
    check(app, context, of).await?;
    seen(app, of).await
}

/// The logo of the app client, or of the pool where there is no `client_id`.
///
/// # Errors
/// If the database fails.
pub async fn image(app: &App, pool_id: &str, client_id: Option<&str>) -> Result<Option<Image>> {
    let mut conn = app.db.read().await?;
    Ok(store::ui_customizations::image(&mut conn, pool_id, client_id).await?)
}

pub(super) async fn seen(
    app: &App,
    (pool_id, client_id): (&str, Option<&str>),
) -> Result<Option<UiCustomization>> {
    let mut conn = app.db.read().await?;
    if client_id.is_some() {
        let own = store::ui_customizations::find(&mut conn, pool_id, client_id).await?;
        if own.is_some() {
            return Ok(own);
        }
    }
    Ok(store::ui_customizations::find(&mut conn, pool_id, None).await?)
}

/// Whether pool and app client exist, and the pool has a domain, which another node may just have made.
async fn check(app: &App, context: &RequestContext, of: (&str, Option<&str>)) -> Result<()> {
    let pool = user_pools::stored(app, context, of.0).await?;
    check_client(app, context, of).await?;
    check_domain(&pool)
}

async fn check_client(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, Option<&str>),
) -> Result<()> {
    if let Some(client_id) = client_id {
        user_pool_clients::find(app, context, pool_id, client_id).await?;
    }
    Ok(())
}

fn check_domain(pool: &UserPool) -> Result<()> {
    if pool.domains == DomainNames::default() {
        return refuse(Failure::Customization(CustomizationFault::NoDomain));
    }
    Ok(())
}
