//! How a user comes to have what a challenge asks for.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::challenges::Challenge;
use super::person::{Means, Person, TEMPORARY, phone};
use super::world::World;
use crate::support::authenticator::Browser;
use crate::support::devices::confirmed_device;
use crate::support::passkeys::{LOCAL_PAGE, register};
use crate::support::signed_in_user::SignedInUser;
use crate::support::totp::enrolled;
use crate::support::users::{confirmed_user, invited_user};

impl World {
    /// A new user who can get to the challenge. Nobody has verified the user's contacts yet.
    pub async fn person(&self, name: &'static str) -> Person {
        let contacts =
            json!({ "email": format!("{name}@example.com"), "phone_number": phone(name) });
        let (pool, app) = (&self.pool, &self.app);
        match self.challenge {
            Challenge::NewPassword => {
                invited_user(pool, name, TEMPORARY, contacts).await;
            }
            Challenge::MfaSetup => {
                confirmed_user(pool, name, json!({})).await;
            }
            Challenge::WebAuthn => {
                let user = SignedInUser::invited(app, name, contacts).await;
                let passkey = register(&user, &Browser::at(LOCAL_PAGE)).await;
                let means = Means::Passkey(Box::new(Mutex::new(passkey)));
                return Person { name, means };
            }
            Challenge::Password
            | Challenge::PasswordSrp
            | Challenge::PasswordVerifier
            | Challenge::SmsMfa
            | Challenge::EmailMfa
            | Challenge::EmailOtp
            | Challenge::SmsOtp
            | Challenge::SoftwareToken
            | Challenge::SelectMfaType
            | Challenge::Custom
            | Challenge::DeviceSrp
            | Challenge::DevicePasswordVerifier
            | Challenge::SelectFirst => {
                confirmed_user(pool, name, contacts).await;
            }
        }
        let on = json!({ "Enabled": true });
        let means = match self.challenge {
            Challenge::SmsMfa => self.prefer(name, json!({ "SMSMfaSettings": on })).await,
            Challenge::EmailMfa => self.prefer(name, json!({ "EmailMfaSettings": on })).await,
            Challenge::SelectMfaType => {
                let both = json!({ "SMSMfaSettings": on, "EmailMfaSettings": on });
                self.prefer(name, both).await
            }
            Challenge::SoftwareToken => {
                let tokens = app.sign_in(name).await;
                Means::App(enrolled(app, &tokens).await)
            }
            Challenge::DeviceSrp | Challenge::DevicePasswordVerifier => {
                Means::Device(confirmed_device(app, name).await.0)
            }
            Challenge::Password
            | Challenge::PasswordSrp
            | Challenge::PasswordVerifier
            | Challenge::NewPassword
            | Challenge::EmailOtp
            | Challenge::SmsOtp
            | Challenge::MfaSetup
            | Challenge::Custom
            | Challenge::WebAuthn
            | Challenge::SelectFirst => Means::Nothing,
        };
        Person { name, means }
    }

    async fn prefer(&self, name: &str, mut settings: Value) -> Means {
        settings["Username"] = json!(name);
        let operation = "AdminSetUserMFAPreference";
        self.pool.admin(operation, settings).await.ok();
        Means::Nothing
    }
}
