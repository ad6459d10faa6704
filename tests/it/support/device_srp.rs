//! A device's side of its SRP exchange (section 5.1), by plain big integers and apart from the server's code.

use aws_lc_rs::{digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;
use serde_json::{Value, json};

use super::answer::Answer;
use super::pools::AppClient;
use super::sign_in::respond;

/// The prime of the group: zero modulo itself.
pub const PRIME: &str = concat!(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD",
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F",
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B",
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510",
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7",
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C",
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
);

/// A device whose key a sign-in has issued, and the secrets that it has made.
#[derive(Clone, Debug)]
pub struct Device {
    /// `DeviceKey`.
    pub key: String,
    /// `DeviceGroupKey`.
    pub group_key: String,
    /// The device's own password.
    pub password: String,
    /// The salt of its verifier.
    pub salt: [u8; 16],
}

fn prime() -> BigUint {
    BigUint::parse_bytes(PRIME.as_bytes(), 16).unwrap()
}

fn generator() -> BigUint {
    BigUint::from(2_u8)
}

fn hexadecimal(text: &str) -> BigUint {
    BigUint::parse_bytes(text.as_bytes(), 16).expect("a number in hexadecimal")
}

/// The bytes of a number as a signed one: `00` before a set top bit.
fn pad(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes[0] >= 0x80 {
        bytes.insert(0, 0);
    }
    bytes
}

fn hash(parts: &[&[u8]]) -> BigUint {
    BigUint::from_bytes_be(digest::digest(&digest::SHA256, &parts.concat()).as_ref())
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, &parts.concat()).as_ref().to_vec()
}

/// x, of which the verifier is the power of g.
fn exponent(device: &Device, salt: &BigUint) -> BigUint {
    let Device {
        key,
        group_key,
        password,
        ..
    } = device;
    let secret = format!("{group_key}{key}:{password}");
    let secret = digest::digest(&digest::SHA256, secret.as_bytes());
    hash(&[&pad(salt), secret.as_ref()])
}

/// The verifier that a device sends to be confirmed.
pub fn verifier(device: &Device) -> Vec<u8> {
    let salt = BigUint::from_bytes_be(&device.salt);
    pad(&generator().modpow(&exponent(device, &salt), &prime()))
}

/// One exchange of a device.
pub struct DeviceSrp {
    secret: BigUint,
    public: BigUint,
}

impl Default for DeviceSrp {
    fn default() -> Self {
        Self::new()
    }
}

impl DeviceSrp {
    /// With a fresh secret.
    pub fn new() -> Self {
        let mut bytes = [0; 128];
        rand::fill(&mut bytes).unwrap();
        let secret = BigUint::from_bytes_be(&bytes);
        Self {
            public: generator().modpow(&secret, &prime()),
            secret,
        }
    }

    /// What `SRP_A` carries.
    pub fn a(&self) -> String {
        self.public.to_str_radix(16)
    }

    /// The device's answers to DEVICE_SRP_AUTH.
    pub fn begin(&self, app: &AppClient, device: &Device, username: &str) -> Value {
        let answers = json!({
            "USERNAME": username,
            "DEVICE_KEY": device.key,
            "SRP_A": self.a(),
        });
        with_secret_hash(app, username, answers)
    }

    /// The device's answers to DEVICE_PASSWORD_VERIFIER, made now.
    pub fn end(&self, app: &AppClient, device: &Device, challenge: &Value) -> Value {
        let now = app.pool.endpoint().now();
        let timestamp = now.strftime("%a %b %-d %H:%M:%S UTC %Y").to_string();
        self.end_at(app, device, challenge, &timestamp)
    }

    /// The same with a timestamp of the caller's.
    pub fn end_at(
        &self,
        app: &AppClient,
        device: &Device,
        challenge: &Value,
        timestamp: &str,
    ) -> Value {
        assert_eq!(
            challenge["ChallengeName"], "DEVICE_PASSWORD_VERIFIER",
            "{challenge}"
        );
        let parameter = |name: &str| {
            let value = challenge["ChallengeParameters"][name].as_str();
            value.unwrap_or_else(|| panic!("no {name} in {challenge}"))
        };
        let (block, username) = (parameter("SECRET_BLOCK"), parameter("USERNAME"));
        let key = self.key(device, parameter("SALT"), parameter("SRP_B"));
        let decoded = STANDARD.decode(block).expect("base64");
        let (group_key, device_key) = (device.group_key.as_bytes(), device.key.as_bytes());
        let signed = [group_key, device_key, &decoded, timestamp.as_bytes()];
        let answers = json!({
            "USERNAME": username,
            "DEVICE_KEY": device.key,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(keyed(&key, &signed)),
            "TIMESTAMP": timestamp,
        });
        with_secret_hash(app, username, answers)
    }

    /// The key that the device signs with.
    fn key(&self, device: &Device, salt: &str, b_public: &str) -> Vec<u8> {
        let (prime, generator) = (prime(), generator());
        let b_public = hexadecimal(b_public);
        let multiplier = hash(&[&pad(&prime), &pad(&generator)]);
        let u = hash(&[&pad(&self.public), &pad(&b_public)]);
        let x = exponent(device, &hexadecimal(salt));
        let masked = multiplier * generator.modpow(&x, &prime) % &prime;
        let base = (b_public + &prime - masked) % &prime;
        let shared = base.modpow(&(&self.secret + &u * x), &prime);
        let extracted = keyed(&pad(&u), &[&pad(&shared)]);
        keyed(&extracted, &[b"Caldera Derived Key", &[1]])[..16].to_vec()
    }
}

fn with_secret_hash(app: &AppClient, username: &str, mut answers: Value) -> Value {
    if app.secret.is_some() {
        answers["SECRET_HASH"] = json!(app.secret_hash(username));
    }
    answers
}

/// Answers DEVICE_SRP_AUTH; the answer is DEVICE_PASSWORD_VERIFIER.
pub async fn begin(app: &AppClient, device: &Device, challenge: &Value) -> (DeviceSrp, Value) {
    let exchange = DeviceSrp::new();
    let answers = exchange.begin(app, device, "ada");
    let challenge = respond(app, challenge, answers).await.ok();
    (exchange, challenge)
}

/// Both answers of `ada`'s device; what comes of the second.
pub async fn prove(app: &AppClient, device: &Device, challenge: &Value) -> Answer {
    let (exchange, challenge) = begin(app, device, challenge).await;
    respond(app, &challenge, exchange.end(app, device, &challenge)).await
}
