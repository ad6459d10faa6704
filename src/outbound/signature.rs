//! The signature of requests to endpoints of the operator's.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::domain::time::Timestamp;

/// The header that carries the signature of a trigger's event. That of a text message has a configured name.
pub const SIGNATURE_HEADER: &str = "x-cognate-signature";

/// `t=<Unix seconds>,v1=<hexadecimal>`, where the digits are the HMAC-SHA256 of `<Unix seconds>.<body>`. The
/// endpoint can tell by it that the request comes from this server, is unchanged and is recent, without the
/// secret being sent.
#[must_use]
pub fn signature(key: &hmac::Key, at: Timestamp, body: &[u8]) -> String {
    let seconds = at.seconds().to_string();
    let mut signed = Zeroizing::new(Vec::with_capacity(seconds.len() + 1 + body.len()));
    signed.extend_from_slice(seconds.as_bytes());
    signed.push(b'.');
    signed.extend_from_slice(body);
    let tag = hmac::sign(key, &signed);
    format!("t={seconds},v1={}", hex::encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digits are those of `printf '1.{}' | openssl dgst -sha256 -hmac k`.
    #[test]
    fn the_signature_covers_time_and_body() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"k");
        assert_eq!(
            signature(&key, Timestamp::from_millis(1999), b"{}"),
            "t=1,v1=3dd49b2593d0f9a349e9e71c4bde3e2b862c2be4003fe9b4ba81332029310158"
        );
    }
}
