//! The Session of a challenge: what the server knows of a sign-in that has not ended, sealed in the client's hands,
//! so that any node can take the next step.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::custom_sign_in::CustomSignIn;
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::tokens::{open_session, seal_session};
use crate::crypto::{CryptoError, KeyPurpose};
use crate::domain::attribute::Contact;
use crate::domain::failure::Failure;
use crate::domain::first_factor::Choice;
use crate::domain::second_factor::SecondFactor;
use crate::domain::session::SignInMethod;
use crate::domain::sign_in::Proven;
use crate::domain::time::Timestamp;
use crate::domain::user::{Credentials, User};
use crate::domain::username;
use crate::flows::limits::requester::address_key;
use crate::flows::lookup::ClientContext;
use crate::flows::passkeys::sign_in::PasskeyChallenge;
use crate::flows::{Result, lookup, refuse};
use crate::store::sign_in::UserWithCredentials;
use crate::store::{self, Conn};

/// The version of the sealed form. A session says it in what its seal is bound to.
const VERSION: &str = "2";

/// The challenge that a session answers. A session is sealed for one, and opens for no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeKind {
    /// NEW_PASSWORD_REQUIRED.
    NewPassword,
    /// No challenge: the session of ConfirmSignUp, with which a sign-in begins.
    ConfirmedSignUp,
    /// SELECT_CHALLENGE.
    SelectFirstFactor,
    /// EMAIL_OTP, SMS_OTP or WEB_AUTHN as the first factor.
    FirstFactor(Choice),
    /// SMS_MFA, EMAIL_OTP or SOFTWARE_TOKEN_MFA.
    SecondFactor(SecondFactor),
    /// SELECT_MFA_TYPE.
    SelectSecondFactor,
    /// MFA_SETUP.
    SetUpSecondFactor,
    /// DEVICE_SRP_AUTH.
    DeviceSrp,
    /// DEVICE_PASSWORD_VERIFIER.
    DeviceVerifier,
    /// CUSTOM_CHALLENGE.
    Custom,
}

impl ChallengeKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NewPassword => "NEW_PASSWORD_REQUIRED",
            Self::ConfirmedSignUp => "ConfirmSignUp",
            Self::SelectFirstFactor => "SELECT_CHALLENGE",
            // EMAIL_OTP is the name of a second factor, too.
            Self::FirstFactor(Choice::EmailOtp) => "EMAIL_OTP, first",
            Self::FirstFactor(choice) => choice.as_str(),
            Self::SecondFactor(factor) => factor.as_str(),
            Self::SelectSecondFactor => "SELECT_MFA_TYPE",
            Self::SetUpSecondFactor => "MFA_SETUP",
            Self::DeviceSrp => "DEVICE_SRP_AUTH",
            Self::DeviceVerifier => "DEVICE_PASSWORD_VERIFIER",
            Self::Custom => "CUSTOM_CHALLENGE",
        }
    }

    /// Whether there are sessions of the first version, which were bound to no kind, since there was one.
    fn has_first_version(self) -> bool {
        self == Self::NewPassword
    }
}

/// The state of a sign-in that waits for the answer to a challenge. Its members are those of the first version,
/// which knew only NEW_PASSWORD_REQUIRED, and further ones that may be absent.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ChallengeState {
    /// A random id, by which the store records that the challenge was answered.
    pub id: Uuid,
    /// The pool.
    pub pool: String,
    /// The client.
    pub client: String,
    /// The user.
    pub user: String,
    /// The user's credentials version when the first factor was proven; a challenge of another version is
    /// void.
    pub credentials_version: i64,
    /// The end of its life, in milliseconds.
    pub exp: i64,
    /// What is proven. A session of the first version has a password.
    #[serde(default = "proven_by_password")]
    pub proven: Proven,
    /// The code that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<SentCode>,
    /// The authenticator app that is being set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<NewSoftwareToken>,
    /// What a passkey's answer has to fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyChallenge>,
    /// The device that is to prove itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<WaitingDevice>,
    /// The custom sign-in that it is part of. A custom challenge that has none here has it in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<CustomSignIn>,
    /// Whether the sign-in is made at the pool's domain. What was begun there does not go on through the JSON API, whose
    /// tokens an app client may not allow, nor the other way round.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_domain: bool,
}

