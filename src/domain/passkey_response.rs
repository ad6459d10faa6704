//! What a browser hands back from `navigator.credentials`, as WebAuthn's `toJSON` writes it
//! (`RegistrationResponseJSON` and `AuthenticationResponseJSON`): read, and not believed yet.
//!
//! Members that say nothing to the server, and those that it does not know, are passed over.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::Value;

use super::passkey::Attachment;

/// base64url, with padding or without: WebAuthn writes none, some applications do.
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// The longest credential id, in bytes (WebAuthn, 5.8.3 and 7.1).
const LONGEST_CREDENTIAL_ID: usize = 1023;
/// WebAuthn knows six transports.
const MOST_TRANSPORTS: usize = 8;
const LONGEST_TRANSPORT: usize = 32;

/// Bytes that are base64url in JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match BASE64_URL.decode(text) {
            Ok(bytes) => Ok(Self(bytes)),
            // The text of a decoding error says something of the value.
            Err(_) => Err(serde::de::Error::custom("no base64url")),
        }
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential<R> {
    id: Bytes,
    raw_id: Bytes,
    #[serde(rename = "type")]
    kind: String,
    response: R,
    #[serde(default)]
    authenticator_attachment: Option<Value>,
}

impl<R> Credential<R> {
    /// The id, if it is given alike in both members and is one of a public key.
    fn credential_id(&self) -> Option<&Vec<u8>> {
        let id = &self.raw_id.0;
        let length_fits = (1..=LONGEST_CREDENTIAL_ID).contains(&id.len());
        (self.kind == "public-key" && self.id == self.raw_id && length_fits).then_some(id)
    }
}

#[derive(Deserialize)]
struct Attestation {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    #[serde(rename = "attestationObject")]
    attestation_object: Bytes,
    #[serde(default)]
    transports: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assertion {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    authenticator_data: Bytes,
    signature: Bytes,
    #[serde(default)]
    user_handle: Option<Bytes>,
}

/// What the browser says of the page that asked, in the bytes that are signed (`CollectedClientData`).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientData {
    /// The challenge that the page handed on.
    pub challenge: Bytes,
    /// The page's origin.
    pub origin: String,
    /// Whether the page is in a frame of another origin's page. Older browsers do not say.
    #[serde(default)]
    pub cross_origin: bool,
}

impl ClientData {
    fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// The challenge in the form in which it was given out.
    #[must_use]
    pub fn challenge_text(&self) -> String {
        text(&self.challenge.0)
    }
}

/// Bytes as base64url without padding.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    BASE64_URL.encode(bytes)
}

/// A response to [`super::passkey_options::creation_options`].
#[derive(Debug)]
pub struct RegistrationResponse {
    /// The new credential's id.
    pub credential_id: Vec<u8>,
    /// `clientDataJSON`, read.
    pub client_data: ClientData,
    /// `clientDataJSON` as it came.
    pub client_data_json: Vec<u8>,
    /// The authenticator's statement about the credential, CBOR.
    pub attestation_object: Vec<u8>,
    /// How a browser reaches the authenticator.
    pub transports: Vec<String>,
    /// Where the authenticator is.
    pub attachment: Option<Attachment>,
}

impl RegistrationResponse {
    /// Reads a response; `None` if it is none.
    #[must_use]
    pub fn parse(document: &Value) -> Option<Self> {
        let read = Credential::<Attestation>::deserialize(document).ok()?;
        Some(Self {
            credential_id: read.credential_id()?.clone(),
            client_data: ClientData::parse(&read.response.client_data.0)?,
            client_data_json: read.response.client_data.0,
            attestation_object: read.response.attestation_object.0,
            transports: transports(read.response.transports.as_ref()),
            attachment: attachment(read.authenticator_attachment.as_ref()),
        })
    }
}

/// A response to [`super::passkey_options::request_options`].
#[derive(Debug)]
pub struct AuthenticationResponse {
    /// The id of the credential that signed.
    pub credential_id: Vec<u8>,
    /// `clientDataJSON`, read.
    pub client_data: ClientData,
    /// `clientDataJSON` as it came.
    pub client_data_json: Vec<u8>,
    /// The authenticator's data, which it signed together with the hash of `client_data_json`.
    pub authenticator_data: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The user that the credential was made for: the id that the creation options gave.
    pub user_handle: Option<Vec<u8>>,
}

impl AuthenticationResponse {
    /// Reads a response; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let read: Credential<Assertion> = serde_json::from_str(text).ok()?;
        Some(Self {
            credential_id: read.credential_id()?.clone(),
            client_data: ClientData::parse(&read.response.client_data.0)?,
            client_data_json: read.response.client_data.0,
            authenticator_data: read.response.authenticator_data.0,
            signature: read.response.signature.0,
            user_handle: read.response.user_handle.map(|handle| handle.0),
        })
    }
}

