//! Serializers that write a placeholder for a secret when the configuration is printed.

use secrecy::SecretString;
use serde::Serializer;

const HIDDEN: &str = "(hidden)";

/// Writes the placeholder.
pub(super) fn redacted<S: Serializer>(_: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(HIDDEN)
}

/// As [`redacted`], for a secret that may be absent.
pub(super) fn redacted_option<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(_) => serializer.serialize_some(HIDDEN),
        None => serializer.serialize_none(),
    }
}

/// As [`redacted`], for a list of secrets.
pub(super) fn redacted_list<S: Serializer>(
    secrets: &[SecretString],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(secrets.iter().map(|_| HIDDEN))
}
