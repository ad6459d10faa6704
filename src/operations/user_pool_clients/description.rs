//! The description of an app client in the answers of the operations that create, update and describe
//! one (administration 14).

use secrecy::ExposeSecret;

use crate::app::App;
use crate::domain::app_client::{AppClient, Rotation, TimeUnit, TokenValidity};
use crate::domain::client_secret::ClientSecret;
use crate::domain::oauth_settings::{Analytics, OAuthFlow};
use crate::flows::{self, lookup};
use crate::model::{
    AnalyticsConfigurationType, ClientSecretDescriptorType, EpochSeconds, ExplicitAuthFlowsType,
    FeatureType, OAuthFlowType, PreventUserExistenceErrorTypes, RefreshTokenRotationType,
    TimeUnitsType, TokenValidityUnitsType, UserPoolClientType,
};

/// The description of a client, including its secret.
///
/// # Errors
/// If the secret cannot be opened.
pub fn describe(app: &App, client: AppClient) -> flows::Result<UserPoolClientType> {
    let oldest = lookup::client_secrets(app, &client)?.into_iter().next();
    let settings = client.settings;
    let oauth = settings.oauth;
    Ok(UserPoolClientType {
        user_pool_id: Some(client.pool_id),
        client_name: Some(client.name),
        client_id: Some(client.id),
        client_secret: oldest.map(|secret| secret.expose_secret().to_owned()),
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
        supported_identity_providers: settings.identity_providers,
        callback_urls: oauth.callback_urls,
        logout_urls: oauth.logout_urls,
        default_redirect_uri: oauth.default_redirect_uri,
        allowed_oauth_flows: oauth
            .flows
            .map(|flows| flows.into_iter().map(oauth_flow).collect()),
        allowed_oauth_scopes: oauth.scopes,
        allowed_oauth_flows_user_pool_client: Some(oauth.enabled),
        analytics_configuration: settings
            .analytics
            .map(|analytics| analytics_configuration(analytics, &app.config.server.account_id)),
        prevent_user_existence_errors: settings.prevent_user_existence_errors.map(|hides| {
            if hides {
                PreventUserExistenceErrorTypes::Enabled
            } else {
                PreventUserExistenceErrorTypes::Legacy
            }
        }),
        enable_token_revocation: Some(settings.enable_token_revocation),
        enable_propagate_additional_user_context_data: Some(settings.propagates_user_context),
        auth_session_validity: Some(settings.auth_session_validity_minutes),
        refresh_token_rotation: settings.rotation.map(rotation),
        client_type: None,
    })
}

const fn oauth_flow(flow: OAuthFlow) -> OAuthFlowType {
    match flow {
        OAuthFlow::Code => OAuthFlowType::Code,
        OAuthFlow::Implicit => OAuthFlowType::Implicit,
        OAuthFlow::ClientCredentials => OAuthFlowType::ClientCredentials,
    }
}

/// `AnalyticsConfiguration`. With a project's ARN, the role is by default the one that AWS creates for
/// Cognito in the account.
fn analytics_configuration(analytics: Analytics, account_id: &str) -> AnalyticsConfigurationType {
    let default_role = analytics.application_arn.as_ref().map(|_| {
        format!(
            "arn:aws:iam::{account_id}:role/aws-service-role/cognito-idp.amazonaws.com/\
             AWSServiceRoleForAmazonCognitoIdp"
        )
    });
    AnalyticsConfigurationType {
        application_id: analytics.application_id,
        application_arn: analytics.application_arn,
        role_arn: analytics.role_arn.or(default_role),
        external_id: analytics.external_id,
        user_data_shared: Some(analytics.user_data_shared),
    }
}

/// `TokenValidityUnits`: empty if no unit was given, else all three with their defaults.
fn units(validity: TokenValidity) -> TokenValidityUnitsType {
    let TokenValidity {
        access_unit,
        id_unit,
        refresh_unit,
        ..
    } = validity;
    if access_unit.or(id_unit).or(refresh_unit).is_none() {
        return TokenValidityUnitsType::default();
    }
    let described = |given: Option<TimeUnit>, default| Some(unit(given.unwrap_or(default)));
    TokenValidityUnitsType {
        access_token: described(access_unit, TimeUnit::Hours),
        id_token: described(id_unit, TimeUnit::Hours),
        refresh_token: described(refresh_unit, TimeUnit::Days),
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

/// A client's secret without its value.
pub fn secret_descriptor(client_id: &str, secret: &ClientSecret) -> ClientSecretDescriptorType {
    ClientSecretDescriptorType {
        client_secret_id: Some(secret.id(client_id)),
        client_secret_value: None,
        client_secret_create_date: Some(EpochSeconds::from_millis(secret.created_at.millis())),
    }
}
