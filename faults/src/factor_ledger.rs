//! The expected state of users with authenticator apps, devices and tracked sessions.

use cognate::domain::device::DeviceKeys;

use crate::ledger::Possible;

/// A user's authenticator app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct App {
    /// The secret of the one that the user has proven, base32.
    pub proven: Option<String>,
    /// Whether it is the user's second factor.
    pub is_on: bool,
}

/// What the server knows of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Nothing: it has a key and is not confirmed, or was forgotten.
    Unknown,
    /// It is confirmed.
    Confirmed {
        /// Whether it is remembered.
        remembered: bool,
    },
}

/// A device that a sign-in has issued a key to.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its keys.
    pub keys: DeviceKeys,
    /// What the server knows of it.
    pub state: Possible<DeviceState>,
    /// Whether it may have been forgotten, after which its key is worth nothing.
    pub was_forgotten: bool,
}

/// A sign-in and its tokens.
#[derive(Clone, Debug)]
pub struct Session {
    /// The access token.
    pub access: String,
    /// The refresh token, which does not change.
    pub refresh: String,
    /// The id that it is listed by, once that was read.
    pub listed_id: Option<String>,
    /// The key of the device that it was opened from.
    pub device_key: Option<String>,
    /// Whether it was revoked.
    pub revoked: Possible<bool>,
}

impl Session {
    /// Whether it is known not to be over.
    pub fn is_live(&self) -> bool {
        self.revoked.must(|revoked| !revoked)
    }
}

/// A user of the pool with second factors and devices. Only one worker ever writes to it.
#[derive(Clone, Debug)]
pub struct FactorUser {
    /// The username.
    pub name: String,
    /// Whether it has an app; else it has devices.
    pub has_app: bool,
    /// The app.
    pub app: Possible<App>,
    /// The newest step whose code was sent.
    pub last_step: i64,
    /// The devices.
    pub devices: Vec<Device>,
    /// The sign-ins.
    pub sessions: Vec<Session>,
}

impl FactorUser {
    /// A user that has nothing yet.
    pub fn new(name: String, has_app: bool) -> Self {
        Self {
            name,
            has_app,
            app: Possible::known(App::default()),
            last_step: 0,
            devices: Vec::new(),
            sessions: Vec::new(),
        }
    }

    /// The keys of the devices that are known to be confirmed.
    pub fn confirmed(&self) -> Vec<String> {
        let is_confirmed = |device: &&Device| {
            let mut states = device.state.states().iter();
            states.all(|state| *state != DeviceState::Unknown)
        };
        let confirmed = self.devices.iter().filter(is_confirmed);
        confirmed.map(|device| device.keys.key.clone()).collect()
    }

    /// A session that is not over.
    pub fn live(&self) -> Option<&Session> {
        self.sessions.iter().rev().find(|session| session.is_live())
    }
}
