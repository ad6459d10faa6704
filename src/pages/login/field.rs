//! Fields of forms: input, label, and what is wrong with the value.

use std::borrow::Cow;

use askama::Template;
use askama::filters::HtmlSafe;

use super::shell::Shell;
use crate::domain::user_pool::PasswordPolicy;

/// A field with its label.
#[derive(Template)]
#[template(path = "login/field.html")]
pub(super) struct Field<'a> {
    id: Cow<'a, str>,
    name: Cow<'a, str>,
    label: String,
    kind: Kind,
    autocomplete: &'static str,
    value: &'a str,
    problem: Option<String>,
    is_focused: bool,
    is_optional: bool,
    is_fixed: bool,
    show_password: String,
    rules: Option<Rules>,
}

/// A field is markup, in which its values are escaped already.
impl HtmlSafe for Field<'_> {}

/// What is typed into a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Like text, which no keyboard is to correct or to begin with a capital.
    Name,
    Email,
    Phone,
    Url,
    Date,
    Number,
    /// Several lines.
    Address,
    /// A code of digits.
    Code,
    Password,
}

impl Kind {
    const fn input_type(self) -> &'static str {
        match self {
            Self::Text | Self::Name | Self::Number | Self::Address | Self::Code => "text",
            Self::Email => "email",
            Self::Phone => "tel",
            Self::Url => "url",
            Self::Date => "date",
            Self::Password => "password",
        }
    }

    const fn input_mode(self) -> Option<&'static str> {
        match self {
            Self::Number | Self::Code => Some("numeric"),
            Self::Email => Some("email"),
            Self::Phone => Some("tel"),
            Self::Url => Some("url"),
            Self::Text | Self::Name | Self::Date | Self::Address | Self::Password => None,
        }
    }

    const fn placeholder(self) -> Option<&'static str> {
        match self {
            Self::Email => Some("name@host.com"),
            // A number that nobody has.
            Self::Phone => Some("+12065550100"),
            Self::Text
            | Self::Name
            | Self::Url
            | Self::Date
            | Self::Number
            | Self::Address
            | Self::Code
            | Self::Password => None,
        }
    }

    /// Whether keyboards may correct it and begin it with a capital.
    const fn is_prose(self) -> bool {
        matches!(self, Self::Text | Self::Address)
    }
}

impl<'a> Field<'a> {
    /// A field that has to be filled in. `label` is the id of a message.
    pub(super) fn new(
        shell: &Shell<'_>,
        (id, name): (&'a str, &'a str),
        label: &str,
        kind: Kind,
        autocomplete: &'static str,
    ) -> Self {
        Self {
            problem: shell.problem_of(id),
            id: Cow::Borrowed(id),
            name: Cow::Borrowed(name),
            label: shell.text(label),
            kind,
            autocomplete,
            value: "",
            is_focused: false,
            is_optional: false,
            is_fixed: false,
            show_password: shell.text("show-password"),
            rules: None,
        }
    }

    /// The field of an attribute: `requiredAttributes[email]`.
    pub(super) fn of_attribute(shell: &Shell<'_>, attribute: &AttributeValue<'a>) -> Self {
        let (kind, autocomplete) = attribute.input();
        let id = format!("attribute-{}", attribute.name);
        Self {
            problem: shell.problem_of(&id),
            id: Cow::Owned(id),
            name: Cow::Owned(format!("requiredAttributes[{}]", attribute.name)),
            label: attribute.label(shell),
            kind,
            autocomplete,
            value: attribute.value,
            is_focused: false,
            is_optional: false,
            is_fixed: false,
            show_password: String::new(),
            rules: None,
        }
    }

    /// With a value filled in.
    pub(super) const fn with_value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// As the one that is typed into first.
    pub(super) const fn focused(mut self) -> Self {
        self.is_focused = true;
        self
    }

    /// As one that may stay empty.
    pub(super) const fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// As one that is shown and sent, but not changed.
    pub(super) const fn fixed(mut self) -> Self {
        self.is_fixed = true;
        self
    }

