//! Resource servers and their scopes (administration 5).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::{Failure, Limited};
use crate::domain::resource_server::{
    MAX_RESOURCE_SERVERS, ResourceServer, ResourceServerFault, Scope, repeated_scope,
};
use crate::flows::pagination::{self, Page};
use crate::flows::{Result, lookup, refuse};
use crate::store;
use crate::store::creation_order::Cursor;

/// What a request gives of a resource server.
pub struct Given {
    /// The identifier.
    pub identifier: String,
    /// The name.
    pub name: String,
    /// All scopes.
    pub scopes: Vec<Scope>,
}

impl Given {
    fn checked(self, context: &RequestContext, pool_id: &str) -> Result<ResourceServer> {
        if let Some(scope) = repeated_scope(&self.scopes) {
            let fault = ResourceServerFault::ScopeRepeated(scope.name.clone());
            return refuse(Failure::ResourceServer(fault));
        }
        Ok(ResourceServer {
            pool_id: pool_id.to_owned(),
            identifier: self.identifier,
            name: self.name,
            scopes: self.scopes,
            created_at: context.now,
        })
    }
}

/// Makes a resource server.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ResourceServer`], [`Failure::LimitReached`] if the pool is full.
pub async fn create(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    given: Given,
) -> Result<ResourceServer> {
    lookup::pool(app, context, pool_id).await?;
    let server = given.checked(context, pool_id)?;
    let mut tx = app.db.begin().await?;
    // The lock keeps other requests from deleting the pool or adding resource servers until the commit.
    if !store::user_pools::lock(&mut tx, pool_id).await? {
        return refuse(Failure::PoolNotFound(pool_id.to_owned()));
    }
    let before = store::resource_servers::count(&mut tx, pool_id).await?;
    if !store::resource_servers::insert(&mut tx, &server).await? {
        return refuse(Failure::ResourceServer(ResourceServerFault::Exists {
            identifier: server.identifier,
            pool_id: server.pool_id,
        }));
    }
    if before >= MAX_RESOURCE_SERVERS {
        return refuse(Failure::LimitReached(
            Limited::ResourceServers,
            MAX_RESOURCE_SERVERS,
        ));
    }
    tx.commit().await?;
    Ok(server)
}

/// The resource server with this identifier.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`ResourceServerFault::NotFound`].
pub async fn get(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    identifier: &str,
) -> Result<ResourceServer> {
    lookup::pool(app, context, pool_id).await?;
    let mut conn = app.db.read().await?;
    match store::resource_servers::find(&mut conn, pool_id, identifier).await? {
        Some(server) => Ok(server),
        None => refuse(not_found(identifier)),
    }
}

/// Replaces name and scopes. App clients that may use a scope that is gone keep its name.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ResourceServer`].
pub async fn update(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    given: Given,
) -> Result<ResourceServer> {
    lookup::pool(app, context, pool_id).await?;
    let server = given.checked(context, pool_id)?;
    let mut tx = app.db.begin().await?;
    // A change of an app client that checks its scopes holds the same lock.
    if !store::user_pools::lock(&mut tx, pool_id).await? {
        return refuse(Failure::PoolNotFound(pool_id.to_owned()));
    }
    if !store::resource_servers::update(&mut tx, &server).await? {
        return refuse(not_found(&server.identifier));
    }
    tx.commit().await?;
    Ok(server)
}

/// Deletes a resource server. App clients that may use its scopes keep their names.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`ResourceServerFault::NotFound`].
pub async fn delete(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    identifier: &str,
) -> Result<()> {
    lookup::pool(app, context, pool_id).await?;
    let mut tx = app.db.begin().await?;
    if !store::user_pools::lock(&mut tx, pool_id).await? {
        return refuse(Failure::PoolNotFound(pool_id.to_owned()));
    }
    if !store::resource_servers::delete(&mut tx, pool_id, identifier).await? {
        return refuse(not_found(identifier));
    }
    Ok(tx.commit().await?)
}

/// Up to `limit` resource servers, the first made first.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::InvalidPageToken`].
pub async fn list(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    limit: i32,
    token: Option<&str>,
) -> Result<Page<ResourceServer>> {
    lookup::pool(app, context, pool_id).await?;
    let read = async |after: Option<Cursor>, limit| {
        let mut conn = app.db.read().await?;
        Ok(store::resource_servers::page(&mut conn, pool_id, after.as_ref(), limit).await?)
    };
    let behind = |server: &ResourceServer| Cursor::behind(server.created_at, &server.identifier);
    let list = ["ListResourceServers", pool_id];
    pagination::page(&app.vault, &list, limit, token, read, behind).await
}

fn not_found(identifier: &str) -> Failure {
    Failure::ResourceServer(ResourceServerFault::NotFound(identifier.to_owned()))
}
