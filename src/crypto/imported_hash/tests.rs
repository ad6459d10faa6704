//! The hashes are of crypt(3) and of Python's hashlib, the Argon2id one of the crate that ours are made with.

use super::*;
use crate::crypto::password_pepper::FORM_LENGTH;

const PASSWORD: &[u8] = b"Corr3ct-Horse!";
const BCRYPT: &str = "$04$abcdefghijklmnopqrstuuyaggeDyu5Lg3V8D6VqG1mC4tuXNr.h6";
const SALT: &str = "000102030405060708090a0b0c0d0e0f";
const SCRYPT: &str = "a65a36fb6546eae029d3f0b4d4c1ee97666a742cd63a7291a821a1cadc1e1cf2";
const LONG_SCRYPT: &str = "906a820bf579dd37939d85c941b5bfc191a8243b9afa1b7dd884191d607796b2\
                           13b4fc8648611393bd2512a10cd5d0c5fb619f8092aab911a71382590b862f70";
const PBKDF2: &str = "$AAECAwQFBgcICQoLDA0ODw$Qme59hVzXS77rbnb4beY.ZSjmL47ydvc5ZK5ly/kF2s";

fn parse(algorithm: HashAlgorithm, text: &str) -> Result<ImportedHash, HashFault> {
    let parsed = ImportedHash::parse(algorithm, text)?;
    let stored = parsed.stored();
    assert!(is_imported(&stored));
    let same = ImportedHash::of_stored(&stored).unwrap();
    assert_eq!(same.stored(), stored);
    Ok(same)
}

#[track_caller]
fn assert_fits(algorithm: HashAlgorithm, text: &str) {
    let hash = parse(algorithm, text).unwrap();
    assert_eq!(hash.matches(PASSWORD), Some(true), "{text}");
    assert_eq!(hash.matches(b"Corr3ct-Horse?"), Some(false), "{text}");
    assert_eq!(hash.matches(b""), Some(false), "{text}");
}

#[test]
fn hashes_of_other_systems_fit_their_password_only() {
    for version in ["2a", "2b", "2x", "2y"] {
        assert_fits(HashAlgorithm::Bcrypt, &format!("${version}{BCRYPT}"));
    }
    assert_fits(HashAlgorithm::Scrypt, &format!("1024$8$1${SALT}${SCRYPT}"));
    let long = format!("16384$8$1${SALT}${LONG_SCRYPT}");
    assert_fits(HashAlgorithm::Scrypt, &long);
    let iterations = format!("$pbkdf2-sha256$1000{PBKDF2}");
    assert_fits(HashAlgorithm::Pbkdf2Sha256, &iterations);
    let padded = iterations.replace("ODw$", "ODw==$").replace('.', "+") + "=";
    assert_fits(HashAlgorithm::Pbkdf2Sha256, &padded);
}

#[test]
fn costs_above_the_limits_are_refused() {
    let costly = |algorithm, text: &str| {
        assert_eq!(
            parse(algorithm, text).unwrap_err(),
            HashFault::TooCostly,
            "{text}"
        );
    };
    costly(
        HashAlgorithm::Bcrypt,
        &format!("$2b{}", BCRYPT.replace("$04", "$13")),
    );
    for cost in ["131072$8$1", "1024$9$1", "1024$8$2", "4294967296$8$1"] {
        costly(HashAlgorithm::Scrypt, &format!("{cost}${SALT}${SCRYPT}"));
    }
    for iterations in ["600001", "99999999999999999999"] {
        let text = format!("$pbkdf2-sha256${iterations}{PBKDF2}");
        costly(HashAlgorithm::Pbkdf2Sha256, &text);
    }
    for cost in ["m=19457,t=2,p=1", "m=64,t=3,p=1", "m=64,t=1,p=2"] {
        let text = format!(
            "$argon2id$v=19${cost}$AAECAwQFBgcICQoLDA0ODw$Qme59hVzXS77rbnb4beYZSjmL47ydvc5ZK5ly/kF2s0"
        );
        costly(HashAlgorithm::Argon2id, &text);
    }
}

