//! What signed-in users do with their own profile: sections 1.6, 2.4, 2.5 and 3.4.

mod aliases;
mod attribute_codes;
mod before_update;
mod before_update_setting;
mod delete_attributes;
mod delete_user;
mod get_user;
mod limits;
mod person;
mod tokens;
mod update;
mod update_refusals;

pub use person::{Person, attributes_of};

use crate::confirm::Refusal;

/// Section 2.4.
pub const UNAUTHORIZED_WRITE: Refusal = (
    "NotAuthorizedException",
    "A client attempted to write unauthorized attribute",
);

/// Sections 2.4 and 3.2.
pub const EMAIL_TAKEN: Refusal = (
    "AliasExistsException",
    "An account with the given email already exists.",
);

/// Section 3.4.
pub const NOT_VERIFIABLE: Refusal = (
    "InvalidParameterException",
    "Invalid attribute name. Only phone_number and email can be verified.",
);
