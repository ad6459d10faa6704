//! App clients and what their settings mean to the rules.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::client_secret::ClientSecret;
use super::oauth_settings::{Analytics, OAUTH_MEMBERS, OAuthSettings};
use super::session_tracking::SSO_SESSION_MINUTES;
use super::time::Timestamp;
use super::user_pool::take_member;

/// An app client of a user pool. Its secret is stored apart, sealed.
#[derive(Clone, Debug)]
pub struct AppClient {
    /// The pool it belongs to.
    pub pool_id: String,
    /// 26 lower-case letters and digits.
    pub id: String,
    /// Its display name, not unique.
    pub name: String,
    /// Its secrets, the oldest first; none of a public client.
    pub secrets: Vec<ClientSecret>,
    /// Everything that can be set.
    pub settings: ClientSettings,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Counts changes; an update is conditional on the version that was read.
    pub version: i64,
}

impl AppClient {
    /// Whether it has to prove a secret.
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        !self.secrets.is_empty()
    }
}

/// The settings of an app client.
///
/// They are stored as JSON. A member that the stored JSON lacks, because an earlier version wrote it, has
/// the default.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientSettings {
    /// Attributes it may read; `None` when never set (behaviour 2.5).
    pub read_attributes: Option<Vec<String>>,
    /// Attributes it may write; `None` when never set.
    pub write_attributes: Option<Vec<String>>,
    /// Sign-in flows by their names in the interface (`ALLOW_…` or the legacy names); `None` when
    /// never set, see [`ClientSettings::allows`].
    pub explicit_auth_flows: Option<Vec<String>>,
    /// How long tokens live.
    pub validity: TokenValidity,
    /// `None` when never set, which acts as LEGACY (behaviour 3.6).
    pub prevent_user_existence_errors: Option<bool>,
    /// Whether tokens carry `jti` and `origin_jti` and RevokeToken works.
    pub enable_token_revocation: bool,
    /// Minutes within which a challenge can be answered, 3 to 15.
    pub auth_session_validity_minutes: i32,
    /// Refresh token rotation; `None` when never set.
    pub rotation: Option<Rotation>,
    /// Identity providers that the client's users can come from; `None` when never set.
    pub identity_providers: Option<Vec<String>>,
    /// OAuth.
    pub oauth: OAuthSettings,
    /// Analytics; `None` when never set.
    pub analytics: Option<Analytics>,
    /// Whether the caller may pass a user's IP address on
    /// (`EnablePropagateAdditionalUserContextData`).
    pub propagates_user_context: bool,
    /// The greatest age, in minutes, of a browser's sign-in at the pool's domain that the client takes; `None` when never
    /// set.
    pub sso_session_minutes: Option<i32>,
    /// Members that no rule reads, stored and described as they were given, by their names in the
    /// interface.
    #[serde(rename = "kept")]
    pub passthrough: Map<String, Value>,
}

/// The name of the flow that a client has alone, or not at all (administration 10.2).
pub(super) const CLIENT_TOKEN_FLOW: &str = "ALLOW_CLIENT_TOKEN_AUTH";

/// Minutes within which a challenge can be answered unless the client says otherwise.
const AUTH_SESSION_VALIDITY_MINUTES: i32 = 3;

impl Default for ClientSettings {
    /// The settings of a client that is created without any (administration 14.1).
    fn default() -> Self {
        Self {
            read_attributes: None,
            write_attributes: None,
            explicit_auth_flows: None,
            validity: TokenValidity::default(),
            prevent_user_existence_errors: None,
            enable_token_revocation: true,
            auth_session_validity_minutes: AUTH_SESSION_VALIDITY_MINUTES,
            rotation: None,
            identity_providers: None,
            oauth: OAuthSettings::default(),
            analytics: None,
            propagates_user_context: false,
            sso_session_minutes: None,
            passthrough: Map::new(),
        }
    }
}

