//! Use cases of user pools: create, find, update and delete.

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::{Failure, Limited};
use crate::domain::pool_domain::{DomainFault, DomainNames};
use crate::domain::pool_mfa_request::PoolMfaRequest;
use crate::domain::schema_change::{self, AttributeRequest};
use crate::domain::tier::{self, Feature};
use crate::domain::user_import::ImportFault;
use crate::domain::user_pool::{PoolSettings, TokenUse, UserPool};
use crate::domain::user_pool_request::PoolRequest;
use crate::entropy::ALPHANUMERIC;
use crate::flows::{Error, Result, pagination, refuse, signing_keys};
use crate::store::{self, Tx};

/// Most pools of a region (behaviour 8).
const MAX_POOLS: i64 = 1_000;
/// Letters and digits in a pool's id after its region (behaviour 9).
const NAME_LENGTH: usize = 9;
/// How many random ids are tried. Two pools get the same one with a probability of 1 in 62⁹.
const ID_TRIES: usize = 5;

fn in_region(pool: Option<UserPool>, region: &str, pool_id: &str) -> Result<UserPool> {
    pool.filter(|pool| pool.region == region)
        .ok_or_else(|| Failure::PoolNotFound(pool_id.to_owned()).into())
}

/// The pool with this id in the request's region, as it is stored: for what another node may just have changed.
///
/// # Errors
/// [`Failure::PoolNotFound`], or if the database fails.
pub(crate) async fn stored(app: &App, context: &RequestContext, pool_id: &str) -> Result<UserPool> {
    let pool = store::user_pools::find(&mut app.db.read().await?, pool_id).await?;
    in_region(pool, context.region.as_str(), pool_id)
}

/// The pool with this id in this region, locked until the transaction ends.
///
/// # Errors
/// [`Failure::PoolNotFound`], or if the database fails.
pub(crate) async fn locked(tx: &mut Tx, region: &str, pool_id: &str) -> Result<UserPool> {
    store::user_pools::lock(tx, pool_id).await?;
    let pool = store::user_pools::find(tx, pool_id).await?;
    in_region(pool, region, pool_id)
}

/// A pool and how many users it has.
///
/// # Errors
/// [`Failure::PoolNotFound`], or if the database fails.
pub async fn find_with_count(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
) -> Result<(UserPool, i64)> {
    let mut conn = app.db.read().await?;
    let pool = store::user_pools::find(&mut conn, pool_id).await?;
    let pool = in_region(pool, context.region.as_str(), pool_id)?;
    let users = store::user_list::count(&mut conn, pool_id).await?;
    Ok((pool, users))
}

/// Creates a pool in the region, with a random id and a signing key for each use.
///
/// # Errors
/// [`Failure::LimitReached`] if the region is full, or if cryptography or the database fails.
pub async fn create(
    app: &App,
    context: &RequestContext,
    name: &str,
    settings: &PoolSettings,
) -> Result<UserPool> {
    check_tier(app, settings)?;
    let count =
        store::user_pools::count(&mut app.db.read().await?, context.region.as_str()).await?;
    if count >= MAX_POOLS {
        return refuse(Failure::LimitReached(Limited::UserPools, MAX_POOLS));
    }
    for _ in 0..ID_TRIES {
        let pool = UserPool {
            id: format!(
                "{}_{}",
                context.region,
                app.entropy.text(ALPHANUMERIC, NAME_LENGTH)
            ),
            region: context.region.as_str().to_owned(),
            name: name.to_owned(),
            settings: settings.clone(),
            domains: DomainNames::default(),
            created_at: context.now,
            modified_at: context.now,
            version: 0,
        };
        if insert(app, &pool).await? {
            return Ok(pool);
        }
    }
    Err(Error::internal("no free id for a user pool"))
}

/// Refuses settings that the pool's tier lacks, where the configuration asks for that.
pub(super) fn check_tier(app: &App, settings: &PoolSettings) -> std::result::Result<(), Failure> {
    if app.config.compat.enforce_tiers {
        tier::check_settings(settings).map_err(Failure::Tier)?;
    }
    Ok(())
}

/// Refuses a request for a feature that the pool's tier lacks, where the configuration asks for that.
///
/// # Errors
/// [`Failure::Tier`].
pub(super) fn check_feature(
    app: &App,
    settings: &PoolSettings,
    feature: Feature,
) -> std::result::Result<(), Failure> {
    if app.config.compat.enforce_tiers {
        tier::check_asked(settings, feature).map_err(Failure::Tier)?;
    }
    Ok(())
}

