//! Codes of authenticator apps: TOTP (RFC 6238) by SHA-1, of six digits and 30 seconds (behaviour 5.6).

use data_encoding::BASE32_NOPAD;
use totp_rs::Builder;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::domain::code::CODE_DIGITS;
use crate::domain::time::Timestamp;

/// Bytes of a secret: 52 characters of base32.
pub const SECRET_LENGTH: usize = 32;

/// The secret that a server and an authenticator app share. Wiped when dropped; no `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TotpSecret([u8; SECRET_LENGTH]);

impl TotpSecret {
    /// The secret of these random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SECRET_LENGTH]) -> Self {
        Self(bytes)
    }

    /// The secret of these bytes, if they are as many as a secret has.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SECRET_LENGTH] {
        &self.0
    }

    /// The secret as a user types it into an app: base32 without padding (RFC 4648).
    #[must_use]
    pub fn base32(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// The secret that [`Self::base32`] wrote.
    #[must_use]
    pub fn from_base32(text: &str) -> Option<Self> {
        Self::from_slice(&BASE32_NOPAD.decode(text.as_bytes()).ok()?)
    }

    /// The number of the step whose code this is, if it is that of `at` or of the step before or after it: clocks
    /// differ. The caller accepts each step once.
    #[must_use]
    pub fn matching_step(&self, code: &str, at: Timestamp) -> Option<i64> {
        // The library would pass over blanks.
        if code.len() != CODE_DIGITS || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let totp = Builder::new().with_secret(self.0.to_vec()).build().ok()?;
        let step = totp.check(code, u64::try_from(at.seconds()).ok()?)?;
        i64::try_from(step).ok()
    }

    /// The code of the step that `at` falls into.
    #[cfg(test)]
    fn code(&self, at: Timestamp) -> String {
        let totp = Builder::new().with_secret(self.0.to_vec()).build().unwrap();
        totp.generate(u64::try_from(at.seconds()).unwrap())
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::default().plus_seconds(seconds)
    }

    /// RFC 6238, appendix B, has a secret of 20 bytes; the last six of its eight digits are ours.
    #[test]
    fn the_codes_of_the_rfc() {
        let totp = Builder::new()
            .with_secret(b"12345678901234567890".to_vec())
            .build()
            .unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.generate(seconds).to_string(), code);
        }
    }

    proptest! {
        #[test]
        fn a_code_is_right_in_its_step_and_the_two_beside_it(
            bytes: [u8; SECRET_LENGTH],
            step in 10_i64..60_000_000,
            into in 0_i64..30,
        ) {
            let secret = TotpSecret::from_bytes(bytes);
            let code = secret.code(at(step * 30));
            for distance in [-1, 0, 1] {
                let found = secret.matching_step(&code, at((step + distance) * 30 + into));
                // Two steps of a window have the same code once in a million times.
                prop_assert!(found.is_some());
                prop_assert!((found.unwrap_or_default() - step).abs() <= 2);
            }
            // Another step may have the same code, of which there are only a million.
            for distance in [-3, 3] {
                let found = secret.matching_step(&code, at((step + distance) * 30 + into));
                prop_assert_ne!(found, Some(step));
            }
        }
    }

    #[test]
    fn a_secret_survives_base32_and_other_texts_are_no_codes() {
        let secret = TotpSecret::from_bytes([7; SECRET_LENGTH]);
        let text = secret.base32();
        assert_eq!(text.len(), 52);
        let read = TotpSecret::from_base32(&text).unwrap();
        assert_eq!(read.as_bytes(), secret.as_bytes());
        assert!(TotpSecret::from_base32("AAAA").is_none());
        let code = secret.code(at(3_000));
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        for text in ["", "12345", "1234567", "12345a", &spaced, "١٢٣"] {
            assert_eq!(secret.matching_step(text, at(3_000)), None, "{text}");
        }
    }
}
