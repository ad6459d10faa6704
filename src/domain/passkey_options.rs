//! The options that a browser's `navigator.credentials` takes, as JSON (administration 12.2 and 12.3).
//! Members stand in the order of AWS's.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;

use super::passkey::Passkey;
use super::sign_in_settings::UserVerification;

/// How long a browser gives its user to register a passkey, in milliseconds.
const REGISTRATION_TIMEOUT: u32 = 60_000;
/// How long it gives its user to sign in with one.
const SIGN_IN_TIMEOUT: u32 = 180_000;
/// The algorithms of keys, by their COSE numbers: ES256, then RS256.
const ALGORITHMS: [i32; 2] = [-7, -257];

const PUBLIC_KEY: &str = "public-key";

#[derive(Serialize)]
struct CreationOptions<'a> {
    rp: RelyingParty<'a>,
    user: UserEntity<'a>,
    challenge: &'a str,
    timeout: u32,
    #[serde(rename = "pubKeyCredParams")]
    algorithms: [Algorithm; 2],
    #[serde(rename = "excludeCredentials")]
    excluded: Vec<Excluded<'a>>,
    #[serde(rename = "authenticatorSelection")]
    authenticator: Authenticator,
}

#[derive(Serialize)]
struct RelyingParty<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct UserEntity<'a> {
    id: String,
    name: &'a str,
    #[serde(rename = "displayName")]
    display_name: &'a str,
}

#[derive(Serialize)]
struct Algorithm {
    #[serde(rename = "type")]
    kind: &'static str,
    alg: i32,
}

#[derive(Serialize)]
struct Excluded<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Authenticator {
    require_resident_key: bool,
    resident_key: &'static str,
    user_verification: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestOptions<'a> {
    challenge: &'a str,
    timeout: u32,
    rp_id: &'a str,
    allow_credentials: Vec<Allowed<'a>>,
    user_verification: &'static str,
}

#[derive(Serialize)]
struct Allowed<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    transports: &'a [String],
}

const fn word(verification: UserVerification) -> &'static str {
    match verification {
        UserVerification::Required => "required",
        UserVerification::Preferred => "preferred",
    }
}

/// Whom a new passkey is for.
pub struct PasskeyOwner<'a> {
    /// The user's `sub`.
    pub sub: &'a str,
    /// The username.
    pub username: &'a str,
}

/// What both kinds of options tell the browser.
pub struct Demand<'a> {
    /// The domain that the passkey belongs to.
    pub relying_party_id: &'a str,
    /// The challenge, base64url without padding.
    pub challenge: &'a str,
    /// Whether the authenticator has to verify its user.
    pub verification: UserVerification,
}

/// `PublicKeyCredentialCreationOptionsJSON`: makes a passkey for `owner`, on an authenticator that has none of
/// `registered`.
///
/// # Errors
/// If the text cannot be written, which does not happen.
pub fn creation_options(
    demand: &Demand<'_>,
    owner: &PasskeyOwner<'_>,
    registered: &[Passkey],
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&CreationOptions {
        rp: RelyingParty {
            id: demand.relying_party_id,
            name: demand.relying_party_id,
        },
        user: UserEntity {
            id: BASE64_URL_SAFE_NO_PAD.encode(owner.sub),
            name: owner.username,
            display_name: owner.username,
        },
        challenge: demand.challenge,
        timeout: REGISTRATION_TIMEOUT,
        algorithms: ALGORITHMS.map(|alg| Algorithm {
            kind: PUBLIC_KEY,
            alg,
        }),
        excluded: registered
            .iter()
            .map(|passkey| Excluded {
                kind: PUBLIC_KEY,
                id: &passkey.credential_id,
            })
            .collect(),
        authenticator: Authenticator {
            require_resident_key: true,
            resident_key: "required",
            user_verification: word(demand.verification),
        },
    })
}

/// `PublicKeyCredentialRequestOptionsJSON`: signs in with one of `allowed`, each an id with its transports.
///
/// # Errors
/// If the text cannot be written, which does not happen.
pub fn request_options<'a>(
    demand: &Demand<'_>,
    allowed: impl Iterator<Item = (&'a str, &'a [String])>,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&RequestOptions {
        challenge: demand.challenge,
        timeout: SIGN_IN_TIMEOUT,
        rp_id: demand.relying_party_id,
        allow_credentials: allowed
            .map(|(id, transports)| Allowed {
                kind: PUBLIC_KEY,
                id,
                transports,
            })
            .collect(),
        user_verification: word(demand.verification),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn passkey(id: &str) -> Passkey {
        Passkey {
            credential_id: id.to_owned(),
            relying_party_id: "example.com".to_owned(),
            credential: String::new(),
            counter: 0,
            transports: vec!["internal".to_owned(), "hybrid".to_owned()],
            attachment: None,
            friendly_name: String::new(),
            created_at: Timestamp::default(),
            last_used_at: None,
        }
    }

    fn demand(verification: UserVerification) -> Demand<'static> {
        Demand {
            relying_party_id: "example.com",
            challenge: "AAAAAAAAAAAAAAAAAAAAAA",
            verification,
        }
    }

    /// The sample of administration 12.2, byte by byte.
    #[test]
    fn creation_options_are_those_of_the_page() {
        let owner = PasskeyOwner {
            sub: "0b5d9b52-0000-4000-8000-000000000001",
            username: "ada",
        };
        let json = |registered: &[Passkey]| {
            creation_options(&demand(UserVerification::Preferred), &owner, registered).unwrap()
        };
        let expected = |excluded: &str| {
            [
                r#"{"rp":{"id":"example.com","name":"example.com"},"#,
                r#""user":{"id":"MGI1ZDliNTItMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAx","#,
                r#""name":"ada","displayName":"ada"},"#,
                r#""challenge":"AAAAAAAAAAAAAAAAAAAAAA","timeout":60000,"#,
                r#""pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-257}],"#,
                &format!(r#""excludeCredentials":[{excluded}],"#),
                r#""authenticatorSelection":{"requireResidentKey":true,"residentKey":"required","#,
                r#""userVerification":"preferred"}}"#,
            ]
            .concat()
        };
        assert_eq!(json(&[]), expected(""));
        let excluded = r#"{"type":"public-key","id":"one"},{"type":"public-key","id":"two"}"#;
        assert_eq!(json(&[passkey("one"), passkey("two")]), expected(excluded));
    }

    /// The sample of administration 12.3.
    #[test]
    fn request_options_are_those_of_the_page() {
        let allowed = [passkey("one")];
        let json = request_options(
            &demand(UserVerification::Required),
            allowed
                .iter()
                .map(|passkey| (&*passkey.credential_id, &*passkey.transports)),
        );
        let expected = [
            r#"{"challenge":"AAAAAAAAAAAAAAAAAAAAAA","timeout":180000,"rpId":"example.com","#,
            r#""allowCredentials":[{"type":"public-key","id":"one","#,
            r#""transports":["internal","hybrid"]}],"userVerification":"required"}"#,
        ];
        assert_eq!(json.unwrap(), expected.concat());
    }
}
