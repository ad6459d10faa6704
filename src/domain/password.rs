//! The password policy.

use super::failure::PasswordFault;
use super::user_pool::PasswordPolicy;

/// The characters that count as symbols; a blank counts inside the password, where it neither
/// leads nor trails (behaviour 3.1).
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";

/// The most characters of a password (behaviour 1.4).
pub const MAX_LENGTH: usize = 256;

/// The first [`MAX_LENGTH`] characters of a `password` that has more, which no user's password can be; `None`
/// for one that has not.
#[must_use]
pub fn beginning_of_too_long(password: &str) -> Option<&str> {
    let (end, _) = password.char_indices().nth(MAX_LENGTH)?;
    password.get(..end)
}

/// What `password` lacks of the policy: length, upper case, lower case, number, symbol, the first
/// of them (behaviour 3.1: one violation per answer).
#[must_use]
pub fn fault(policy: &PasswordPolicy, password: &str) -> Option<PasswordFault> {
    let minimum = usize::try_from(policy.minimum_length).unwrap_or(0);
    let has = |test: fn(char) -> bool| password.chars().any(test);
    if password.chars().count() < minimum {
        Some(PasswordFault::TooShort)
    } else if policy.require_uppercase && !has(|c| c.is_ascii_uppercase()) {
        Some(PasswordFault::NoUppercase)
    } else if policy.require_lowercase && !has(|c| c.is_ascii_lowercase()) {
        Some(PasswordFault::NoLowercase)
    } else if policy.require_numbers && !has(|c| c.is_ascii_digit()) {
        Some(PasswordFault::NoNumber)
    } else if policy.require_symbols && !has_symbol(password) {
        Some(PasswordFault::NoSymbol)
    } else {
        None
    }
}

fn has_symbol(password: &str) -> bool {
    password.chars().any(|c| SYMBOLS.contains(c)) || password.trim_matches(' ').contains(' ')
}

/// Generates a password that meets the policy from random bytes: for users whose administrator gave
/// none. It has one of each kind at least, and ends in a letter or a digit.
#[must_use]
pub fn generate(policy: &PasswordPolicy, random: &[u8; 256]) -> String {
    const KINDS: [&[u8]; 4] = [
        b"ABCDEFGHJKLMNPQRSTUVWXYZ",
        b"abcdefghijkmnpqrstuvwxyz",
        b"23456789",
        // Without those that HTML or a shell would need escaped.
        b"!#%*+-.:=?@^_~",
    ];
    let length = usize::try_from(policy.minimum_length)
        .unwrap_or(0)
        .clamp(12, 99);
    let mut bytes = random.iter().copied().map(usize::from).cycle();
    let mut next = || bytes.next().unwrap_or_default();
    let mut characters: Vec<char> = (0..length)
        .map(|index| {
            let kind = if index < KINDS.len() {
                index
            } else {
                next() % KINDS.len()
            };
            let alphabet = KINDS.get(kind).copied().unwrap_or(b"a");
            char::from(
                alphabet
                    .get(next() % alphabet.len())
                    .copied()
                    .unwrap_or(b'a'),
            )
        })
        .collect();
    for index in (1..characters.len()).rev() {
        characters.swap(index, next() % (index + 1));
    }
    // Readers would take a symbol at the end for a part of the sentence that the template ends.
    if let Some(index) = characters.iter().rposition(char::is_ascii_alphanumeric) {
        let last = characters.len() - 1;
        characters.swap(index, last);
    }
    characters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_violation_is_named_at_a_time_in_order() {
        let policy = PasswordPolicy::default();
        for (password, expected) in [
            ("Aa1!", Some(PasswordFault::TooShort)),
            ("aaaaaaa1!", Some(PasswordFault::NoUppercase)),
            ("AAAAAAA1!", Some(PasswordFault::NoLowercase)),
            ("Aaaaaaaa!", Some(PasswordFault::NoNumber)),
            ("Aaaaaaaa1", Some(PasswordFault::NoSymbol)),
            ("Aaaaaaaa1!", None),
            ("Aaaaaaaa 1", None),
            ("Aaaaaaaa1 ", Some(PasswordFault::NoSymbol)),
        ] {
            assert_eq!(fault(&policy, password), expected, "{password:?}");
        }
    }

    #[test]
    fn each_documented_symbol_counts() {
        let policy = PasswordPolicy::default();
        for symbol in SYMBOLS.chars() {
            assert_eq!(
                fault(&policy, &format!("Aaaaaaaa1{symbol}")),
                None,
                "{symbol}"
            );
        }
    }

    proptest! {
        #[test]
        fn generated_passwords_keep_to_any_policy(minimum in 6..=99_i32, seed in any::<[u8; 32]>()) {
            let policy = PasswordPolicy { minimum_length: minimum, ..PasswordPolicy::default() };
            let mut random = [0; 256];
            for (byte, seed) in random.iter_mut().zip(seed.iter().cycle()) {
                *byte = *seed;
            }
            let password = generate(&policy, &random);
            prop_assert_eq!(fault(&policy, &password), None);
            prop_assert!(password.ends_with(|last: char| last.is_ascii_alphanumeric()), "{}", password);
        }
    }
}
