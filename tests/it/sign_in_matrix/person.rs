//! A user who can get to a challenge, and what the user has at hand.

use std::sync::Mutex;

use crate::support::authenticator::SoftPasskey;
use crate::support::devices::Device;
use crate::support::totp::AuthenticatorApp;

/// The password of a user who has to choose another.
pub const TEMPORARY: &str = "T3mporary-Horse!";

/// What a user has beside the password.
pub enum Means {
    Nothing,
    App(AuthenticatorApp),
    Passkey(Box<Mutex<SoftPasskey>>),
    Device(Device),
}

/// A user of the pool.
pub struct Person {
    /// The username.
    pub name: &'static str,
    pub means: Means,
}

impl Person {
    /// The user's address.
    pub fn email(&self) -> String {
        format!("{}@example.com", self.name)
    }

    /// The user's number.
    pub fn phone(&self) -> String {
        phone(self.name)
    }

    /// The key of the device that the tokens belong to.
    pub fn device_key(&self) -> Option<&str> {
        match &self.means {
            Means::Device(device) => Some(&device.key),
            Means::Nothing | Means::App(_) | Means::Passkey(_) => None,
        }
    }
}

/// The number of a user's own.
pub fn phone(name: &str) -> String {
    let sum: u32 = name.bytes().map(u32::from).sum();
    format!("+1555555{sum:04}")
}
