//! Kinds of messages, and how their texts are put together from a pool's settings.

use std::fmt::Display;

use secrecy::{ExposeSecret, SecretString};

use super::html::Escaped;
use crate::domain::attribute::{Contact, Medium};
use crate::domain::user_pool::{PoolSettings, UserPool};

/// AWS's text of a message that carries a code (behaviour 9), with its trailing blank.
const DEFAULT_CODE_TEXT: &str = "Your verification code is {####}. ";
/// AWS's text of an invitation (behaviour 9).
const DEFAULT_INVITATION_TEXT: &str =
    "Your username is {username} and temporary password is {####}. ";
/// The subject of an e-mail that carries a code.
const DEFAULT_CODE_SUBJECT: &str = "Your verification code";
/// The subject of an invitation.
const DEFAULT_INVITATION_SUBJECT: &str = "Your temporary password";

/// Where a template wants the code, or the temporary password.
const CODE: &str = "{####}";
/// Where a template wants the user's name.
const USERNAME: &str = "{username}";

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The code that confirms a sign-up.
    SignUpCode,
    /// The same, asked for again.
    ResendCode,
    /// The code that verifies an attribute as it is.
    AttributeCode,
    /// The code that verifies an attribute that was just changed.
    AttributeUpdateCode,
    /// The code that lets a new password be set.
    ForgotPasswordCode,
    /// Username and temporary password of a user that an administrator made.
    Invitation,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SignUpCode,
        Self::ResendCode,
        Self::AttributeCode,
        Self::AttributeUpdateCode,
        Self::ForgotPasswordCode,
        Self::Invitation,
    ];

    /// The word for it in the store, in the inbox and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUpCode => "sign_up",
            Self::ResendCode => "resend",
            Self::AttributeCode => "verify_attribute",
            Self::AttributeUpdateCode => "update_attribute",
            Self::ForgotPasswordCode => "forgot_password",
            Self::Invitation => "invitation",
        }
    }
}

/// Whom a message goes to.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// The user's id (`sub`).
    pub user_id: &'a str,
    /// The user's username, as the development inbox shows it.
    pub username: &'a str,
    /// What `{username}` in a template stands for: what the user signs in with, which is the
    /// e-mail address or phone number in a pool that uses those as names.
    pub sign_in_name: &'a str,
    /// Which attribute the address was taken from.
    pub contact: Contact,
    /// The e-mail address or phone number.
    pub address: &'a str,
}

/// The text of a message. It carries the code, so `Debug` prints nothing.
#[derive(Clone, Debug)]
pub struct Composed {
    /// One line; `None` for SMS.
    pub subject: Option<SecretString>,
    /// HTML for e-mail, plain text for SMS.
    pub body: SecretString,
}

/// Who an e-mail comes from, as a pool's EmailConfiguration says; not used for SMS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// `From`; `None` where the configured sender of the server is used.
    pub from: Option<String>,
    /// `ReplyToEmailAddress`.
    pub reply_to: Option<String>,
}

impl Sender {
    /// What the settings of a pool say.
    #[must_use]
    pub fn of(settings: &PoolSettings) -> Self {
        let nonblank = |text: &Option<String>| {
            let text = text.as_deref()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        Self {
            from: nonblank(&settings.email.from),
            reply_to: nonblank(&settings.email.reply_to),
        }
    }
}

/// A message that is ready to be put into the outbox. `Debug` shows neither text nor code.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The pool that sends it.
    pub pool_id: String,
    /// The user's id.
    pub user_id: String,
    /// The user's username.
    pub username: String,
    /// How it travels.
    pub medium: Medium,
    /// Where it goes.
    pub destination: String,
    /// Why it is sent.
    pub purpose: Purpose,
    /// Its text.
    pub text: Composed,
    /// The code or temporary password that the text carries.
    pub code: SecretString,
    /// Who it comes from.
    pub sender: Sender,
}

impl Outgoing {
    /// The message of `pool` to `to` that carries `code`, which for an invitation is the temporary
    /// password.
    #[must_use]
    pub fn new(pool: &UserPool, to: Recipient<'_>, purpose: Purpose, code: &SecretString) -> Self {
        let medium = to.contact.medium();
        Self {
            pool_id: pool.id.clone(),
            user_id: to.user_id.to_owned(),
            username: to.username.to_owned(),
            medium,
            destination: to.address.to_owned(),
            purpose,
            text: compose(purpose, medium, &pool.settings, to.sign_in_name, code),
            code: code.clone(),
            sender: Sender::of(&pool.settings),
        }
    }
}

