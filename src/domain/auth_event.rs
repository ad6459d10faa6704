//! What happens to users' accounts and is recorded (administration 7.3).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::second_factor::SecondFactor;
use super::session::SignInMethod;
use super::sign_in::Proven;
use super::time::Timestamp;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A sign-in.
    SignIn,
    /// A sign-up.
    SignUp,
    /// A recovery: a forgotten password was replaced by a code.
    ForgotPassword,
    /// Another password was set, an administrator wants one, or has taken it away.
    PasswordChange,
    /// The e-mail address or phone number became another one, or a code for it was entered.
    ContactChange,
    /// A second factor or a passkey was set up, chosen or taken away, or an account at a provider linked or unlinked.
    FactorChange,
    /// A device was confirmed, remembered or forgotten.
    DeviceChange,
    /// Wrong passwords or codes have locked the user out, from one origin or from everywhere.
    LockOut,
    /// One session, or all, were ended.
    Revocation,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::SignIn,
        Self::SignUp,
        Self::ForgotPassword,
        Self::PasswordChange,
        Self::ContactChange,
        Self::FactorChange,
        Self::DeviceChange,
        Self::LockOut,
        Self::Revocation,
    ];

    /// The word for it in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignUp => "sign_up",
            Self::ForgotPassword => "forgot_password",
            Self::PasswordChange => "password_change",
            Self::ContactChange => "contact_change",
            Self::FactorChange => "factor_change",
            Self::DeviceChange => "device_change",
            Self::LockOut => "lock_out",
            Self::Revocation => "revocation",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Pass,
    /// It was refused.
    Fail,
}

impl Outcome {
    /// The word for it in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }

    /// The outcome with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Pass, Self::Fail]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }
}

/// What was answered in a sign-in, as the interface tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// The first factor.
    Password,
    /// A second factor.
    Mfa,
}

/// An answer to a challenge, and whether it was right.
pub type ChallengeAnswer = (Answered, bool);

/// The right answers that have led to what is proven.
#[must_use]
pub fn right_answers(proven: Proven) -> Vec<ChallengeAnswer> {
    let second: Option<SecondFactor> = proven.second;
    // What a function has asked for has no name among the answers.
    let first = (proven.method != SignInMethod::Custom).then_some((Answered::Password, true));
    let mut answers: Vec<ChallengeAnswer> = first.into_iter().collect();
    answers.extend(second.map(|_| (Answered::Mfa, true)));
    answers
}

/// Whose a sign-in was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackValue {
    /// The user's.
    Valid,
    /// Somebody else's.
    Invalid,
}

/// The one that says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackProvider {
    /// The user.
    User,
    /// An administrator.
    Administrator,
}

/// What the user or an administrator says about an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// What is said.
    pub value: FeedbackValue,
    /// By whom.
    pub provider: FeedbackProvider,
    /// When, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// A recorded event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthEvent {
    /// Of a sign-in, the `event_id` of its tokens; of others a random UUID.
    pub event_id: String,
    /// What happened.
    pub kind: EventKind,
    /// How it ended.
    pub outcome: Outcome,
    /// What was answered in a sign-in, in that order.
    pub challenges: Vec<ChallengeAnswer>,
    /// The app client, if one took part.
    pub client_id: Option<String>,
    /// Where the request came from.
    pub source_address: Option<IpAddr>,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// Its id.
    pub request_id: String,
    /// When.
    pub occurred_at: Timestamp,
    /// What was said about it.
    pub feedback: Option<Feedback>,
}
