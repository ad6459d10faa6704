//! What happens to an account as a whole: deleted, switched on and off, signed out everywhere.

use std::sync::Arc;

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AppClient;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::failure::Failure;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::domain::user_update::UserUpdate;
use crate::flows::auth_events::{self, Subject};
use crate::flows::authentication::authorize;
use crate::flows::notices::Notices;
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Result, lookup, refuse, retry};
use crate::store::{self, Conn};

/// DeleteUser: deletes the calling user with its sessions, codes and everything else that is stored for
/// it.
///
/// # Errors
/// What behaviour 1.6 lists.
pub async fn delete_self(app: &App, context: &RequestContext, token: &SecretString) -> Result<()> {
    let caller = authorize::authorize(app, context, token).await?;
    let mut tx = app.db.begin().await?;
    if !store::users::delete(&mut tx, &caller.pool.id, &caller.user.id).await? {
        return refuse(Failure::UserNotFound);
    }
    Ok(tx.commit().await?)
}

/// GlobalSignOut: revokes every session of the user.
///
/// # Errors
/// What behaviour 1.6 lists.
pub async fn sign_out_self(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
) -> Result<()> {
    let caller = authorize::authorize(app, context, token).await?;
    end_sessions(app, context, &caller.user, Some(&caller.client)).await
}

/// The user that an administrator names, with its pool.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn find(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
) -> Result<(Arc<UserPool>, User)> {
    let pool = lookup::pool(app, context, pool_id).await?;
    let user = lookup::by_any_name(&mut app.db.read().await?, &pool, name).await?;
    Ok((pool, user))
}

/// AdminDeleteUser.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn delete(app: &App, context: &RequestContext, pool_id: &str, name: &str) -> Result<()> {
    let (pool, user) = find(app, context, pool_id, name).await?;
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
    context: &RequestContext,
    pool_id: &str,
    name: &str,
) -> Result<()> {
    let (_, user) = find(app, context, pool_id, name).await?;
    end_sessions(app, context, &user, None).await
}

async fn end_sessions(
    app: &App,
    context: &RequestContext,
    user: &User,
    client: Option<&AppClient>,
) -> Result<()> {
    let mut tx = app.db.begin().await?;
    store::sessions::revoke_all(&mut tx, &user.pool_id, &user.id, context.now).await?;
    record_revocation(app, context, &mut tx, user, client).await?;
    Ok(tx.commit().await?)
}

async fn record_revocation(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    user: &User,
    client: Option<&AppClient>,
) -> Result<()> {
    let of = (Subject::user(&user.pool_id, &user.id), client);
    let what = (EventKind::Revocation, Outcome::Pass);
    auth_events::record(app, context, conn, of, what).await
}

/// AdminEnableUser and AdminDisableUser; disabling revokes every session.
///
/// # Errors
/// [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn set_enabled(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    enabled: bool,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    retry!(try_set_enabled(app, context, &pool, name, enabled))
}

async fn try_set_enabled(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    name: &str,
    enabled: bool,
) -> Result<()> {
    let before = lookup::by_any_name(&mut app.db.read().await?, pool, name).await?;
    let after = User {
        enabled,
        ..before.clone()
    };
    let update = UserUpdate::new(&pool.settings, before, after);
    let mut tx = app.db.begin().await?;
    let mut notices = Notices::default();
    if update.is_change() {
        let conflict = AliasConflict::Refuse;
        notices = update_user::write(app, context, &mut tx, pool, &update, conflict).await?;
    }
    if !enabled {
        store::sessions::revoke_all(&mut tx, &pool.id, &update.before.id, context.now).await?;
        record_revocation(app, context, &mut tx, &update.before, None).await?;
    }
    tx.commit().await?;
    notices.dispatch(app);
    Ok(())
}
