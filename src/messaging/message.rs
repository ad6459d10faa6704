//! Kinds of messages, and their texts from the templates of a pool.

use std::fmt::{Display, Write as _};

use secrecy::{ExposeSecret, SecretString};

use super::html::Escaped;
use crate::domain::attribute::{Contact, Medium};
use crate::domain::sender_call::SenderCall;
use crate::domain::user_pool::{PoolSettings, UserPool};

/// AWS's text of a message with a code (administration 14), including its trailing space.
const DEFAULT_CODE_TEXT: &str = "Your verification code is {####}. ";
/// AWS's text of an invitation (administration 14).
const DEFAULT_INVITATION_TEXT: &str =
    "Your username is {username} and temporary password is {####}. ";
/// AWS's text of a message with a code to sign in (administration 14).
const DEFAULT_SIGN_IN_TEXT: &str = "Your authentication code is {####}. ";
/// The subject of an e-mail that carries a code to sign in.
const DEFAULT_SIGN_IN_SUBJECT: &str = "Your authentication code";
/// The subject of an e-mail that carries a code.
const DEFAULT_CODE_SUBJECT: &str = "Your verification code";
/// The subject of an invitation.
const DEFAULT_INVITATION_SUBJECT: &str = "Your temporary password";

/// AWS's text of a message with a link (domain 10.4), including its trailing space.
const DEFAULT_LINK_TEXT: &str =
    "Please click the link below to verify your email address. {##Verify Email##} ";
/// The subject of an e-mail that carries a link.
const DEFAULT_LINK_SUBJECT: &str = "Your verification link";

/// What the placeholder of a link begins and ends with; its words are between.
const LINK_PLACEHOLDER: (&str, &str) = ("{##", "##}");
/// The placeholder of the code or the temporary password.
pub const CODE_PLACEHOLDER: &str = "{####}";
/// The placeholder of the username.
pub(super) const USERNAME_PLACEHOLDER: &str = "{username}";

/// The reason for which a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// The code that confirms a sign-up.
    SignUpCode,
    /// The code that confirms a sign-up, sent again on request.
    ResendCode,
    /// The code that verifies an unchanged attribute.
    AttributeCode,
    /// The code that verifies an attribute that was just changed.
    AttributeUpdateCode,
    /// The code that permits a new password.
    ForgotPasswordCode,
    /// Username and temporary password of a user that an administrator made.
    Invitation,
    /// The code that is the second factor of a sign-in.
    SignInCode,
}

impl MessageKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::SignUpCode,
        Self::ResendCode,
        Self::AttributeCode,
        Self::AttributeUpdateCode,
        Self::ForgotPasswordCode,
        Self::Invitation,
        Self::SignInCode,
    ];

    /// The name of the kind in the store, in the inbox and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUpCode => "sign_up",
            Self::ResendCode => "resend",
            Self::AttributeCode => "verify_attribute",
            Self::AttributeUpdateCode => "update_attribute",
            Self::ForgotPasswordCode => "forgot_password",
            Self::Invitation => "invitation",
            Self::SignInCode => "sign_in",
        }
    }
}

/// The user that a message goes to.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// The user's id (`sub`).
    pub user_id: &'a str,
    /// The user's username, as the development inbox shows it.
    pub username: &'a str,
    /// The value of `{username}` in a template: what the user signs in with, which is the e-mail
    /// address or phone number in a pool with username attributes.
    pub sign_in_name: &'a str,
    /// The attribute that holds the address.
    pub contact: Contact,
    /// The e-mail address or phone number.
    pub address: &'a str,
}

/// The text of a message. It carries the code, so `Debug` prints nothing.
#[derive(Clone, Debug)]
pub struct MessageText {
    /// One line; `None` for SMS.
    pub subject: Option<SecretString>,
    /// HTML for e-mail, plain text for SMS.
    pub body: SecretString,
}

/// Texts that take the place of a pool's templates; `None` where the template stays. One without the placeholder
/// of the code is not used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomText {
    /// Of a text message.
    pub sms: Option<String>,
    /// Of an e-mail.
    pub email: Option<String>,
    /// The e-mail's subject.
    pub email_subject: Option<String>,
    /// The address of the link that an e-mail has in the place of the code, with the placeholder of the code.
    pub link: Option<String>,
}

