//! Types and texts of the refusals of passkeys (administration 12.2).

use crate::domain::passkey_fault::PasskeyFault;
use crate::model::ErrorCode as Code;

/// The type and the text. AWS's texts are not known but for that of a response that cannot be read; the
/// others are the service model's descriptions of the types.
pub(super) const fn passkey(fault: PasskeyFault) -> (Code, &'static str) {
    match fault {
        PasskeyFault::NotEnabled => (
            Code::WebAuthnNotEnabledException,
            "This exception is thrown when the passkey feature isn't enabled for the user pool.",
        ),
        PasskeyFault::NoRelyingParty => (
            Code::WebAuthnConfigurationMissingException,
            "This exception is thrown when a user pool doesn't have a configured relying party id or a \
             user pool domain.",
        ),
        PasskeyFault::ChallengeNotFound => (
            Code::WebAuthnChallengeNotFoundException,
            "This exception is thrown when the challenge from StartWebAuthn registration has expired.",
        ),
        PasskeyFault::OtherClient => (
            Code::WebAuthnClientMismatchException,
            "This exception is thrown when the access token is for a different client than the one in \
             the original StartWebAuthnRegistration request.",
        ),
        PasskeyFault::Origin => (
            Code::WebAuthnOriginNotAllowedException,
            "This exception is thrown when the passkey credential's registration origin does not align \
             with the user pool relying party id.",
        ),
        PasskeyFault::RelyingParty => (
            Code::WebAuthnRelyingPartyMismatchException,
            "This exception is thrown when the given passkey credential is associated with a different \
             relying party ID than the user pool relying party ID.",
        ),
        PasskeyFault::NotSupported => (
            Code::WebAuthnCredentialNotSupportedException,
            "This exception is thrown when a user presents passkey credentials from an unsupported \
             device or provider.",
        ),
        PasskeyFault::Malformed => (
            Code::InvalidParameterException,
            "Credential data is not valid",
        ),
        PasskeyFault::NotFound => (
            Code::ResourceNotFoundException,
            "Credential does not exist.",
        ),
    }
}
