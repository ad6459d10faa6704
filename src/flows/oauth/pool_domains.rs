//! The pool behind a domain's name.

use std::sync::Arc;

use crate::app::App;
use crate::domain::app_client::{AuthFlow, ClientSettings};
use crate::domain::pool_domain::{DomainNames, PoolDomain};
use crate::domain::user_pool::UserPool;
use crate::flows::{Result, lookup};
use crate::store;

/// A domain with its pool.
#[derive(Clone)]
pub struct DomainContext {
    /// The domain.
    pub domain: Arc<PoolDomain>,
    /// The pool.
    pub pool: Arc<UserPool>,
}

impl DomainContext {
    /// Whether users of the app client give their name first, and then choose how to go on (domain 10.2).
    #[must_use]
    pub fn users_choose(&self, client: &ClientSettings) -> bool {
        self.domain.has_managed_login() && client.allows(AuthFlow::User)
    }
}

/// The URL that the addresses of the pool's endpoints begin with, as programs are told it: of its custom domain, else of
/// its prefix; `None` if it has no domain. Programs do not resolve names under localhost, so in development it is a
/// path of the public URL, as in production where prefixes have no host names.
#[must_use]
pub fn base_url(app: &App, pool: &UserPool) -> Option<String> {
    let DomainNames { prefix, custom } = &pool.domains;
    let by_path = |name: &str| format!("{}/{name}", app.public_url);
    let name = custom.as_ref().or(prefix.as_ref())?;
    if app.config.is_development() {
        return Some(by_path(name));
    }
    Some(match (custom, app.config.domain_suffix()) {
        (Some(custom), _) => format!("https://{custom}"),
        (None, Some(suffix)) => format!("https://{name}.{suffix}"),
        (None, None) => by_path(name),
    })
}

/// The domain of this name, which is unique among all pools, with its pool.
///
/// # Errors
/// If the store fails.
pub async fn find(app: &App, name: &str) -> Result<Option<DomainContext>> {
    let read = async || {
        let mut conn = app.db.read().await?;
        Result::Ok(store::user_pool_domains::named(&mut conn, name).await?)
    };
    let domain = app
        .caches
        .domains
        .get_or(name, app.clock.now(), read)
        .await?;
    let Some(domain) = domain else {
        return Ok(None);
    };
    let pool = lookup::cached_pool(app, &domain.pool_id).await?;
    Ok(pool.map(|pool| DomainContext { domain, pool }))
}
