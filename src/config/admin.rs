//! `[admin]`: who may call the signed operations.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Who may call the signed operations. In development on loopback, with no key listed, anyone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminConfig {
    /// Keys that SigV4 signatures are checked against.
    pub access_keys: Vec<AccessKey>,
}

/// One access key of an administrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// AWS_ACCESS_KEY_ID of the client: 16 to 128 letters, digits and underscores.
    pub id: String,
    /// AWS_SECRET_ACCESS_KEY of the client.
    #[serde(serialize_with = "super::secret::hidden")]
    pub secret: SecretString,
    /// Whose it is, for people; the server does not use it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}