/// The sender of an e-mail from a pool's EmailConfiguration. Not used for SMS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// `From`; `None` if the pool has none, in which case `mail.from` is used.
    pub from: Option<String>,
    /// `ReplyToEmailAddress`.
    pub reply_to: Option<String>,
}

impl Sender {
    /// The sender in the settings of a pool.
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

/// A message to be written to the outbox. `Debug` shows neither text nor code.
#[derive(Clone, Debug)]
pub struct OutgoingMessage {
    /// The pool that sends it.
    pub pool_id: String,
    /// The user's id.
    pub user_id: String,
    /// The user's username.
    pub username: String,
    /// E-mail or SMS.
    pub medium: Medium,
    /// The e-mail address or phone number.
    pub destination: String,
    /// Why it is sent: the name of its [`MessageKind`] or [`super::Notice`].
    pub purpose: &'static str,
    /// Its text.
    pub text: MessageText,
    /// The code or temporary password that the text carries; empty if it carries none.
    pub code: SecretString,
    /// The sender of an e-mail.
    pub sender: Sender,
    /// The call of the pool's function that sends it, where there is one.
    pub function: Option<SenderCall>,
}

impl OutgoingMessage {
    /// The message of `pool` to `to` with `code`, which for an invitation is the temporary password.
    #[must_use]
    pub fn new(pool: &UserPool, to: Recipient<'_>, kind: MessageKind, code: &SecretString) -> Self {
        Self::with_text(pool, to, kind, code, &CustomText::default())
    }

