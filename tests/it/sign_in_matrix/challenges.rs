//! The challenges, and what the pages say of the answers to each.

use crate::support::refusals::Refusal;

const NOT_AUTHORIZED: &str = "NotAuthorizedException";
const INVALID_PARAMETER: &str = "InvalidParameterException";

/// Section 5.5.
pub const INVALID: Refusal = (NOT_AUTHORIZED, "Invalid session for the user.");
/// Section 5.5.
pub const SPENT: Refusal = (
    NOT_AUTHORIZED,
    "Invalid session for the user, session can only be used once.",
);
/// Section 5.5.
pub const EXPIRED: Refusal = (
    NOT_AUTHORIZED,
    "Invalid session for the user, session is expired.",
);
/// Section 5.1.
pub const INCORRECT: Refusal = (NOT_AUTHORIZED, "Incorrect username or password.");
/// Section 3.7.
pub const LOCKED: Refusal = (NOT_AUTHORIZED, "Password attempts exceeded");
/// Section 5.6.
pub const WRONG_SENT_CODE: Refusal = (
    "CodeMismatchException",
    "Invalid code or auth state for the user.",
);
/// Section 5.6.
const WRONG_APP_CODE: Refusal = ("CodeMismatchException", "Invalid code received for user");
/// Section 5.6.
const USED_APP_CODE: Refusal = (
    "ExpiredCodeException",
    "Your software token has already been used once.",
);
/// Section 5.5.
pub const NOT_OFFERED: Refusal = (INVALID_PARAMETER, "Invalid MFA type for the user.");
/// Section 5.1.
pub const NO_A: Refusal = (INVALID_PARAMETER, "SRP_A is not a valid value.");
/// Section 3.1.
const TOO_SHORT: Refusal = (
    "InvalidPasswordException",
    "Password did not conform with policy: Password not long enough",
);
/// Section 2.4.
const NO_ADDRESS: Refusal = (INVALID_PARAMETER, "Invalid email address format.");

/// A challenge, at the place in a sign-in where the tests answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    Password,
    PasswordSrp,
    PasswordVerifier,
    NewPassword,
    SmsMfa,
    EmailMfa,
    EmailOtp,
    SmsOtp,
    SoftwareToken,
    SelectMfaType,
    MfaSetup,
    Custom,
    WebAuthn,
    DeviceSrp,
    DevicePasswordVerifier,
    SelectFirst,
}

/// What a right answer leads to.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// The sign-in ends.
    Tokens,
    /// Another challenge of this name.
    Challenge(&'static str),
}

/// What a wrong answer leads to.
#[derive(Clone, Copy, Debug)]
pub enum Wrong {
    /// It is refused, counts towards the lock-out, and the session goes on.
    Counted(Refusal),
    /// It is refused, and the session goes on.
    Refused(Refusal),
    /// The challenge is posed again with another session.
    AskedAgain,
}

/// What carries the state of the sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticket {
    /// The session.
    Session,
    /// The session, which some clients leave out (section 5.4).
    SessionOrNone,
    /// The secret block.
    Block,
    /// The secret block, and a session beside it.
    BlockAndSession,
}

impl Ticket {
    /// Whether the answer has a secret block.
    pub fn has_block(self) -> bool {
        matches!(self, Self::Block | Self::BlockAndSession)
    }
}

/// What the pages say of a challenge.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// ChallengeName.
    pub name: &'static str,
    /// What a right answer leads to.
    pub then: Then,
    /// What of the user a right answer changes, as AdminGetUser shows it: an attribute, or a member of the answer.
    pub brings: Option<(&'static str, &'static str)>,
    /// What a wrong answer leads to.
    pub wrong: Wrong,
    /// What carries the state.
    pub ticket: Ticket,
    /// What an answer gets whose session was answered.
    pub spent: Refusal,
    /// What else an answer may get while another one is being taken.
    pub outrun: &'static [Refusal],
    /// What the right answer gets from another client.
    pub elsewhere: Refusal,
    /// The challenges that one session answers, since they are one question.
    pub family: &'static [&'static str],
}

