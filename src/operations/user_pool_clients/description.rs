//! The description of an app client in the answers of the operations that create, update and describe
//! one (behaviour 9).

use secrecy::ExposeSecret;

use crate::app::App;
use crate::domain::app_client::{AppClient, Rotation, TimeUnit, TokenValidity};
use crate::flows::{self, lookup};
use crate::model::{
    EpochSeconds, ExplicitAuthFlowsType, FeatureType, PreventUserExistenceErrorTypes,
    RefreshTokenRotationType, TimeUnitsType, TokenValidityUnitsType, UserPoolClientType,
};
use crate::operations::user_pools::description::passthrough_member;

/// The description of a client, including its secret.
///
/// # Errors
/// If the secret cannot be opened.
pub fn describe(app: &App, client: AppClient) -> flows::Result<UserPoolClientType> {
    let secret = lookup::client_secret(app, &client)?;
    let settings = client.settings;
    let members = &settings.passthrough;
    Ok(UserPoolClientType {
        user_pool_id: Some(client.pool_id),
        client_name: Some(client.name),
        client_id: Some(client.id),
        client_secret: secret.map(|secret| secret.expose_secret().to_owned()),
        last_modified_date: Some(EpochSeconds::from_millis(client.modified_at.millis())),
        creation_date: Some(EpochSeconds::from_millis(client.created_at.millis())),
        refresh_token_validity: Some(settings.validity.refresh),
        access_token_validity: settings.validity.access,
        id_token_validity: settings.validity.id,
        token_validity_units: Some(units(settings.validity)),
        read_attributes: settings.read_attributes,
        write_attributes: settings.write_attributes,
        explicit_auth_flows: settings.explicit_auth_flows.map(|flows| {
            flows
                .iter()
                .filter_map(|name| ExplicitAuthFlowsType::from_wire(name))
                .collect()
        }),
        supported_identity_providers: passthrough_member(members, "SupportedIdentityProviders"),
        callback_urls: passthrough_member(members, "CallbackURLs"),
        logout_urls: passthrough_member(members, "LogoutURLs"),
        default_redirect_uri: passthrough_member(members, "DefaultRedirectURI"),
        allowed_oauth_flows: passthrough_member(members, "AllowedOAuthFlows"),
        allowed_oauth_scopes: passthrough_member(members, "AllowedOAuthScopes"),
        allowed_oauth_flows_user_pool_client: passthrough_member(
            members,
            "AllowedOAuthFlowsUserPoolClient",
        )
        .or(Some(false)),
        analytics_configuration: passthrough_member(members, "AnalyticsConfiguration"),
        prevent_user_existence_errors: settings.prevent_user_existence_errors.map(|hides| {
            if hides {
                PreventUserExistenceErrorTypes::Enabled
            } else {
                PreventUserExistenceErrorTypes::Legacy
            }
        }),
        enable_token_revocation: Some(settings.enable_token_revocation),
        enable_propagate_additional_user_context_data: passthrough_member(
            members,
            "EnablePropagateAdditionalUserContextData",
        )
        .or(Some(false)),
        auth_session_validity: Some(settings.auth_session_validity_minutes),
        refresh_token_rotation: settings.rotation.map(rotation),
        client_type: None,
    })
}

fn units(validity: TokenValidity) -> TokenValidityUnitsType {
    TokenValidityUnitsType {
        access_token: validity.access_unit.map(unit),
        id_token: validity.id_unit.map(unit),
        refresh_token: validity.refresh_unit.map(unit),
    }
}

const fn unit(unit: TimeUnit) -> TimeUnitsType {
    match unit {
        TimeUnit::Seconds => TimeUnitsType::Seconds,
        TimeUnit::Minutes => TimeUnitsType::Minutes,
        TimeUnit::Hours => TimeUnitsType::Hours,
        TimeUnit::Days => TimeUnitsType::Days,
    }
}

const fn rotation(rotation: Rotation) -> RefreshTokenRotationType {
    RefreshTokenRotationType {
        feature: if rotation.enabled {
            FeatureType::Enabled
        } else {
            FeatureType::Disabled
        },
        retry_grace_period_seconds: Some(rotation.grace_seconds),
    }
}
