//! Types and texts of the refusals of links (administration 4.3).

use crate::domain::identity_link::LinkFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) const fn link(fault: LinkFault) -> (Code, &'static str) {
    let invalid = Code::InvalidParameterException;
    match fault {
        LinkFault::LocalSource => (
            invalid,
            "Invalid SourceUser: Cognito users with a username/password may not be passed in as a \
             SourceUser, only as a DestinationUser",
        ),
        LinkFault::AlreadyLinked => (invalid, "SourceUser is already linked to DestinationUser"),
        LinkFault::LinkedElsewhere => (
            Code::AliasExistsException,
            "SourceUser is already linked to another user",
        ),
        LinkFault::NotTheSubject => (
            invalid,
            "ProviderAttributeName must be Cognito_Subject for this provider.",
        ),
        LinkFault::TooLong => (
            invalid,
            "ProviderAttributeName or ProviderAttributeValue is too long.",
        ),
    }
}
