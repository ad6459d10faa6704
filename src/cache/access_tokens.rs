//! Access tokens whose signature was verified. A client presents a token many times, and its signature
//! does not change, so it is verified once. Only that is cached: whether the key is still the pool's,
//! whether the token has expired, and whether user and session still exist is checked at every call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::claims::AccessClaims;

/// Most tokens of each of the two generations. When the current one is full it becomes the previous
/// one, whose tokens are dropped unless they are presented again.
const GENERATION: usize = 2_000;

/// The claims of a token whose signature is right.
pub struct VerifiedToken {
    /// The key's id.
    pub kid: String,
    /// The claims.
    pub claims: AccessClaims,
}

/// Verified tokens by their fingerprints, so that no token itself is in memory.
#[derive(Default)]
pub struct VerifiedTokens(Mutex<Generations>);

type Generation = HashMap<[u8; 32], Arc<VerifiedToken>>;

#[derive(Default)]
struct Generations {
    current: Generation,
    previous: Generation,
}

impl VerifiedTokens {
    /// The token with this fingerprint, if its signature was found right before.
    pub fn get(&self, fingerprint: &[u8; 32]) -> Option<Arc<VerifiedToken>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verified) = all.current.get(fingerprint) {
            return Some(Arc::clone(verified));
        }
        let verified = all.previous.remove(fingerprint)?;
        all.add(*fingerprint, Arc::clone(&verified));
        Some(verified)
    }

    /// Stores a token whose signature is right.
    pub fn insert(&self, fingerprint: [u8; 32], verified: Arc<VerifiedToken>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.add(fingerprint, verified);
    }
}

impl Generations {
    fn add(&mut self, fingerprint: [u8; 32], verified: Arc<VerifiedToken>) {
        if self.current.len() >= GENERATION {
            self.previous = std::mem::take(&mut self.current);
        }
        self.current.insert(fingerprint, verified);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(kid: &str) -> Arc<VerifiedToken> {
        Arc::new(VerifiedToken {
            kid: kid.into(),
            claims: serde_json::from_value(serde_json::json!({
                "sub": "", "iss": "", "client_id": "", "token_use": "access", "event_id": "", "exp": 0
            }))
            .unwrap(),
        })
    }

    fn fingerprint(number: usize) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        bytes
    }

    #[test]
    fn tokens_in_use_stay_and_the_size_is_bounded() {
        let tokens = VerifiedTokens::default();
        tokens.insert(fingerprint(0), verified("first"));
        for number in 1..=3 * GENERATION {
            tokens.insert(fingerprint(number), verified(""));
            assert_eq!(tokens.get(&fingerprint(0)).unwrap().kid, "first");
        }
        assert!(tokens.get(&fingerprint(1)).is_none());
        assert!(tokens.get(&fingerprint(3 * GENERATION)).is_some());
        let all = tokens.0.lock().unwrap();
        assert!(all.current.len() + all.previous.len() <= 2 * GENERATION);
    }
}
