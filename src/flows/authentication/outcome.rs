//! What a step of signing in results in: tokens, or the next challenge.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::tokens::Tokens;
use crate::domain::attribute::{Attributes, Delivery};
use crate::domain::browser_session::BrowserSession;
use crate::domain::first_factor::Choice;
use crate::domain::second_factor::SecondFactor;

/// The result of a step of signing in.
pub enum Outcome {
    /// The user is signed in.
    SignedIn(Tokens),
    /// The user is signed in at the pool's domain.
    Browser(BrowserSignIn),
    /// The user has to prove its password by SRP.
    PasswordVerifier(PasswordVerifier),
    /// The user has to replace its temporary password.
    NewPasswordRequired(NewPasswordRequired),
    /// The user has to give the code that was sent.
    SentCode(SentCodeRequired),
    /// The user has to give the code that the authenticator app shows.
    SoftwareToken(SoftwareTokenRequired),
    /// The user has to sign with a passkey.
    Passkey(PasskeyRequired),
    /// The user has to answer what the pool's function asks.
    Custom(CustomChallengeRequired),
    /// The user has to choose a first factor.
    SelectFirstFactor(FirstFactorChoice),
    /// The user has to choose a second factor.
    SelectSecondFactor(SecondFactorChoice),
    /// The user has to set a second factor up.
    SetUpSecondFactor(SecondFactorChoice),
    /// The device has to begin the exchange by which it proves that it is the one that was named.
    DeviceSrp(DeviceSrpRequired),
    /// The device has to end that exchange.
    DeviceVerifier(DeviceVerifier),
}

/// A sign-in that a browser holds.
pub struct BrowserSignIn {
    /// What the browser's cookie holds.
    pub token: SecretString,
    /// The sign-in.
    pub session: BrowserSession,
}

/// A challenge to replace a temporary password.
pub struct NewPasswordRequired {
    /// What the answer must bring back.
    pub session: String,
    /// The real username.
    pub username: String,
    /// Required attributes that the user does not have.
    pub required: Vec<String>,
    /// The user's attributes that the client may read, without `sub`.
    pub attributes: Attributes,
}

/// Which challenge asks for a code that was sent. By e-mail the first factor and the second have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeChallenge {
    /// A code by SMS, as the second factor.
    SmsMfa,
    /// A code by e-mail.
    EmailOtp,
    /// A code by SMS, as the first factor.
    SmsOtp,
}

/// A challenge to give a code that was sent.
pub struct SentCodeRequired {
    /// What the answer must bring back.
    pub session: String,
    /// The real username.
    pub username: String,
    /// Which challenge it is.
    pub challenge: CodeChallenge,
    /// Where the code went.
    pub delivery: Delivery,
    /// Where it is the first factor, what the user could have begun with.
    pub choices: Vec<Choice>,
}

/// A challenge to give a code of the authenticator app.
pub struct SoftwareTokenRequired {
    /// What the answer must bring back.
    pub session: String,
    /// The real username.
    pub username: String,
    /// The name that the user gave the app.
    pub name: Option<String>,
}

/// A challenge to sign with a passkey.
pub struct PasskeyRequired {
    /// What the answer must bring back.
    pub session: String,
    /// The options for the browser, JSON.
    pub options: String,
    /// What the user could have begun with.
    pub choices: Vec<Choice>,
}

/// A challenge that the pool's function has made.
pub struct CustomChallengeRequired {
    /// What the answer must bring back.
    pub session: String,
    /// What the client gets of it: the function's public parameters, and the username.
    pub parameters: BTreeMap<String, String>,
}

/// A challenge to choose a first factor.
pub struct FirstFactorChoice {
    /// What the answer must bring back.
    pub session: String,
    /// Those among which the user chooses.
    pub choices: Vec<Choice>,
}

/// A challenge to choose a second factor, or to set one up.
pub struct SecondFactorChoice {
    /// What the answer must bring back.
    pub session: String,
    /// The real username.
    pub username: String,
    /// Those among which the user chooses.
    pub factors: Vec<SecondFactor>,
}

/// A challenge to begin the exchange of a device.
pub struct DeviceSrpRequired {
    /// What the answer must bring back.
    pub session: String,
}

/// What a device needs to compute its proof.
pub struct DeviceVerifier {
    /// What the answer may bring back; the secret block holds the same and more.
    pub session: String,
    /// The salt of the device's verifier, in hexadecimal.
    pub salt: String,
    /// The sealed state of the exchange, which the device's signature covers and its answer must return.
    pub secret_block: String,
    /// B, in hexadecimal.
    pub public: String,
    /// The device's key.
    pub device_key: String,
    /// The real username.
    pub username: String,
}

/// What the client needs to compute its proof.
pub struct PasswordVerifier {
    /// The salt, in hexadecimal.
    pub salt: String,
    /// The sealed state of the exchange, which the client's signature covers and its answer must
    /// return.
    pub secret_block: String,
    /// B, in hexadecimal.
    pub public: String,
    /// The real username, which the client puts into its computation.
    pub username: String,
}
