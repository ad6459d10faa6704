//! Seeing, remembering and forgetting a user's devices, by the user and by an administrator (administration
//! 2.7). Where the pool remembers no devices, the user has none.

use std::sync::Arc;

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::device::Device;
use crate::domain::failure::Failure;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::flows::auth_events::{self, Subject};
use crate::flows::authentication::authorize;
use crate::flows::users::accounts;
use crate::flows::{Result, pagination, refuse, retry};
use crate::store::creation_order::Cursor;
use crate::store::{self, Conn};

/// By what the owner of the devices is named.
pub enum Named<'a> {
    /// The owner calls, with this access token.
    Token(&'a SecretString),
    /// An administrator names pool and user.
    Administrator {
        /// The pool's id.
        pool_id: &'a str,
        /// The username, an alias or the `sub`.
        username: &'a str,
    },
}

impl Named<'_> {
    /// The list of the owner's devices, as page tokens name it.
    const fn list(&self) -> &'static str {
        match self {
            Self::Token(_) => "ListDevices",
            Self::Administrator { .. } => "AdminListDevices",
        }
    }
}

/// Whose the devices are.
pub struct Owner {
    /// The pool.
    pub pool: Arc<UserPool>,
    /// The user.
    pub user: User,
}

impl Owner {
    async fn find(app: &App, context: &RequestContext, named: &Named<'_>) -> Result<Self> {
        match named {
            Named::Token(token) => {
                let caller = authorize::authorize(app, context, token).await?;
                Ok(Self {
                    pool: caller.pool,
                    user: caller.user,
                })
            }
            Named::Administrator { pool_id, username } => {
                let (pool, user) = accounts::find(app, context, pool_id, username).await?;
                Ok(Self { pool, user })
            }
        }
    }

    /// [`Owner::find`] in a pool that remembers devices.
    async fn with_devices(app: &App, context: &RequestContext, named: &Named<'_>) -> Result<Self> {
        let owner = Self::find(app, context, named).await?;
        if owner.pool.settings.device.is_none() {
            return refuse(Failure::DeviceNotFound);
        }
        Ok(owner)
    }
}

/// A page of devices.
pub struct Page {
    /// The devices.
    pub devices: Vec<Device>,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// One device.
///
/// # Errors
/// [`Failure::DeviceNotFound`], what behaviour 1.6 lists, [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn get(
    app: &App,
    context: &RequestContext,
    named: &Named<'_>,
    device_key: &str,
) -> Result<(Owner, Device)> {
    let owner = Owner::with_devices(app, context, named).await?;
    let (pool_id, user_id) = (&owner.pool.id, &owner.user.id);
    let found =
        store::devices::find(&mut app.db.read().await?, pool_id, user_id, device_key).await?;
    match found {
        Some(device) => Ok((owner, device)),
        None => refuse(Failure::DeviceNotFound),
    }
}

/// Up to `limit` devices, the first confirmed first.
///
/// # Errors
/// [`Failure::InvalidPageToken`], what behaviour 1.6 lists, [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn list(
    app: &App,
    context: &RequestContext,
    named: &Named<'_>,
    limit: i32,
    token: Option<&str>,
) -> Result<(Owner, Page)> {
    let owner = Owner::find(app, context, named).await?;
    let (pool_id, user_id) = (owner.pool.id.as_str(), owner.user.id.as_str());
    let list = [named.list(), pool_id, user_id];
    let after: Option<Cursor> = pagination::decode_token(&app.vault, &list, token)?;
    let devices = if owner.pool.settings.device.is_some() {
        let mut conn = app.db.read().await?;
        let limit = i64::from(limit) + 1;
        store::devices::page(&mut conn, pool_id, user_id, after.as_ref(), limit).await?
    } else {
        Vec::new()
    };
    let behind = |device: &Device| Cursor::behind(device.created_at, &device.keys.key);
    let (devices, next) = pagination::paginate(&app.vault, &list, devices, limit, behind)?;
    Ok((owner, Page { devices, next }))
}

/// Sets whether a device is remembered; without a status, nothing changes.
///
/// # Errors
/// [`Failure::DeviceNotFound`], what behaviour 1.6 lists, [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn set_remembered(
    app: &App,
    context: &RequestContext,
    named: &Named<'_>,
    device_key: &str,
    remembered: Option<bool>,
) -> Result<()> {
    let Some(remembered) = remembered else {
        get(app, context, named, device_key).await?;
        return Ok(());
    };
    let owner = Owner::with_devices(app, context, named).await?;
    let (pool_id, user_id) = (&owner.pool.id, &owner.user.id);
    let mut tx = app.db.begin().await?;
    let now = context.now;
    if !store::devices::set_remembered(&mut tx, pool_id, user_id, device_key, remembered, now)
        .await?
    {
        return refuse(Failure::DeviceNotFound);
    }
    record(app, context, &mut tx, &owner).await?;
    Ok(tx.commit().await?)
}

/// Forgets a device, and ends every session that was opened from it.
///
/// # Errors
/// [`Failure::DeviceNotFound`], what behaviour 1.6 lists, [`Failure::PoolNotFound`], [`Failure::UserNotFound`].
pub async fn forget(
    app: &App,
    context: &RequestContext,
    named: &Named<'_>,
    device_key: &str,
) -> Result<()> {
    let owner = Owner::with_devices(app, context, named).await?;
    retry!(try_forget(app, context, &owner, device_key))
}

async fn try_forget(
    app: &App,
    context: &RequestContext,
    owner: &Owner,
    device_key: &str,
) -> Result<()> {
    let (pool_id, user_id) = (&owner.pool.id, &owner.user.id);
    let mut tx = app.db.begin().await?;
    // The device first: a sign-in from it that comes second finds it gone, and one that came first has a session
    // that the next statement sees.
    if !store::devices::delete(&mut tx, pool_id, user_id, device_key).await? {
        return refuse(Failure::DeviceNotFound);
    }
    store::sessions::revoke_of_device(&mut tx, pool_id, user_id, device_key, context.now).await?;
    record(app, context, &mut tx, owner).await?;
    Ok(tx.commit().await?)
}

async fn record(app: &App, context: &RequestContext, conn: &mut Conn, owner: &Owner) -> Result<()> {
    let of = (Subject::user(&owner.pool.id, &owner.user.id), None);
    let what = (EventKind::DeviceChange, Outcome::Pass);
    auth_events::record(app, context, conn, of, what).await
}
