//! Notices: messages that tell a user what happened to the account. They carry no code.

use std::fmt::Display;

use super::html::Escaped;
use super::message::{
    MessageText, OutgoingMessage, Recipient, Sender, USERNAME_PLACEHOLDER, fill_each, one_line,
};
use crate::config::{NotificationText, PoolNotifications};
use crate::domain::attribute::{Contact, Medium};
use crate::domain::user_pool::UserPool;

/// Stands for the id of the sign-in that a notice is about, as AWS's templates have it.
const EVENT_PLACEHOLDER: &str = "{event-id}";
/// Stands for the token by which the user says whose the sign-in was.
const TOKEN_PLACEHOLDER: &str = "{feedback-token}";

/// The sign-in that a notice is about.
pub struct SignInEvent {
    /// The id of its event.
    pub id: String,
    /// The token of UpdateAuthEventFeedback.
    pub feedback_token: String,
}

/// What a user is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Another password was set.
    PasswordChanged,
    /// This contact became another one, was deleted, or moved to another user.
    ContactChanged(Contact),
    /// Somebody signed in from a device that is new to the user.
    NewDevice,
}

impl Notice {
    /// The name of the notice in the store, in the inbox and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordChanged => "password_changed",
            Self::ContactChanged(Contact::Email) => "email_changed",
            Self::ContactChanged(Contact::PhoneNumber) => "phone_number_changed",
            Self::NewDevice => "new_device",
        }
    }

    const fn text(self, texts: PoolNotifications<'_>) -> &NotificationText {
        match self {
            Self::PasswordChanged => texts.password_changed,
            Self::ContactChanged(Contact::Email) => texts.email_changed,
            Self::ContactChanged(Contact::PhoneNumber) => texts.phone_number_changed,
            Self::NewDevice => texts.new_device,
        }
    }
}

impl OutgoingMessage {
    /// The notice of `pool` to `to`, with the pool's text. `event` is the sign-in that it is about.
    #[must_use]
    pub fn notice(
        pool: &UserPool,
        to: Recipient<'_>,
        notice: Notice,
        texts: PoolNotifications<'_>,
        event: Option<&SignInEvent>,
    ) -> Self {
        let medium = to.contact.medium();
        let template = notice.text(texts);
        let name = to.sign_in_name;
        let (event_id, token) = event.map_or(("", ""), |event| (&event.id, &event.feedback_token));
        let filled = |template: &str, name: &dyn Display| {
            let values: [(&str, &dyn Display); 3] = [
                (USERNAME_PLACEHOLDER, name),
                (EVENT_PLACEHOLDER, &event_id),
                (TOKEN_PLACEHOLDER, &token),
            ];
            fill_each(template, &values)
        };
        let text = match medium {
            Medium::Email => MessageText {
                subject: Some(one_line(&filled(&template.subject, &name)).into()),
                body: filled(&template.email, &Escaped(name)).into(),
            },
            Medium::Sms => MessageText {
                subject: None,
                body: filled(&template.sms, &name).into(),
            },
        };
        Self {
            pool_id: pool.id.clone(),
            user_id: to.user_id.to_owned(),
            username: to.username.to_owned(),
            medium,
            destination: to.address.to_owned(),
            purpose: notice.as_str(),
            text,
            code: String::new().into(),
            sender: Sender::of(&pool.settings),
            function: None,
        }
    }
}
