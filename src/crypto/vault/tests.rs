use super::*;
use proptest::prelude::*;

fn vault(current: u8, previous: &[u8]) -> Vault {
    let previous: Vec<_> = previous
        .iter()
        .map(|byte| MasterKey::from_bytes([*byte; 32]))
        .collect();
    Vault::new(&MasterKey::from_bytes([current; 32]), &previous, Entropy).unwrap()
}

/// The two vectors of the XAES-256-GCM specification.
#[test]
fn xaes_256_gcm_matches_the_published_vectors() {
    let nonce = *b"ABCDEFGHIJKL";
    let gcm_nonce = *b"MNOPQRSTUVWX";
    for (key, aad, sealed) in [
        (
            [1; 32],
            &b""[..],
            "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271",
        ),
        (
            [3; 32],
            b"c2sp.org/XAES-256-GCM",
            "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
        ),
    ] {
        let key = ExtendedKey::new(&key).unwrap();
        let found = seal_extended(&key, &nonce, gcm_nonce, aad, b"XAES-256-GCM").unwrap();
        assert_eq!(hex::encode(found), sealed);
    }
}

#[test]
fn purposes_are_listed_in_the_order_of_their_discriminants() {
    for (index, purpose) in KeyPurpose::ALL.into_iter().enumerate() {
        assert_eq!(purpose as usize, index);
    }
}

#[test]
fn a_sealed_value_opens_only_with_its_purpose_and_context() {
    let vault = vault(1, &[]);
    let context = ["us-east-1_A", "row", "seed"];
    let blob = vault.seal(KeyPurpose::TotpSeed, &context, b"seed").unwrap();
    assert_eq!(blob.len(), 4 + SEAL_OVERHEAD);
    assert_eq!(
        vault
            .open(KeyPurpose::TotpSeed, &context, &blob)
            .unwrap()
            .as_slice(),
        b"seed"
    );
    assert!(vault.open(KeyPurpose::Message, &context, &blob).is_none());
    let moved = ["us-east-1_A", "other", "seed"];
    assert!(vault.open(KeyPurpose::TotpSeed, &moved, &blob).is_none());
    let run_together = ["us-east-1_Arow", "", "seed"];
    assert!(
        vault
            .open(KeyPurpose::TotpSeed, &run_together, &blob)
            .is_none()
    );
    for at in 0..blob.len() {
        let mut changed = blob.clone();
        changed[at] ^= 1;
        assert!(
            vault
                .open(KeyPurpose::TotpSeed, &context, &changed)
                .is_none()
        );
        assert!(
            vault
                .open(KeyPurpose::TotpSeed, &context, &blob[..at])
                .is_none()
        );
    }
}

#[test]
fn the_same_text_is_sealed_differently_each_time() {
    let vault = vault(1, &[]);
    let seal = || vault.seal(KeyPurpose::Message, &[], b"123456").unwrap();
    assert_ne!(seal(), seal());
}

#[test]
fn a_previous_master_key_still_opens() {
    let old = vault(1, &[]);
    let new = vault(2, &[1]);
    let blob = old
        .seal(KeyPurpose::ClientSecret, &["c"], b"secret")
        .unwrap();
    assert!(old.is_current(&blob) && !new.is_current(&blob));
    assert!(new.open(KeyPurpose::ClientSecret, &["c"], &blob).is_some());
    assert!(
        vault(2, &[])
            .open(KeyPurpose::ClientSecret, &["c"], &blob)
            .is_none()
    );
    let hash = old.keyed_hash(KeyPurpose::Code, &[b"123456"]);
    assert!(new.verify_keyed_hash(KeyPurpose::Code, &[b"123456"], &hash));
    assert!(!new.verify_keyed_hash(KeyPurpose::Code, &[b"123457"], &hash));
    assert!(!new.verify_keyed_hash(KeyPurpose::TokenId, &[b"123456"], &hash));
    assert!(!new.verify_keyed_hash(KeyPurpose::Code, &[b"123456"], &hash[..31]));
    assert_eq!(new.keyed_hashes(KeyPurpose::Code, &[b"123456"])[1], hash);
}

#[test]
fn debug_shows_no_key() {
    let shown = format!("{:?} {:?}", MasterKey::from_bytes([7; 32]), vault(7, &[8]));
    assert_eq!(shown, "MasterKey(..) Vault { previous_keys: 1, .. }");
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens(text: Vec<u8>, context in prop::collection::vec(".{0,8}", 0..4)) {
        let vault = vault(1, &[]);
        let context: Vec<&str> = context.iter().map(String::as_str).collect();
        let blob = vault.seal(KeyPurpose::Setting, &context, &text).unwrap();
        let opened = vault.open(KeyPurpose::Setting, &context, &blob).unwrap();
        prop_assert_eq!(opened.as_slice(), text.as_slice());
    }

    #[test]
    fn different_lists_of_parts_have_different_hashes(
        one in prop::collection::vec("[ab]{0,3}", 0..4),
        other in prop::collection::vec("[ab]{0,3}", 0..4),
    ) {
        let vault = vault(1, &[]);
        let hash = |parts: &[String]| {
            let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
            vault.keyed_hash(KeyPurpose::Code, &parts)
        };
        prop_assert_eq!(hash(&one) == hash(&other), one == other);
    }

    #[test]
    fn opening_random_bytes_never_panics(noise: Vec<u8>) {
        prop_assert!(vault(1, &[]).open(KeyPurpose::Setting, &[], &noise).is_none());
    }
}
