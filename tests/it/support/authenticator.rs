//! An authenticator in software, and the browser around it: makes passkeys and signs with them, as WebAuthn
//! says, or otherwise where a test wants it so. It shares no code with the server.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// The kind of a passkey's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// RSA with SHA-256, PKCS #1 1.5.
    Rs256,
    /// Ed25519, which the server does not offer.
    EdDsa,
}

enum Key {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// A passkey in the authenticator.
pub struct SoftPasskey {
    key: Key,
    /// Its id.
    pub id: Vec<u8>,
    /// Whom it is for, as the creation options said.
    pub user_handle: Option<Vec<u8>>,
    /// How often it signed. An authenticator that does not count stays at 0.
    pub counter: u32,
    /// How much a signature adds.
    pub step: u32,
}

/// What the browser and the authenticator say. By default they are honest and verify the user.
#[derive(Clone, Debug)]
pub struct Browser {
    /// The page's origin.
    pub origin: String,
    /// The kind of key that the authenticator makes.
    pub algorithm: Algorithm,
    /// Whether the user has touched it.
    pub present: bool,
    /// Whether it has verified the user.
    pub verifies: bool,
    /// The domain that it signs for, if not that of the options.
    pub relying_party_id: Option<String>,
    /// The challenge that it signs, base64url, if not that of the options.
    pub challenge: Option<String>,
    /// `type` of the client data, if not the right one.
    pub kind: Option<String>,
    /// Whether the page is a frame in another's.
    pub cross_origin: bool,
    /// The attestation statement and its format, if there is one.
    pub attestation: Attestation,
}

/// How a new passkey is attested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attestation {
    /// Not at all.
    None,
    /// By a signature of its own key.
    SelfSigned,
    /// By a signature that is wrong.
    Forged,
    /// In a format that nobody knows.
    Unknown,
}

