//! The attribute schema of a user pool: what attributes a user can have and what values they take.

use serde::{Deserialize, Serialize};

use super::attribute::{IDENTITIES, MAX_VALUE_LENGTH, SUB};

/// The attributes of a pool: the standard ones in the order of DescribeUserPool, then the custom
/// ones in the order in which they were added (behaviour 2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schema {
    /// The definitions.
    pub attributes: Vec<AttributeDefinition>,
}

/// One attribute of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeDefinition {
    /// Its full name: `email`, `custom:team`, `dev:custom:note`.
    pub name: String,
    /// The type that values are checked against.
    pub data_type: DataType,
    /// Whether only signed operations see and change it.
    #[serde(default)]
    pub developer_only: bool,
    /// Whether a value can change once the user exists.
    pub mutable: bool,
    /// Whether a user must have a value.
    pub required: bool,
    /// Bounds of the length in characters, of a String.
    #[serde(default)]
    pub length: Bounds,
    /// Bounds of the value, of a Number.
    #[serde(default)]
    pub range: Bounds,
}

/// Bounds as the request gave them: decimal text, each optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// The least.
    pub min: Option<String>,
    /// The greatest.
    pub max: Option<String>,
}

impl Bounds {
    /// Bounds on both sides.
    #[must_use]
    pub fn between(min: &str, max: &str) -> Self {
        Self {
            min: Some(min.to_owned()),
            max: Some(max.to_owned()),
        }
    }
}

/// The type of an attribute. Values travel as text whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DataType {
    /// Any text.
    String,
    /// A decimal number.
    Number,
    /// A point in time.
    DateTime,
    /// `true` or `false`.
    Boolean,
}

/// Why a value or a change of an attribute is refused. Each operation has its own text for it
/// (behaviour 2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The attribute's full name.
    pub attribute: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an attribute's value or change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The schema does not have the attribute.
    Unknown,
    /// It cannot change any more.
    Immutable,
    /// A required attribute would have no value.
    Missing,
    /// A required attribute would lose its value.
    RequiredDeleted,
    /// Fewer characters than this.
    TooShort(String),
    /// More characters than this.
    TooLong(String),
    /// Not a decimal number.
    NotANumber,
    /// Less than this.
    TooSmall(String),
    /// More than this.
    TooLarge(String),
    /// Neither `true` nor `false`.
    NotABoolean,
    /// Not a point in time.
    NotADateTime,
}

/// The standard attributes and their types, in the order of DescribeUserPool.
const STANDARD: [(&str, DataType); 21] = [
    (SUB, DataType::String),
    ("name", DataType::String),
    ("given_name", DataType::String),
    ("family_name", DataType::String),
    ("middle_name", DataType::String),
    ("nickname", DataType::String),
    ("preferred_username", DataType::String),
    ("profile", DataType::String),
    ("picture", DataType::String),
    ("website", DataType::String),
    ("email", DataType::String),
    ("email_verified", DataType::Boolean),
    ("gender", DataType::String),
    ("birthdate", DataType::String),
    ("zoneinfo", DataType::String),
    ("locale", DataType::String),
    ("phone_number", DataType::String),
    ("phone_number_verified", DataType::Boolean),
    ("address", DataType::String),
    ("updated_at", DataType::Number),
    (IDENTITIES, DataType::String),
];

impl Schema {
    /// The standard attributes with AWS's defaults (behaviour 2.1).
    #[must_use]
    pub fn standard() -> Self {
        let definition = |(name, data_type): (&str, DataType)| AttributeDefinition {
            name: name.to_owned(),
            data_type,
            developer_only: false,
            mutable: name != SUB,
            required: name == SUB,
            length: match name {
                SUB => Bounds::between("1", "2048"),
                "birthdate" => Bounds::between("10", "10"),
                IDENTITIES => Bounds::default(),
                _ if data_type == DataType::String => Bounds::between("0", "2048"),
                _ => Bounds::default(),
            },
            range: if name == "updated_at" {
                Bounds {
                    min: Some("0".to_owned()),
                    max: None,
                }
            } else {
                Bounds::default()
            },
        };
        Self {
            attributes: STANDARD.map(definition).into(),
        }
    }

    /// The definition of the attribute called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&AttributeDefinition> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    /// The required attributes other than `sub`.
    pub fn required(&self) -> impl Iterator<Item = &AttributeDefinition> {
        self.attributes
            .iter()
            .filter(|attribute| attribute.required && attribute.name != SUB)
    }

    /// The custom attributes, developer-only ones included.
    pub fn custom(&self) -> impl Iterator<Item = &AttributeDefinition> {
        self.attributes
            .iter()
            .filter(|attribute| !attribute.is_standard())
    }
}

/// Whether `name` is a standard attribute.
#[must_use]
pub fn is_standard(name: &str) -> bool {
    STANDARD.iter().any(|(standard, _)| *standard == name)
}

