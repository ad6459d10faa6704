//! Attributes of a user, and the two that messages can be sent to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A user's attributes by full name (`email`, `custom:team`, `dev:custom:note`), without `sub`,
/// which is the user's id. Values are text whatever the attribute's type.
pub type Attributes = BTreeMap<String, String>;

/// The immutable identifier of a user, shown as an attribute.
pub const SUB: &str = "sub";
/// Accounts at identity providers that are linked to the user.
pub const IDENTITIES: &str = "identities";
/// Longest value of any attribute, in bytes (behaviour 2.2).
pub const MAX_VALUE_LENGTH: usize = 2048;

/// An attribute that a message can be sent to, and that a code can verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// `email`.
    Email,
    /// `phone_number`.
    PhoneNumber,
}

impl Contact {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Email, Self::PhoneNumber];

    /// The attribute's name.
    #[must_use]
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
        }
    }

    /// The attribute that says whether it is verified.
    #[must_use]
    pub const fn verified_flag(self) -> &'static str {
        match self {
            Self::Email => "email_verified",
            Self::PhoneNumber => "phone_number_verified",
        }
    }

    /// How a message reaches it.
    #[must_use]
    pub const fn medium(self) -> Medium {
        match self {
            Self::Email => Medium::Email,
            Self::PhoneNumber => Medium::Sms,
        }
    }

    /// The contact whose attribute is called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|contact| contact.attribute() == name)
    }

    /// The contact whose verified flag is called `name`.
    #[must_use]
    pub fn flagged(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|contact| contact.verified_flag() == name)
    }

    /// Whether `value` has this contact's format: an e-mail address, or a phone number in E.164.
    #[must_use]
    pub fn is_well_formed(self, value: &str) -> bool {
        match self {
            Self::Email => is_email(value),
            Self::PhoneNumber => is_phone_number(value),
        }
    }

    /// The user's value and whether it is verified.
    #[must_use]
    pub fn of(self, attributes: &Attributes) -> Option<(&str, bool)> {
        let value = attributes.get(self.attribute())?;
        let verified = attributes
            .get(self.verified_flag())
            .is_some_and(|flag| flag == "true");
        Some((value, verified))
    }
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Medium {
    /// E-mail.
    #[serde(rename = "EMAIL")]
    Email,
    /// Text message.
    #[serde(rename = "SMS")]
    Sms,
}

impl Medium {
    /// `EMAIL` or `SMS`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Sms => "SMS",
        }
    }
}

/// Where a code was sent, masked for the answer (behaviour 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The attribute it was sent to.
    pub contact: Contact,
    /// The masked address.
    pub destination: String,
}

impl Delivery {
    /// A delivery to `value` of `contact`.
    #[must_use]
    pub fn to(contact: Contact, value: &str) -> Self {
        Self {
            contact,
            destination: mask(contact, value),
        }
    }
}

/// Hides an address: of an e-mail the first characters before and after `@` remain, of a phone
/// number the `+` and the last four digits.
#[must_use]
pub fn mask(contact: Contact, value: &str) -> String {
    match contact {
        Contact::Email => {
            let (local, domain) = value.split_once('@').unwrap_or((value, ""));
            let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
            format!("{}***@{}***", first(local), first(domain))
        }
        Contact::PhoneNumber => {
            let digits: Vec<char> = value.chars().filter(|c| *c != '+').collect();
            let hidden = digits.len().saturating_sub(4);
            let shown: String = digits.iter().skip(hidden).collect();
            format!("+{}{shown}", "*".repeat(hidden))
        }
    }
}

/// One `@` with something before it and a dotted name after it, no blanks or controls. The
/// strictness of the real check is not documented; delivery proves the address.
fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.rsplit_once('@') else {
        return false;
    };
    let plain = |text: &str| {
        !text.is_empty()
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c))
    };
    plain(local)
        && !local.contains('@')
        && plain(domain)
        && domain.contains('.')
        && domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

/// `+` and 2 to 15 digits, the first not 0 (E.164).
fn is_phone_number(value: &str) -> bool {
    value.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_those_of_behaviour_3_1() {
        assert_eq!(mask(Contact::Email, "test@test.com"), "t***@t***");
        assert_eq!(mask(Contact::PhoneNumber, "+12125559934"), "+*******9934");
        assert_eq!(mask(Contact::PhoneNumber, "+491515552076"), "+********2076");
        assert_eq!(
            mask(Contact::PhoneNumber, "+4915155554516"),
            "+*********4516"
        );
        assert_eq!(mask(Contact::Email, "éa@ü.example"), "é***@ü***");
    }

    #[test]
    fn only_well_formed_addresses_and_phone_numbers_are_accepted() {
        for good in [
            "a@b.co",
            "first.last+tag@sub.example.com",
            "ü@exämple.org",
            "o'brien@x.io",
        ] {
            assert!(Contact::Email.is_well_formed(good), "{good}");
        }
        for bad in [
            "", "a", "@b.co", "a@", "a@b", "a b@c.de", "a@b@c.de", "a@.de", "a@b..de", "a@b.de\n",
            "<a@b.de>",
        ] {
            assert!(!Contact::Email.is_well_formed(bad), "{bad}");
        }
        for good in ["+15555550100", "+4915112345678"] {
            assert!(Contact::PhoneNumber.is_well_formed(good), "{good}");
        }
        for bad in [
            "",
            "15555550100",
            "+",
            "+0123",
            "+1",
            "+1 555 555",
            "+1234567890123456",
            "+1555x",
        ] {
            assert!(!Contact::PhoneNumber.is_well_formed(bad), "{bad}");
        }
    }
}
