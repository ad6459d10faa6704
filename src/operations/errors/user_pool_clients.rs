//! Types and texts of the refusals of app clients' secrets (administration 5).

use crate::domain::client_secret::ClientSecretFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) const fn client_secret(fault: ClientSecretFault) -> (Code, &'static str) {
    match fault {
        ClientSecretFault::PublicClient => (
            Code::InvalidParameterException,
            "User pool client does not have a client secret.",
        ),
        ClientSecretFault::TooMany => (
            Code::LimitExceededException,
            "Client secrets cannot exceed limit of 2 secrets.",
        ),
        ClientSecretFault::OnlyOne => (
            Code::InvalidParameterException,
            "Cannot delete the only client secret.",
        ),
        ClientSecretFault::NotFound => (
            Code::ResourceNotFoundException,
            "Client secret does not exist.",
        ),
    }
}
