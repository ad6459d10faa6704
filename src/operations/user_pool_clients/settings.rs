//! Converts the inputs of CreateUserPoolClient and UpdateUserPoolClient to the domain's requests.

use crate::domain::app_client::{DEFAULT_REFRESH_VALIDITY, Rotation, TimeUnit, TokenValidity};
use crate::domain::app_client_request::ClientRequest;
use crate::domain::failure::Failure;
use crate::domain::oauth_settings::{Analytics, OAuthFlow, OAuthSettings};
use crate::domain::setting_fault::SettingFault;
use crate::flows::user_pool_clients::NewSecret;
use crate::model::{
    CreateUserPoolClientRequest, FeatureType, OAuthFlowType, PreventUserExistenceErrorTypes,
    TimeUnitsType, UpdateUserPoolClientRequest,
};

/// The secret of the new client. A given secret is moved out of the request.
///
/// # Errors
/// [`SettingFault::SecretGivenAndGenerated`].
pub fn secret(request: &mut CreateUserPoolClientRequest) -> Result<NewSecret, Failure> {
    match (
        request.client_secret.take(),
        request.generate_secret == Some(true),
    ) {
        (None, false) => Ok(NewSecret::None),
        (None, true) => Ok(NewSecret::Generated),
        (Some(secret), false) => Ok(NewSecret::Given(secret.into())),
        (Some(_), true) => Err(Failure::Setting(SettingFault::SecretGivenAndGenerated)),
    }
}

/// The settings of a new client. Its name, pool and secret are not among them.
#[must_use]
pub fn of_new_client(request: CreateUserPoolClientRequest) -> ClientRequest {
    of_request(UpdateUserPoolClientRequest {
        user_pool_id: String::new(),
        client_id: String::new(),
        client_name: None,
        refresh_token_validity: request.refresh_token_validity,
        access_token_validity: request.access_token_validity,
        id_token_validity: request.id_token_validity,
        token_validity_units: request.token_validity_units,
        read_attributes: request.read_attributes,
        write_attributes: request.write_attributes,
        explicit_auth_flows: request.explicit_auth_flows,
        supported_identity_providers: request.supported_identity_providers,
        callback_urls: request.callback_urls,
        logout_urls: request.logout_urls,
        default_redirect_uri: request.default_redirect_uri,
        allowed_oauth_flows: request.allowed_oauth_flows,
        allowed_oauth_scopes: request.allowed_oauth_scopes,
        allowed_oauth_flows_user_pool_client: request.allowed_oauth_flows_user_pool_client,
        analytics_configuration: request.analytics_configuration,
        prevent_user_existence_errors: request.prevent_user_existence_errors,
        enable_token_revocation: request.enable_token_revocation,
        enable_propagate_additional_user_context_data: request
            .enable_propagate_additional_user_context_data,
        auth_session_validity: request.auth_session_validity,
        refresh_token_rotation: request.refresh_token_rotation,
    })
}

/// The settings of `request`. The client's ids and name are not among them.
#[must_use]
pub fn of_request(request: UpdateUserPoolClientRequest) -> ClientRequest {
    let units = request.token_validity_units.unwrap_or_default();
    ClientRequest {
        read_attributes: request.read_attributes,
        write_attributes: request.write_attributes,
        explicit_auth_flows: request
            .explicit_auth_flows
            .map(|flows| flows.iter().map(ToString::to_string).collect()),
        validity: TokenValidity {
            // Go clients send 0 where nothing is set.
            refresh: request
                .refresh_token_validity
                .filter(|validity| *validity != 0)
                .unwrap_or(DEFAULT_REFRESH_VALIDITY),
            access: request.access_token_validity,
            id: request.id_token_validity,
            refresh_unit: units.refresh_token.map(unit),
            access_unit: units.access_token.map(unit),
            id_unit: units.id_token.map(unit),
        },
        prevent_user_existence_errors: request
            .prevent_user_existence_errors
            .map(|mode| mode == PreventUserExistenceErrorTypes::Enabled),
        enable_token_revocation: request.enable_token_revocation,
        auth_session_validity_minutes: request.auth_session_validity,
        rotation: request.refresh_token_rotation.map(|rotation| Rotation {
            enabled: rotation.feature == FeatureType::Enabled,
            // AWS describes it as 0 when it was not given (observed).
            grace_seconds: rotation.retry_grace_period_seconds.unwrap_or(0),
        }),
        identity_providers: request.supported_identity_providers,
        oauth: OAuthSettings {
            enabled: request.allowed_oauth_flows_user_pool_client == Some(true),
            flows: request
                .allowed_oauth_flows
                .map(|flows| flows.into_iter().map(oauth_flow).collect()),
            scopes: request.allowed_oauth_scopes,
            callback_urls: request.callback_urls,
            logout_urls: request.logout_urls,
            default_redirect_uri: request.default_redirect_uri,
        },
        analytics: request.analytics_configuration.map(|analytics| Analytics {
            application_id: analytics.application_id,
            application_arn: analytics.application_arn,
            role_arn: analytics.role_arn,
            external_id: analytics.external_id,
            user_data_shared: analytics.user_data_shared == Some(true),
        }),
        propagates_user_context: request.enable_propagate_additional_user_context_data
            == Some(true),
    }
}

const fn unit(unit: TimeUnitsType) -> TimeUnit {
    match unit {
        TimeUnitsType::Seconds => TimeUnit::Seconds,
        TimeUnitsType::Minutes => TimeUnit::Minutes,
        TimeUnitsType::Hours => TimeUnit::Hours,
        TimeUnitsType::Days => TimeUnit::Days,
    }
}

const fn oauth_flow(flow: OAuthFlowType) -> OAuthFlow {
    match flow {
        OAuthFlowType::Code => OAuthFlow::Code,
        OAuthFlowType::Implicit => OAuthFlow::Implicit,
        OAuthFlowType::ClientCredentials => OAuthFlow::ClientCredentials,
    }
}
