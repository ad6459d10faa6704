//! `[[user_pools]]`: user pools, app clients, groups and users that the server creates at its start, with
//! fixed ids.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// The members of an AWS request, as CreateUserPool or CreateUserPoolClient names them.
pub type WireSettings = serde_json::Map<String, serde_json::Value>;

/// A declared user pool.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredUserPool {
    /// Fixed id, `<region>_<letters and digits>`.
    pub id: String,
    /// PoolName.
    pub name: String,
    /// Other members of CreateUserPool, in the wire's form.
    #[serde(default)]
    pub settings: WireSettings,
    /// App clients of the pool.
    #[serde(default)]
    pub clients: Vec<DeclaredClient>,
    /// Groups of the pool.
    #[serde(default)]
    pub groups: Vec<DeclaredGroup>,
    /// Users of the pool.
    #[serde(default)]
    pub users: Vec<DeclaredUser>,
}

impl DeclaredUserPool {
    /// The region, which is the part of the id before its last underscore.
    #[must_use]
    pub fn region(&self) -> &str {
        self.id.rsplit_once('_').map_or("", |(region, _)| region)
    }
}

/// A declared app client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredClient {
    /// Fixed id, letters, digits and underscores.
    pub id: String,
    /// ClientName.
    pub name: String,
    /// Client secret, 24 to 64 letters, digits and underscores; a client without one is public.
    #[serde(default, serialize_with = "super::redaction::redacted_option")]
    pub secret: Option<SecretString>,
    /// Other members of CreateUserPoolClient, in the wire's form.
    #[serde(default)]
    pub settings: WireSettings,
}

/// A declared group.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredGroup {
    /// GroupName.
    pub name: String,
    /// Description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Precedence; the lowest number wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precedence: Option<u32>,
    /// RoleArn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
}

/// A declared user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredUser {
    /// Username, or the e-mail address or telephone number in a pool that uses those as names.
    pub username: String,
    /// Password, permanent for a confirmed user and temporary for another. A password that the
    /// user has changed since stays as it is.
    #[serde(default, serialize_with = "super::redaction::redacted_option")]
    pub password: Option<SecretString>,
    /// Attributes by name; values are strings, as on the wire.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// Names of the groups the user is in.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whether the user may sign in with the password as it is (CONFIRMED) or has to choose
    /// another first (FORCE_CHANGE_PASSWORD).
    #[serde(default = "confirmed")]
    pub confirmed: bool,
}

fn confirmed() -> bool {
    true
}
