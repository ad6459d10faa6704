//! The rows of a CSV file with users, and its header (administration 9.3).
//!
//! A row has no quotes: a comma within a value is written `\,`, and a backslash before a comma `\\`. Blanks around a
//! value do not count.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use super::attribute::{Contact, IDENTITIES, SUB};
use super::attribute_update::AttributeInput;
use super::failure::Failure;
use super::schema::{Fault, Schema, Violation};
use super::user_import::{HashAlgorithm, MAX_ROW_CHARACTERS};
use super::user_pool::{MfaMode, PoolSettings};

/// The column of the username.
const USERNAME: &str = "cognito:username";
/// The column that says whether the user has a second factor.
const MFA_ENABLED: &str = "cognito:mfa_enabled";
/// The column of the password's hash.
const PASSWORD_HASH: &str = "password_hash";
/// The most characters of a column's name that a message shows.
const SHOWN_NAME: usize = 60;
/// The most characters of a username.
const MAX_USERNAME: usize = 128;
/// The characters of usernames, as the service model has them.
static USERNAME_FORM: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$").ok());
/// The most violations of the schema that a reason names.
const SHOWN_VIOLATIONS: usize = 10;

/// The columns of a pool's files, in the order in which GetCSVHeader lists them.
#[must_use]
pub fn columns(schema: &Schema) -> Vec<String> {
    let attributes = schema.attributes.iter().map(|a| a.name.as_str());
    attributes
        .filter(|name| *name != SUB && *name != IDENTITIES)
        .chain([MFA_ENABLED, USERNAME])
        .map(str::to_owned)
        .collect()
}

/// The values of a line, trimmed.
#[must_use]
pub fn split(line: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ',' => {
                values.push(value.trim().to_owned());
                value.clear();
            }
            '\\' => value.push(
                characters
                    .next_if(|c| matches!(c, ',' | '\\'))
                    .unwrap_or('\\'),
            ),
            other => value.push(other),
        }
    }
    values.push(value.trim().to_owned());
    values
}

/// The header of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The names of the columns in their order.
    columns: Vec<String>,
}

/// Why a header is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// There is none, or it cannot be read.
    Unreadable,
    /// A column is missing.
    Missing(String),
    /// A column is none of the pool's.
    Unknown(String),
    /// A column is there twice.
    Repeated(String),
}

impl fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("The header of the CSV file cannot be read."),
            Self::Missing(name) => {
                write!(f, "The header of the CSV file lacks the column {name}.")
            }
            Self::Unknown(name) => {
                let shown: String = name.chars().take(SHOWN_NAME).collect();
                write!(
                    f,
                    "The header of the CSV file has an unknown column {shown}."
                )
            }
            Self::Repeated(name) => {
                write!(f, "The header of the CSV file has the column {name} twice.")
            }
        }
    }
}

impl Header {
    /// The header in this line. The columns may come in any order; all of the pool's must be there, and
    /// `password_hash` if the job has an algorithm.
    ///
    /// # Errors
    /// [`HeaderFault`].
    pub fn parse(
        line: &str,
        schema: &Schema,
        algorithm: Option<HashAlgorithm>,
    ) -> Result<Self, HeaderFault> {
        if line.trim().is_empty() {
            return Err(HeaderFault::Unreadable);
        }
        let mut expected = columns(schema);
        if algorithm.is_some() {
            expected.push(PASSWORD_HASH.to_owned());
        }
        let found = split(line);
        for (index, name) in found.iter().enumerate() {
            if !expected.contains(name) {
                return Err(HeaderFault::Unknown(name.clone()));
            }
            if found.iter().take(index).any(|other| other == name) {
                return Err(HeaderFault::Repeated(name.clone()));
            }
        }
        match expected.into_iter().find(|name| !found.contains(name)) {
            Some(missing) => Err(HeaderFault::Missing(missing)),
            None => Ok(Self { columns: found }),
        }
    }
}

/// What a row says of a user. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct RowUser {
    /// The name.
    pub username: String,
    /// The attributes that have a value.
    pub attributes: Vec<AttributeInput>,
    /// Whether the user has text messages as a second factor.
    pub sms_mfa: bool,
    /// The hash of the password, if there is one.
    pub password_hash: Option<String>,
}

impl fmt::Debug for RowUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowUser(..)")
    }
}

