//! Passwords that others have used before and that attackers try first: a small list that is built in, and a
//! large one from a file.
//!
//! The built-in list is `common.txt`: the 30,000 commonest passwords of the zxcvbn project (MIT, see
//! `LICENSE-zxcvbn`), in lower case and sorted. A pool's policy asks for a capital, a digit and a symbol, so
//! people write `Dragon1!` for `dragon`; the list is therefore asked without regard to case, and again
//! without the digits and symbols at the end. The large list is asked for the password as it is.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

mod list_builder;
mod list_file;

pub use list_builder::{BuildError, BuildOptions, Summary, build};
pub use list_file::{ListError, PasswordList};

/// One word a line, lower case, in the order of their bytes.
const COMMON: &str = include_str!("known_passwords/common.txt");
/// The shortest word of the list.
const SHORTEST: usize = 4;
/// The longest word of the list. A longer password need not be looked for.
const LONGEST: usize = 20;
/// How many digits and symbols at the end are left out: a year and a symbol.
const LONGEST_ENDING: usize = 5;

/// The passwords that are known. Cheap to clone.
#[derive(Clone, Default)]
pub struct KnownPasswords {
    list: Option<Arc<PasswordList>>,
}

impl fmt::Debug for KnownPasswords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownPasswords")
            .field("list", &self.list)
            .finish()
    }
}

impl KnownPasswords {
    /// The built-in list, and the one in `file`, if any.
    ///
    /// # Errors
    /// If the file cannot be read, is incomplete, or is no list.
    pub fn open(file: Option<&Path>) -> Result<Self, ListError> {
        let list = file.map(PasswordList::open).transpose()?.map(Arc::new);
        Ok(Self { list })
    }

    /// Whether the password is known. The file is read on a thread for blocking work.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub async fn contains(&self, password: &SecretString) -> io::Result<bool> {
        if is_common(password.expose_secret()) {
            return Ok(true);
        }
        let Some(list) = &self.list else {
            return Ok(false);
        };
        let (list, hash) = (Arc::clone(list), hash(password.expose_secret()));
        tokio::task::spawn_blocking(move || list.contains(&hash))
            .await
            .map_err(io::Error::other)?
    }
}

/// The SHA-1 by which lists name a password.
pub(super) fn hash(password: &str) -> [u8; 20] {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

/// Whether the built-in list has the password, or what is left of it without its ending.
fn is_common(password: &str) -> bool {
    if password.len() > LONGEST + LONGEST_ENDING {
        return false;
    }
    let password = Zeroizing::new(password.to_ascii_lowercase());
    let ending = |c: char| c.is_ascii_digit() || c.is_ascii_punctuation();
    let stem = password.trim_end_matches(ending);
    let is_short_ending = password.len() - stem.len() <= LONGEST_ENDING;
    is_listed(&password) || (is_short_ending && is_listed(stem))
}

/// Searches the sorted lines by halving the text.
fn is_listed(word: &str) -> bool {
    if !(SHORTEST..=LONGEST).contains(&word.len()) {
        return false;
    }
    let mut text = COMMON;
    while !text.is_empty() {
        let middle = text.len() / 2;
        // The list is ASCII, so that each place is one between characters.
        let (before, after) = text.split_at_checked(middle).unwrap_or((text, ""));
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let end = after
            .find('\n')
            .map_or(text.len(), |newline| middle + newline + 1);
        let line = text.get(start..end).unwrap_or_default().trim_end();
        text = match word.cmp(line) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => text.get(..start).unwrap_or_default(),
            std::cmp::Ordering::Greater => text.get(end..).unwrap_or_default(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_is_sorted_ascii_within_its_lengths() {
        let words: Vec<&str> = COMMON.lines().collect();
        assert_eq!(words.len(), 30_000);
        assert!(words.is_sorted_by(|one, next| one < next));
        for word in &words {
            assert!(
                word.is_ascii() && *word == word.to_ascii_lowercase(),
                "{word}"
            );
            assert!((SHORTEST..=LONGEST).contains(&word.len()), "{word}");
        }
    }

    #[test]
    fn every_word_of_the_list_is_found_and_its_neighbours_are_not() {
        for word in COMMON.lines() {
            assert!(is_listed(word), "{word}");
        }
        for word in [
            "",
            "abc",
            "0000000000000000000000",
            "zzzzzzzzzzzz",
            "correct",
        ] {
            assert!(!is_listed(word), "{word}");
        }
    }

    #[test]
    fn common_passwords_in_the_dress_that_policies_ask_for_are_common() {
        for password in [
            "password",
            "Password1!",
            "DRAGON",
            "Summer2024!",
            "P@ssw0rd",
            "qwerty123",
        ] {
            assert!(is_common(password), "{password}");
        }
        for password in [
            "Corr3ct-Horse!",
            "Dragon482913!",
            "xDragon1!",
            "Ab1!",
            "1234567",
        ] {
            let listed = is_listed(&password.to_ascii_lowercase());
            assert_eq!(is_common(password), listed, "{password}");
        }
    }

    #[test]
    fn the_hash_is_sha1() {
        assert_eq!(
            hex::encode_upper(hash("password")),
            "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8"
        );
    }
}
