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
    /// Fixed id, as the model has it: `us-east-1_Example01`, or `local_team` of an emulator.
    #[serde(default)]
    pub id: String,
    /// PoolName.
    #[serde(default)]
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
    /// The region of the pool: the part of the id before its last underscore if that has the form of a
    /// region, as in `us-east-1_Example01`; else `default`.
    #[must_use]
    pub fn region<'a>(&'a self, default: &'a str) -> &'a str {
        let prefix = self.id.rsplit_once('_').map_or("", |(prefix, _)| prefix);
        let mut parts = prefix.rsplit('-');
        let number = parts.next().unwrap_or_default();
        let words: Vec<&str> = parts.collect();
        let is_region = !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
            && words.len() >= 2
            && words
                .iter()
                .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()));
        if is_region { prefix } else { default }
    }
}

/// A declared app client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredClient {
    /// Fixed id, letters, digits and underscores.
    #[serde(default)]
    pub id: String,
    /// ClientName.
    #[serde(default)]
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
    #[serde(default)]
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
    #[serde(default)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_that_of_the_id_or_the_servers() {
        for (id, region) in [
            ("us-east-1_Example01", "us-east-1"),
            ("us-gov-west-1_A", "us-gov-west-1"),
            ("local_2aiXcxaY", "eu-west-3"),
            ("my-own_pool_1", "eu-west-3"),
            ("us-east_1", "eu-west-3"),
            ("US-east-1_1", "eu-west-3"),
            ("-1_1", "eu-west-3"),
        ] {
            let pool = DeclaredUserPool {
                id: id.to_owned(),
                name: "n".to_owned(),
                settings: WireSettings::new(),
                clients: Vec::new(),
                groups: Vec::new(),
                users: Vec::new(),
            };
            assert_eq!(pool.region("eu-west-3"), region, "{id}");
        }
    }
}
