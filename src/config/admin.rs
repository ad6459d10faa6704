//! `[admin]`: who may call the signed operations.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Who may call the signed operations: in development on loopback anyone while no key is listed, else
/// the holders of these keys.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminConfig {
    /// The keys that SigV4 signatures are verified with.
    pub access_keys: Vec<AccessKey>,
}

/// One access key of an administrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// AWS_ACCESS_KEY_ID of the client: 16 to 128 letters, digits and underscores.
    pub id: String,
    /// AWS_SECRET_ACCESS_KEY of the client.
    #[serde(serialize_with = "super::redaction::redacted")]
    pub secret: SecretString,
    /// The owner of the key, as a note; the server does not use it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}
