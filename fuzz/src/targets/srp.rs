//! The exchange of SRP: values that a client makes up, and honest exchanges with one thing changed.

use arbitrary::Unstructured;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cognate::crypto::srp::{claim_signature, client::Client};
use cognate::crypto::{ClientPublic, SrpVerifier};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::choice::{below, edited, once_in, one_of, text};
use crate::world::{PASSWORD, World, lock_world};

/// The group's prime, of which no multiple may be A.
const PRIME: &str = "\
ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd\
ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f\
83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b\
e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510\
15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7\
abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c\
bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff";

pub(crate) fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    match below(&mut input, 4) {
        0 => made_up(&mut input),
        1 => {
            let bytes: Vec<u8> = input.arbitrary().unwrap_or_default();
            if let Some(verifier) = SrpVerifier::from_bytes(&bytes) {
                let again = SrpVerifier::from_bytes(verifier.as_bytes());
                assert_eq!(again.map(|v| *v.as_bytes()), Some(*verifier.as_bytes()));
            }
        }
        _ => exchange(&lock_world(), &mut input),
    }
}

/// Any A: if it is taken, it is a number that the prime does not divide.
fn made_up(input: &mut Unstructured<'_>) {
    let bytes: Vec<u8> = input.arbitrary().unwrap_or_default();
    let a = match below(input, 5) {
        0 => text(input),
        1 => hex::encode(&bytes),
        2 => edited(input, PRIME),
        3 => format!("{}{PRIME}", "0".repeat(below(input, 8))),
        _ => "0".repeat(below(input, 800)),
    };
    let zero =
        a.trim_start_matches('0').eq_ignore_ascii_case(PRIME) || a.bytes().all(|byte| byte == b'0');
    if ClientPublic::parse(&a).is_some() {
        assert!(!zero, "{a}");
        assert!(a.bytes().all(|byte| byte.is_ascii_hexdigit()), "{a}");
    }
    if once_in(input, 4) {
        let answer = begin(&lock_world(), "ada", &a);
        assert!(!(answer.is_some() && zero), "{a}");
    }
}

/// The parameters of the challenge, if there is one.
fn begin(world: &World, username: &str, a: &str) -> Option<Value> {
    let body = json!({
        "ClientId": world.variables.get("Client"),
        "AuthFlow": "USER_SRP_AUTH",
        "AuthParameters": {"USERNAME": username, "SRP_A": a},
    });
    let answer = world.call("InitiateAuth", body.to_string().into_bytes());
    answer.body.get("ChallengeParameters").cloned()
}

/// An exchange from an honest client, whose answer is then perhaps changed.
fn exchange(world: &World, input: &mut Unstructured<'_>) {
    let client = Client::new(input.arbitrary().unwrap_or([7; 32]));
    let username = *one_of(
        input,
        &["ada", "user0@example.com", "nobody", "max", "eve", "ivy"],
    );
    let Some(challenge) = begin(world, username, &client.public_hex()) else {
        return;
    };
    let given = |name: &str| {
        let value = challenge.get(name).and_then(Value::as_str);
        value.expect("a parameter of the challenge").to_owned()
    };
    let user_id = given("USER_ID_FOR_SRP");
    let block = given("SECRET_BLOCK");
    let password = *one_of(input, &[PASSWORD, "Wr0ng-Password"]);
    let pool = world.variables.get("Pool");
    let (_, pool) = pool.split_once('_').expect("a pool id");
    let key = client
        .session_key(
            pool,
            &user_id,
            &SecretString::from(password),
            &given("SALT"),
            &given("SRP_B"),
        )
        .expect("the server's values are numbers");
    let seconds = input.int_in_range(-400_i64..=400).unwrap_or_default();
    let at = world.now.plus_seconds(seconds);
    let good_time = jiff::Timestamp::from_second(at.seconds())
        .expect("a time")
        .strftime("%a %b %-d %H:%M:%S UTC %Y")
        .to_string();
    let time = match once_in(input, 3) {
        true => edited(input, &good_time),
        false => good_time.clone(),
    };
    let decoded = BASE64_STANDARD.decode(&block).expect("base64");
    let proof = claim_signature(&key, pool, &user_id, &decoded, &time);
    let good_proof = BASE64_STANDARD.encode(proof);
    let mut changed = |good: &str| match below(input, 4) {
        0 => edited(input, good),
        1 => text(input),
        _ => good.to_owned(),
    };
    let (proof, sent_block) = (changed(&good_proof), changed(&block));
    let name = *one_of(input, &[user_id.as_str(), username, "ada", "bob"]);
    let body = json!({
        "ClientId": world.variables.get("Client"),
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeResponses": {
            "USERNAME": name,
            "PASSWORD_CLAIM_SIGNATURE": proof,
            "PASSWORD_CLAIM_SECRET_BLOCK": sent_block,
            "TIMESTAMP": time,
        },
    });
    let body = body.to_string().into_bytes();
    let answer = world.call("RespondToAuthChallenge", body.clone());
    let honest = password == PASSWORD && proof == good_proof && sent_block == block;
    if answer.is_ok() {
        assert!(honest, "{username}: {}", answer.body);
        assert!(matches!(user_id.as_str(), "ada" | "ivy"), "{user_id}");
        // The time may be edited into another that is as good, but a block works once.
        let again = world.call("RespondToAuthChallenge", body);
        assert!(!again.is_ok(), "a block was taken twice");
    } else if honest && time == good_time && seconds.abs() <= 290 && name == username {
        assert!(
            !matches!(username, "ada" | "user0@example.com" | "ivy"),
            "{}",
            answer.body
        );
    }
}
