//! Terms of use and privacy policies of app clients (administration 6.4).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AppClient;
use crate::domain::failure::Failure;
use crate::domain::terms::{self, Links, Terms, TermsChange, TermsFault};
use crate::flows::pagination::{self, Page};
use crate::flows::{Result, lookup, refuse, retry, user_pool_clients, user_pools};
use crate::store;
use crate::store::creation_order::Cursor;

/// Makes terms of an app client.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`Failure::Terms`].
pub async fn create(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, &str),
    name: &str,
    links: &Links,
) -> Result<Terms> {
    // The app client may be deleted between the look at it and the insertion.
    retry!(try_create(app, context, (pool_id, client_id), name, links))
}

async fn try_create(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, &str),
    name: &str,
    links: &Links,
) -> Result<Terms> {
    user_pool_clients::find(app, context, pool_id, client_id).await?;
    terms::check_links(links).map_err(Failure::Terms)?;
    let terms = Terms {
        pool_id: pool_id.to_owned(),
        id: app.entropy.uuid().to_string(),
        client_id: client_id.to_owned(),
        name: name.to_owned(),
        links: links.clone(),
        created_at: context.now,
        modified_at: context.now,
    };
    let mut tx = app.db.begin().await?;
    // Names change under the same lock.
    user_pools::locked(&mut tx, context.region.as_str(), pool_id).await?;
    if !store::terms::insert(&mut tx, &terms).await? {
        return refuse(Failure::Terms(TermsFault::Exists));
    }
    tx.commit().await?;
    Ok(terms)
}

/// The terms with this id.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`TermsFault::NotFound`].
pub async fn get(app: &App, context: &RequestContext, pool_id: &str, id: &str) -> Result<Terms> {
    lookup::pool(app, context, pool_id).await?;
    let found = store::terms::find(&mut app.db.read().await?, pool_id, &lower(id)).await?;
    found.ok_or_else(|| Failure::Terms(TermsFault::NotFound).into())
}

/// The app client's terms of this name.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ClientNotFound`], [`TermsFault::NotFound`].
pub async fn get_by_client(
    app: &App,
    context: &RequestContext,
    (pool_id, client_id): (&str, &str),
    name: &str,
) -> Result<Terms> {
    user_pool_clients::find(app, context, pool_id, client_id).await?;
    let mut conn = app.db.read().await?;
    let found = store::terms::find_by_name(&mut conn, pool_id, client_id, name).await?;
    found.ok_or_else(|| Failure::Terms(TermsFault::NotFound).into())
}

/// The app client's terms of use and its privacy policy, if it has both.
///
/// # Errors
/// If the store fails.
pub async fn both(app: &App, client: &AppClient) -> Result<Option<[Terms; 2]>> {
    let mut conn = app.db.read().await?;
    let [of_use, privacy] = terms::NAMES;
    let (pool_id, id) = (&client.pool_id, &client.id);
    let of_use = store::terms::find_by_name(&mut conn, pool_id, id, of_use).await?;
    let privacy = store::terms::find_by_name(&mut conn, pool_id, id, privacy).await?;
    Ok(of_use
        .zip(privacy)
        .map(|(of_use, privacy)| [of_use, privacy]))
}

/// Changes what the request gives of terms.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::Terms`].
pub async fn update(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    id: &str,
    change: TermsChange,
) -> Result<Terms> {
    let mut tx = app.db.begin().await?;
    user_pools::locked(&mut tx, context.region.as_str(), pool_id).await?;
    let Some(terms) = store::terms::find(&mut tx, pool_id, &lower(id)).await? else {
        return refuse(Failure::Terms(TermsFault::NotFound));
    };
    let terms = change.apply(terms, context.now).map_err(Failure::Terms)?;
    let (client_id, name) = (&terms.client_id, &terms.name);
    let named = store::terms::find_by_name(&mut tx, pool_id, client_id, name).await?;
    if named.is_some_and(|named| named.id != terms.id) {
        return refuse(Failure::Terms(TermsFault::Exists));
    }
    if !store::terms::update(&mut tx, &terms).await? {
        return refuse(Failure::Terms(TermsFault::NotFound));
    }
    tx.commit().await?;
    Ok(terms)
}

/// Deletes terms.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`TermsFault::NotFound`].
pub async fn delete(app: &App, context: &RequestContext, pool_id: &str, id: &str) -> Result<()> {
    lookup::pool(app, context, pool_id).await?;
    let mut tx = app.db.begin().await?;
    if !store::terms::delete(&mut tx, pool_id, &lower(id)).await? {
        return refuse(Failure::Terms(TermsFault::NotFound));
    }
    Ok(tx.commit().await?)
}

/// Up to `limit` terms of all app clients of the pool, the first made first.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::InvalidPageToken`].
pub async fn list(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    limit: i32,
    token: Option<&str>,
) -> Result<Page<Terms>> {
    lookup::pool(app, context, pool_id).await?;
    let read = async |after: Option<Cursor>, limit| {
        let mut conn = app.db.read().await?;
        Ok(store::terms::page(&mut conn, pool_id, after.as_ref(), limit).await?)
    };
    let behind = |terms: &Terms| Cursor::behind(terms.created_at, &terms.id);
    let list = ["ListTerms", pool_id];
    pagination::page(&app.vault, &list, limit, token, read, behind).await
}

/// Ids are UUIDs, which clients may write in capitals.
fn lower(id: &str) -> String {
    id.to_ascii_lowercase()
}