/// A way to sign in that a client can be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthFlow {
    /// USER_PASSWORD_AUTH.
    UserPassword,
    /// USER_SRP_AUTH.
    UserSrp,
    /// CUSTOM_AUTH.
    Custom,
    /// REFRESH_TOKEN_AUTH.
    RefreshToken,
    /// ADMIN_USER_PASSWORD_AUTH.
    AdminUserPassword,
    /// USER_AUTH.
    User,
    /// GetClientToken: the client's own token. No user signs in.
    ClientToken,
    /// GetDerivedToken without an actor's token.
    TokenExchangeImpersonation,
    /// GetDerivedToken with an actor's token.
    TokenExchangeDelegation,
}

impl ClientSettings {
    /// The greatest age, in seconds, of a browser's sign-in at the pool's domain that the client takes.
    #[must_use]
    pub fn browser_session_seconds(&self) -> i64 {
        i64::from(self.sso_session_minutes.unwrap_or(SSO_SESSION_MINUTES)) * 60
    }

    /// Moves members that earlier versions stored in `passthrough`, as the request gave them, into the
    /// typed members of today, and replaces a refresh token's validity of 0 by the default that it stood
    /// for. A member that cannot be read keeps its default.
    pub fn adopt_untyped_members(&mut self) {
        let members = &mut self.passthrough;
        let oauth: Map<String, Value> = OAUTH_MEMBERS
            .into_iter()
            .filter_map(|name| members.remove_entry(name))
            .collect();
        if !oauth.is_empty() {
            self.oauth = serde_json::from_value(oauth.into()).unwrap_or_default();
        }
        if let Some(providers) = take_member(members, "SupportedIdentityProviders") {
            self.identity_providers = Some(providers);
        }
        if let Some(analytics) = take_member(members, "AnalyticsConfiguration") {
            self.analytics = Some(analytics);
        }
        if let Some(propagates) = take_member(members, "EnablePropagateAdditionalUserContextData") {
            self.propagates_user_context = propagates;
        }
        if self.validity.refresh == 0 {
            self.validity.refresh = DEFAULT_REFRESH_VALIDITY;
            self.validity.refresh_unit = self.validity.refresh_unit.and(Some(TimeUnit::Days));
        }
    }

    /// The flows that the client allows: the default when never set is refresh, SRP and custom
    /// (behaviour 5.2). With legacy names, SRP and refresh are always allowed.
    #[must_use]
    pub fn flows(&self) -> BTreeSet<AuthFlow> {
        let default = BTreeSet::from([AuthFlow::RefreshToken, AuthFlow::UserSrp, AuthFlow::Custom]);
        let Some(names) = self.explicit_auth_flows.as_ref().filter(|f| !f.is_empty()) else {
            return default;
        };
        let mut flows = BTreeSet::new();
        for name in names {
            match name.as_str() {
                "ALLOW_USER_PASSWORD_AUTH" => drop(flows.insert(AuthFlow::UserPassword)),
                "ALLOW_USER_SRP_AUTH" => drop(flows.insert(AuthFlow::UserSrp)),
                "ALLOW_CUSTOM_AUTH" => drop(flows.insert(AuthFlow::Custom)),
                "ALLOW_REFRESH_TOKEN_AUTH" => drop(flows.insert(AuthFlow::RefreshToken)),
                "ALLOW_ADMIN_USER_PASSWORD_AUTH" => drop(flows.insert(AuthFlow::AdminUserPassword)),
                "ALLOW_USER_AUTH" => drop(flows.insert(AuthFlow::User)),
                CLIENT_TOKEN_FLOW => drop(flows.insert(AuthFlow::ClientToken)),
                "ALLOW_TOKEN_EXCHANGE_IMPERSONATION" => {
                    flows.insert(AuthFlow::TokenExchangeImpersonation);
                }
                "ALLOW_TOKEN_EXCHANGE_DELEGATION" => {
                    flows.insert(AuthFlow::TokenExchangeDelegation);
                }
                "USER_PASSWORD_AUTH" => {
                    flows.extend([
                        AuthFlow::UserPassword,
                        AuthFlow::UserSrp,
                        AuthFlow::RefreshToken,
                    ]);
                }
                "ADMIN_NO_SRP_AUTH" => flows.extend([
                    AuthFlow::AdminUserPassword,
                    AuthFlow::UserSrp,
                    AuthFlow::RefreshToken,
                ]),
                "CUSTOM_AUTH_FLOW_ONLY" => flows.extend([AuthFlow::Custom, AuthFlow::RefreshToken]),
                _ => {}
            }
        }
        flows
    }

