//! The Authorization header. A third of the inputs is text as it comes, the rest is a request that
//! was signed well and then perhaps changed.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use arbitrary::Unstructured;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use cognate::domain::time::Timestamp;
use cognate::protocol::local_hosts::LocalHosts;
use cognate::protocol::sigv4::{
    AccessKey, AnyCredentials, Credentials, NoStoredKeys, SigV4Verifier, SignatureError,
};
use cognate::protocol::{self, SignedRequest};

use crate::choice::{below, edited, once_in, one_of};
use crate::signer::Subject;
use crate::world::{amz_date, secret, signer};

/// The server's time.
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
/// How far a client's clock may be off.
const SKEW_SECONDS: i64 = 300;

static VERIFIER: LazyLock<SigV4Verifier> = LazyLock::new(|| SigV4Verifier {
    credentials: Credentials::Keys(vec![AccessKey {
        id: signer().key_id,
        secret: secret().into(),
    }]),
    only_region: None,
});

pub(crate) fn run(data: &[u8]) {
    match data.split_first() {
        Some((b'T', text)) => as_it_comes(text),
        Some((_, rest)) => signed(&mut Unstructured::new(rest)),
        None => {}
    }
}

/// A path, lines `name: value` up to an empty one, and the body. No input contains a valid signature, since
/// the secret is random.
fn as_it_comes(text: &[u8]) {
    let mut lines = text.split(|byte| *byte == b'\n');
    let path = lines.next().unwrap_or_default();
    let uri = Uri::try_from(path).unwrap_or_default();
    let mut headers = HeaderMap::new();
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b": ").unwrap_or(value);
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    let body = lines.next().unwrap_or_default();
    let refusal = verify(&headers, &uri, body, NOW).expect_err("nobody knows the secret");
    assert!(!refusal.to_string().is_empty());
    let error = protocol::Error::from(refusal);
    let answer = protocol::failure(uuid::Uuid::nil(), &error);
    assert_eq!(answer.status(), 400, "{error:?}");
    any_credentials(&headers, &uri, body);
}

/// The development profile's verifier reads the same header.
fn any_credentials(headers: &HeaderMap, uri: &Uri, body: &[u8]) {
    let lenient = SigV4Verifier {
        credentials: Credentials::Any(AnyCredentials {
            networks: vec![IpAddr::V4(Ipv4Addr::LOCALHOST).into()],
            hosts: LocalHosts::default(),
        }),
        only_region: Some("eu-west-1".to_owned()),
    };
    if let Ok(caller) = lenient.verify(&request(headers, uri, body, NOW), &NoStoredKeys, NOW) {
        assert_eq!(caller.region, "eu-west-1");
        assert!(!headers.contains_key("origin"), "from a web page");
    }
}

fn request<'a>(
    headers: &'a HeaderMap,
    uri: &'a Uri,
    body: &'a [u8],
    now: Timestamp,
) -> SignedRequest<'a> {
    SignedRequest {
        method: &Method::POST,
        uri,
        headers,
        body,
        now,
        source_address: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    }
}

fn verify(
    headers: &HeaderMap,
    uri: &Uri,
    body: &[u8],
    now: Timestamp,
) -> Result<(), SignatureError> {
    let request = request(headers, uri, body, now);
    VERIFIER.verify(&request, &NoStoredKeys, now).map(|_| ())
}

/// What a signed request is made of.
#[derive(Clone, PartialEq)]
struct Parts {
    headers: Vec<(String, String)>,
    authorization: String,
    body: Vec<u8>,
}

fn signed(input: &mut Unstructured<'_>) {
    let seconds = input.int_in_range(-400_i64..=400).unwrap_or_default();
    let at = NOW.plus_seconds(seconds);
    let date = amz_date(at);
    let mut headers = vec![
        ("host".to_owned(), "cognito.example".to_owned()),
        ("x-amz-date".to_owned(), date.clone()),
        ("x-amz-target".to_owned(), "Service.Operation".to_owned()),
    ];
    for name in ["content-type", "user-agent", "x-fuzz"] {
        if once_in(input, 2) {
            headers.push((name.to_owned(), printable(input)));
        }
    }
    let body: Vec<u8> = input.arbitrary().unwrap_or_default();
    let authorization = signer().authorization(&Subject {
        method: "POST",
        path: "/",
        headers: &headers,
        body: &body,
        date: &date,
    });
    let parts = Parts {
        headers,
        authorization,
        body,
    };
    let in_time = seconds.abs() <= SKEW_SECONDS;
    assert_eq!(judge(&parts), Some(in_time), "{}", parts.authorization);
    let changed = changed(input, &parts);
    if changed != parts && judge(&changed) == Some(true) {
        // Blanks that canonicalisation takes away are the only freedom.
        let same = |one: &Parts, other: &Parts| {
            one.body == other.body
                && one.headers.len() == other.headers.len()
                && one.headers.iter().zip(&other.headers).all(|(one, other)| {
                    one.0 == other.0 && one.1.split_whitespace().eq(other.1.split_whitespace())
                })
        };
        assert!(same(&changed, &parts), "{}", changed.authorization);
        let signature = |parts: &Parts| {
            let (_, rest) = parts.authorization.split_once("Signature=")?;
            Some(rest.get(..64)?.to_owned())
        };
        assert_eq!(signature(&changed), signature(&parts));
    }
}

fn printable(input: &mut Unstructured<'_>) -> String {
    let bytes: Vec<u8> = input.arbitrary().unwrap_or_default();
    let printable = bytes
        .iter()
        .take(64)
        .map(|byte| char::from(b' ' + byte % 95));
    printable.collect::<String>().trim().to_owned()
}

/// The parts with one of them edited.
fn changed(input: &mut Unstructured<'_>, parts: &Parts) -> Parts {
    let mut changed = parts.clone();
    match below(input, 3) {
        0 => changed.authorization = edited(input, &parts.authorization),
        1 => {
            let index = below(input, parts.headers.len());
            if let Some((_, value)) = changed.headers.get_mut(index) {
                *value = edited(input, value);
            }
        }
        _ => {
            let byte = *one_of(input, b" {}\0");
            let at = below(input, changed.body.len() + 1).min(changed.body.len());
            changed.body.insert(at, byte);
        }
    }
    changed
}

/// Whether a request verifies; `None` if it is no HTTP request.
fn judge(parts: &Parts) -> Option<bool> {
    let mut headers = HeaderMap::new();
    for (name, value) in &parts.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    let authorization = HeaderValue::from_bytes(parts.authorization.as_bytes()).ok()?;
    headers.append("authorization", authorization);
    Some(verify(&headers, &Uri::from_static("/"), &parts.body, NOW).is_ok())
}