/// Stores a new pool with its keys; `false` if its id is taken.
///
/// # Errors
/// If cryptography or the database fails.
pub async fn insert(app: &App, pool: &UserPool) -> Result<bool> {
    // A key may have to be generated, which is too slow for an open transaction.
    let (id_key, access_key) = (app.key_reserve.take().await?, app.key_reserve.take().await?);
    let mut tx = app.db.begin().await?;
    if !store::user_pools::insert(&mut tx, pool).await? {
        return Ok(false);
    }
    for (token_use, key) in [(TokenUse::Id, id_key), (TokenUse::Access, access_key)] {
        signing_keys::insert(app, &mut tx, &pool.id, token_use, &key, pool.created_at).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Replaces the pool's settings by those of the request, and its name if there is a new one.
///
/// # Errors
/// [`Failure::PoolNotFound`], what [`PoolRequest::update`] refuses, or if the database fails.
pub async fn update(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: Option<String>,
    request: PoolRequest,
) -> Result<()> {
    change_outside_imports(app, context, pool_id, |pool| {
        pool.settings = request.update(&pool.settings)?;
        check_tier(app, &pool.settings)?;
        if let Some(name) = name {
            pool.name = name;
        }
        Ok(())
    })
    .await
}

/// Replaces the pool's second factors, and returns the pool as it is then.
///
/// # Errors
/// [`Failure::PoolNotFound`], what [`PoolMfaRequest::apply`] refuses, or if the database fails.
pub async fn set_mfa(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    request: PoolMfaRequest,
) -> Result<UserPool> {
    let mut changed = None;
    change(app, context, pool_id, |pool| {
        request.apply(&mut pool.settings)?;
        check_tier(app, &pool.settings)?;
        changed = Some(pool.clone());
        Ok(())
    })
    .await?;
    changed.ok_or_else(|| Error::internal("a change of a pool has not been carried out"))
}

/// Adds custom attributes to the pool's schema, all or none. The attributes of two concurrent requests
/// are both added.
///
/// # Errors
/// [`Failure::PoolNotFound`], what [`schema_change::extend`] refuses, or if the database fails.
pub async fn add_custom_attributes(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    attributes: &[AttributeRequest],
) -> Result<()> {
    change_outside_imports(app, context, pool_id, |pool| {
        pool.settings.schema = schema_change::extend(&pool.settings.schema, attributes)?;
        Ok(())
    })
    .await
}

/// Reads the pool, changes it and writes it back, under the pool's lock.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::ConcurrentChange`], what `change` refuses, or if the database fails.
pub(super) async fn change(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    change: impl FnOnce(&mut UserPool) -> std::result::Result<(), Failure>,
) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let pool = locked(&mut tx, context.region.as_str(), pool_id).await?;
    write_changed(app, context, tx, pool, change).await
}

/// [`change`], unless users are being imported into the pool.
async fn change_outside_imports(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    change: impl FnOnce(&mut UserPool) -> std::result::Result<(), Failure>,
) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let pool = locked(&mut tx, context.region.as_str(), pool_id).await?;
    refuse_during_import(&mut tx, pool_id).await?;
    write_changed(app, context, tx, pool, change).await
}

/// Refuses to change or delete a pool that users are being imported into. The caller has locked the pool.
async fn refuse_during_import(tx: &mut Tx, pool_id: &str) -> Result<()> {
    if store::user_import_jobs::is_active(tx, pool_id).await? {
        return refuse(Failure::Import(ImportFault::InProgress));
    }
    Ok(())
}

async fn write_changed(
    app: &App,
    context: &RequestContext,
    mut tx: Tx,
    mut pool: UserPool,
    change: impl FnOnce(&mut UserPool) -> std::result::Result<(), Failure>,
) -> Result<()> {
    change(&mut pool)?;
    if !store::user_pools::update(&mut tx, &pool, context.now).await? {
        return Err(Failure::ConcurrentChange.into());
    }
    tx.commit().await?;
    app.caches.pools.invalidate(&pool.id);
    Ok(())
}

/// Deletes the pool with everything in it.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::DeletionProtected`], [`DomainFault::OfPool`], [`ImportFault::InProgress`], or if the database fails.
pub async fn delete(app: &App, context: &RequestContext, pool_id: &str) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let pool = locked(&mut tx, context.region.as_str(), pool_id).await?;
    if pool.settings.deletion_protection {
        return refuse(Failure::DeletionProtected);
    }
    if pool.domains != DomainNames::default() {
        return refuse(Failure::Domain(DomainFault::OfPool));
    }
    refuse_during_import(&mut tx, pool_id).await?;
    store::user_pools::delete(&mut tx, pool_id).await?;
    tx.commit().await?;
    // Cached app clients of the pool need no invalidation: their pool is not found any more.
    app.caches.pools.invalidate(pool_id);
    app.caches.signing_keys.invalidate(pool_id);
    Ok(())
}

/// A page of the region's pools in the order of their ids, and the token of the next page.
///
/// # Errors
/// [`Failure::InvalidPageToken`], or if the database fails.
pub async fn list(
    app: &App,
    context: &RequestContext,
    limit: i32,
    token: Option<&str>,
) -> Result<(Vec<UserPool>, Option<String>)> {
    let list = ["ListUserPools", context.region.as_str()];
    let after: String = pagination::decode_token(&app.vault, &list, token)?.unwrap_or_default();
    let mut conn = app.db.read().await?;
    let pools = store::user_pools::list(
        &mut conn,
        context.region.as_str(),
        &after,
        i64::from(limit) + 1,
    )
    .await?;
    pagination::paginate(&app.vault, &list, pools, limit, |pool| pool.id.clone())
}