    /// Whether the client allows `flow`.
    #[must_use]
    pub fn allows(&self, flow: AuthFlow) -> bool {
        self.flows().contains(&flow)
    }

    /// Whether answers must not reveal if a user exists; unset is LEGACY, which reveals it.
    #[must_use]
    pub fn hides_users(&self) -> bool {
        self.prevent_user_existence_errors == Some(true)
    }

    /// Whether refresh tokens are replaced at each use.
    #[must_use]
    pub fn rotates(&self) -> bool {
        self.rotation.is_some_and(|rotation| rotation.enabled)
    }
}

/// Refresh token rotation (behaviour 4.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rotation {
    /// Whether it is on.
    pub enabled: bool,
    /// Seconds that a replaced token still works, 0 to 60.
    pub grace_seconds: i32,
}

/// How long tokens live, as given; see [`TokenValidity::access_seconds`] and its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenValidity {
    /// In units of `refresh_unit`.
    pub refresh: i32,
    /// In units of `access_unit`; `None` when never set, which is 1.
    pub access: Option<i32>,
    /// In units of `id_unit`; `None` when never set, which is 1.
    pub id: Option<i32>,
    /// `None` when never set, which is days.
    pub refresh_unit: Option<TimeUnit>,
    /// `None` when never set, which is hours.
    pub access_unit: Option<TimeUnit>,
    /// `None` when never set, which is hours.
    pub id_unit: Option<TimeUnit>,
}

/// Days that a refresh token lives unless the client says otherwise. The number also applies to another
/// unit that is given without a value.
pub const DEFAULT_REFRESH_VALIDITY: i32 = 30;

impl Default for TokenValidity {
    fn default() -> Self {
        Self {
            refresh: DEFAULT_REFRESH_VALIDITY,
            access: None,
            id: None,
            refresh_unit: None,
            access_unit: None,
            id_unit: None,
        }
    }
}

impl TokenValidity {
    /// Seconds that an access token lives. A unit without a value counts once, as observed.
    #[must_use]
    pub fn access_seconds(&self) -> i64 {
        Self::seconds(self.access.unwrap_or(1), self.access_unit, TimeUnit::Hours)
    }

    /// Seconds that an ID token lives. A unit without a value counts once, as observed.
    #[must_use]
    pub fn id_seconds(&self) -> i64 {
        Self::seconds(self.id.unwrap_or(1), self.id_unit, TimeUnit::Hours)
    }

    /// Seconds that a refresh token, and so a session, lives.
    #[must_use]
    pub fn refresh_seconds(&self) -> i64 {
        Self::seconds(self.refresh, self.refresh_unit, TimeUnit::Days)
    }

    fn seconds(value: i32, unit: Option<TimeUnit>, default_unit: TimeUnit) -> i64 {
        i64::from(value) * unit.unwrap_or(default_unit).seconds()
    }
}

/// Unit of a token's validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// 1 s.
    Seconds,
    /// 60 s.
    Minutes,
    /// 3,600 s.
    Hours,
    /// 86,400 s.
    Days,
}

impl TimeUnit {
    const fn seconds(self) -> i64 {
        match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 3600,
            Self::Days => 86_400,
        }
    }
}
