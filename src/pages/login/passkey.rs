//! Passkeys: signing in with one, and making one. These pages need a script, since only `navigator.credentials` speaks
//! with an authenticator. It fills in the hidden field `credential` with what the authenticator says, as JSON.

use askama::Template;

use super::shell::Shell;
use super::sign_in::Icon;

/// A page that uses an authenticator.
#[derive(Template)]
#[template(path = "login/passkey.html")]
pub struct Passkey<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// The page that the form is sent to, such as `/login`.
    pub page: &'a str,
    /// What it is used for.
    pub task: PasskeyTask,
    /// What the browser is asked for, as JSON: `domain::passkey_options` makes it.
    pub options: &'a str,
}

/// What an authenticator is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyTask {
    /// To sign in. Another way can be chosen by the button `other_method` where there is one.
    SignIn {
        /// Whether there is.
        other_method: bool,
    },
    /// To make a passkey after a sign-in, which the user can put off by the button `skip`.
    Offer,
    /// To make one, on the page `/passkeys/add`.
    Add,
}

impl Passkey<'_> {
    fn heading(&self) -> String {
        self.shell.text(match self.task {
            PasskeyTask::SignIn { .. } => "passkey-sign-in",
            PasskeyTask::Offer => "passkey-offer",
            PasskeyTask::Add => "passkey-add",
        })
    }

    fn text(&self) -> String {
        self.shell.text(if self.is_made() {
            "passkey-offer-text"
        } else {
            "passkey-sign-in-text"
        })
    }

    const fn is_made(&self) -> bool {
        match self.task {
            PasskeyTask::SignIn { .. } => false,
            PasskeyTask::Offer | PasskeyTask::Add => true,
        }
    }

    /// The button that goes on without an authenticator: its name, and the id of its message.
    const fn way_out(&self) -> Option<(&'static str, &'static str)> {
        match self.task {
            PasskeyTask::SignIn { other_method: true } => Some(("other_method", "other-method")),
            PasskeyTask::Offer => Some(("skip", "not-now")),
            PasskeyTask::SignIn {
                other_method: false,
            }
            | PasskeyTask::Add => None,
        }
    }

    const fn icon() -> Icon {
        Icon::Passkey
    }
}
