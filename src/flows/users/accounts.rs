//! What happens to an account as a whole: deleted, switched on and off, signed out everywhere.

use std::sync::Arc;

use secrecy::SecretString;

use crate::app::App;
use crate::domain::failure::Failure;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::flows::authentication::authorize;
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Error, Result, lookup, refuse, retry};
use crate::store;

/// DeleteUser: the user deletes itself. Whatever hangs on it goes too, sessions included.
///
/// # Errors
/// What section 1.6 of the behaviour page lists.
pub async fn delete_self(app: &App, token: &SecretString, now: Timestamp) -> Result<()> {
    let by = authorize::authorize(app, token, now).await?;
    let mut tx = app.db.begin().await?;
    if !store::users::delete(&mut tx, &by.pool.id, &by.user.id).await? {
        return refuse(Failure::UserNotFound);
    }
    Ok(tx.commit().await?)
}

/// GlobalSignOut: revokes every session of the user.
///
/// # Errors
/// What section 1.6 of the behaviour page lists.
pub async fn sign_out_self(app: &App, token: &SecretString, now: Timestamp) -> Result<()> {
    let by = authorize::authorize(app, token, now)
        .await
        .map_err(|error| match error {
            // The interface has no other word for it here.
            Error::Refused(Failure::UserNotFound) => Failure::AccessTokenRevoked.into(),
            other => other,
        })?;
    let mut conn = app.db.write().await?;
    store::sessions::revoke_all(&mut conn, &by.pool.id, &by.user.id, now).await?;
    Ok(())
}

/// The user that an administrator means, with its pool.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn find(
    app: &App,
    region: &str,
    pool_id: &str,
    name: &str,
) -> Result<(Arc<UserPool>, User)> {
    let pool = lookup::pool(app, region, pool_id).await?;
    let user = lookup::by_any_name(&mut app.db.read().await?, &pool, name).await?;
    Ok((pool, user))
}

/// AdminDeleteUser.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn delete(app: &App, region: &str, pool_id: &str, name: &str) -> Result<()> {
    let (pool, user) = find(app, region, pool_id, name).await?;
    let mut tx = app.db.begin().await?;
    if !store::users::delete(&mut tx, &pool.id, &user.id).await? {
        return refuse(Failure::UserNotFound);
    }
    Ok(tx.commit().await?)
}

/// AdminUserGlobalSignOut.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn sign_out(
    app: &App,
    region: &str,
    pool_id: &str,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    let (pool, user) = find(app, region, pool_id, name).await?;
    let mut conn = app.db.write().await?;
    store::sessions::revoke_all(&mut conn, &pool.id, &user.id, now).await?;
    Ok(())
}

/// AdminEnableUser and AdminDisableUser; disabling revokes every session.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn set_enabled(
    app: &App,
    region: &str,
    pool_id: &str,
    name: &str,
    enabled: bool,
    now: Timestamp,
) -> Result<()> {
    let pool = lookup::pool(app, region, pool_id).await?;
    retry!(try_set_enabled(app, &pool, name, enabled, now))
}

async fn try_set_enabled(
    app: &App,
    pool: &UserPool,
    name: &str,
    enabled: bool,
    now: Timestamp,
) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let named = lookup::by_any_name(&mut tx, pool, name).await?;
    let Some(before) = store::users::lock(&mut tx, &pool.id, &named.id).await? else {
        return refuse(Failure::UserNotFound);
    };
    let after = User {
        enabled,
        ..before.clone()
    };
    if before != after {
        update_user::write(&mut tx, pool, &before, &after, AliasConflict::Refuse, now).await?;
    }
    if !enabled {
        store::sessions::revoke_all(&mut tx, &pool.id, &before.id, now).await?;
    }
    Ok(tx.commit().await?)
}