impl AttributeDefinition {
    /// Whether it is one of the standard attributes.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        is_standard(&self.name)
    }

    /// What is wrong with `value`, if anything. `value` is not empty, since an empty value deletes
    /// the attribute. The formats of e-mail addresses and phone numbers are checked elsewhere, because
    /// their errors have texts of their own.
    #[must_use]
    pub fn fault(&self, value: &str) -> Option<Fault> {
        if value.len() > MAX_VALUE_LENGTH && self.data_type != DataType::String {
            return Some(Fault::TooLong(MAX_VALUE_LENGTH.to_string()));
        }
        match self.data_type {
            DataType::String => self.length_fault(value),
            DataType::Number => self.number_fault(value),
            DataType::Boolean => {
                let known =
                    value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
                (!known).then_some(Fault::NotABoolean)
            }
            DataType::DateTime => (!is_date_time(value)).then_some(Fault::NotADateTime),
        }
    }

    fn length_fault(&self, value: &str) -> Option<Fault> {
        let length = value.chars().count();
        let bound = |text: &Option<String>| text.as_deref().and_then(|t| t.parse::<usize>().ok());
        if let Some(min) = bound(&self.length.min).filter(|min| length < *min) {
            return Some(Fault::TooShort(min.to_string()));
        }
        let max = bound(&self.length.max)
            .unwrap_or(MAX_VALUE_LENGTH)
            .min(MAX_VALUE_LENGTH);
        (length > max || value.len() > MAX_VALUE_LENGTH).then(|| Fault::TooLong(max.to_string()))
    }

    fn number_fault(&self, value: &str) -> Option<Fault> {
        let Some(number) = decimal(value) else {
            return Some(Fault::NotANumber);
        };
        let bound = |text: &Option<String>| text.as_deref().and_then(decimal);
        if bound(&self.range.min).is_some_and(|min| number < min) {
            return self.range.min.clone().map(Fault::TooSmall);
        }
        if bound(&self.range.max).is_some_and(|max| number > max) {
            return self.range.max.clone().map(Fault::TooLarge);
        }
        None
    }

    /// The value as it is stored: a Boolean is written in lower case, as AWS shows it.
    #[must_use]
    pub fn normalised(&self, value: &str) -> String {
        if self.data_type == DataType::Boolean {
            value.to_ascii_lowercase()
        } else {
            value.to_owned()
        }
    }
}

/// A finite decimal number: sign, digits, fraction. No exponent, no `inf`, no blanks. AWS allows
/// up to 2^1023, which is what a double holds.
#[must_use]
pub fn decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Whether `value` is an ISO 8601 date, a date and time, or epoch seconds or milliseconds. AWS does not
/// document which formats it accepts, so every common one is accepted.
fn is_date_time(value: &str) -> bool {
    decimal(value).is_some()
        || value.parse::<jiff::Timestamp>().is_ok()
        || value.parse::<jiff::civil::DateTime>().is_ok()
        || value.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_schema_has_21_attributes_with_their_bounds() {
        let schema = Schema::standard();
        assert_eq!(schema.attributes.len(), 21);
        let birthdate = schema.get("birthdate").unwrap();
        assert_eq!(
            birthdate.fault("1999-1-1"),
            Some(Fault::TooShort("10".into()))
        );
        assert_eq!(
            birthdate.fault("1999-01-011"),
            Some(Fault::TooLong("10".into()))
        );
        assert_eq!(birthdate.fault("1999-01-01"), None);
        assert!(!schema.get("sub").unwrap().mutable);
        assert!(schema.get("sub").unwrap().required);
        assert_eq!(schema.required().count(), 0);
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let schema = Schema::standard();
        let name = schema.get("name").unwrap();
        let mut short = name.clone();
        short.length = Bounds::between("0", "3");
        assert_eq!(short.fault("üüü"), None);
        assert_eq!(short.fault("üüüü"), Some(Fault::TooLong("3".into())));
        assert_eq!(name.fault(&"u".repeat(2048)), None);
        // The whole is bounded in bytes.
        assert_eq!(name.fault(&"ü".repeat(1024)), None);
        assert_eq!(
            name.fault(&"ü".repeat(1025)),
            Some(Fault::TooLong("2048".into()))
        );
    }

    #[test]
    fn numbers_outside_the_range_and_other_texts_are_refused() {
        let mut age = Schema::standard().get("updated_at").unwrap().clone();
        age.range = Bounds::between("1", "10");
        assert_eq!(age.fault("0"), Some(Fault::TooSmall("1".into())));
        assert_eq!(age.fault("11"), Some(Fault::TooLarge("10".into())));
        assert_eq!(age.fault("10.0"), None);
        for bad in ["", "x", "1e3", "inf", "NaN", "1.", ".5", "--1", " 1"] {
            assert_eq!(age.fault(bad), Some(Fault::NotANumber), "{bad}");
        }
    }
}
