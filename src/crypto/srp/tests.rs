use super::client::Client;
use super::*;
use proptest::prelude::*;
use serde::Deserialize;

/// An exchange as `amazon-cognito-identity-js` computed it, against a server side of plain big
/// integers. The cases cover each rule of padding: a salt with its top bit set and one with
/// leading zeros, and a u and an S whose first byte is zero.
#[derive(Deserialize)]
struct Vector {
    name: String,
    pool_name: String,
    user_id: String,
    password: String,
    salt: String,
    a: String,
    b: String,
    verifier: String,
    a_public: String,
    b_public: String,
    session_key: String,
    secret_block: String,
    timestamp: String,
    signature: String,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

#[test]
fn both_sides_agree_with_the_javascript_client() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        let name = &vector.name;
        let password: SecretString = vector.password.as_str().into();
        let salt = hex::decode(&vector.salt).unwrap();
        let (pool_name, user_id) = (vector.pool_name.as_str(), vector.user_id.as_str());

        let verifier = SrpVerifier::derive(pool_name, user_id, &password, &salt);
        assert_eq!(hex::encode(verifier.as_bytes()), vector.verifier, "{name}");
        let client = Client::new(bytes(&vector.a));
        assert_eq!(client.public_hex(), vector.a_public, "{name}");
        let server = ServerChallenge::new(&verifier, bytes(&vector.b));
        assert_eq!(server.public_hex(), vector.b_public, "{name}");

        let key = server
            .session_key(&ClientPublic::parse(&vector.a_public).unwrap())
            .unwrap();
        assert_eq!(hex::encode(key.as_bytes()), vector.session_key, "{name}");
        let of_client = client
            .session_key(
                pool_name,
                user_id,
                &password,
                &vector.salt,
                &vector.b_public,
            )
            .unwrap();
        assert_eq!(of_client.as_bytes(), key.as_bytes(), "{name}");

        let block = hex::decode(&vector.secret_block).unwrap();
        let signature = claim_signature(&key, pool_name, user_id, &block, &vector.timestamp);
        assert_eq!(hex::encode(signature), vector.signature, "{name}");
        let verify = |block: &[u8], timestamp: &str, signature: &str| {
            verify_claim_signature(&key, pool_name, user_id, block, timestamp, signature)
        };
        let signature = BASE64_STANDARD.encode(signature);
        assert!(verify(&block, &vector.timestamp, &signature));
        assert!(!verify(&block[1..], &vector.timestamp, &signature));
        assert!(!verify(&block, "Tue Sep 5 09:04:02 UTC 2023", &signature));
        assert!(!verify(&block, &vector.timestamp, &signature[..40]));
        assert!(!verify(&block, &vector.timestamp, "no base64"));
        assert!(!verify(&block, &vector.timestamp, ""));
    }
}

/// An exchange of a device, as `amazon-cognito-identity-js` and `pycognito` computed it, against a server side of
/// plain big integers. Each has a plain case, a salt and a verifier with their top bit set, and a u whose first byte
/// is zero; a salt of fewer bytes than usual is only among pycognito's.
#[derive(Deserialize)]
struct DeviceVector {
    name: String,
    client: String,
    group_key: String,
    device_key: String,
    password: String,
    salt: String,
    verifier: String,
    a_public: String,
    b: String,
    b_public: String,
    session_key: String,
    secret_block: String,
    timestamp: String,
    signature: String,
}

#[test]
fn the_server_agrees_with_two_clients_about_devices() {
    let vectors: Vec<DeviceVector> =
        serde_json::from_str(include_str!("device_vectors.json")).unwrap();
    for client in ["amazon-cognito-identity-js", "pycognito"] {
        let of_client = vectors.iter().filter(|vector| vector.client == client);
        assert!(of_client.count() >= 4, "{client}");
    }
    let decode = |text: &str| BASE64_STANDARD.decode(text).unwrap();
    for vector in vectors {
        let name = format!("{} {}", vector.client, vector.name);
        let (group_key, device_key) = (vector.group_key.as_str(), vector.device_key.as_str());
        let sent = decode(&vector.verifier);
        let verifier = SrpVerifier::from_bytes(&sent).unwrap();
        let derived = SrpVerifier::derive(
            group_key,
            device_key,
            &vector.password.as_str().into(),
            &decode(&vector.salt),
        );
        assert_eq!(verifier.as_bytes(), derived.as_bytes(), "{name}");

        let server = ServerChallenge::new(&verifier, bytes(&vector.b));
        let public = server.public_hex();
        let public = public.trim_start_matches('0');
        assert_eq!(public, vector.b_public.trim_start_matches('0'), "{name}");
        let a_public = ClientPublic::parse(&vector.a_public).unwrap();
        let key = server.session_key(&a_public).unwrap();
        assert_eq!(hex::encode(key.as_bytes()), vector.session_key, "{name}");

        let block = decode(&vector.secret_block);
        let verify = |group_key: &str, device_key: &str| {
            let (timestamp, signature) = (&vector.timestamp, &vector.signature);
            verify_claim_signature(&key, group_key, device_key, &block, timestamp, signature)
        };
        assert!(verify(group_key, device_key), "{name}");
        assert!(!verify(group_key, "us-east-1_0"), "{name}");
        assert!(!verify("-", device_key), "{name}");
    }
}

