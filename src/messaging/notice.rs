//! Notices: messages that tell a user what happened to the account. They carry no code.

use super::html::Escaped;
use super::message::{MessageText, OutgoingMessage, Recipient, Sender, fill, one_line};
use crate::config::{NotificationText, PoolNotifications};
use crate::domain::attribute::{Contact, Medium};
use crate::domain::user_pool::UserPool;

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
    /// The notice of `pool` to `to`, with the pool's text.
    #[must_use]
    pub fn notice(
        pool: &UserPool,
        to: Recipient<'_>,
        notice: Notice,
        texts: PoolNotifications<'_>,
    ) -> Self {
        let medium = to.contact.medium();
        let template = notice.text(texts);
        let name = to.sign_in_name;
        let text = match medium {
            Medium::Email => MessageText {
                subject: Some(one_line(&fill(&template.subject, &name, &"")).into()),
                body: fill(&template.email, &Escaped(name), &"").into(),
            },
            Medium::Sms => MessageText {
                subject: None,
                body: fill(&template.sms, &name, &"").into(),
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
        }
    }
}
