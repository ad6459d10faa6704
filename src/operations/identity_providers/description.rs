//! How identity providers are read and described (administration 4.1).

use secrecy::ExposeSecret;

use crate::app::App;
use crate::domain::identity_provider::{IdentityProvider, ListedProvider};
use crate::domain::provider_details::CLIENT_SECRET;
use crate::domain::provider_type::ProviderType;
use crate::flows::identity_providers;
use crate::model::{IdentityProviderType, IdentityProviderTypeType, ProviderDescription};
use crate::operations::{Error, convert};

/// The type that a request names.
pub const fn kind(kind: IdentityProviderTypeType) -> ProviderType {
    match kind {
        IdentityProviderTypeType::Saml => ProviderType::Saml,
        IdentityProviderTypeType::Facebook => ProviderType::Facebook,
        IdentityProviderTypeType::Google => ProviderType::Google,
        IdentityProviderTypeType::LoginWithAmazon => ProviderType::LoginWithAmazon,
        IdentityProviderTypeType::SignInWithApple => ProviderType::SignInWithApple,
        IdentityProviderTypeType::Oidc => ProviderType::Oidc,
    }
}

const fn kind_to_wire(kind: ProviderType) -> IdentityProviderTypeType {
    match kind {
        ProviderType::Saml => IdentityProviderTypeType::Saml,
        ProviderType::Facebook => IdentityProviderTypeType::Facebook,
        ProviderType::Google => IdentityProviderTypeType::Google,
        ProviderType::LoginWithAmazon => IdentityProviderTypeType::LoginWithAmazon,
        ProviderType::SignInWithApple => IdentityProviderTypeType::SignInWithApple,
        ProviderType::Oidc => IdentityProviderTypeType::Oidc,
    }
}

/// A provider with its client secret. A private key is never shown.
///
/// # Errors
/// If the client secret cannot be opened.
pub fn provider(app: &App, provider: IdentityProvider) -> Result<IdentityProviderType, Error> {
    let secrets = identity_providers::secrets(app, &provider)?;
    let mut details = provider.details;
    if let Some(secret) = secrets.get(CLIENT_SECRET) {
        details.insert(CLIENT_SECRET.to_owned(), secret.expose_secret().to_owned());
    }
    Ok(IdentityProviderType {
        user_pool_id: Some(provider.pool_id),
        provider_name: Some(provider.name),
        provider_type: Some(kind_to_wire(provider.provider_type)),
        provider_details: Some(details),
        attribute_mapping: provider.attribute_mapping,
        idp_identifiers: Some(provider.identifiers).filter(|names| !names.is_empty()),
        acr_mapping: provider.acr_mapping,
        last_modified_date: Some(convert::epoch(provider.modified_at)),
        creation_date: Some(convert::epoch(provider.created_at)),
    })
}

/// An item of a list.
pub fn listed(provider: ListedProvider) -> ProviderDescription {
    ProviderDescription {
        provider_name: Some(provider.name),
        provider_type: Some(kind_to_wire(provider.provider_type)),
        last_modified_date: Some(convert::epoch(provider.modified_at)),
        creation_date: Some(convert::epoch(provider.created_at)),
    }
}
