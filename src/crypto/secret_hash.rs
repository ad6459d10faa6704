//! The secret hash, by which an app client proves that it knows its secret.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// Base64 of HMAC-SHA256 over the username and the client id, keyed with the client's secret.
/// `username` is the name in the request, unchanged.
#[must_use]
pub fn secret_hash(client_secret: &SecretString, username: &str, client_id: &str) -> String {
    BASE64_STANDARD.encode(sign(client_secret, username, client_id))
}

/// Whether `given` is the secret hash, compared in constant time.
#[must_use]
pub fn verify_secret_hash(
    client_secret: &SecretString,
    username: &str,
    client_id: &str,
    given: &str,
) -> bool {
    use subtle::ConstantTimeEq;
    let Ok(given) = BASE64_STANDARD.decode(given) else {
        return false;
    };
    sign(client_secret, username, client_id)
        .as_ref()
        .ct_eq(&given)
        .into()
}

/// Whether `given` is the client's secret itself, which some operations require, compared in constant
/// time.
#[must_use]
pub fn verify_client_secret(client_secret: &SecretString, given: &str) -> bool {
    use subtle::ConstantTimeEq;
    client_secret
        .expose_secret()
        .as_bytes()
        .ct_eq(given.as_bytes())
        .into()
}

fn sign(client_secret: &SecretString, username: &str, client_id: &str) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, client_secret.expose_secret().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(username.as_bytes());
    context.update(client_id.as_bytes());
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2, split where username and client id meet.
    #[test]
    fn the_secret_hash_is_the_hmac_of_username_and_client_id() {
        let hash = secret_hash(&"Jefe".into(), "what do ya want ", "for nothing?");
        let mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex::encode(BASE64_STANDARD.decode(hash).unwrap()), mac);
    }

    #[test]
    fn only_the_secret_hash_of_the_same_name_and_client_verifies() {
        let secret: SecretString = "secret".into();
        let hash = secret_hash(&secret, "ada", "client");
        assert!(verify_secret_hash(&secret, "ada", "client", &hash));
        assert!(!verify_secret_hash(&secret, "Ada", "client", &hash));
        assert!(!verify_secret_hash(&secret, "ada", "other", &hash));
        assert!(!verify_secret_hash(&"other".into(), "ada", "client", &hash));
        for given in ["", "=", "not base64!", &hash[..40], &format!("{hash}A")] {
            assert!(!verify_secret_hash(&secret, "ada", "client", given));
        }
        assert!(verify_client_secret(&secret, "secret"));
        assert!(!verify_client_secret(&secret, "secre"));
    }
}
