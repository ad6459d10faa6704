//! What all login pages have in common.

use super::assets::{SCRIPT, STYLE, TextFile};
use super::branding::Branding;
use super::language::Language;
use super::texts::{Part, Texts};

/// What a page shows around its own content, and what its forms and links carry.
#[derive(Clone, Copy)]
pub struct Shell<'a> {
    /// The language of the page.
    pub language: Language,
    /// What comes before the path of each page: empty where the domain is a host name, `/acme` where it is a path.
    pub base_path: &'a str,
    /// The query that travels from page to page, percent-encoded and without its question mark.
    pub query: &'a str,
    /// The value of the hidden field `_csrf`.
    pub csrf: &'a str,
    /// The id of the app client, or empty where it is not known.
    pub client_id: &'a str,
    /// The name of the app client.
    pub client_name: &'a str,
    /// How the page looks.
    pub branding: &'a Branding,
    /// Further hidden fields that each form of the page carries: name and value.
    pub hidden: &'a [(&'a str, &'a str)],
    /// What went wrong, as a whole.
    pub problem: Option<Problem<'a>>,
    /// What is wrong with single fields.
    pub field_problems: &'a [FieldProblem<'a>],
    /// What went well.
    pub notice: Option<Notice>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem<'a> {
    /// What the API says of it. Its texts are AWS's, and English.
    Text(&'a str),
    /// The new password was not repeated alike.
    PasswordsDiffer,
    /// The sign-in was not finished in time.
    SignInExpired,
    /// The browser gave no passkey that is worth something.
    PasskeyFailed,
    /// A form was not sent by its page.
    ForeignForm,
    /// The sign-in goes on with a step that the pages do not have.
    StepWithoutPage,
    /// A request that no page can be shown for; why is not known.
    RequestInvalid,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldProblem<'a> {
    /// The `id` of the field: `signInFormPassword`, `attribute-email`.
    pub field: &'a str,
    /// What is wrong with it.
    pub problem: Problem<'a>,
}

/// What went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A code was sent again.
    NewCodeSent,
    /// The password has been changed; the user can sign in with it.
    PasswordChanged,
    /// The sign-up is confirmed; the user can sign in.
    Confirmed,
    /// A passkey has been added.
    PasskeyAdded,
}

impl Notice {
    const fn message(self) -> &'static str {
        match self {
            Self::NewCodeSent => "new-code-sent",
            Self::PasswordChanged => "password-changed",
            Self::Confirmed => "confirmed",
            Self::PasskeyAdded => "passkey-added",
        }
    }
}

impl<'a> Shell<'a> {
    /// A message in the page's language.
    #[must_use]
    pub fn text(&self, id: &str) -> String {
        Texts::of(self.language).get(id)
    }

    /// A message with a value of its variable.
    #[must_use]
    pub fn text_with(&self, id: &str, variable: &str, value: &str) -> String {
        Texts::of(self.language).with(id, [(variable, value)])
    }

    /// A message, taken apart where its variables stand.
    pub(super) fn parts<'n>(&self, id: &str, variables: &[&'n str]) -> Vec<Part<'n>> {
        Texts::of(self.language).parts(id, variables)
    }

    /// The address of a page of the domain with the query that travels: of its form, or of a link to it.
    pub(super) fn address(&self, page: &str) -> String {
        let question_mark = if self.query.is_empty() { "" } else { "?" };
        format!("{}{page}{question_mark}{}", self.base_path, self.query)
    }

    /// What the paths of the app client's style and pictures begin with.
    pub(super) fn own_files(&self) -> String {
        format!("{}/assets/{}", self.base_path, self.client_id)
    }

    /// What is wrong, in words.
    pub(super) fn explain(&self, problem: &Problem<'_>) -> String {
        match problem {
            Problem::Text(text) => (*text).to_owned(),
            Problem::PasswordsDiffer => self.text("passwords-differ"),
            Problem::SignInExpired => self.text("sign-in-expired"),
            Problem::PasskeyFailed => self.text("passkey-failed"),
            Problem::ForeignForm => self.text("foreign-form"),
            Problem::StepWithoutPage => self.text("step-without-page"),
            Problem::RequestInvalid => self.text("request-invalid"),
        }
    }

    /// What is wrong with the field that has this id.
    pub(super) fn problem_of(&self, id: &str) -> Option<String> {
        let found = self.field_problems.iter().find(|found| found.field == id);
        found.map(|found| self.explain(&found.problem))
    }

    /// Whether the page says that something is wrong.
    pub(super) const fn has_problem(&self) -> bool {
        self.problem.is_some() || !self.field_problems.is_empty()
    }

    /// What went well, in words.
    pub(super) fn notice_text(&self) -> Option<String> {
        self.notice.map(|notice| self.text(notice.message()))
    }

    pub(super) fn style(&self) -> &'static TextFile {
        &STYLE
    }

    pub(super) fn script(&self) -> &'static TextFile {
        &SCRIPT
    }
}

/// A link to a page elsewhere, such as the terms of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebLink(String);

impl WebLink {
    /// The link, if it is one to a page of the web: a browser would run `javascript:` in the login page.
    #[must_use]
    pub fn new(address: &str) -> Option<Self> {
        let url = url::Url::parse(address).ok()?;
        matches!(url.scheme(), "https" | "http").then(|| Self(url.into()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
