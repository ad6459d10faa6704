//! Pages at which something ends, well or not.

use askama::Template;

use super::shell::{Problem, Shell};

/// A page that says what has been done: `/confirmUser`, and what follows `/passkeys/add` where the browser is not sent on.
#[derive(Template)]
#[template(path = "login/done.html")]
pub struct Done<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// What has been done.
    pub what: Outcome,
    /// Whether there is a link to `/login`, with the query that travels.
    pub sign_in: bool,
}

/// What has been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The sign-up is confirmed.
    Confirmed,
    /// A passkey has been added.
    PasskeyAdded,
}

impl Done<'_> {
    fn heading(&self) -> String {
        self.shell.text(match self.what {
            Outcome::Confirmed => "confirmed",
            Outcome::PasskeyAdded => "passkey-added",
        })
    }
}

/// The page `/error`.
#[derive(Template)]
#[template(path = "login/error.html")]
pub struct ErrorPage<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// What the page says first.
    pub kind: ErrorKind,
    /// What it says then: a code or text of AWS's, `redirect_mismatch`, or what is wrong in the page's language.
    pub problem: Option<Problem<'a>>,
    /// The parameter or value that was refused, and how it was sent.
    pub refused: Option<(&'a str, &'a str)>,
    /// Whether there is a link to `/login`, with the query that travels.
    pub sign_in: bool,
}

/// What an error page says first (domain 2.7 and 10.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `An error was encountered with the requested page.`
    Request,
    /// `Something went wrong`
    General,
    /// `Login pages unavailable`, with `Please contact an administrator`.
    Unavailable,
}

impl ErrorPage<'_> {
    fn heading(&self) -> String {
        self.shell.text(match self.kind {
            ErrorKind::Request => "error-request",
            ErrorKind::General => "error-general",
            ErrorKind::Unavailable => "error-unavailable",
        })
    }

    fn is_unavailable(&self) -> bool {
        self.kind == ErrorKind::Unavailable
    }
}
