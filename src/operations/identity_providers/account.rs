//! How requests name accounts at providers (administration 4.3).

use crate::domain::failure::Failure;
use crate::domain::identity_link::{Account, SUBJECT};
use crate::model::ProviderUserIdentifierType;
use crate::operations::Error;

/// The account, whose three parts all have to be given.
///
/// # Errors
/// [`Failure::MissingParameter`] with the first that is not.
pub fn account(given: ProviderUserIdentifierType) -> Result<Account, Error> {
    Ok(Account {
        provider: present(given.provider_name, "ProviderName")?,
        attribute: present(given.provider_attribute_name, "ProviderAttributeName")?,
        value: present(given.provider_attribute_value, "ProviderAttributeValue")?,
    })
}

/// The account that is linked to. Its attribute's name is ignored.
///
/// # Errors
/// As [`account`].
pub fn destination(given: ProviderUserIdentifierType) -> Result<Account, Error> {
    account(ProviderUserIdentifierType {
        provider_attribute_name: Some(SUBJECT.to_owned()),
        ..given
    })
}

fn present(given: Option<String>, name: &str) -> Result<String, Error> {
    let given = given.filter(|text| !text.is_empty());
    given.ok_or_else(|| Failure::MissingParameter(name.to_owned()).into())
}