/// Why a row is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFault {
    /// It has too many characters.
    TooLong,
    /// It is not UTF-8, or has a character that no text may have.
    NotText,
    /// It has another number of values than the header.
    Columns {
        /// The number of its values.
        found: usize,
        /// That of the header.
        expected: usize,
    },
    /// The username is missing.
    NoUsername,
    /// The username has characters that no username may have, or too many.
    BadUsername,
    /// No attribute that the pool verifies is given and verified.
    NothingVerified,
    /// A required attribute is missing.
    Missing(String),
    /// A value that says yes or no says neither.
    NeitherTrueNorFalse(String),
    /// The birth date has another form.
    Birthdate,
    /// The pool's second factor is required or off, and the row says otherwise.
    Mfa(bool),
    /// A second factor by text message needs a phone number.
    MfaWithoutPhone,
    /// The hash is none of the algorithm.
    MalformedHash(HashAlgorithm),
    /// The hash costs more than is permitted.
    CostlyHash(HashAlgorithm),
    /// What creating a user refuses.
    Refused(Failure),
}

impl RowFault {
    /// The reason that the log has; `None` for a user that exists, whose row is skipped.
    #[must_use]
    pub fn reason(&self, settings: &PoolSettings) -> Option<String> {
        Some(match self {
            Self::TooLong => format!("The row has more than {MAX_ROW_CHARACTERS} characters."),
            Self::NotText => "The row is not UTF-8 text.".to_owned(),
            Self::Columns { found, expected } => {
                format!("The row has {found} values, and the header {expected} columns.")
            }
            Self::NoUsername => "The User Record does not set cognito:username.".to_owned(),
            Self::BadUsername => {
                "The User Record sets cognito:username to a value that is not a username."
                    .to_owned()
            }
            Self::NothingVerified => "The User Record does not set any of the auto verified \
                                      attributes to true. (Example: email_verified to true)."
                .to_owned(),
            Self::Missing(name) => {
                format!("The User Record does not set the required attribute {name}.")
            }
            Self::NeitherTrueNorFalse(name) => {
                format!("The User Record sets {name} to neither true nor false.")
            }
            Self::Birthdate => {
                "The User Record sets birthdate to a value that is not of the form mm/dd/yyyy."
                    .to_owned()
            }
            Self::Mfa(wanted) => format!(
                "The User Record does not set cognito:mfa_enabled to {wanted}, as the user pool has it."
            ),
            Self::MfaWithoutPhone => {
                "The User Record sets cognito:mfa_enabled to true without a phone_number."
                    .to_owned()
            }
            Self::MalformedHash(algorithm) => format!(
                "The User Record sets password_hash to a value that is not a hash of {}.",
                algorithm.as_str()
            ),
            Self::CostlyHash(algorithm) => format!(
                "The User Record sets password_hash to a hash whose parameters are above the limits of {}.",
                algorithm.as_str()
            ),
            Self::Refused(failure) => return refusal(failure, settings),
        })
    }
}

/// The reason for a refusal of the rules for new users; `None` if the username is taken.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "no other refusal comes from making a user without a password"
)]
fn refusal(failure: &Failure, settings: &PoolSettings) -> Option<String> {
    Some(match failure {
        Failure::UsernameExists => return None,
        Failure::ContactIsUsername(contact) if settings.username_attributes.contains(contact) => {
            return None;
        }
        Failure::ContactIsUsername(contact) => {
            format!(
                "Another user has the alias {} of the User Record.",
                contact.attribute()
            )
        }
        Failure::AliasExists(attribute) => {
            format!("Another user has the alias {attribute} of the User Record.")
        }
        Failure::UsernameMustBe(contacts) => format!(
            "The User Record sets cognito:username to a value that is not of the form of {}.",
            contacts
                .iter()
                .map(|contact| contact.attribute())
                .collect::<Vec<_>>()
                .join(" or ")
        ),
        Failure::UsernameLooksLike(contact) => format!(
            "The User Record sets cognito:username to a value of the form of {}, which is an alias.",
            contact.attribute()
        ),
        Failure::UsernameAttributeDiffers(contact) => format!(
            "The User Record sets {} to another value than cognito:username.",
            contact.attribute()
        ),
        Failure::MalformedContact(contact) => format!(
            "The User Record sets {} to a value of another form.",
            contact.attribute()
        ),
        Failure::FlagWithoutContact(contact) => format!(
            "The User Record sets {} without {}.",
            contact.verified_flag(),
            contact.attribute()
        ),
        Failure::Attributes(violations) => format!(
            "The User Record does not conform to the schema: {}.",
            violations
                .iter()
                .take(SHOWN_VIOLATIONS)
                .map(violation)
                .collect::<Vec<_>>()
                .join(", ")
        ),
        _ => "The User Record is not accepted.".to_owned(),
    })
}

fn violation(Violation { attribute, fault }: &Violation) -> String {
    match fault {
        Fault::Unknown => format!("{attribute} does not exist"),
        Fault::Immutable => format!("{attribute} cannot be updated"),
        Fault::Missing | Fault::RequiredDeleted => format!("{attribute} is required"),
        Fault::TooShort(min) => format!("{attribute} must be no shorter than {min} characters"),
        Fault::TooLong(max) => format!("{attribute} must be no longer than {max} characters"),
        Fault::NotANumber => format!("{attribute} is not a number"),
        Fault::TooSmall(min) => format!("{attribute} must be no less than {min}"),
        Fault::TooLarge(max) => format!("{attribute} must be no greater than {max}"),
        Fault::NotABoolean => format!("{attribute} is not a boolean"),
        Fault::NotADateTime => format!("{attribute} is not a date and time"),
    }
}