/// The factor that is chosen can be named by the challenge.
const CHOICE: &[&str] = &["SELECT_CHALLENGE", "PASSWORD", "PASSWORD_SRP"];

impl Row {
    /// A challenge that a session carries, and whose right answer signs in.
    const fn of(name: &'static str, wrong: Wrong) -> Self {
        Self {
            name,
            then: Then::Tokens,
            brings: None,
            wrong,
            ticket: Ticket::Session,
            spent: SPENT,
            outrun: &[],
            elsewhere: INVALID,
            family: &[],
        }
    }
}

impl Challenge {
    /// What the pages say of it.
    pub const fn row(self) -> Row {
        const EMAIL: Option<(&str, &str)> = Some(("email_verified", "true"));
        const PHONE: Option<(&str, &str)> = Some(("phone_number_verified", "true"));
        match self {
            Self::Password => Row {
                family: CHOICE,
                ..Row::of("PASSWORD", Wrong::Counted(INCORRECT))
            },
            Self::PasswordSrp => Row {
                then: Then::Challenge("PASSWORD_VERIFIER"),
                family: CHOICE,
                ..Row::of("PASSWORD_SRP", Wrong::Refused(NO_A))
            },
            Self::PasswordVerifier => Row {
                ticket: Ticket::Block,
                elsewhere: INCORRECT,
                ..Row::of("PASSWORD_VERIFIER", Wrong::Counted(INCORRECT))
            },
            Self::NewPassword => Row {
                brings: Some(("UserStatus", "CONFIRMED")),
                ..Row::of("NEW_PASSWORD_REQUIRED", Wrong::Refused(TOO_SHORT))
            },
            Self::SmsMfa => Row {
                brings: PHONE,
                ..Row::of("SMS_MFA", Wrong::Counted(WRONG_SENT_CODE))
            },
            Self::EmailMfa | Self::EmailOtp => Row {
                brings: EMAIL,
                ..Row::of("EMAIL_OTP", Wrong::Counted(WRONG_SENT_CODE))
            },
            Self::SmsOtp => Row {
                brings: PHONE,
                ..Row::of("SMS_OTP", Wrong::Counted(WRONG_SENT_CODE))
            },
            Self::SoftwareToken => Row {
                outrun: &[USED_APP_CODE],
                ..Row::of("SOFTWARE_TOKEN_MFA", Wrong::Counted(WRONG_APP_CODE))
            },
            Self::SelectMfaType => Row {
                then: Then::Challenge("SMS_MFA"),
                ..Row::of("SELECT_MFA_TYPE", Wrong::Refused(NOT_OFFERED))
            },
            Self::MfaSetup => Row {
                brings: Some(("UserMFASettingList", "SOFTWARE_TOKEN_MFA")),
                ..Row::of("MFA_SETUP", Wrong::Refused(NO_ADDRESS))
            },
            // Administration 12.5: a session serves one answer, right or wrong.
            Self::Custom => Row {
                spent: INVALID,
                ..Row::of("CUSTOM_CHALLENGE", Wrong::AskedAgain)
            },
            // The signature counter of an answer that was taken meanwhile is not above the stored one.
            Self::WebAuthn => Row {
                outrun: &[INCORRECT],
                ..Row::of("WEB_AUTHN", Wrong::Counted(INCORRECT))
            },
            Self::DeviceSrp => Row {
                then: Then::Challenge("DEVICE_PASSWORD_VERIFIER"),
                ticket: Ticket::SessionOrNone,
                ..Row::of("DEVICE_SRP_AUTH", Wrong::Refused(NO_A))
            },
            Self::DevicePasswordVerifier => Row {
                ticket: Ticket::BlockAndSession,
                ..Row::of("DEVICE_PASSWORD_VERIFIER", Wrong::Counted(INCORRECT))
            },
            Self::SelectFirst => Row {
                then: Then::Challenge("EMAIL_OTP"),
                family: CHOICE,
                ..Row::of("SELECT_CHALLENGE", Wrong::Refused(NOT_OFFERED))
            },
        }
    }
}