#[test]
fn the_greatest_costs_are_taken() {
    let bcrypt = format!("$2b{}", BCRYPT.replace("$04", "$12"));
    assert!(parse(HashAlgorithm::Bcrypt, &bcrypt).is_ok());
    let scrypt = format!("65536$8$1${SALT}${SCRYPT}");
    assert!(parse(HashAlgorithm::Scrypt, &scrypt).is_ok());
    let pbkdf2 = format!("$pbkdf2-sha256$600000{PBKDF2}");
    assert!(parse(HashAlgorithm::Pbkdf2Sha256, &pbkdf2).is_ok());
    let argon2 = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$\
                  Qme59hVzXS77rbnb4beYZSjmL47ydvc5ZK5ly/kF2s0";
    let hash = parse(HashAlgorithm::Argon2id, argon2).unwrap();
    assert!(hash.argon2id().is_some());
    assert_eq!(hash.matches(PASSWORD), None);
}

#[test]
fn other_texts_are_malformed() {
    let bcrypt = format!("$2b{BCRYPT}");
    let malformed = [
        (HashAlgorithm::Bcrypt, String::new()),
        (HashAlgorithm::Bcrypt, format!("{bcrypt}x")),
        (HashAlgorithm::Bcrypt, bcrypt.replace("$2b", "$2c")),
        (HashAlgorithm::Bcrypt, bcrypt.replace("$04", "$03")),
        (HashAlgorithm::Bcrypt, bcrypt.replace("abc", "a!c")),
        (HashAlgorithm::Scrypt, bcrypt),
        (HashAlgorithm::Scrypt, format!("1000$8$1${SALT}${SCRYPT}")),
        (HashAlgorithm::Scrypt, format!("1$8$1${SALT}${SCRYPT}")),
        (HashAlgorithm::Scrypt, format!("1024$0$1${SALT}${SCRYPT}")),
        (HashAlgorithm::Scrypt, format!("+1024$8$1${SALT}${SCRYPT}")),
        (HashAlgorithm::Scrypt, format!("1024$8$1${SALT}$xy")),
        (HashAlgorithm::Scrypt, format!("1024$8$1${SALT}$00")),
        (
            HashAlgorithm::Pbkdf2Sha256,
            format!("$pbkdf2-sha512$1000{PBKDF2}"),
        ),
        (
            HashAlgorithm::Pbkdf2Sha256,
            format!("$pbkdf2-sha256$0{PBKDF2}"),
        ),
        (
            HashAlgorithm::Pbkdf2Sha256,
            format!("$pbkdf2-sha256$1000{PBKDF2}$x"),
        ),
        (
            HashAlgorithm::Argon2id,
            "$argon2i$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$Qme59hVzXS77rbnb4beYZSjmL47ydvc5"
                .to_owned(),
        ),
        (
            HashAlgorithm::Argon2id,
            "$argon2id$v=16$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$Qme59hVzXS77rbnb4beYZSjmL47ydvc5"
                .to_owned(),
        ),
        (
            HashAlgorithm::Argon2id,
            "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw".to_owned(),
        ),
    ];
    for (algorithm, text) in malformed {
        let fault = parse(algorithm, &text).map(|_| ()).unwrap_err();
        assert_eq!(fault, HashFault::Malformed, "{algorithm:?} {text}");
    }
}

/// The database finds stored hashes by their first characters, which must not be those of a salt.
#[test]
fn stored_hashes_of_an_algorithm_begin_alike() {
    for algorithm in HashAlgorithm::ALL {
        let begin = format!("{PREFIX}{}$", algorithm.as_str());
        assert!(begin.len() >= FORM_LENGTH, "{begin}");
    }
    assert!(!is_imported("$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA"));
}