impl Browser {
    /// On a page of this origin.
    pub fn at(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            algorithm: Algorithm::Es256,
            present: true,
            verifies: true,
            relying_party_id: None,
            challenge: None,
            kind: None,
            cross_origin: false,
            attestation: Attestation::None,
        }
    }

    /// `navigator.credentials.create`: a new passkey, and the response for the server.
    pub fn create(&self, options: &Value) -> (SoftPasskey, Value) {
        let handle = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap());
        let mut id = vec![0; 20];
        fill(&mut id).unwrap();
        let passkey = SoftPasskey {
            key: Key::generate(self.algorithm),
            id,
            user_handle: Some(handle.unwrap()),
            counter: 1,
            step: 1,
        };
        let response = self.attest(&passkey, options);
        (passkey, response)
    }

    /// The response with which `passkey` is registered.
    pub fn attest(&self, passkey: &SoftPasskey, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.create", options);
        let domain = options["rp"]["id"].as_str().unwrap();
        let mut data = self.authenticator_data(domain, ATTESTED, passkey.counter);
        data.extend([0; 16]);
        data.extend(u16::try_from(passkey.id.len()).unwrap().to_be_bytes());
        data.extend(&passkey.id);
        data.extend(passkey.key.cose());
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, client_data.as_bytes()).as_ref());
        let (format, statement) = match self.attestation {
            Attestation::None => ("none", map(&[])),
            Attestation::Unknown => ("unheard-of", map(&[])),
            Attestation::SelfSigned => ("packed", passkey.key.statement(&signed)),
            Attestation::Forged => ("packed", passkey.key.statement(b"something else")),
        };
        let object = map(&[
            (text("fmt"), text(format)),
            (text("attStmt"), statement),
            (text("authData"), bytes(&data)),
        ]);
        json!({
            "id": URL_SAFE_NO_PAD.encode(&passkey.id),
            "rawId": URL_SAFE_NO_PAD.encode(&passkey.id),
            "type": "public-key",
            "authenticatorAttachment": "cross-platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(&client_data),
                "attestationObject": URL_SAFE_NO_PAD.encode(&object),
                "transports": ["usb", "nfc"],
            },
        })
    }

    /// `navigator.credentials.get`: the response of `passkey`, as text.
    pub fn get(&self, passkey: &mut SoftPasskey, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        passkey.counter += passkey.step;
        let domain = options["rpId"].as_str().unwrap();
        let data = self.authenticator_data(domain, 0, passkey.counter);
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, client_data.as_bytes()).as_ref());
        let handle = passkey.user_handle.as_ref();
        json!({
            "id": URL_SAFE_NO_PAD.encode(&passkey.id),
            "rawId": URL_SAFE_NO_PAD.encode(&passkey.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(&client_data),
                "authenticatorData": URL_SAFE_NO_PAD.encode(&data),
                "signature": URL_SAFE_NO_PAD.encode(passkey.key.sign(&signed)),
                "userHandle": handle.map(|handle| URL_SAFE_NO_PAD.encode(handle)),
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        json!({
            "type": self.kind.as_deref().unwrap_or(kind),
            "challenge": self.challenge.as_deref().or(options["challenge"].as_str()).unwrap(),
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
            "other_keys_can_be_added_here": "do not compare clientDataJSON against a template",
        })
        .to_string()
    }

    fn authenticator_data(&self, domain: &str, flags: u8, counter: u32) -> Vec<u8> {
        let domain = self.relying_party_id.as_deref().unwrap_or(domain);
        let mut data = digest(&SHA256, domain.as_bytes()).as_ref().to_vec();
        let present = if self.present { PRESENT } else { 0 };
        let verified = if self.verifies { VERIFIED } else { 0 };
        data.push(flags | present | verified);
        data.extend(counter.to_be_bytes());
        data
    }
}

impl Key {
    fn generate(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Es256 => {
                Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
            }
            Algorithm::Rs256 => Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
            Algorithm::EdDsa => Self::EdDsa(Ed25519KeyPair::generate().unwrap()),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Es256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::EdDsa(key) => key.sign(message).as_ref().to_vec(),
        }
    }

    /// COSE's number of the algorithm.
    fn number(&self) -> i64 {
        match self {
            Self::Es256(_) => -7,
            Self::Rs256(_) => -257,
            Self::EdDsa(_) => -8,
        }
    }

    /// A packed attestation by the key itself.
    fn statement(&self, signed: &[u8]) -> Vec<u8> {
        map(&[
            (text("alg"), integer(self.number())),
            (text("sig"), bytes(&self.sign(signed))),
        ])
    }

    /// The public key as a COSE_Key (RFC 9052 and 8230).
    fn cose(&self) -> Vec<u8> {
        let (kind, further) = match self {
            Self::Es256(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = point[1..].split_at(32);
                let further = vec![
                    (integer(-1), integer(1)),
                    (integer(-2), bytes(x)),
                    (integer(-3), bytes(y)),
                ];
                (2, further)
            }
            Self::Rs256(key) => {
                let public = key.public_key();
                let modulus = public.modulus().big_endian_without_leading_zero();
                let exponent = public.exponent().big_endian_without_leading_zero();
                let further = vec![
                    (integer(-1), bytes(modulus)),
                    (integer(-2), bytes(exponent)),
                ];
                (3, further)
            }
            Self::EdDsa(key) => {
                let further = vec![
                    (integer(-1), integer(6)),
                    (integer(-2), bytes(key.public_key().as_ref())),
                ];
                (1, further)
            }
        };
        let mut members = vec![
            (integer(1), integer(kind)),
            (integer(3), integer(self.number())),
        ];
        members.extend(further);
        map(&members)
    }
}

/// The head of a CBOR item (RFC 8949, 3): its major type and its argument.
fn head(major: u8, argument: u64) -> Vec<u8> {
    let major = major << 5;
    match argument {
        0..24 => vec![major | u8::try_from(argument).unwrap()],
        24..256 => vec![major | 24, u8::try_from(argument).unwrap()],
        _ => {
            let mut head = vec![major | 25];
            head.extend(u16::try_from(argument).unwrap().to_be_bytes());
            head
        }
    }
}

fn integer(value: i64) -> Vec<u8> {
    match u64::try_from(value) {
        Ok(value) => head(0, value),
        Err(_) => head(1, u64::try_from(-1 - value).unwrap()),
    }
}

fn bytes(value: &[u8]) -> Vec<u8> {
    let mut item = head(2, value.len() as u64);
    item.extend(value);
    item
}

fn text(value: &str) -> Vec<u8> {
    let mut item = head(3, value.len() as u64);
    item.extend(value.bytes());
    item
}

fn map(members: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut item = head(5, members.len() as u64);
    for (name, value) in members {
        item.extend(name);
        item.extend(value);
    }
    item
}
