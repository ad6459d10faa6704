//! Domains of user pools (administration 6.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::pool_domain::{self, DomainFault, DomainRequest, PoolDomain};
use crate::domain::tier::Feature;
use crate::domain::user_pool::UserPool;
use crate::flows::{Result, refuse, user_pools};
use crate::store;

/// The most prefixes of a pool, and the most custom domains.
const MAX_OF_A_KIND: i64 = 1;

/// Gives the pool a domain: a custom one if the request has a certificate, else a prefix.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::Domain`].
pub async fn create(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    request: DomainRequest,
) -> Result<PoolDomain> {
    let mut tx = app.db.begin().await?;
    // The lock keeps other requests from deleting the pool or giving it a domain until the commit.
    let pool = user_pools::locked(&mut tx, context.region.as_str(), pool_id).await?;
    let domain = request
        .create(pool_id, name, context.now)
        .map_err(Failure::Domain)?;
    check_version(app, &pool, &domain)?;
    let is_custom = domain.certificate.is_some();
    let own = app.public_address.host.as_deref();
    if is_custom && pool_domain::is_servers_own(name, own, app.config.domain_suffix()) {
        return refuse(Failure::Domain(DomainFault::CustomTaken));
    }
    let present = store::user_pool_domains::count(&mut tx, pool_id, is_custom).await?;
    if present >= MAX_OF_A_KIND {
        return refuse(Failure::Domain(DomainFault::PoolHasOne));
    }
    if !store::user_pool_domains::insert(&mut tx, &domain).await? {
        return refuse(Failure::Domain(if is_custom {
            DomainFault::CustomTaken
        } else {
            DomainFault::PrefixTaken
        }));
    }
    tx.commit().await?;
    app.caches.pools.invalidate(pool_id);
    app.caches.domains.invalidate(name);
    Ok(domain)
}

/// Refuses the second version of the login pages to a pool whose tier lacks it.
fn check_version(
    app: &App,
    pool: &UserPool,
    domain: &PoolDomain,
) -> std::result::Result<(), Failure> {
    if domain.has_managed_login() {
        user_pools::check_feature(app, &pool.settings, Feature::ManagedLogin)?;
    }
    Ok(())
}

/// The domain of this name, of whichever pool of the region.
///
/// # Errors
/// If the database fails.
pub async fn find(app: &App, context: &RequestContext, name: &str) -> Result<Option<PoolDomain>> {
    let mut conn = app.db.read().await?;
    Ok(store::user_pool_domains::find(&mut conn, context.region.as_str(), name).await?)
}

/// Changes what the request gives of a domain.
///
/// # Errors
/// [`Failure::Domain`].
pub async fn update(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    request: DomainRequest,
) -> Result<PoolDomain> {
    let not_found = Failure::Domain(DomainFault::NotFound);
    let mut tx = app.db.begin().await?;
    // Another change of the domain waits, so that neither loses what the other writes.
    store::user_pools::lock(&mut tx, pool_id).await?;
    let found = store::user_pool_domains::find(&mut tx, context.region.as_str(), name).await?;
    let Some(domain) = found.filter(|domain| domain.pool_id == pool_id) else {
        return refuse(not_found);
    };
    let version = domain.managed_login_version;
    let domain = request
        .update(domain, context.now)
        .map_err(Failure::Domain)?;
    if let Some(pool) = store::user_pools::find(&mut tx, pool_id).await? {
        check_version(app, &pool, &domain)?;
    }
    if !store::user_pool_domains::update(&mut tx, &domain).await? {
        return refuse(not_found);
    }
    // The other pages begin anew (domain 7).
    if domain.managed_login_version != version {
        store::browser_sessions::delete_of_pool(&mut tx, pool_id).await?;
    }
    tx.commit().await?;
    app.caches.domains.invalidate(name);
    Ok(domain)
}

/// Takes a domain from its pool.
///
/// # Errors
/// [`DomainFault::NotFound`].
pub async fn delete(app: &App, context: &RequestContext, pool_id: &str, name: &str) -> Result<()> {
    let not_found = Failure::Domain(DomainFault::NotFound);
    let mut tx = app.db.begin().await?;
    let found = store::user_pool_domains::find(&mut tx, context.region.as_str(), name).await?;
    if found.is_none_or(|domain| domain.pool_id != pool_id)
        || !store::user_pool_domains::delete(&mut tx, pool_id, name).await?
    {
        return refuse(not_found);
    }
    tx.commit().await?;
    app.caches.pools.invalidate(pool_id);
    app.caches.domains.invalidate(name);
    Ok(())
}

/// The host name to which a custom domain has to lead: that of this server.
#[must_use]
pub fn target(app: &App) -> Option<String> {
    app.public_address.host.clone()
}