/// RFC 3526 gives the prime of group 15 by a formula too; its ends and k are pinned here, the
/// vectors pin the rest.
#[test]
fn the_multiplier_has_the_known_value() {
    let k = multiplier().to_bytes();
    assert_eq!(
        hex::encode(&k[352..]),
        "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6",
    );
}

#[test]
fn padding_is_that_of_a_signed_number() {
    for (number, padded) in [
        (&[][..], &[0][..]),
        (&[0, 0], &[0]),
        (&[0, 0, 1], &[1]),
        (&[0x7f, 0], &[0x7f, 0]),
        (&[0x80], &[0, 0x80]),
        (&[0, 0xff, 1], &[0, 0xff, 1]),
    ] {
        assert_eq!(pad(number).as_slice(), padded);
    }
}

#[test]
fn a_public_value_that_is_zero_modulo_the_prime_is_refused() {
    let prime = hex::encode(group::modulus_bytes());
    for text in ["0", "00", &"0".repeat(768), &prime, &format!("00{prime}")] {
        assert!(ClientPublic::parse(text).is_none(), "{text}");
    }
    let above = format!("{}{}", &prime[..752], "f".repeat(16));
    assert_eq!(above, prime, "the prime ends in ones");
    for text in [
        "1",
        "02",
        "ABCdef",
        &format!("00{}", "f".repeat(768)),
        &"f".repeat(768),
    ] {
        assert!(ClientPublic::parse(text).is_some(), "{text}");
    }
}

#[test]
fn a_text_that_is_not_a_number_of_the_group_is_refused() {
    for text in [
        "",
        "-1",
        "+1",
        "0x10",
        "xyz",
        " 1",
        &"f".repeat(769),
        &"0".repeat(800),
    ] {
        assert!(ClientPublic::parse(text).is_none(), "{text}");
    }
}

#[test]
fn a_verifier_is_a_number_between_zero_and_the_prime() {
    let vector = vectors().remove(0);
    let stored = hex::decode(&vector.verifier).unwrap();
    assert_eq!(
        SrpVerifier::from_bytes(&stored)
            .unwrap()
            .as_bytes()
            .as_slice(),
        stored
    );
    let mut signed = vec![0];
    signed.extend_from_slice(&stored);
    assert_eq!(
        SrpVerifier::from_bytes(&signed)
            .unwrap()
            .as_bytes()
            .as_slice(),
        stored
    );
    assert_eq!(SrpVerifier::from_bytes(&[5]).unwrap().as_bytes()[383], 5);
    for bytes in [
        &[][..],
        &[0; 384],
        &group::modulus_bytes(),
        &[255; 384],
        &[1; 385],
        &[0; 386],
    ] {
        assert!(SrpVerifier::from_bytes(bytes).is_none());
    }
}

#[test]
fn a_salt_never_begins_with_a_zero_byte() {
    assert_eq!(salt([0; 16])[..2], [1, 0]);
    assert_eq!(salt([9; 16]), [9; 16]);
}

#[test]
fn debug_shows_no_secret() {
    let verifier = SrpVerifier::from_bytes(&[5]).unwrap();
    let challenge = ServerChallenge::new(&verifier, [1; 32]);
    let key = SessionKey::from_bytes([7; 16]);
    assert_eq!(
        format!("{verifier:?} {challenge:?} {key:?}"),
        "SrpVerifier(..) ServerChallenge(..) SessionKey(..)",
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn both_sides_agree_only_with_the_same_password(
        a: [u8; 32],
        b: [u8; 32],
        random: [u8; 16],
        password in ".{1,12}",
        other in ".{1,12}",
    ) {
        let salt = salt(random);
        let verifier = SrpVerifier::derive("Pool", "ada", &password.as_str().into(), &salt);
        let server = ServerChallenge::new(&verifier, b);
        let client = Client::new(a);
        let a_public = ClientPublic::parse(&client.public_hex()).unwrap();
        let of_server = server.session_key(&a_public).unwrap();
        for attempt in [&password, &other] {
            let of_client = client
                .session_key("Pool", "ada", &attempt.as_str().into(), &hex::encode(salt), &server.public_hex())
                .unwrap();
            prop_assert_eq!(of_client.as_bytes() == of_server.as_bytes(), *attempt == password);
        }
    }
}

/// Prints what the steps cost: `cargo test --release -- --ignored cost_of_an_exchange --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost_of_an_exchange() {
    let time = |name: &str, work: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        (0..100).for_each(|_| work());
        println!("{name}: {:?}", start.elapsed() / 100);
    };
    let verifier = SrpVerifier::derive("Pool", "ada", &"x".into(), &[1; 16]);
    let client = Client::new([0xfe; 32]);
    let a_public = ClientPublic::parse(&client.public_hex()).unwrap();
    let challenge = ServerChallenge::new(&verifier, [0xfd; 32]);
    time("verifier", &mut || {
        std::hint::black_box(SrpVerifier::derive("Pool", "ada", &"x".into(), &[1; 16]));
    });
    time("challenge", &mut || {
        std::hint::black_box(ServerChallenge::new(&verifier, [0xfd; 32]));
    });
    time("session key", &mut || {
        challenge.session_key(&a_public).unwrap();
    });
}
