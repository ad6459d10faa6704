//! An app client's settings of OAuth, which managed login uses, with their rules (domain 9), and of analytics.
//!
//! Each type reads its members under their names in the interface too, because earlier versions stored
//! them so (see [`ClientSettings::adopt_untyped_members`]).
//!
//! [`ClientSettings::adopt_untyped_members`]: super::app_client::ClientSettings::adopt_untyped_members

use serde::{Deserialize, Serialize};

use super::redirect_uri::{self, RedirectUriFault};
use super::resource_server::is_built_in;

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

impl OAuthSettings {
    /// Checks what can be said without the app client's user pool. Lists are not empty.
    ///
    /// # Errors
    /// The first [`OAuthFault`].
    pub fn check(&self, has_secret: bool) -> Result<(), OAuthFault> {
        let callbacks = self.callback_urls.as_deref().unwrap_or_default();
        let logouts = self.logout_urls.as_deref().unwrap_or_default();
        for uri in callbacks.iter().chain(logouts) {
            redirect_uri::check(uri)
                .map_err(|fault| OAuthFault::RedirectUri(fault, uri.clone()))?;
        }
        if let Some(default) = &self.default_redirect_uri
            && !callbacks.contains(default)
        {
            return Err(OAuthFault::DefaultIsNoCallback(default.clone()));
        }
        if self.enabled && (self.flows.is_none() || self.scopes.is_none()) {
            return Err(OAuthFault::FlowsAndScopesMissing);
        }
        self.check_flows(has_secret)
    }

    /// The client credentials grant is for an app client that acts for nobody but itself; the others need an
    /// address to which users return.
    fn check_flows(&self, has_secret: bool) -> Result<(), OAuthFault> {
        let flows = self.flows.as_deref().unwrap_or_default();
        let redirects = |flow: &OAuthFlow| matches!(flow, OAuthFlow::Code | OAuthFlow::Implicit);
        if flows.contains(&OAuthFlow::ClientCredentials) {
            if flows.iter().any(redirects) {
                return Err(OAuthFault::ClientCredentialsNotAlone);
            }
            if !has_secret {
                return Err(OAuthFault::ClientCredentialsWithoutSecret);
            }
            let mut scopes = self.scopes.iter().flatten();
            if let Some(scope) = scopes.find(|scope| is_built_in(scope)) {
                return Err(OAuthFault::ScopeNeedsUser(scope.clone()));
            }
        }
        if self.enabled && flows.iter().any(redirects) && self.callback_urls.is_none() {
            return Err(OAuthFault::CallbacksMissing);
        }
        Ok(())
    }
}

/// What is wrong with an app client's settings of OAuth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OAuthFault {
    /// A callback or an address after sign-out is not one that browsers may be sent to.
    RedirectUri(RedirectUriFault, String),
    /// The default redirect URI is not among the callbacks.
    DefaultIsNoCallback(String),
    /// The client is to use OAuth, without a grant or without a scope.
    FlowsAndScopesMissing,
    /// The client credentials grant is combined with another.
    ClientCredentialsNotAlone,
    /// The client credentials grant is given to a client that cannot prove who it is.
    ClientCredentialsWithoutSecret,
    /// The client credentials grant is combined with a scope that is about a user.
    ScopeNeedsUser(String),
    /// The client is to use a grant that ends with a redirection, and has no address for it.
    CallbacksMissing,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Option<Vec<String>> {
        let list: Vec<_> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        (!list.is_empty()).then_some(list)
    }

    fn with(flows: &[OAuthFlow], scopes: &[&str], callbacks: &[&str]) -> OAuthSettings {
        OAuthSettings {
            enabled: true,
            flows: (!flows.is_empty()).then(|| flows.to_vec()),
            scopes: list(scopes),
            callback_urls: list(callbacks),
            ..OAuthSettings::default()
        }
    }

    const IN: &[&str] = &["https://app.example.com/in"];

    #[test]
    fn nothing_is_needed_where_oauth_is_off() {
        assert_eq!(OAuthSettings::default().check(false), Ok(()));
        let off = OAuthSettings {
            enabled: false,
            ..with(&[OAuthFlow::Code], &[], &[])
        };
        assert_eq!(off.check(false), Ok(()));
    }

    #[test]
    fn oauth_needs_a_grant_and_a_scope() {
        let missing = Err(OAuthFault::FlowsAndScopesMissing);
        assert_eq!(with(&[], &["openid"], IN).check(false), missing);
        assert_eq!(with(&[OAuthFlow::Code], &[], IN).check(false), missing);
        let both = [OAuthFlow::Code, OAuthFlow::Implicit];
        // Scopes of a user's profile without `openid`: the server accepts them (domain 9).
        assert_eq!(with(&both, &["email"], IN).check(false), Ok(()));
    }

    #[test]
    fn a_grant_that_redirects_needs_a_callback() {
        for flow in [OAuthFlow::Code, OAuthFlow::Implicit] {
            let without = with(&[flow], &["openid"], &[]);
            assert_eq!(without.check(true), Err(OAuthFault::CallbacksMissing));
        }
        let own = with(&[OAuthFlow::ClientCredentials], &["orders/read"], &[]);
        assert_eq!(own.check(true), Ok(()));
    }

    #[test]
    fn client_credentials_are_for_a_client_with_a_secret_alone() {
        let own = OAuthFlow::ClientCredentials;
        for other in [OAuthFlow::Code, OAuthFlow::Implicit] {
            assert_eq!(
                with(&[other, own], &["openid"], IN).check(true),
                Err(OAuthFault::ClientCredentialsNotAlone)
            );
        }
        assert_eq!(
            with(&[own], &["orders/read"], &[]).check(false),
            Err(OAuthFault::ClientCredentialsWithoutSecret)
        );
        for scope in ["openid", "email", "aws.cognito.signin.user.admin"] {
            assert_eq!(
                with(&[own], &["orders/read", scope], &[]).check(true),
                Err(OAuthFault::ScopeNeedsUser(scope.to_owned()))
            );
        }
    }

    #[test]
    fn the_default_redirect_uri_is_a_callback() {
        let default = |uri: &str, callbacks| OAuthSettings {
            default_redirect_uri: Some(uri.to_owned()),
            ..with(&[OAuthFlow::Code], &["openid"], callbacks)
        };
        assert_eq!(
            default("https://app.example.com/in", IN).check(false),
            Ok(())
        );
        for other in ["https://app.example.com/in/", "https://app.example.com/out"] {
            let fault = OAuthFault::DefaultIsNoCallback(other.to_owned());
            assert_eq!(default(other, IN).check(false), Err(fault.clone()));
            assert_eq!(default(other, &[]).check(false), Err(fault));
        }
    }

    #[test]
    fn callbacks_and_addresses_after_sign_out_have_one_rule() {
        let bad = "http://app.example.com/".to_owned();
        let fault = Err(OAuthFault::RedirectUri(
            RedirectUriFault::PlainHttp,
            bad.clone(),
        ));
        let callbacks = OAuthSettings {
            callback_urls: Some(vec!["https://app.example.com/".to_owned(), bad.clone()]),
            ..OAuthSettings::default()
        };
        let logouts = OAuthSettings {
            logout_urls: Some(vec![bad]),
            ..OAuthSettings::default()
        };
        assert_eq!(callbacks.check(false), fault);
        assert_eq!(logouts.check(false), fault);
    }
}
