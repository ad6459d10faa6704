//! Codes that are sent to users.

use super::attribute::Contact;
use super::time::Timestamp;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// To confirm a sign-up.
    SignUp,
    /// To set a new password.
    ForgotPassword,
    /// To verify a contact.
    Verify(Contact),
    /// To sign in, as the first factor. Its hash is in the sign-in's session; only what stands for it where users are hidden is stored.
    SignIn,
}

impl CodePurpose {
    /// The word for it in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::ForgotPassword => "forgot_password",
            Self::SignIn => "sign_in",
            Self::Verify(Contact::Email) => "verify_email",
            Self::Verify(Contact::PhoneNumber) => "verify_phone_number",
        }
    }

    /// Seconds that it can be redeemed (behaviour 3.7).
    #[must_use]
    pub const fn lifetime_seconds(self) -> i64 {
        match self {
            Self::SignUp | Self::Verify(_) => 24 * 3600,
            Self::ForgotPassword => 3600,
            Self::SignIn => 15 * 60,
        }
    }
}

impl CodePurpose {
    /// How many digits a code has that goes to this contact (behaviour 3.7): one that signs in by e-mail has more.
    #[must_use]
    pub const fn digits(self, contact: Contact) -> usize {
        match (self, contact) {
            (Self::SignIn, Contact::Email) => 8,
            _ => CODE_DIGITS,
        }
    }
}

/// Digits of a code (behaviour 3.7).
pub const CODE_DIGITS: usize = 6;

/// A code that waits to be redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its keyed hash.
    pub hash: Vec<u8>,
    /// The attribute that redeeming it verifies.
    pub attribute: Option<String>,
    /// The value of that attribute that it was sent to.
    pub value: Option<String>,
    /// The end of its life.
    pub expires_at: Timestamp,
    /// Tries so far that were not right.
    pub failures: i64,
}

impl Code {
    /// The contact that redeeming it verifies.
    #[must_use]
    pub fn contact(&self) -> Option<Contact> {
        self.attribute.as_deref().and_then(Contact::named)
    }
}
