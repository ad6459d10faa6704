//! A pool's signing keys, parsed.

use std::collections::HashMap;
use std::sync::Arc;

use crate::crypto::{SigningKey, VerifyingKey};
use crate::domain::user_pool::TokenUse;

/// The keys of one pool.
#[derive(Default)]
pub struct PoolKeys {
    signing: Vec<(TokenUse, SigningKey)>,
    verifying: HashMap<String, (TokenUse, VerifyingKey)>,
    /// The JWKS with the public keys, in JSON.
    pub jwks: Arc<[u8]>,
}

impl PoolKeys {
    /// Adds a public key, which verifies tokens of this use.
    pub fn add_verifying(&mut self, token_use: TokenUse, kid: String, key: VerifyingKey) {
        self.verifying.insert(kid, (token_use, key));
    }

    /// Adds a private key, which signs tokens of this use.
    pub fn add_signing(&mut self, token_use: TokenUse, key: SigningKey) {
        self.signing.push((token_use, key));
    }

    /// The key that signs tokens of this use.
    #[must_use]
    pub fn signing(&self, token_use: TokenUse) -> Option<&SigningKey> {
        self.signing
            .iter()
            .find(|(key_use, _)| *key_use == token_use)
            .map(|(_, key)| key)
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
