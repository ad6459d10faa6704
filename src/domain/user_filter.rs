//! The filter of ListUsers: one condition, `attribute = "value"` or `attribute ^= "value"`
//! (behaviour 9.1).

use super::failure::Failure;
use super::user::UserStatus;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFilter {
    /// What is compared.
    pub field: Field,
    /// Whether the value need only begin it.
    pub prefix: bool,
    /// The value.
    pub value: String,
}

/// What ListUsers can search by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The username, in the case it was given.
    Username,
    /// The `sub`.
    Sub,
    /// `email`.
    Email,
    /// `phone_number`.
    PhoneNumber,
    /// `name`.
    Name,
    /// `given_name`.
    GivenName,
    /// `family_name`.
    FamilyName,
    /// `preferred_username`.
    PreferredUsername,
    /// `cognito:user_status`, in any case.
    UserStatus,
    /// `status`: `Enabled` or `Disabled`.
    Enabled,
}

impl Field {
    /// Whether comparison ignores the case of ASCII letters: everywhere but in usernames and in
    /// `status` (behaviour 9.1).
    #[must_use]
    pub const fn ignores_case(self) -> bool {
        match self {
            Self::Username | Self::Enabled => false,
            Self::Sub
            | Self::Email
            | Self::PhoneNumber
            | Self::Name
            | Self::GivenName
            | Self::FamilyName
            | Self::PreferredUsername
            | Self::UserStatus => true,
        }
    }
}

const FIELDS: [(&str, Field); 10] = [
    ("username", Field::Username),
    ("sub", Field::Sub),
    ("email", Field::Email),
    ("phone_number", Field::PhoneNumber),
    ("name", Field::Name),
    ("given_name", Field::GivenName),
    ("family_name", Field::FamilyName),
    ("preferred_username", Field::PreferredUsername),
    ("cognito:user_status", Field::UserStatus),
    ("status", Field::Enabled),
];

impl UserFilter {
    /// Parses a filter; `None` for an empty one, which is none. Inside the quotes, `\"` and `\\`
    /// stand for `"` and `\`.
    ///
    /// # Errors
    /// [`Failure::FilterSyntax`], or [`Failure::FilterAttribute`] for an attribute that cannot be
    /// searched by.
    pub fn parse(text: &str) -> Result<Option<Self>, Failure> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        // The name may be quoted as the value must be; the guide's own example does it.
        let (name, rest) = if text.starts_with('"') {
            quoted(text).ok_or(Failure::FilterSyntax)?
        } else {
            let end = text
                .find(|c: char| c.is_whitespace() || "=^\"".contains(c))
                .ok_or(Failure::FilterSyntax)?;
            let (name, rest) = text.split_at(end);
            (name.to_owned(), rest)
        };
        let rest = rest.trim_start();
        let (prefix, rest) = match (rest.strip_prefix("^="), rest.strip_prefix('=')) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(Failure::FilterSyntax),
        };
        let (value, rest) = quoted(rest.trim_start()).ok_or(Failure::FilterSyntax)?;
        if name.is_empty() || !rest.is_empty() {
            return Err(Failure::FilterSyntax);
        }
        let field = FIELDS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, field)| *field)
            .ok_or_else(|| Failure::FilterAttribute(name.clone()))?;
        Ok(Some(Self {
            field,
            prefix,
            value,
        }))
    }

    /// For a field that is compared without regard to case: the value in the form in which such
    /// fields are compared, ASCII letters in lower case.
    #[must_use]
    pub fn folded(self) -> Self {
        if !self.field.ignores_case() {
            return self;
        }
        let value = self.value.to_ascii_lowercase();
        Self { value, ..self }
    }

    /// For a filter by status: the statuses that it lets through.
    #[must_use]
    pub fn statuses(&self) -> Vec<UserStatus> {
        let wanted = self.value.to_ascii_uppercase();
        let fits = |word: &str| {
            if self.prefix {
                word.starts_with(&wanted)
            } else {
                word == wanted
            }
        };
        UserStatus::ALL
            .into_iter()
            .filter(|status| fits(status.as_str()))
            .collect()
    }

    /// For a filter by `status`: which of enabled and disabled users it lets through.
    #[must_use]
    pub fn enabled_states(&self) -> Vec<bool> {
        let fits = |word: &str| {
            if self.prefix {
                word.starts_with(&self.value)
            } else {
                word == self.value
            }
        };
        [("Enabled", true), ("Disabled", false)]
            .into_iter()
            .filter(|(word, _)| fits(word))
            .map(|(_, enabled)| enabled)
            .collect()
    }
}

/// The content of the quoted string that `text` begins with, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut characters = text.strip_prefix('"')?.chars();
    let mut value = String::new();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_documented_forms_are_parsed() {
        let parsed = |text| UserFilter::parse(text).unwrap().unwrap();
        assert_eq!(
            parsed("given_name = \"Jon\""),
            UserFilter {
                field: Field::GivenName,
                prefix: false,
                value: "Jon".into()
            }
        );
        assert_eq!(
            parsed("cognito:user_status^=\"con\"").statuses(),
            [UserStatus::Confirmed]
        );
        assert_eq!(parsed(r#"name="a\"b\\""#).value, r#"a"b\"#);
        assert_eq!(parsed("status = \"Disabled\"").enabled_states(), [false]);
        assert!(parsed("status = \"disabled\"").enabled_states().is_empty());
        assert_eq!(UserFilter::parse("  "), Ok(None));
    }

    #[test]
    fn other_forms_and_attributes_are_refused() {
        for text in [
            "email",
            "email = x",
            "email = \"x",
            "email == \"x\"",
            "= \"x\"",
            "email = \"x\" or",
            "email > \"x\"",
        ] {
            assert_eq!(
                UserFilter::parse(text),
                Err(Failure::FilterSyntax),
                "{text}"
            );
        }
        assert_eq!(
            UserFilter::parse("custom:foo = \"x\""),
            Err(Failure::FilterAttribute("custom:foo".into()))
        );
    }

    proptest! {
        #[test]
        fn any_value_comes_back_when_quoted(value in ".{0,40}") {
            let text = format!("email ^= \"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
            prop_assert_eq!(UserFilter::parse(&text).unwrap().unwrap().value, value);
        }

        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = UserFilter::parse(&text);
        }
    }
}