/// The text of a message from the pool's templates, or AWS's where the pool has none.
///
/// In an e-mail's body, which is HTML, the values are escaped; a subject becomes one line. A
/// template that has no place for the code counts as absent: the interface refuses to store one,
/// and a message without its code is worth nothing.
#[must_use]
pub fn compose(
    purpose: Purpose,
    medium: Medium,
    settings: &PoolSettings,
    username: &str,
    code: &SecretString,
) -> Composed {
    let (sms, email, subject, default_text, default_subject) = match purpose {
        Purpose::Invitation => {
            let own = &settings.admin_create_user;
            (
                &own.invitation_sms,
                &own.invitation_email,
                &own.invitation_email_subject,
                DEFAULT_INVITATION_TEXT,
                DEFAULT_INVITATION_SUBJECT,
            )
        }
        Purpose::SignUpCode
        | Purpose::ResendCode
        | Purpose::AttributeCode
        | Purpose::AttributeUpdateCode
        | Purpose::ForgotPasswordCode => {
            let own = &settings.verification_message;
            (
                &own.sms,
                &own.email,
                &own.email_subject,
                DEFAULT_CODE_TEXT,
                DEFAULT_CODE_SUBJECT,
            )
        }
    };
    let template = match medium {
        Medium::Email => email,
        Medium::Sms => sms,
    };
    let template = template
        .as_deref()
        .filter(|text| text.contains(CODE))
        .unwrap_or(default_text);
    let code = code.expose_secret();
    match medium {
        Medium::Email => {
            let subject = subject.as_deref().unwrap_or(default_subject);
            Composed {
                subject: Some(one_line(&filled(subject, &username, &code)).into()),
                body: filled(template, &Escaped(username), &Escaped(code)).into(),
            }
        }
        Medium::Sms => Composed {
            subject: None,
            body: filled(template, &username, &code).into(),
        },
    }
}

/// `template` with its places filled, in one pass: what is filled in is not searched again, so a
/// username that looks like a place is only a username.
fn filled(template: &str, username: &dyn Display, code: &dyn Display) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, place) = rest.split_at(at);
        text.push_str(before);
        rest = if let Some(after) = place.strip_prefix(CODE) {
            text.push_str(&code.to_string());
            after
        } else if let Some(after) = place.strip_prefix(USERNAME) {
            text.push_str(&username.to_string());
            after
        } else {
            text.push('{');
            place.strip_prefix('{').unwrap_or_default()
        };
    }
    text.push_str(rest);
    text
}