    /// The same with `custom` texts.
    #[must_use]
    pub fn with_text(
        pool: &UserPool,
        to: Recipient<'_>,
        kind: MessageKind,
        code: &SecretString,
        custom: &CustomText,
    ) -> Self {
        let medium = to.contact.medium();
        Self {
            pool_id: pool.id.clone(),
            user_id: to.user_id.to_owned(),
            username: to.username.to_owned(),
            medium,
            destination: to.address.to_owned(),
            purpose: kind.as_str(),
            text: compose_with(
                kind,
                medium,
                &pool.settings,
                custom,
                (to.sign_in_name, code),
            ),
            code: code.clone(),
            sender: Sender::of(&pool.settings),
            function: None,
        }
    }
}

/// The text of a message from the pool's templates, or AWS's default where the pool has none.
///
/// The body of an e-mail is HTML, so the values in it are escaped. The subject becomes one line. A
/// template without the placeholder of the code counts as absent: the API refuses to store one, and a
/// message without its code is useless.
#[must_use]
pub fn compose(
    kind: MessageKind,
    medium: Medium,
    settings: &PoolSettings,
    username: &str,
    code: &SecretString,
) -> MessageText {
    let custom = CustomText::default();
    compose_with(kind, medium, settings, &custom, (username, code))
}

fn compose_with(
    kind: MessageKind,
    medium: Medium,
    settings: &PoolSettings,
    custom: &CustomText,
    (username, code): (&str, &SecretString),
) -> MessageText {
    let (sms, email, subject, default_text, default_subject) = match kind {
        MessageKind::Invitation => {
            let templates = &settings.admin_create_user;
            (
                &templates.invitation_sms,
                &templates.invitation_email,
                &templates.invitation_email_subject,
                DEFAULT_INVITATION_TEXT,
                DEFAULT_INVITATION_SUBJECT,
            )
        }
        MessageKind::SignInCode => {
            let email = settings.factors.email.as_ref();
            (
                &settings.verification_message.sms_authentication,
                email.map_or(&None, |email| &email.message),
                email.map_or(&None, |email| &email.subject),
                DEFAULT_SIGN_IN_TEXT,
                DEFAULT_SIGN_IN_SUBJECT,
            )
        }
        MessageKind::SignUpCode
        | MessageKind::ResendCode
        | MessageKind::AttributeCode
        | MessageKind::AttributeUpdateCode
        | MessageKind::ForgotPasswordCode => {
            let templates = &settings.verification_message;
            (
                &templates.sms,
                &templates.email,
                &templates.email_subject,
                DEFAULT_CODE_TEXT,
                DEFAULT_CODE_SUBJECT,
            )
        }
    };
    if medium == Medium::Email
        && let Some(link) = &custom.link
    {
        return with_link(settings, custom, link, (username, code));
    }
    let templates = match medium {
        Medium::Email => [&custom.email, email],
        Medium::Sms => [&custom.sms, sms],
    };
    let template = templates
        .into_iter()
        .flatten()
        .find(|text| text.contains(CODE_PLACEHOLDER))
        .map_or(default_text, String::as_str);
    let code = code.expose_secret();
    match medium {
        Medium::Email => {
            let subject = custom.email_subject.as_ref().or(subject.as_ref());
            let subject = subject.map_or(default_subject, String::as_str);
            MessageText {
                subject: Some(one_line(&fill(subject, &username, &code)).into()),
                body: fill(template, &Escaped(username), &Escaped(code)).into(),
            }
        }
        Medium::Sms => MessageText {
            subject: None,
            body: fill(template, &username, &code).into(),
        },
    }
}

/// The text of an e-mail with a link. A template that has the code instead of the link is as good.
fn with_link(
    settings: &PoolSettings,
    custom: &CustomText,
    link: &str,
    (username, code): (&str, &SecretString),
) -> MessageText {
    let templates = &settings.verification_message;
    let has_one =
        |text: &&String| link_placeholder(text).is_some() || text.contains(CODE_PLACEHOLDER);
    let body = [&custom.email, &templates.email_by_link].into_iter();
    let body = body.flatten().find(has_one);
    let subject = [&custom.email_subject, &templates.email_subject_by_link].into_iter();
    let subject = subject.flatten().next();
    let body = link_in(body.map_or(DEFAULT_LINK_TEXT, String::as_str), link);
    let subject = subject.map_or(DEFAULT_LINK_SUBJECT, String::as_str);
    let code = code.expose_secret();
    MessageText {
        subject: Some(one_line(&fill(subject, &username, &code)).into()),
        body: fill(&body, &Escaped(username), &Escaped(code)).into(),
    }
}

/// `template` with links to `address`, which keeps its own placeholder, in the place of those of links.
fn link_in(template: &str, address: &str) -> String {
    let mut text = String::with_capacity(template.len() + 2 * address.len());
    let mut rest = template;
    while let Some((before, words, after)) = link_placeholder(rest) {
        text.push_str(before);
        let _ = write!(text, "<a href=\"{}\">{words}</a>", Escaped(address));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// What is before the first placeholder of a link, the words in it, and what is behind. That of the code has none.
fn link_placeholder(template: &str) -> Option<(&str, &str, &str)> {
    let (begin, end) = LINK_PLACEHOLDER;
    let (mut from, mut rest) = (0, template);
    loop {
        let (skipped, inside) = rest.split_once(begin)?;
        let at = from + skipped.len();
        if let Some((words, after)) = inside.split_once(end)
            && !words.is_empty()
            && !words.contains('{')
        {
            return Some((template.get(..at)?, words, after));
        }
        from = at + begin.len();
        rest = inside;
    }
}

/// `template` with the placeholders of a username and a code replaced, see [`fill_each`].
pub(super) fn fill(template: &str, username: &dyn Display, code: &dyn Display) -> String {
    let values = [(CODE_PLACEHOLDER, code), (USERNAME_PLACEHOLDER, username)];
    fill_each(template, &values)
}

/// `template` with its placeholders replaced in one pass. The values are not searched, so a username
/// that looks like a placeholder stays as it is.
pub(super) fn fill_each(template: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, placeholder) = rest.split_at(at);
        text.push_str(before);
        let filled = values
            .iter()
            .find_map(|(name, value)| Some((placeholder.strip_prefix(name)?, value)));
        rest = if let Some((after, value)) = filled {
            text.push_str(&value.to_string());
            after
        } else {
            text.push('{');
            placeholder.strip_prefix('{').unwrap_or_default()
        };
    }
    text.push_str(rest);
    text
}

/// `text` with a space for every control character and line separator: a line break in the subject
/// could begin another header.
pub(super) fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.replace(breaks, " ")
}

#[cfg(test)]
mod tests;
