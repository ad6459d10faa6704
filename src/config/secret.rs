//! How secrets appear when the effective configuration is printed: not at all.

use secrecy::SecretString;
use serde::Serializer;

const HIDDEN: &str = "(hidden)";

/// Writes a placeholder in the secret's place.
pub(super) fn hidden<S: Serializer>(_: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(HIDDEN)
}

/// As [`hidden`], for a secret that may be absent.
pub(super) fn hidden_option<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(_) => serializer.serialize_some(HIDDEN),
        None => serializer.serialize_none(),
    }
}

/// As [`hidden`], for a list of secrets.
pub(super) fn hidden_list<S: Serializer>(
    secrets: &[SecretString],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(secrets.iter().map(|_| HIDDEN))
}
