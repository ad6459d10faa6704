//! Types and texts of the refusals of identity providers (administration 4.2).

use crate::domain::identity_provider::ProviderFault;
use crate::domain::provider_details::DetailsFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) fn provider(fault: &ProviderFault) -> (Code, String) {
    let invalid = |text: String| (Code::InvalidParameterException, text);
    match fault {
        ProviderFault::NotFound(name) => (
            Code::ResourceNotFoundException,
            format!("Identity provider {name} does not exist."),
        ),
        ProviderFault::Exists(name) => (
            Code::DuplicateProviderException,
            format!("A provider with the name {name} already exists in this user pool."),
        ),
        ProviderFault::WrongName(name, kind) => invalid(format!(
            "Provider {name} cannot be of type {}.",
            kind.as_str()
        )),
        ProviderFault::Details(fault) => invalid(details(fault)),
        ProviderFault::InvalidMapping(names) => invalid(format!(
            "AttributeMapping contains invalid mapping: [{}]",
            names.join(", ")
        )),
        ProviderFault::MappingTooLong(bytes) => {
            invalid(format!("AttributeMapping can have at most {bytes} bytes."))
        }
        // UpdateIdentityProvider declares no DuplicateProviderException.
        ProviderFault::IdentifierTaken(identifier) => invalid(format!(
            "The IdpIdentifier {identifier} already exists in this user pool."
        )),
        ProviderFault::AcrMappingOfOtherType => {
            invalid("AcrMapping is only supported for OIDC identity providers.".to_owned())
        }
    }
}

fn details(fault: &DetailsFault) -> String {
    let text = match fault {
        DetailsFault::TooLong(bytes) => {
            return format!("ProviderDetails can have at most {bytes} bytes.");
        }
        DetailsFault::RequestMethod(method) => {
            let shown: String = method.chars().take(1_024).collect();
            return format!(
                "1 validation error detected: Value '{shown}' at 'attributesRequestMethod' failed \
                 to satisfy constraint: Member must satisfy enum value set: [POST, GET]"
            );
        }
        DetailsFault::Value(key) => return format!("Invalid value of {key} in ProviderDetails."),
        DetailsFault::NoMetadata => {
            "At least one of the MetadataURL or MetadataFile should be provided."
        }
        DetailsFault::TwoMetadata => {
            "Only one of the MetadataURL or MetadataFile should be provided."
        }
        DetailsFault::NotMetadata => "MetadataFile is not the metadata of an identity provider.",
        DetailsFault::OidcIncomplete => {
            "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp \
             details."
        }
        DetailsFault::SocialIncomplete => {
            "clientId, clientSecret and authorizeScopes are all required idp details."
        }
        DetailsFault::AppleIncomplete => {
            "clientId, privateKey, teamId, and keyId are all required idp details."
        }
        DetailsFault::PlainHttp => "OIDC endpoint must start with https://",
    };
    text.to_owned()
}