/// WebAuthn wants unknown transports to be kept, for a browser that knows them. What is no transport at all is
/// left out, since they are hints and nothing depends on them.
fn transports(given: Option<&Value>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for transport in given.and_then(Value::as_array).into_iter().flatten() {
        let Some(word) = transport.as_str() else {
            continue;
        };
        let is_word = !word.is_empty()
            && word.len() <= LONGEST_TRANSPORT
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if is_word && kept.len() < MOST_TRANSPORTS && !kept.iter().any(|known| known == word) {
            kept.push(word.to_owned());
        }
    }
    kept
}

fn attachment(given: Option<&Value>) -> Option<Attachment> {
    Attachment::named(given?.as_str()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn client_data() -> String {
        let data =
            r#"{"type":"webauthn.create","challenge":"AQID","origin":"https://example.com"}"#;
        text(data.as_bytes())
    }

    fn registration() -> Value {
        json!({
            "id": "AAEC", "rawId": "AAEC", "type": "public-key",
            "authenticatorAttachment": "cross-platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": client_data(),
                "attestationObject": "oA",
                "transports": ["usb", "nfc", "usb", "new-way", 7, "", "Upper", "x".repeat(33)],
                "publicKeyAlgorithm": -7,
            },
        })
    }

    fn authentication() -> Value {
        json!({
            "id": "AAEC", "rawId": "AAEC", "type": "public-key",
            "response": {
                "clientDataJSON": client_data(),
                "authenticatorData": "AA==",
                "signature": "AQ",
                "userHandle": "YWRh",
            },
        })
    }

    #[test]
    fn what_a_browser_writes_is_read() {
        let read = RegistrationResponse::parse(&registration()).unwrap();
        assert_eq!(read.credential_id, [0, 1, 2]);
        assert_eq!(read.client_data.challenge_text(), "AQID");
        assert_eq!(read.client_data.origin, "https://example.com");
        assert_eq!(read.attestation_object, [0xa0]);
        assert_eq!(read.transports, ["usb", "nfc", "new-way"]);
        assert_eq!(read.attachment, Some(Attachment::CrossPlatform));

        let read = AuthenticationResponse::parse(&authentication().to_string()).unwrap();
        assert_eq!(read.authenticator_data, [0]);
        assert_eq!(read.signature, [1]);
        assert_eq!(read.user_handle.as_deref(), Some(b"ada".as_slice()));
    }

    /// The value with one member, named by its path, replaced, or removed if it is null.
    fn with(mut value: Value, path: &[&str], member: Value) -> Value {
        let (last, parents) = path.split_last().unwrap();
        let parent = parents
            .iter()
            .fold(&mut value, |value, name| &mut value[*name]);
        if member.is_null() {
            parent.as_object_mut().unwrap().remove(*last);
        } else {
            parent[*last] = member;
        }
        value
    }

    #[test]
    fn what_lacks_a_member_or_is_no_credential_is_not_read() {
        let long = text(&[0; 1024]);
        let no_origin = text(br#"{"type":"webauthn.create","challenge":"AQID"}"#);
        let both_ids = |id: &str| {
            let changed = with(registration(), &["id"], json!(id));
            with(changed, &["rawId"], json!(id))
        };
        for document in [
            json!(null),
            json!("text"),
            json!([]),
            json!({}),
            with(registration(), &["id"], json!(null)),
            with(registration(), &["rawId"], json!(null)),
            with(registration(), &["rawId"], json!("AAED")),
            with(registration(), &["rawId"], json!("not base64url!")),
            both_ids(""),
            both_ids(&long),
            with(registration(), &["type"], json!("password")),
            with(registration(), &["type"], json!(null)),
            with(registration(), &["response"], json!(null)),
            with(registration(), &["response", "clientDataJSON"], json!(null)),
            with(
                registration(),
                &["response", "clientDataJSON"],
                json!("e30"),
            ),
            with(registration(), &["response", "clientDataJSON"], json!("AA")),
            with(
                registration(),
                &["response", "clientDataJSON"],
                json!(no_origin),
            ),
            with(
                registration(),
                &["response", "attestationObject"],
                json!(null),
            ),
            with(registration(), &["response", "attestationObject"], json!(7)),
        ] {
            assert!(
                RegistrationResponse::parse(&document).is_none(),
                "{document}"
            );
        }
        for name in ["clientDataJSON", "authenticatorData", "signature"] {
            let changed = with(authentication(), &["response", name], json!(null));
            assert!(
                AuthenticationResponse::parse(&changed.to_string()).is_none(),
                "{name}"
            );
        }
        for text in ["", "{", "null", "[]", "7"] {
            assert!(AuthenticationResponse::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn hints_that_are_absent_or_odd_are_passed_over() {
        for odd in [
            json!(null),
            json!("internal"),
            json!({"a": 1}),
            json!([null]),
        ] {
            let document = with(registration(), &["response", "transports"], odd.clone());
            let document = with(document, &["authenticatorAttachment"], odd);
            let read = RegistrationResponse::parse(&document).unwrap();
            assert!(read.transports.is_empty());
            assert_eq!(read.attachment, None);
        }
        let document = with(authentication(), &["response", "userHandle"], json!(null));
        let read = AuthenticationResponse::parse(&document.to_string()).unwrap();
        assert_eq!(read.user_handle, None);
    }
}
