//! Signing up, and confirming it.

use askama::Template;

use super::field::{AttributeValue, Field, Identifier, Kind};
use super::shell::{Shell, WebLink};
use super::sign_in::{CodeSource, code_field};
use super::texts::Part;
use crate::domain::user_pool::PasswordPolicy;

/// The page `/signup`.
#[derive(Template)]
#[template(path = "login/sign_up.html")]
pub struct SignUp<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// What users sign in with.
    pub identifier: Identifier,
    /// The name of the last attempt, or empty.
    pub username: &'a str,
    /// What the pool requires of its users; the attribute that is the username is not among them.
    pub attributes: &'a [AttributeValue<'a>],
    /// What a password has to be like.
    pub policy: &'a PasswordPolicy,
    /// The documents that a user agrees to.
    pub terms_of_use: Option<WebLink>,
    /// Likewise.
    pub privacy_policy: Option<WebLink>,
}

impl<'a> SignUp<'a> {
    fn heading(&self) -> String {
        self.shell.text("sign-up-heading")
    }

    fn username_field(&self) -> Field<'a> {
        let names = ("signUpFormUsername", "username");
        let (label, kind) = (self.identifier.label(), self.identifier.kind());
        let field = Field::new(self.shell, names, label, kind, "username");
        field.with_value(self.username).focused()
    }

    fn attribute_fields(&self) -> Vec<Field<'a>> {
        attribute_fields(self.shell, self.attributes)
    }

    fn password_field(&self) -> Field<'a> {
        let names = ("signUpFormPassword", "password");
        Field::new(
            self.shell,
            names,
            "password",
            Kind::Password,
            "new-password",
        )
        .with_rules(self.shell, self.policy)
    }

    /// The sentence about the documents: its words, and links with their texts.
    fn terms(&self) -> Vec<(String, Option<&WebLink>)> {
        let (message, links) = match (&self.terms_of_use, &self.privacy_policy) {
            (None, None) => return Vec::new(),
            (Some(terms), Some(privacy)) => (
                "terms-both",
                vec![
                    ("terms", "terms-of-use", terms),
                    ("privacy", "privacy-policy", privacy),
                ],
            ),
            (Some(terms), None) => ("terms-one", vec![("document", "terms-of-use", terms)]),
            (None, Some(privacy)) => ("terms-one", vec![("document", "privacy-policy", privacy)]),
        };
        let variables: Vec<&str> = links.iter().map(|(variable, ..)| *variable).collect();
        let parts = self.shell.parts(message, &variables);
        parts
            .into_iter()
            .filter_map(|part| match part {
                Part::Text(text) => Some((text, None)),
                Part::Variable(name) => {
                    let found = links.iter().find(|(variable, ..)| *variable == name);
                    found.map(|(_, text, link)| (self.shell.text(text), Some(*link)))
                }
            })
            .collect()
    }
}

/// A field for each attribute.
pub(super) fn attribute_fields<'a>(
    shell: &Shell<'_>,
    attributes: &[AttributeValue<'a>],
) -> Vec<Field<'a>> {
    let field = |attribute| Field::of_attribute(shell, attribute);
    attributes.iter().map(field).collect()
}

/// The page `/confirm`. Its button for a new code sends the form to `/resendcode`.
#[derive(Template)]
#[template(path = "login/confirm_sign_up.html")]
pub struct ConfirmSignUp<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// Whose sign-up it is; the hidden field `username` carries it.
    pub username: &'a str,
    /// The user's `sub`, or empty; the hidden field `sub` carries it.
    pub sub: &'a str,
    /// Where the code went; the hidden fields `destination` and `deliveryMedium` carry it.
    pub source: CodeSource<'a>,
}

impl<'a> ConfirmSignUp<'a> {
    fn heading(&self) -> String {
        self.shell.text("confirm-heading")
    }

    fn text(&self) -> String {
        let messages = ["confirm-by-email", "confirm-by-sms", "confirm-text"];
        self.source.explain(self.shell, messages)
    }

    fn code_field(&self) -> Field<'a> {
        code_field(self.shell, "verification_code", "verification-code").focused()
    }
}
