//! An app client's settings of OAuth, which managed login uses, and of analytics.
//!
//! Each type reads its members under their names in the interface too, because earlier versions stored
//! them so (see [`ClientSettings::adopt_untyped_members`]).
//!
//! [`ClientSettings::adopt_untyped_members`]: super::app_client::ClientSettings::adopt_untyped_members

use serde::{Deserialize, Serialize};

/// The settings of OAuth. A list is `None` when it was not given, or given empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OAuthSettings {
    /// Whether the client may use OAuth at all (`AllowedOAuthFlowsUserPoolClient`).
    #[serde(alias = "AllowedOAuthFlowsUserPoolClient")]
    pub enabled: bool,
    /// The grants that it may use.
    #[serde(alias = "AllowedOAuthFlows")]
    pub flows: Option<Vec<OAuthFlow>>,
    /// The scopes that it may request.
    #[serde(alias = "AllowedOAuthScopes")]
    pub scopes: Option<Vec<String>>,
    /// Addresses that the browser may return to after sign-in.
    #[serde(alias = "CallbackURLs")]
    pub callback_urls: Option<Vec<String>>,
    /// Addresses that the browser may return to after sign-out.
    #[serde(alias = "LogoutURLs")]
    pub logout_urls: Option<Vec<String>>,
    /// The callback where a request names none.
    #[serde(alias = "DefaultRedirectURI")]
    pub default_redirect_uri: Option<String>,
}

/// The names of [`OAuthSettings`]' members in the interface.
pub(super) const OAUTH_MEMBERS: [&str; 6] = [
    "AllowedOAuthFlowsUserPoolClient",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "CallbackURLs",
    "LogoutURLs",
    "DefaultRedirectURI",
];

/// A grant of OAuth 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OAuthFlow {
    /// Authorization code.
    Code,
    /// Implicit.
    Implicit,
    /// Client credentials.
    ClientCredentials,
}

/// `AnalyticsConfiguration`: Amazon Pinpoint. Only described.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Analytics {
    /// The project's id.
    #[serde(alias = "ApplicationId")]
    pub application_id: Option<String>,
    /// The project's ARN, instead of its id.
    #[serde(alias = "ApplicationArn")]
    pub application_arn: Option<String>,
    /// The role with which Cognito publishes.
    #[serde(alias = "RoleArn")]
    pub role_arn: Option<String>,
    /// The external id in the role's trust policy.
    #[serde(alias = "ExternalId")]
    pub external_id: Option<String>,
    /// Whether users' data is included.
    #[serde(alias = "UserDataShared")]
    pub user_data_shared: bool,
}
