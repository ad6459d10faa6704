//! `[notifications]`: which messages users get about their accounts, and the texts of these messages.

use serde::{Deserialize, Serialize};

/// Longest subject, in characters: that of AWS's own templates.
const SUBJECT_LENGTH: usize = 140;
/// Longest body of an e-mail, in characters: that of AWS's own templates.
const EMAIL_LENGTH: usize = 20_000;
/// Longest text message, in characters: that of AWS's own templates.
const SMS_LENGTH: usize = 140;

/// Which messages users get about their accounts (`docs/adr/0033`). Cognito sends none of them, so they are off
/// by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationsConfig {
    /// Whether users are told that their password, e-mail address or phone number has changed; of an address
    /// the old one is told too.
    pub credential_changes: bool,
    /// Whether users are told that somebody signed in from a device that they have not signed in from before.
    /// Devices are remembered only while this is on.
    pub new_devices: bool,
    /// Another password was set.
    pub password_changed: NotificationText,
    /// The e-mail address became another one, was deleted, or moved to another user.
    pub email_changed: NotificationText,
    /// The phone number became another one, was deleted, or moved to another user.
    pub phone_number_changed: NotificationText,
    /// Somebody signed in from a new device.
    pub new_device: NotificationText,
}

/// The text of a message. `{username}` stands for what the user signs in with; in `new_device` `{event-id}` and
/// `{feedback-token}` for what UpdateAuthEventFeedback takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationText {
    /// Subject of the e-mail.
    pub subject: String,
    /// Body of the e-mail, which is HTML.
    pub email: String,
    /// The text message.
    pub sms: String,
}

/// What a user pool sets instead of [`NotificationsConfig`]. A text is replaced as a whole.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationsOverrides {
    /// `notifications.credential_changes` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_changes: Option<bool>,
    /// `notifications.new_devices` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_devices: Option<bool>,
    /// `notifications.password_changed` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_changed: Option<NotificationText>,
    /// `notifications.email_changed` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_changed: Option<NotificationText>,
    /// `notifications.phone_number_changed` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_changed: Option<NotificationText>,
    /// `notifications.new_device` of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_device: Option<NotificationText>,
}

/// What one user pool has for [`NotificationsConfig`]. The texts are borrowed, since a sign-in asks for this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolNotifications<'a> {
    /// As in [`NotificationsConfig`].
    pub credential_changes: bool,
    /// As in [`NotificationsConfig`].
    pub new_devices: bool,
    /// As in [`NotificationsConfig`].
    pub password_changed: &'a NotificationText,
    /// As in [`NotificationsConfig`].
    pub email_changed: &'a NotificationText,
    /// As in [`NotificationsConfig`].
    pub phone_number_changed: &'a NotificationText,
    /// As in [`NotificationsConfig`].
    pub new_device: &'a NotificationText,
}

impl NotificationsConfig {
    /// The values of a pool: its own, and the server's where the pool has none.
    #[must_use]
    pub fn of_pool<'a>(
        &'a self,
        pool: Option<&'a NotificationsOverrides>,
    ) -> PoolNotifications<'a> {
        PoolNotifications {
            credential_changes: pool
                .and_then(|pool| pool.credential_changes)
                .unwrap_or(self.credential_changes),
            new_devices: pool
                .and_then(|pool| pool.new_devices)
                .unwrap_or(self.new_devices),
            password_changed: pool
                .and_then(|pool| pool.password_changed.as_ref())
                .unwrap_or(&self.password_changed),
            email_changed: pool
                .and_then(|pool| pool.email_changed.as_ref())
                .unwrap_or(&self.email_changed),
            phone_number_changed: pool
                .and_then(|pool| pool.phone_number_changed.as_ref())
                .unwrap_or(&self.phone_number_changed),
            new_device: pool
                .and_then(|pool| pool.new_device.as_ref())
                .unwrap_or(&self.new_device),
        }
    }

    /// The keys that break a rule, each with the expected value.
    pub(super) fn violations(&self) -> Vec<(String, String)> {
        [
            ("password_changed", &self.password_changed),
            ("email_changed", &self.email_changed),
            ("phone_number_changed", &self.phone_number_changed),
            ("new_device", &self.new_device),
        ]
        .into_iter()
        .flat_map(|(key, text)| text.violations(&format!("notifications.{key}")))
        .collect()
    }
}

impl NotificationsOverrides {
    /// The keys that break a rule, each with the expected value; `at` is the section of the pool.
    pub(super) fn violations(&self, at: &str) -> Vec<(String, String)> {
        [
            ("password_changed", &self.password_changed),
            ("email_changed", &self.email_changed),
            ("phone_number_changed", &self.phone_number_changed),
            ("new_device", &self.new_device),
        ]
        .into_iter()
        .filter_map(|(key, text)| Some((key, text.as_ref()?)))
        .flat_map(|(key, text)| text.violations(&format!("{at}.notifications.{key}")))
        .collect()
    }
}

