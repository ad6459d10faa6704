//! The files that login pages load: their style and their script.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The style of all pages.
pub static STYLE: LazyLock<TextFile> =
    LazyLock::new(|| TextFile::new(include_str!("../../../templates/login/login.css").to_owned()));
/// The script of all pages.
pub static SCRIPT: LazyLock<TextFile> =
    LazyLock::new(|| TextFile::new(include_str!("../../../templates/login/login.js").to_owned()));

/// How many hex digits of its digest stand in a file's name.
const VERSION_DIGITS: usize = 16;

/// A file that pages load, whose address names its content, so that it can be cached for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    content: String,
    version: String,
    integrity: String,
}

impl TextFile {
    /// The file with this content.
    #[must_use]
    pub fn new(content: String) -> Self {
        let digest = digest::digest(&digest::SHA256, content.as_bytes());
        Self {
            version: version(digest.as_ref()),
            integrity: format!("sha256-{}", BASE64_STANDARD.encode(digest)),
            content,
        }
    }

    /// What is in it.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The part of its name that changes with its content: the first 16 hex digits of the content's SHA-256.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What pages say of its content, so that browsers use no other (Subresource Integrity).
    #[must_use]
    pub fn integrity(&self) -> &str {
        &self.integrity
    }
}

/// The first hex digits of a digest.
pub(super) fn version(digest: &[u8]) -> String {
    let mut digits = hex::encode(digest);
    digits.truncate(VERSION_DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_content() {
        // Known digest: SHA-256 of "abc".
        let file = TextFile::new("abc".to_owned());
        assert_eq!(file.version(), "ba7816bf8f01cfea");
        let expected = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        assert_eq!(file.integrity(), expected);
    }
}
