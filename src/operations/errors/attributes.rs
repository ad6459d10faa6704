//! The texts of attributes that break the schema.

use std::fmt::Write as _;

use crate::domain::schema::{Fault, Violation};

/// The most attributes that one answer names. A user pool's schema has 70, so that only a request with many
/// that are not in it meets this bound.
const MAX_NAMED_ATTRIBUTES: usize = 100;

/// Which of AWS's three families of texts for attributes an operation uses (behaviour 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttributeChannel {
    /// A user is made.
    Creation,
    /// A user changes its own attributes.
    SelfService,
    /// An administrator changes a user's attributes.
    Administrator,
}

impl AttributeChannel {
    pub(super) fn of(operation: &str) -> Self {
        match operation {
            "SignUp" | "AdminCreateUser" => Self::Creation,
            "AdminUpdateUserAttributes" | "AdminDeleteUserAttributes" => Self::Administrator,
            _ => Self::SelfService,
        }
    }
}

/// Each item ends in a newline, except that a required attribute cannot be deleted.
pub(super) fn attributes(channel: AttributeChannel, violations: &[Violation]) -> String {
    let prefix = match channel {
        AttributeChannel::Creation => "Attributes did not conform to the schema: ",
        // Observed without the prefix that an administrator's other faults have.
        AttributeChannel::Administrator
            if violations.iter().all(|v| v.fault == Fault::Immutable) =>
        {
            ""
        }
        AttributeChannel::Administrator => "Invalid user attributes: ",
        AttributeChannel::SelfService => "",
    };
    let mut text = prefix.to_owned();
    for Violation { attribute, fault } in violations.iter().take(MAX_NAMED_ATTRIBUTES) {
        let named_as_users = match channel {
            AttributeChannel::Creation => false,
            AttributeChannel::SelfService => true,
            AttributeChannel::Administrator => matches!(fault, Fault::Unknown | Fault::Immutable),
        };
        let owner = if named_as_users { "user." } else { "" };
        if text.len() > prefix.len() && !text.ends_with('\n') {
            text.push('\n');
        }
        let _ = write!(text, "{owner}{attribute}: ");
        let _ = match fault {
            Fault::Unknown => writeln!(text, "Attribute does not exist in the schema."),
            Fault::Immutable => writeln!(text, "Attribute cannot be updated."),
            Fault::Missing => writeln!(text, "The attribute is required"),
            Fault::RequiredDeleted => write!(text, "Required attribute cannot be deleted."),
            Fault::TooShort(min) => {
                writeln!(text, "String must be no shorter than {min} characters")
            }
            Fault::TooLong(max) => writeln!(text, "String must be no longer than {max} characters"),
            Fault::NotANumber => writeln!(text, "Value is not a number"),
            Fault::TooSmall(min) => writeln!(text, "Number must be no less than {min}"),
            Fault::TooLarge(max) => writeln!(text, "Number must be no greater than {max}"),
            Fault::NotABoolean => writeln!(text, "Value is not a boolean"),
            Fault::NotADateTime => writeln!(text, "Value is not a date and time"),
        };
    }
    text
}