    /// With what the pool asks of a password.
    pub(super) fn with_rules(mut self, shell: &Shell<'_>, policy: &PasswordPolicy) -> Self {
        self.rules = Some(Rules::new(shell, policy));
        self
    }
}

/// What a pool asks of a password.
struct Rules {
    rules: Vec<Rule>,
    met: String,
    not_met: String,
}

struct Rule {
    /// What the script knows it by.
    name: &'static str,
    text: String,
    /// The fewest characters, of the rule about the length.
    minimum: Option<i32>,
}

impl Rules {
    fn new(shell: &Shell<'_>, policy: &PasswordPolicy) -> Self {
        let minimum = policy.minimum_length;
        let length = Rule {
            name: "length",
            text: shell.text_with("rule-length", "count", &minimum.to_string()),
            minimum: Some(minimum),
        };
        let characters = [
            (policy.require_lowercase, "lower", "rule-lower"),
            (policy.require_uppercase, "upper", "rule-upper"),
            (policy.require_numbers, "number", "rule-number"),
            (policy.require_symbols, "symbol", "rule-symbol"),
        ];
        let characters = characters
            .into_iter()
            .filter(|(is_required, ..)| *is_required)
            .map(|(_, name, message)| Rule {
                name,
                text: shell.text(message),
                minimum: None,
            });
        Self {
            rules: characters.chain([length]).collect(),
            met: shell.text("rule-met"),
            not_met: shell.text("rule-not-met"),
        }
    }
}

/// An attribute that the user is asked for, with the value of the last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeValue<'a> {
    /// Its full name: `email`, `custom:team`.
    pub name: &'a str,
    /// What was typed, or empty.
    pub value: &'a str,
}

impl AttributeValue<'_> {
    /// What is typed, and as what a browser can fill it in.
    fn input(&self) -> (Kind, &'static str) {
        match self.name {
            "email" => (Kind::Email, "email"),
            "phone_number" => (Kind::Phone, "tel"),
            "name" => (Kind::Text, "name"),
            "given_name" => (Kind::Text, "given-name"),
            "family_name" => (Kind::Text, "family-name"),
            "middle_name" => (Kind::Text, "additional-name"),
            "nickname" => (Kind::Text, "nickname"),
            "preferred_username" => (Kind::Name, "off"),
            "profile" => (Kind::Url, "off"),
            "picture" => (Kind::Url, "photo"),
            "website" => (Kind::Url, "url"),
            "gender" => (Kind::Text, "sex"),
            "birthdate" => (Kind::Date, "bday"),
            "zoneinfo" => (Kind::Name, "off"),
            "locale" => (Kind::Name, "language"),
            "address" => (Kind::Address, "street-address"),
            "updated_at" => (Kind::Number, "off"),
            _ => (Kind::Text, "off"),
        }
    }

    /// The name of a standard attribute in the page's language; of another one what its pool calls it.
    fn label(&self, shell: &Shell<'_>) -> String {
        match self.name {
            "email" => shell.text("email"),
            "phone_number" => shell.text("phone"),
            "name" | "given_name" | "family_name" | "middle_name" | "nickname"
            | "preferred_username" | "profile" | "picture" | "website" | "gender" | "birthdate"
            | "zoneinfo" | "locale" | "address" | "updated_at" => {
                shell.text(&format!("attribute-{}", self.name))
            }
            name => name.strip_prefix("custom:").unwrap_or(name).to_owned(),
        }
    }
}

/// What a pool's users sign in with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identifier {
    /// A username, and aliases where the pool has them.
    #[default]
    Username,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// Either of the two.
    EmailOrPhone,
}

impl Identifier {
    /// The id of the message that names it.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::EmailOrPhone => "email-or-phone",
        }
    }

    /// What is typed.
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Username | Self::EmailOrPhone => Kind::Name,
            Self::Email => Kind::Email,
            Self::Phone => Kind::Phone,
        }
    }
}
