//! `[triggers]`: where the functions are reached that user pools name in their LambdaConfig.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::WebhookUrl;
use super::secrets::{KEY_BYTES, decode, read};

/// The `arn` of the entry for functions that have none of their own.
pub const ANY_FUNCTION: &str = "*";

/// How triggers are called.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TriggersConfig {
    /// Milliseconds that a function may take for an answer, in each try. AWS gives it 5,000.
    pub timeout_ms: u64,
    /// How often a function is called that does not answer. AWS calls it 3 times.
    pub attempts: u32,
    /// Longest answer that is read, in bytes.
    pub max_response_bytes: usize,
    /// Calls of one function at once on this node; further ones wait, which counts as the function's time.
    pub parallel: usize,
    /// Where each function is reached.
    pub functions: Vec<FunctionConfig>,
    /// The keys under which custom senders get codes.
    pub sender_keys: Vec<SenderKeyConfig>,
}

impl Default for TriggersConfig {
    fn default() -> Self {
        Self {
            timeout_ms: 5_000,
            attempts: 3,
            max_response_bytes: 1024 * 1024,
            parallel: 100,
            functions: Vec::new(),
            sender_keys: Vec::new(),
        }
    }
}

/// Where one function is reached.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FunctionConfig {
    /// The ARN that a pool's LambdaConfig names, or `*` for those without an entry of their own.
    pub arn: String,
    /// How it is called.
    pub protocol: FunctionProtocol,
    /// For `invoke` the endpoint of the Invoke API, without the path; for `http` the whole URL.
    pub url: WebhookUrl,
    /// For `invoke`: the function's name in the path. Absent: the name in the ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_name: Option<String>,
    /// For `invoke`: the access key that signs. Absent: requests are not signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// For `invoke` the secret of the access key; for `http` the key of the signature.
    #[serde(
        serialize_with = "super::redaction::redacted_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub secret: Option<SecretString>,
    /// A file that holds the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    /// Permits production a URL with http beyond loopback.
    pub accept_http_url: bool,
    /// For `http`: permits production to have no secret.
    pub accept_missing_secret: bool,
}

/// A key under which custom senders get codes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SenderKeyConfig {
    /// The `KMSKeyID` that a pool's LambdaConfig names, or `*` for those without an entry of their own.
    pub kms_key_id: String,
    /// 32 bytes, base64 or hexadecimal.
    #[serde(
        serialize_with = "super::redaction::redacted_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub key: Option<SecretString>,
    /// A file that holds the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
}

impl SenderKeyConfig {
    /// The key of the entry with this index.
    ///
    /// # Errors
    /// What is wrong with it, with the name of the setting.
    pub fn key(&self, index: usize) -> Result<Zeroizing<[u8; KEY_BYTES]>, String> {
        let at = |key: &str| format!("triggers.sender_keys[{index}].{key}");
        let key = match (&self.key, &self.key_file) {
            (Some(key), _) => decode(key.expose_secret(), &at("key")),
            (None, Some(path)) => read(path),
            (None, None) => return Err(format!("{}: missing", at("key"))),
        };
        key.map_err(|error| format!("{}: {error}", at("key")))
    }
}

/// How a function is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FunctionProtocol {
    /// By the Invoke API of AWS Lambda, which SAM, LocalStack and the runtime interface emulator have too.
    #[default]
    Invoke,
    /// By a POST whose body is the event and whose answer is the function's.
    Http,
}

impl TriggersConfig {
    /// The rules that a type does not express, each broken one with its key and the expected value. `is_http_url`
    /// says what a URL is.
    pub(super) fn violations(&self, is_http_url: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let mut violations = Vec::new();
        let mut add_if = |is_broken: bool, key: String, message: &str| {
            if is_broken {
                violations.push((key, message.to_owned()));
            }
        };
        for (key, is_wrong, message) in [
            (
                "timeout_ms",
                !(1..=60_000).contains(&self.timeout_ms),
                "expected 1 to 60000",
            ),
            (
                "attempts",
                !(1..=10).contains(&self.attempts),
                "expected 1 to 10",
            ),
            (
                "max_response_bytes",
                !(1024..=16 * 1024 * 1024).contains(&self.max_response_bytes),
                "expected 1024 to 16777216",
            ),
            (
                "parallel",
                !(1..=10_000).contains(&self.parallel),
                "expected 1 to 10000",
            ),
        ] {
            add_if(is_wrong, format!("triggers.{key}"), message);
        }
        for (index, function) in self.functions.iter().enumerate() {
            let at = |key: &str| format!("triggers.functions[{index}].{key}");
            let is_arn = function.arn.starts_with("arn:") || function.arn == ANY_FUNCTION;
            add_if(
                !is_arn,
                at("arn"),
                "expected a function's ARN as a pool's LambdaConfig names it, or * for all others",
            );
            let is_repeated = self
                .functions
                .iter()
                .take(index)
                .any(|earlier| earlier.arn == function.arn);
            add_if(is_repeated, at("arn"), "another entry has this ARN");
            add_if(
                !is_http_url(function.url.expose()),
                at("url"),
                "expected a URL, as http://127.0.0.1:3001",
            );
            let has_secret = function.secret.is_some() || function.secret_file.is_some();
            let is_empty = |secret: &SecretString| secret.expose_secret().is_empty();
            add_if(
                function.secret.as_ref().is_some_and(is_empty),
                at("secret"),
                "expected at least one character",
            );
            add_if(
                function.secret.is_some() && function.secret_file.is_some(),
                at("secret_file"),
                "the secret is either given or in a file",
            );
            match function.protocol {
                FunctionProtocol::Invoke => add_if(
                    function.access_key_id.is_some() != has_secret,
                    at("access_key_id"),
                    "`access_key_id` and `secret` (or `secret_file`) go together",
                ),
                FunctionProtocol::Http => {
                    for (key, is_given) in [
                        ("function_name", function.function_name.is_some()),
                        ("access_key_id", function.access_key_id.is_some()),
                    ] {
                        add_if(is_given, at(key), "for the protocol invoke only");
                    }
                }
            }
        }
        for (index, entry) in self.sender_keys.iter().enumerate() {
            let at = |key: &str| format!("triggers.sender_keys[{index}].{key}");
            let id = entry.kms_key_id.as_str();
            add_if(
                !id.starts_with("arn:") && id != ANY_FUNCTION,
                at("kms_key_id"),
                "expected a KMSKeyID as a pool's LambdaConfig names it, or * for all others",
            );
            let mut earlier = self.sender_keys.iter().take(index);
            let is_repeated = earlier.any(|earlier| earlier.kms_key_id == id);
            add_if(is_repeated, at("kms_key_id"), "another entry has this id");
            add_if(
                entry.key.is_some() == entry.key_file.is_some(),
                at("key"),
                "the key is either given or in a file",
            );
            let is_key = |key: &SecretString| decode(key.expose_secret(), "").is_ok();
            add_if(
                entry.key.as_ref().is_some_and(|key| !is_key(key)),
                at("key"),
                "expected 32 bytes, base64 or hexadecimal, as `openssl rand -base64 32` prints them",
            );
        }
        violations
    }
}
