//! The public documents of a user pool, from which clients learn its issuer and its keys.

use std::sync::Arc;

use super::lookup::cached_pool;
use super::oauth::pool_domains;
use super::{Result, refuse, signing_keys};
use crate::app::App;
use crate::cache::PoolKeys;
use crate::domain::failure::Failure;

/// What the OpenID configuration of a pool says besides what is the same for all pools.
pub struct OpenIdConfiguration {
    /// The issuer of the pool's tokens.
    pub issuer: String,
    /// The URL of the pool's JWKS.
    pub jwks_uri: String,
    /// The URL that the addresses of its domain begin with, if it has one.
    pub domain_url: Option<String>,
}

/// The OpenID configuration of a pool, in whatever region.
///
/// # Errors
/// [`Failure::PoolNotFound`], or if the store fails.
pub async fn openid_configuration(app: &App, pool_id: &str) -> Result<OpenIdConfiguration> {
    match cached_pool(app, pool_id).await? {
        Some(pool) => Ok(OpenIdConfiguration {
            issuer: app.issuer(&pool.region, &pool.id),
            domain_url: pool_domains::base_url(app, &pool),
            jwks_uri: format!("{}/{}/.well-known/jwks.json", app.public_url, pool.id),
        }),
        None => refuse(Failure::PoolNotFound(pool_id.to_owned())),
    }
}

/// The keys of a pool, in whatever region, of which the JWKS lists the public ones.
///
/// # Errors
/// [`Failure::PoolNotFound`], or if the store fails or a key cannot be opened.
pub async fn keys(app: &App, pool_id: &str) -> Result<Arc<PoolKeys>> {
    match signing_keys::of_pool(app, pool_id, app.clock.now()).await? {
        Some(keys) => Ok(keys),
        None => refuse(Failure::PoolNotFound(pool_id.to_owned())),
    }
}
