//! `[admin]`: who may call the signed operations.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Who may call the signed operations: the holders of the listed keys and of those that `cognate keys access` has made;
/// in development, while there is none, everyone on the named networks.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminConfig {
    /// The keys that SigV4 signatures are verified with.
    pub access_keys: Vec<AccessKey>,
    /// The networks from which the development profile accepts any credentials, as `10.0.0.0/8`. Web
    /// pages of other origins are refused from everywhere.
    pub accept_any_credentials_from: Vec<IpNet>,
    /// Permits production secrets of access keys that are not random.
    pub accept_weak_secrets: bool,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            access_keys: Vec::new(),
            accept_any_credentials_from: vec![
                IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
                IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
            ],
            accept_weak_secrets: false,
        }
    }
}

/// One access key of an administrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// AWS_ACCESS_KEY_ID of the client: 1 to 128 letters, digits and underscores.
    #[serde(default)]
    pub id: String,
    /// AWS_SECRET_ACCESS_KEY of the client.
    #[serde(default, serialize_with = "super::redaction::redacted")]
    pub secret: SecretString,
    /// The owner of the key, as a note; the server does not use it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What the key may do: `full-access`, `read-only`, or a policy in the JSON form of IAM; everything where it is
    /// empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub policy: String,
}
