//! Access tokens whose signature fitted: a token is presented many times, and its signature does not
//! change. Only that is remembered. Whether its key still counts, whether it has expired, whether
//! user and session are still there is asked at every call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::claims::AccessClaims;

/// Tokens of each of two generations: those that nobody presented while as many others were go.
const GENERATION: usize = 2_000;

/// What a token says, signed by a key of the pool that it names.
pub struct Checked {
    /// The key's id.
    pub kid: String,
    /// The claims.
    pub claims: AccessClaims,
}

/// Tokens by their fingerprints, so that none lies in memory.
#[derive(Default)]
pub struct VerifiedTokens(Mutex<Generations>);

type Generation = HashMap<[u8; 32], Arc<Checked>>;

#[derive(Default)]
struct Generations {
    young: Generation,
    old: Generation,
}

impl VerifiedTokens {
    /// What the token with this fingerprint says, if its signature was found right before.
    pub fn get(&self, fingerprint: &[u8; 32]) -> Option<Arc<Checked>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(checked) = all.young.get(fingerprint) {
            return Some(Arc::clone(checked));
        }
        let checked = all.old.remove(fingerprint)?;
        all.add(*fingerprint, Arc::clone(&checked));
        Some(checked)
    }

    /// Remembers a token whose signature is right.
    pub fn insert(&self, fingerprint: [u8; 32], checked: Arc<Checked>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.add(fingerprint, checked);
    }
}

impl Generations {
    fn add(&mut self, fingerprint: [u8; 32], checked: Arc<Checked>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(fingerprint, checked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(kid: &str) -> Arc<Checked> {
        Arc::new(Checked {
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
    fn it_holds_two_generations_and_those_in_use() {
        let tokens = VerifiedTokens::default();
        tokens.insert(fingerprint(0), checked("first"));
        for number in 1..=3 * GENERATION {
            tokens.insert(fingerprint(number), checked(""));
            assert_eq!(tokens.get(&fingerprint(0)).unwrap().kid, "first");
        }
        assert!(tokens.get(&fingerprint(1)).is_none());
        assert!(tokens.get(&fingerprint(3 * GENERATION)).is_some());
        let all = tokens.0.lock().unwrap();
        assert!(all.young.len() + all.old.len() <= 2 * GENERATION);
    }
}
