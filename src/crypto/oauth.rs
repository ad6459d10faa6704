//! The hashes of OAuth: the proof of PKCE (RFC 7636) and `at_hash` (OpenID Connect Core 3.1.3.6).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// The `at_hash` of an access token: the left half of its SHA-256, since tokens are signed with RS256.
#[must_use]
pub fn access_token_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    BASE64_URL_SAFE_NO_PAD.encode(left)
}

/// Whether `verifier` is what `challenge` was made from by the method S256, compared in constant time.
#[must_use]
pub fn is_code_verifier(challenge: &str, verifier: &str) -> bool {
    use subtle::ConstantTimeEq;
    let made = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    made.as_bytes().ct_eq(challenge.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of RFC 7636, appendix B.
    #[test]
    fn a_verifier_fits_its_challenge_alone() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(is_code_verifier(challenge, verifier));
        assert!(!is_code_verifier(
            challenge,
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"
        ));
        assert!(!is_code_verifier(challenge, challenge));
        assert!(!is_code_verifier(challenge, ""));
    }

    /// The values of OpenID Connect Core, appendix A.3.
    #[test]
    fn the_hash_of_an_access_token_is_half_of_its_digest() {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(access_token_hash(token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
