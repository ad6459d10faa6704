//! The device that a sign-in comes from: known by its key, or new (administration 12.4); and the device of a
//! session that is refreshed (behaviour 4.4).

use super::address;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AppClient;
use crate::domain::device::{self, Device, DeviceKeys};
use crate::domain::failure::Failure;
use crate::domain::session::Session;
use crate::domain::sign_in::NamedDevice;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::flows::limits::Requester;
use crate::flows::limits::lock_out::{self, Guess};
use crate::flows::{Result, refuse};
use crate::store::{self, Conn};

/// The device that a sign-in comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInDevice {
    /// The pool remembers no devices.
    Untracked,
    /// The sign-in named none, so it issues these keys.
    New(DeviceKeys),
    /// The sign-in named this one of the user's. Whether it has to prove that it is this one, [`next`] says.
    ///
    /// [`next`]: crate::domain::sign_in::next
    Known(Box<Device>),
}

impl SignInDevice {
    /// The device that a sign-in of the user names by its DEVICE_KEY, or a new one if it names none. None is looked
    /// for as long as the user cannot sign in.
    ///
    /// # Errors
    /// [`Failure::DeviceKeyNotIssued`] for what is no key, [`Failure::DeviceNotFound`] if the user has no device
    /// with it.
    pub async fn find(
        app: &App,
        pool: &UserPool,
        user: &User,
        device_key: Option<&str>,
    ) -> Result<Self> {
        let can_sign_in = user.enabled && user.status == UserStatus::Confirmed;
        if !can_sign_in || pool.settings.device.is_none() {
            return Ok(Self::Untracked);
        }
        let Some(key) = well_formed(pool, device_key)? else {
            return Ok(Self::New(DeviceKeys::new(&pool.region, app.entropy.uuid())));
        };
        let mut conn = app.db.read().await?;
        match store::devices::find(&mut conn, &pool.id, &user.id, key).await? {
            Some(device) => Ok(Self::Known(Box::new(device))),
            None => refuse(Failure::DeviceNotFound),
        }
    }

    /// The keys that the client gets with its tokens.
    #[must_use]
    pub fn issued(&self) -> Option<DeviceKeys> {
        match self {
            Self::New(keys) => Some(keys.clone()),
            Self::Untracked | Self::Known(_) => None,
        }
    }

    /// The device that the sign-in named; `is_proven` if it has proven with this request that it is this one.
    #[must_use]
    pub fn named(&self, is_proven: bool) -> Option<NamedDevice<'_>> {
        match self {
            Self::Untracked | Self::New(_) => None,
            Self::Known(device) => Some(NamedDevice { device, is_proven }),
        }
    }

    /// The key of the device that a session is opened from.
    #[must_use]
    pub fn session_key(&self) -> Option<String> {
        match self {
            Self::Untracked => None,
            Self::New(keys) => Some(keys.key.clone()),
            Self::Known(device) => Some(device.keys.key.clone()),
        }
    }
}

/// Refuses a DEVICE_KEY that the user has no device with, before the challenge whose answer names it is used up:
/// clients drop the key then, and answer the same challenge without it. The password was found right, so the
/// lock-out is asked first, as before any other answer to a right password. Where [`SignInDevice::find`] would not
/// be asked, because the user cannot sign in or the request names no device, nothing is refused and nothing read.
///
/// # Errors
/// Those of [`SignInDevice::find`], [`Failure::PasswordAttemptsExceeded`].
pub async fn check_named(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    (pool, user): (&UserPool, &User),
    device_key: Option<&str>,
) -> Result<()> {
    let is_named = device_key.is_some_and(|key| !key.is_empty());
    if is_named && pool.settings.device.is_some() {
        lock_out::check_lockout(app, context, requester, Guess::Password).await?;
        SignInDevice::find(app, pool, user, device_key).await?;
    }
    Ok(())
}

/// The DEVICE_KEY of a request, `None` if it has none or the pool remembers no devices.
///
/// # Errors
/// [`Failure::DeviceKeyNotIssued`] for what is no key.
pub fn well_formed<'k>(
    pool: &UserPool,
    device_key: Option<&'k str>,
) -> std::result::Result<Option<&'k str>, Failure> {
    let named = device_key.filter(|key| !key.is_empty() && pool.settings.device.is_some());
    match named {
        Some(key) if !device::is_key(key) => Err(Failure::DeviceKeyNotIssued),
        named => Ok(named),
    }
}

/// Records, in the transaction that opens the session, that the user has signed in from a device that it has
/// confirmed before.
///
/// # Errors
/// [`Failure::DeviceNotFound`] if the device was forgotten meanwhile: the session must not be opened.
pub async fn record(
    context: &RequestContext,
    conn: &mut Conn,
    client: &AppClient,
    user_id: &str,
    session: &Session,
    device_key: &str,
) -> Result<()> {
    let address = address(context, client);
    let agent = device::stored_agent(context.user_agent.as_deref());
    let sign_in = store::devices::SignIn {
        address: address.as_deref(),
        user_agent: agent.as_deref(),
        second_factor: session.second_factor,
        at: context.now,
        forgotten_after: device::forgotten_after(context.now, session.expires_at),
    };
    let pool_id = &client.pool_id;
    if store::devices::record_sign_in(conn, pool_id, user_id, device_key, &sign_in).await? {
        Ok(())
    } else {
        refuse(Failure::DeviceNotFound)
    }
}

/// Refuses to refresh a session that was opened from a device unless the request names that device and the user
/// has confirmed it. A pool that remembers no devices (any more) asks for none.
///
/// # Errors
/// [`Failure::InvalidRefreshToken`].
pub async fn check_refresh(
    app: &App,
    pool: &UserPool,
    user_id: &str,
    session: &Session,
    device_key: Option<&str>,
) -> Result<()> {
    let (Some(key), Some(_)) = (&session.device_key, pool.settings.device) else {
        return Ok(());
    };
    if device_key != Some(key.as_str()) {
        return refuse(Failure::InvalidRefreshToken);
    }
    let mut conn = app.db.read().await?;
    match store::devices::find(&mut conn, &pool.id, user_id, key).await? {
        Some(_) => Ok(()),
        None => refuse(Failure::InvalidRefreshToken),
    }
}