impl NotificationText {
    fn new(subject: &str, email: &str, sms: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            email: email.to_owned(),
            sms: sms.to_owned(),
        }
    }

    fn violations(&self, at: &str) -> Vec<(String, String)> {
        let known = if at.ends_with("new_device") {
            ["username", "event-id", "feedback-token"].as_slice()
        } else {
            &["username"]
        };
        [
            ("subject", &self.subject, SUBJECT_LENGTH),
            ("email", &self.email, EMAIL_LENGTH),
            ("sms", &self.sms, SMS_LENGTH),
        ]
        .into_iter()
        .filter_map(|(key, text, most)| {
            let is_line =
                !text.contains(|c: char| c.is_control() || "\u{2028}\u{2029}".contains(c));
            let problem = if text.trim().is_empty() || text.chars().count() > most {
                format!("expected 1 to {most} characters")
            } else if key == "subject" && !is_line {
                "expected one line, without control characters".to_owned()
            } else if let Some(unknown) = unknown_placeholder(text, known) {
                let known: Vec<_> = known.iter().map(|word| format!("`{{{word}}}`")).collect();
                let known = known.join(", ");
                format!("unknown placeholder `{unknown}`; expected {known} or none")
            } else {
                return None;
            };
            Some((format!("{at}.{key}"), problem))
        })
        .collect()
    }
}

/// The first word in braces that is none of the `known`. What a style sheet has in braces is no word.
fn unknown_placeholder<'t>(text: &'t str, known: &[&str]) -> Option<&'t str> {
    text.match_indices('{').find_map(|(at, _)| {
        let rest = text.get(at..)?;
        let placeholder = rest.get(..=rest.find('}')?)?;
        let word = placeholder.strip_prefix('{')?.strip_suffix('}')?;
        let is_word = |c: char| c.is_alphanumeric() || "_-#".contains(c);
        (!word.is_empty() && word.chars().all(is_word) && !known.contains(&word))
            .then_some(placeholder)
    })
}

impl Default for NotificationsConfig {
    fn default() -> Self {
        Self {
            credential_changes: false,
            new_devices: false,
            password_changed: NotificationText::new(
                "Your password was changed",
                "The password of your account {username} was changed. If that was not you, recover your account now.",
                "Your password was changed. If that was not you, recover your account now.",
            ),
            email_changed: NotificationText::new(
                "Your e-mail address was changed",
                "The e-mail address of your account {username} was added, changed or removed. If that was not you, recover your account now.",
                "Your e-mail address was added, changed or removed. If that was not you, recover your account now.",
            ),
            phone_number_changed: NotificationText::new(
                "Your phone number was changed",
                "The phone number of your account {username} was added, changed or removed. If that was not you, recover your account now.",
                "Your phone number was added, changed or removed. If that was not you, recover your account now.",
            ),
            new_device: NotificationText::new(
                "New sign-in to your account",
                "Somebody signed in to your account {username} from a device or network that is new to it. If that was not you, change your password now.",
                "New sign-in to your account from a new device or network. If that was not you, change your password now.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(change: impl FnOnce(&mut NotificationText)) -> Vec<(String, String)> {
        let mut config = NotificationsConfig::default();
        change(&mut config.new_device);
        config.violations()
    }

    #[test]
    fn the_default_texts_keep_the_rules() {
        assert_eq!(NotificationsConfig::default().violations(), []);
    }

    #[test]
    fn texts_that_could_not_be_sent_are_refused() {
        let long = "x".repeat(141);
        for (subject, expected) in [
            ("", "expected 1 to 140 characters"),
            (" \t", "expected 1 to 140 characters"),
            (&long, "expected 1 to 140 characters"),
            (
                "two\nlines",
                "expected one line, without control characters",
            ),
            (
                "two\u{2028}lines",
                "expected one line, without control characters",
            ),
            (
                "{code}",
                "unknown placeholder `{code}`; expected `{username}`, `{event-id}`, `{feedback-token}` or none",
            ),
        ] {
            let found = problems(|text| subject.clone_into(&mut text.subject));
            let expected = (
                "notifications.new_device.subject".to_owned(),
                expected.to_owned(),
            );
            assert_eq!(found, [expected], "{subject}");
        }
        let found = problems(|text| {
            text.email = "x".repeat(20_001);
            text.sms.clone_from(&long);
        });
        let of = |key: &str, most: &str| {
            let key = format!("notifications.new_device.{key}");
            (key, format!("expected 1 to {most} characters"))
        };
        assert_eq!(found, [of("email", "20000"), of("sms", "140")]);
    }

    #[test]
    fn words_in_braces_are_placeholders_and_style_sheets_are_none() {
        for (text, unknown) in [
            ("{username} {username}", None),
            ("<style>p {color: red} a{b:c} {}</style>{username}", None),
            ("a { b", None),
            ("{{username}}", None),
            ("{username} {####}", Some("{####}")),
            ("{user_name}", Some("{user_name}")),
            ("{event-id}", Some("{event-id}")),
            ("{ {Username}", Some("{Username}")),
        ] {
            assert_eq!(unknown_placeholder(text, &["username"]), unknown, "{text}");
        }
    }
}
