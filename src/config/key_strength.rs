//! Whether a key looks random.
//!
//! No test can tell that a key is random; this one finds keys that people write by hand. It counts how many
//! values occur, how many steps there are from one value to the next, and looks for text, repetition and
//! words of documentation. A random key of 32 bytes is refused once in a thousand million times, a random
//! secret of 32 hexadecimal digits once in five thousand million, and then another one is drawn.

use std::collections::BTreeSet;

/// The fewest byte values in a random key of 32 bytes: 30 on average, below 20 once in 7 * 10^9 keys.
const BYTE_VALUES: usize = 20;
/// The fewest steps from one byte to the next, which are as many as the byte values. A sequence has one.
const BYTE_STEPS: usize = 12;
/// The fewest characters in a random secret of 32 hexadecimal digits: 14 on average, below 7 once in
/// 5 * 10^9 secrets.
const CHARACTERS: usize = 7;
/// The fewest steps from one character to the next. A walk along the digits and letters has three.
const CHARACTER_STEPS: usize = 6;
/// What stands in documentation in the place of a secret, in lower case. Each is long enough not to be in
/// a random one.
const PLACEHOLDERS: [&str; 8] = [
    "example",
    "secret",
    "password",
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "replace-me",
];

/// Why the 32 bytes of a key do not look random, to be said after "the key"; `None` if they do.
pub(super) fn weakness_of_key(key: &[u8]) -> Option<&'static str> {
    if key
        .iter()
        .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
    {
        Some("is text that somebody has written")
    } else if distinct(key.iter().copied()) < BYTE_VALUES {
        Some("repeats few bytes")
    } else if steps(key) < BYTE_STEPS {
        Some("is a sequence")
    } else {
        None
    }
}

/// Why a secret of 32 characters or more does not look random, to be said after "the secret"; `None` if it
/// does.
pub(super) fn weakness_of_secret(secret: &str) -> Option<&'static str> {
    let bytes = secret.as_bytes();
    let lower = secret.to_ascii_lowercase();
    if PLACEHOLDERS.iter().any(|word| lower.contains(word)) {
        Some("is an example from documentation, or names what it should be")
    } else if distinct(bytes.iter().copied()) < CHARACTERS || is_repetition(bytes) {
        Some("repeats few characters")
    } else if steps(bytes) < CHARACTER_STEPS {
        Some("is a sequence")
    } else {
        None
    }
}

fn distinct(values: impl Iterator<Item = u8>) -> usize {
    values.collect::<BTreeSet<u8>>().len()
}

/// How many differences there are between a byte and the next.
fn steps(bytes: &[u8]) -> usize {
    let next = bytes.iter().skip(1);
    distinct(next.zip(bytes).map(|(next, byte)| next.wrapping_sub(*byte)))
}

/// Whether the bytes are a piece of at most half their length again and again.
fn is_repetition(bytes: &[u8]) -> bool {
    (1..=bytes.len() / 2).any(|period| {
        let later = bytes.iter().skip(period);
        later.zip(bytes).all(|(later, earlier)| later == earlier)
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn keys_that_somebody_wrote_are_found() {
        let sequence: Vec<u8> = (0..32).collect();
        let falling: Vec<u8> = (0..32).map(|index| 255 - 7 * index).collect();
        let block = hex::decode("0123456789abcdef".repeat(4)).unwrap();
        for (key, weakness) in [
            ([7; 32].as_slice(), "repeats few bytes"),
            (&sequence, "is a sequence"),
            (&falling, "is a sequence"),
            (&block, "repeats few bytes"),
            (
                b"correct horse battery staple, 12",
                "is text that somebody has written",
            ),
            (
                b"benchmark key of no value here!!",
                "is text that somebody has written",
            ),
            (
                &[[0; 16], *b"0123456789abcdef"].concat(),
                "repeats few bytes",
            ),
        ] {
            assert_eq!(weakness_of_key(key), Some(weakness), "{key:?}");
        }
    }

    #[test]
    fn secrets_that_somebody_wrote_are_found() {
        for (secret, weakness) in [
            (
                "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                "is an example from documentation, or names what it should be",
            ),
            (
                "not-a-secret-of-anybody-at-all-12",
                "is an example from documentation, or names what it should be",
            ),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "repeats few characters"),
            (
                "k3yk3yk3yk3yk3yk3yk3yk3yk3yk3yk3y",
                "repeats few characters",
            ),
            ("f00dcafe1234567bf00dcafe1234567b", "repeats few characters"),
            ("0123456789abcdefghijklmnopqrstuvwxyz", "is a sequence"),
            ("abcdefghijklmnopqrstuvwxyz012345", "is a sequence"),
        ] {
            assert_eq!(weakness_of_secret(secret), Some(weakness), "{secret}");
        }
    }

    /// The threshold must leave random ones alone, in each form in which they are made.
    #[test]
    fn random_keys_and_secrets_pass() {
        for _ in 0..20_000 {
            let mut key = [0; 32];
            aws_lc_rs::rand::fill(&mut key).unwrap();
            assert_eq!(weakness_of_key(&key), None, "{key:?}");
            let (half, _) = key.split_at(16);
            for secret in [hex::encode(half), hex::encode(key), STANDARD.encode(key)] {
                assert_eq!(weakness_of_secret(&secret), None, "{secret}");
            }
        }
    }
}