/// A device that is to prove itself in a sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct WaitingDevice {
    /// Its DEVICE_KEY.
    pub key: String,
    /// The challenge whose answer led to that of the device, if it had a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Uuid>,
}

/// A code that was sent to sign in with.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SentCode {
    /// Its keyed hash, in hexadecimal.
    pub hash: String,
    /// The keyed hash of the address that it went to.
    pub address: String,
    /// That address, if the user does not have it yet and the code sets it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_address: Option<String>,
}

impl SentCode {
    /// The code of this sign-in, sent to an address that the user has.
    pub fn new(
        app: &App,
        state: &ChallengeState,
        code: &str,
        (contact, address): (Contact, &str),
    ) -> Self {
        let hash = app
            .vault
            .keyed_hash(KeyPurpose::Code, &code_parts(state, code));
        Self {
            hash: hex::encode(hash),
            address: address_key(app, &state.pool, contact, address),
            new_address: None,
        }
    }

    /// Whether this is the code. Compares in constant time.
    pub fn is_right(&self, app: &App, state: &ChallengeState, code: &str) -> bool {
        let hash = hex::decode(&self.hash).unwrap_or_default();
        app.vault
            .verify_keyed_hash(KeyPurpose::Code, &code_parts(state, code), &hash)
    }
}

/// What a code's hash is of: no code of one sign-in is one of another.
fn code_parts<'a>(state: &'a ChallengeState, code: &'a str) -> [&'a [u8]; 5] {
    [
        b"sign_in",
        state.pool.as_bytes(),
        state.user.as_bytes(),
        state.id.as_bytes(),
        code.as_bytes(),
    ]
}

/// An authenticator app that is being set up in a sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct NewSoftwareToken {
    /// Its secret, in base32.
    pub secret: String,
    /// The step whose code has proven it; `None` as long as none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven_step: Option<i64>,
    /// The name that the user gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

const fn proven_by_password() -> Proven {
    Proven::first(SignInMethod::Password)
}

impl ChallengeState {
    /// The state of a challenge that begins now.
    pub fn new(
        app: &App,
        context: &RequestContext,
        client_context: &ClientContext,
        (user_id, credentials_version): (&str, i64),
        proven: Proven,
    ) -> Self {
        Self {
            id: app.entropy.uuid(),
            pool: client_context.pool.id.clone(),
            client: client_context.client.id.clone(),
            user: user_id.to_owned(),
            credentials_version,
            exp: challenge_end(client_context, context.now).millis(),
            proven,
            sent: None,
            app: None,
            passkey: None,
            device: None,
            custom: None,
            at_domain: context.at_domain,
        }
    }

    /// The state of a challenge to this user that begins now.
    pub fn of_user(
        app: &App,
        context: &RequestContext,
        client_context: &ClientContext,
        user: &User,
        proven: Proven,
    ) -> Self {
        let of = (user.id.as_str(), user.credentials_version);
        Self::new(app, context, client_context, of, proven)
    }

    /// The session that the client carries.
    ///
    /// # Errors
    /// If the state is too long, or the library fails.
    pub fn seal(&self, app: &App, kind: ChallengeKind) -> Result<String> {
        Ok(self.try_seal(app, kind)?)
    }

    /// [`ChallengeState::seal`], where the state may be too long.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`], or if the library fails.
    pub fn try_seal(
        &self,
        app: &App,
        kind: ChallengeKind,
    ) -> std::result::Result<String, CryptoError> {
        let bound_to = [VERSION, kind.as_str()];
        // Servers of the version before open this kind, so it keeps their form for this version.
        let bound_to: &[&str] = if kind.has_first_version() {
            &[]
        } else {
            &bound_to
        };
        seal_session(&app.vault, bound_to, self)
    }

