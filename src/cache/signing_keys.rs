//! A pool's signing keys, parsed.

use std::collections::HashMap;
use std::sync::Arc;

use crate::crypto::{SigningKey, VerifyingKey};
use crate::domain::time::Timestamp;
use crate::domain::user_pool::TokenUse;

/// The keys of one pool.
#[derive(Default)]
pub struct PoolKeys {
    signing: Vec<Signing>,
    verifying: HashMap<String, (TokenUse, VerifyingKey)>,
    /// The JWKS with the public keys, in JSON.
    pub jwks: Arc<[u8]>,
}

struct Signing {
    token_use: TokenUse,
    key: SigningKey,
    /// From when it signs; `None` for a key that does already.
    from: Option<Timestamp>,
}

impl PoolKeys {
    /// Adds a public key, which verifies tokens of this use.
    pub fn add_verifying(&mut self, token_use: TokenUse, kid: String, key: VerifyingKey) {
        self.verifying.insert(kid, (token_use, key));
    }

    /// Adds a private key, which signs tokens of this use, now or from the time `from`.
    pub fn add_signing(&mut self, token_use: TokenUse, key: SigningKey, from: Option<Timestamp>) {
        self.signing.push(Signing {
            token_use,
            key,
            from,
        });
    }

    /// The key that signs tokens of this use at `now`: one that waited, if its time has come, or else the one
    /// that signs already.
    #[must_use]
    pub fn signing(&self, token_use: TokenUse, now: Timestamp) -> Option<&SigningKey> {
        self.signing
            .iter()
            // The newest are first, and of several alike the last is taken.
            .rev()
            .filter(|signing| signing.token_use == token_use)
            .filter(|signing| signing.from.is_none_or(|from| from <= now))
            .max_by_key(|signing| signing.from)
            .map(|signing| &signing.key)
    }

    /// The key with this id, if it verifies tokens of this use.
    #[must_use]
    pub fn verifying(&self, token_use: TokenUse, kid: &str) -> Option<&VerifyingKey> {
        self.verifying
            .get(kid)
            .filter(|(key_use, _)| *key_use == token_use)
            .map(|(_, key)| key)
    }
}
