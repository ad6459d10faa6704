//! App clients and what their settings mean to the rules.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::time::Timestamp;

/// An app client of a user pool. Its secret is stored apart, sealed.
#[derive(Clone, Debug)]
pub struct AppClient {
    /// The pool it belongs to.
    pub pool_id: String,
    /// 26 lower-case letters and digits.
    pub id: String,
    /// Its display name, not unique.
    pub name: String,
    /// The secret, sealed as it is stored. `None` for a public client.
    pub sealed_secret: Option<Vec<u8>>,
    /// Everything that can be set.
    pub settings: ClientSettings,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// Counts changes; an update is conditional on the version that was read.
    pub version: i64,
}

/// The settings of an app client.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// Members that no rule reads, stored and described as they were given, by their names in the
    /// interface.
    #[serde(rename = "kept")]
    pub passthrough: Map<String, Value>,
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
}

impl ClientSettings {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Whether it is on.
    pub enabled: bool,
    /// Seconds that a replaced token still works, 0 to 60.
    pub grace_seconds: i32,
}

/// How long tokens live, as given; see [`TokenValidity::access_seconds`] and its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenValidity {
    /// In units of `refresh_unit`; described as given, 0 acts as the default of 30 days.
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

impl Default for TokenValidity {
    fn default() -> Self {
        Self {
            refresh: 30,
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
        if self.refresh == 0 {
            return Self::seconds(30, None, TimeUnit::Days);
        }
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