/// What a row says of a user, by the rules for files. Those for new users come afterwards.
///
/// # Errors
/// The first fault.
pub fn read(header: &Header, settings: &PoolSettings, line: &str) -> Result<RowUser, RowFault> {
    if line.chars().count() > MAX_ROW_CHARACTERS {
        return Err(RowFault::TooLong);
    }
    // PostgreSQL does not store it.
    if line.contains('\0') {
        return Err(RowFault::NotText);
    }
    let values = split(line);
    if values.len() != header.columns.len() {
        return Err(RowFault::Columns {
            found: values.len(),
            expected: header.columns.len(),
        });
    }
    let mut username = String::new();
    let mut mfa = None;
    let mut password_hash = None;
    let mut attributes = Vec::new();
    for (name, value) in header.columns.iter().zip(values) {
        match name.as_str() {
            USERNAME => username = value,
            _ if value.is_empty() => {}
            MFA_ENABLED => mfa = Some(yes_or_no(name, &value)?),
            PASSWORD_HASH => password_hash = Some(value),
            _ => attributes.push(AttributeInput {
                value: Some(stored(name, value)?),
                name: name.clone(),
            }),
        }
    }
    check_username(&username)?;
    for contact in Contact::ALL {
        drop_empty_contacts_flag(&mut attributes, contact);
    }
    let has = |name: &str| attributes.iter().any(|given| given.name == name);
    if let Some(missing) = settings.schema.required().find(|a| !has(&a.name)) {
        return Err(RowFault::Missing(missing.name.clone()));
    }
    let is_verified = |contact: &Contact| {
        let flag = contact.verified_flag();
        let says_yes =
            |given: &AttributeInput| given.name == flag && given.value.as_deref() == Some("true");
        has(contact.attribute()) && attributes.iter().any(says_yes)
    };
    if !settings.auto_verified.iter().any(is_verified) {
        return Err(RowFault::NothingVerified);
    }
    let sms_mfa = match (settings.mfa, mfa) {
        (MfaMode::On, Some(false)) => return Err(RowFault::Mfa(true)),
        (MfaMode::Off, Some(true)) => return Err(RowFault::Mfa(false)),
        (MfaMode::Optional, Some(true)) => {
            if !has(Contact::PhoneNumber.attribute()) {
                return Err(RowFault::MfaWithoutPhone);
            }
            true
        }
        (MfaMode::On | MfaMode::Off | MfaMode::Optional, _) => false,
    };
    Ok(RowUser {
        username,
        attributes,
        sms_mfa,
        password_hash,
    })
}

/// Files say of a contact that is not given that it is not verified, which then is no attribute. That it is verified
/// stays, and is refused with the rules for new users.
fn drop_empty_contacts_flag(attributes: &mut Vec<AttributeInput>, contact: Contact) {
    if !attributes
        .iter()
        .any(|given| given.name == contact.attribute())
    {
        let flag = contact.verified_flag();
        attributes.retain(|given| given.name != flag || given.value.as_deref() != Some("false"));
    }
}

fn check_username(username: &str) -> Result<(), RowFault> {
    if username.is_empty() {
        return Err(RowFault::NoUsername);
    }
    let has_form = USERNAME_FORM
        .as_ref()
        .is_some_and(|form| form.is_match(username));
    if username.chars().count() > MAX_USERNAME || !has_form {
        return Err(RowFault::BadUsername);
    }
    Ok(())
}

/// A value as users have it: flags in lower case, birth dates as ISO 8601 has them.
fn stored(name: &str, value: String) -> Result<String, RowFault> {
    if Contact::flagged(name).is_some() {
        return Ok(yes_or_no(name, &value)?.to_string());
    }
    if name == "birthdate" {
        return iso_date(&value).ok_or(RowFault::Birthdate);
    }
    Ok(value)
}

fn yes_or_no(name: &str, value: &str) -> Result<bool, RowFault> {
    if value.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if value.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(RowFault::NeitherTrueNorFalse(name.to_owned()))
    }
}

/// `mm/dd/yyyy` as `yyyy-mm-dd`, if there is such a day.
fn iso_date(text: &str) -> Option<String> {
    let is_shaped = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            2 | 5 => byte == b'/',
            _ => byte.is_ascii_digit(),
        });
    if !is_shaped {
        return None;
    }
    let date = jiff::civil::Date::strptime("%m/%d/%Y", text).ok()?;
    Some(date.to_string())
}

#[cfg(test)]
mod tests;
