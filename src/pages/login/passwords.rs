//! Passwords that are forgotten, and those that have to be changed.

use askama::Template;

use super::field::{AttributeValue, Field, Identifier, Kind};
use super::shell::Shell;
use super::sign_in::{CodeSource, code_field};
use super::sign_up::attribute_fields;
use crate::domain::user_pool::PasswordPolicy;

/// The `id` of the field in which a new password is repeated.
pub const CONFIRM_PASSWORD: &str = "confirm_password";

/// The page `/forgotPassword`.
#[derive(Template)]
#[template(path = "login/forgot_password.html")]
pub struct ForgotPassword<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// What users sign in with.
    pub identifier: Identifier,
    /// What is filled in.
    pub username: &'a str,
}

impl<'a> ForgotPassword<'a> {
    fn heading(&self) -> String {
        self.shell.text("forgot-password")
    }

    fn text(&self) -> String {
        self.shell.text(match self.identifier {
            Identifier::Username => "forgot-by-username",
            Identifier::Email => "forgot-by-email",
            Identifier::Phone => "forgot-by-phone",
            Identifier::EmailOrPhone => "forgot-by-email-or-phone",
        })
    }

    fn username_field(&self) -> Field<'a> {
        let (label, kind) = (self.identifier.label(), self.identifier.kind());
        let names = ("username", "username");
        let field = Field::new(self.shell, names, label, kind, "username");
        field.with_value(self.username).focused()
    }
}

/// The page `/confirmforgotPassword`.
#[derive(Template)]
#[template(path = "login/reset_password.html")]
pub struct ResetPassword<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// Whose password it is; the hidden field `username` carries it.
    pub username: &'a str,
    /// Where the code went; the hidden fields `destination` and `deliveryMedium` carry it.
    pub source: CodeSource<'a>,
    /// What a password has to be like.
    pub policy: &'a PasswordPolicy,
}

impl<'a> ResetPassword<'a> {
    fn heading(&self) -> String {
        self.shell.text("change-password")
    }

    fn text(&self) -> String {
        let messages = ["reset-by-email", "reset-by-sms", "reset-text"];
        self.source.explain(self.shell, messages)
    }

    fn code_field(&self) -> Field<'a> {
        code_field(self.shell, "forgot_password_code", "code").focused()
    }

    fn password_fields(&self) -> [Field<'a>; 2] {
        new_password_fields(self.shell, self.policy)
    }
}

/// The page on which a temporary password is replaced within a sign-in.
#[derive(Template)]
#[template(path = "login/new_password.html")]
pub struct NewPassword<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// Whose password it is, for the browser's store of passwords.
    pub username: &'a str,
    /// The page that the form is sent to, such as `/login`.
    pub page: &'a str,
    /// The required attributes that the user lacks.
    pub attributes: &'a [AttributeValue<'a>],
    /// What a password has to be like.
    pub policy: &'a PasswordPolicy,
}

impl<'a> NewPassword<'a> {
    fn heading(&self) -> String {
        self.shell.text("change-password")
    }

    fn password_fields(&self) -> [Field<'a>; 2] {
        new_password_fields(self.shell, self.policy)
    }

    fn attribute_fields(&self) -> Vec<Field<'a>> {
        attribute_fields(self.shell, self.attributes)
    }
}

/// A new password and its repetition.
fn new_password_fields<'a>(shell: &Shell<'_>, policy: &PasswordPolicy) -> [Field<'a>; 2] {
    let field = |names, label| Field::new(shell, names, label, Kind::Password, "new-password");
    [
        field(("new_password", "password"), "new-password").with_rules(shell, policy),
        field((CONFIRM_PASSWORD, "confirmPassword"), "new-password-again"),
    ]
}
