//! An authenticator app: codes by RFC 6238, computed apart from the server's library.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};

use super::pools::{AppClient, Tokens};
use super::server::Endpoint;

/// Seconds of a step.
const STEP: i64 = 30;

/// Moves the clock to the beginning of the next step, so that a test whose codes depend on the step has all of it.
pub async fn begin_step(server: &Endpoint) {
    let into = server.now().as_second().rem_euclid(STEP);
    server.advance(STEP - into).await;
}

/// An app that was given a secret.
#[derive(Clone, Debug)]
pub struct AuthenticatorApp {
    secret: Vec<u8>,
}

impl AuthenticatorApp {
    /// The app with the `SecretCode` of AssociateSoftwareToken's answer.
    pub fn new(associated: &Value) -> Self {
        let text = associated["SecretCode"].as_str().expect("a SecretCode");
        let secret = BASE32_NOPAD.decode(text.as_bytes()).expect("base32");
        Self { secret }
    }

    /// The secret.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// The secret as text, which AssociateSoftwareToken has answered.
    pub fn secret_text(&self) -> String {
        BASE32_NOPAD.encode(&self.secret)
    }

    /// The code that the app shows by the server's clock, `steps` of 30 seconds later.
    pub fn code(&self, server: &Endpoint, steps: i64) -> String {
        let step = server.now().as_second().div_euclid(STEP) + steps;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.secret);
        let hash = hmac::sign(&key, &step.to_be_bytes());
        let hash = hash.as_ref();
        let at = usize::from(hash[19] & 0xf);
        let number = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }

    /// A code that is none of this app now.
    pub fn wrong_code(&self, server: &Endpoint) -> String {
        let right: Vec<String> = (-2..=2).map(|steps| self.code(server, steps)).collect();
        (0..)
            .map(|number| format!("{number:06}"))
            .find(|code| !right.contains(code))
            .expect("a wrong code")
    }
}

/// Sets an authenticator app up for the signed-in user, and turns it on.
pub async fn enrolled(app: &AppClient, tokens: &Tokens) -> AuthenticatorApp {
    let phone = associated(app, tokens).await;
    let on = json!({ "SoftwareTokenMfaSettings": { "Enabled": true } });
    app.with_token("SetUserMFAPreference", &tokens.access, on)
        .await
        .ok();
    phone
}

/// Sets an authenticator app up for the signed-in user, without turning it on.
pub async fn associated(app: &AppClient, tokens: &Tokens) -> AuthenticatorApp {
    let answer = app
        .with_token("AssociateSoftwareToken", &tokens.access, json!({}))
        .await
        .ok();
    let phone = AuthenticatorApp::new(&answer);
    let code = phone.code(app.pool.endpoint(), 0);
    let input = json!({ "UserCode": code, "FriendlyDeviceName": "my phone" });
    app.with_token("VerifySoftwareToken", &tokens.access, input)
        .await
        .ok();
    // The code is used up, and the next sign-in needs another.
    begin_step(app.pool.endpoint()).await;
    phone
}
