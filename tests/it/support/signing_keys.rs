//! RSA keys that the servers of all tests share. Generating the two keys of a pool would take more
//! processor time than the rest of most tests.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use cognate::crypto::SigningKey;

/// As many as three pools take. A server whose test makes more pools generates the others.
const PREPARED: usize = 6;

/// Keys that no pool of the same server has yet. The first test of all generates them; they stay
/// below `target/`, and protect nothing.
pub fn prepared() -> Vec<SigningKey> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("signing-keys");
    fs::create_dir_all(&folder).unwrap();
    (0..PREPARED)
        .map(|number| key_at(&folder.join(format!("{number}.der"))))
        .collect()
}

fn key_at(path: &PathBuf) -> SigningKey {
    if let Ok(der) = fs::read(path) {
        return SigningKey::from_pkcs8(&der).unwrap();
    }
    let key = SigningKey::generate().unwrap();
    // Several tests may be the first at once: each file appears whole, and the last one stays.
    let mut partial = tempfile::NamedTempFile::new_in(path.parent().unwrap()).unwrap();
    partial.write_all(&key.to_pkcs8().unwrap()).unwrap();
    partial.persist(path).unwrap();
    key
}