    /// The state that is sealed in `session` for `kind`.
    ///
    /// # Errors
    /// [`Failure::InvalidSession`].
    pub fn open(app: &App, kind: ChallengeKind, session: &str) -> Result<Self> {
        let current = open_session(&app.vault, &[VERSION, kind.as_str()], session);
        let found = if kind.has_first_version() {
            current.or_else(|| open_session(&app.vault, &[], session))
        } else {
            current
        };
        found.map_or_else(|| refuse(Failure::InvalidSession), Ok)
    }

    /// Refuses a session of another pool or client, or whose time is over.
    ///
    /// # Errors
    /// [`Failure::InvalidSession`], [`Failure::SessionExpired`].
    pub fn check(&self, context: &RequestContext, client_context: &ClientContext) -> Result<()> {
        let (pool, client) = (&client_context.pool, &client_context.client);
        let is_of_client = self.pool == pool.id && self.client == client.id;
        if !is_of_client || self.at_domain != context.at_domain {
            return refuse(Failure::InvalidSession);
        }
        if self.end() <= context.now {
            return refuse(Failure::SessionExpired);
        }
        Ok(())
    }

    /// The end of its life.
    pub const fn end(&self) -> Timestamp {
        Timestamp::from_millis(self.exp)
    }

    /// Records that the challenge was answered, in the transaction that carries out what follows.
    ///
    /// # Errors
    /// [`Failure::SessionSpent`] if it was before.
    pub async fn spend(&self, conn: &mut Conn) -> Result<()> {
        let id = self.id.to_string();
        if store::challenges::mark_answered(conn, &self.pool, &id, self.end()).await? {
            Ok(())
        } else {
            refuse(Failure::SessionSpent)
        }
    }
}

/// A sign-in that goes on with an answer.
pub(crate) struct Resumed {
    /// The state that its session carries.
    pub state: ChallengeState,
    /// The user as it is now.
    pub user: User,
    /// The user's password, if it has one.
    pub credentials: Option<Credentials>,
}

/// Opens the `session` of a challenge of this kind, and reads the user that has to answer it. `name` is the one
/// that the answer gives; `None` where the operation has none.
///
/// # Errors
/// What behaviour 5.5 lists, and [`Failure::UserDisabled`].
pub(crate) async fn resume(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    kind: ChallengeKind,
    session: &str,
    name: Option<&str>,
) -> Result<Resumed> {
    let state = ChallengeState::open(app, kind, session)?;
    go_on(app, context, client_context, state, name).await
}

/// [`resume`] with a state that is open already.
///
/// # Errors
/// Those of [`resume`].
pub(crate) async fn go_on(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    state: ChallengeState,
    name: Option<&str>,
) -> Result<Resumed> {
    let pool = &client_context.pool;
    state.check(context, client_context)?;
    let mut conn = app.db.read().await?;
    let found = store::sign_in::find(&mut conn, &pool.id, &state.user).await?;
    // The store is asked whether the challenge was answered only after the rows that an answer changes were
    // read: a request that sees those changes must also see that the challenge was answered.
    if store::challenges::is_answered(&mut conn, &pool.id, &state.id.to_string()).await? {
        return refuse(Failure::SessionSpent);
    }
    let Some(UserWithCredentials { user, credentials }) = found else {
        return refuse(Failure::InvalidSession);
    };
    if let Some(name) = name {
        let key = |name: &str| username::key(&pool.settings, name);
        if key(name) != key(&user.username) {
            let named = lookup::by_sign_in_name(&mut conn, pool, name).await?;
            if named.is_none_or(|named| named.id != user.id) {
                return refuse(Failure::InvalidSession);
            }
        }
    }
    if !user.enabled {
        return refuse(Failure::UserDisabled);
    }
    if user.credentials_version != state.credentials_version {
        return refuse(Failure::InvalidSession);
    }
    Ok(Resumed {
        state,
        user,
        credentials,
    })
}

/// The end of a challenge that begins now (behaviour 5.5).
pub(super) fn challenge_end(client_context: &ClientContext, now: Timestamp) -> Timestamp {
    now.plus_seconds(i64::from(client_context.client.settings.auth_session_validity_minutes) * 60)
}