/// `text` with every control character and line separator as a blank: a subject that held a line
/// break could begin another header.
fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.replace(breaks, " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn settings() -> PoolSettings {
        PoolSettings::default()
    }

    fn texts(
        purpose: Purpose,
        medium: Medium,
        settings: &PoolSettings,
        username: &str,
        code: &str,
    ) -> (Option<String>, String) {
        let text = compose(purpose, medium, settings, username, &code.into());
        let subject = text.subject.map(|s| s.expose_secret().to_owned());
        (subject, text.body.expose_secret().to_owned())
    }

    #[test]
    fn the_defaults_are_those_of_behaviour_9() {
        let settings = settings();
        for purpose in Purpose::ALL {
            let (subject, body) = texts(purpose, Medium::Email, &settings, "ada", "123456");
            let (expected_subject, expected_body) = if purpose == Purpose::Invitation {
                (
                    "Your temporary password",
                    "Your username is ada and temporary password is 123456. ",
                )
            } else {
                (
                    "Your verification code",
                    "Your verification code is 123456. ",
                )
            };
            assert_eq!(subject.as_deref(), Some(expected_subject));
            assert_eq!(body, expected_body);
            let sms = texts(purpose, Medium::Sms, &settings, "ada", "123456");
            assert_eq!(sms, (None, expected_body.to_owned()));
        }
    }

    #[test]
    fn a_pool_has_texts_of_its_own() {
        let mut settings = settings();
        settings.verification_message.email =
            Some("<b>{username}</b>: {####} {####}{x}{".to_owned());
        settings.verification_message.sms = Some("{####}!".to_owned());
        settings.verification_message.email_subject = Some("For {username}".to_owned());
        settings.admin_create_user.invitation_sms = Some("{username}/{####}".to_owned());
        let (subject, body) = texts(Purpose::SignUpCode, Medium::Email, &settings, "a&b", "1");
        assert_eq!(subject.as_deref(), Some("For a&b"));
        assert_eq!(body, "<b>a&amp;b</b>: 1 1{x}{");
        let (_, body) = texts(Purpose::ResendCode, Medium::Sms, &settings, "a&b", "1");
        assert_eq!(body, "1!");
        let (_, body) = texts(Purpose::Invitation, Medium::Sms, &settings, "a&b", "<1>");
        assert_eq!(body, "a&b/<1>");
        let (_, body) = texts(Purpose::Invitation, Medium::Email, &settings, "a&b", "<1>");
        assert_eq!(
            body,
            "Your username is a&amp;b and temporary password is &lt;1&gt;. "
        );
    }

    #[test]
    fn a_template_without_a_place_for_the_code_is_not_used() {
        let mut settings = settings();
        settings.verification_message.email = Some("Hello".to_owned());
        let (_, body) = texts(Purpose::SignUpCode, Medium::Email, &settings, "ada", "7");
        assert_eq!(body, "Your verification code is 7. ");
    }

    #[test]
    fn a_username_that_looks_like_a_place_stays_as_it_is() {
        let (_, body) = texts(
            Purpose::Invitation,
            Medium::Sms,
            &settings(),
            "{####}",
            "77",
        );
        assert_eq!(
            body,
            "Your username is {####} and temporary password is 77. "
        );
    }

    #[test]
    fn debug_shows_neither_text_nor_code() {
        let pool = UserPool {
            id: "us-east-1_A".into(),
            region: "us-east-1".into(),
            name: "p".into(),
            settings: settings(),
            created_at: crate::domain::time::Timestamp::default(),
            modified_at: crate::domain::time::Timestamp::default(),
            version: 1,
        };
        let to = Recipient {
            user_id: "u",
            username: "ada",
            sign_in_name: "ada",
            contact: Contact::Email,
            address: "ada@example.com",
        };
        let message = Outgoing::new(&pool, to, Purpose::SignUpCode, &"918273".into());
        assert!(!format!("{message:?}").contains("918273"));
    }

    #[test]
    fn the_sender_comes_from_the_pools_email_configuration() {
        let mut settings = settings();
        assert_eq!(Sender::of(&settings), Sender::default());
        settings.email.from = Some("Shop <shop@example.com>".into());
        settings.email.reply_to = Some(" ".into());
        assert_eq!(
            Sender::of(&settings).from.as_deref(),
            Some("Shop <shop@example.com>")
        );
        assert_eq!(Sender::of(&settings).reply_to, None);
    }

    proptest! {
        #[test]
        fn a_message_carries_its_code_and_its_subject_is_one_line(
            email in proptest::option::of(".*"),
            subject in proptest::option::of("(?s).*"),
            username in "(?s).{0,40}",
            code in "[0-9]{6}",
            which in 0..Purpose::ALL.len(),
        ) {
            let mut settings = settings();
            settings.verification_message.email.clone_from(&email);
            settings.verification_message.sms.clone_from(&email);
            settings.verification_message.email_subject.clone_from(&subject);
            settings.admin_create_user.invitation_email = email;
            settings.admin_create_user.invitation_email_subject = subject;
            let purpose = Purpose::ALL[which];
            let (subject, body) = texts(purpose, Medium::Email, &settings, &username, &code);
            prop_assert!(body.contains(&code));
            let subject = subject.unwrap();
            prop_assert!(!subject.contains(['\r', '\n', '\0']));
            prop_assert_eq!(subject.lines().count().max(1), 1);
            let (_, body) = texts(purpose, Medium::Sms, &settings, &username, &code);
            prop_assert!(body.contains(&code));
        }

        #[test]
        fn a_username_brings_no_markup_into_an_email(username in "(?s).{0,40}") {
            let (_, body) = texts(Purpose::Invitation, Medium::Email, &settings(), &username, "1");
            prop_assert!(!body.contains(['<', '>', '"']));
        }
    }
}
