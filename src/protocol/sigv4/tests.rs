//! Known answers, refusals and arbitrary headers.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{HeaderName, HeaderValue, Method, Uri};
use proptest::prelude::*;

use super::*;
use crate::protocol::local_hosts::LocalHosts;

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A request as the published test suite has them, and the signature that is right for it.
struct Example {
    method: Method,
    uri: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    service: &'static str,
    signed: &'static str,
    signature: &'static str,
}

const HOST_AND_DATE: &[(&str, &str)] = &[
    ("host", "example.amazonaws.com"),
    ("x-amz-date", "20150830T123600Z"),
];

fn header_map(headers: &[(&str, &str)]) -> HeaderMap {
    headers
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
        })
        .collect()
}

/// Signatures of the published Signature Version 4 test suite, and of the worked example for
/// IAM in AWS's documentation.
fn examples() -> Vec<Example> {
    let example = |method, uri, signature| Example {
        method,
        uri,
        headers: HOST_AND_DATE,
        body: "",
        service: "service",
        signed: "host;x-amz-date",
        signature,
    };
    vec![
        example(
            Method::GET,
            "/",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        example(
            Method::GET,
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        example(
            Method::POST,
            "/",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        example(
            Method::POST,
            "/?Param1=value1",
            "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
        ),
        Example {
            headers: &[
                ("host", "example.amazonaws.com"),
                ("my-header1", "value2"),
                ("my-header1", "value2"),
                ("my-header1", "value1"),
                ("x-amz-date", "20150830T123600Z"),
            ],
            signed: "host;my-header1;x-amz-date",
            ..example(
                Method::GET,
                "/",
                "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
            )
        },
        Example {
            headers: &[
                ("host", "example.amazonaws.com"),
                ("my-header1", "  VALUE1 "),
                ("x-amz-date", "20150830T123600Z"),
            ],
            signed: "host;my-header1;x-amz-date",
            ..example(
                Method::POST,
                "/",
                "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
            )
        },
        Example {
            headers: &[
                ("content-type", "application/x-www-form-urlencoded"),
                ("host", "example.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
            ],
            body: "Param1=value1",
            signed: "content-type;host;x-amz-date",
            ..example(
                Method::POST,
                "/",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            )
        },
        Example {
            headers: &[
                (
                    "content-type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                ),
                ("host", "iam.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
            ],
            service: "iam",
            signed: "content-type;host;x-amz-date",
            ..example(
                Method::GET,
                "/?Action=ListUsers&Version=2010-05-08",
                "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            )
        },
    ]
}

#[test]
fn the_published_examples_verify() {
    for (index, example) in examples().into_iter().enumerate() {
        let mut headers = header_map(example.headers);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{}/aws4_request, \
             SignedHeaders={}, Signature={}",
            example.service, example.signed, example.signature
        );
        headers.insert(AUTHORIZATION, authorization.parse().unwrap());
        let uri: Uri = example.uri.parse().unwrap();
        let received = SignedRequest {
            method: &example.method,
            uri: &uri,
            headers: &headers,
            body: example.body.as_bytes(),
            now: Timestamp::from_millis(0),
            source_address: Some(LOCALHOST),
        };
        let header = AuthorizationHeader::parse(&headers).unwrap();
        let signature = header.signature_with(&SECRET.into(), &received).unwrap();
        assert_eq!(signature, example.signature, "example {index}");
    }
}

#[test]
fn names_of_the_query_are_sorted_before_values() {
    let mut text = Vec::new();
    canonical_query("a1=x&a=z&a=b&%C3%A9=%2f&c&=", &mut text);
    assert_eq!(text, b"=&%C3%A9=%2F&a=b&a=z&a1=x&c=");
}

// From here on: requests as the clients of this server send them.

const NOW: i64 = 1_440_938_160; // 2015-08-30T12:36:00Z

fn verifier() -> SigV4Verifier {
    SigV4Verifier {
        credentials: Credentials::Keys(vec![AccessKey {
            id: "AKIDEXAMPLE".to_owned(),
            secret: SECRET.into(),
        }]),
        only_region: None,
    }
}

fn accepting_any() -> SigV4Verifier {
    SigV4Verifier {
        credentials: Credentials::Any(AnyCredentials {
            networks: vec!["127.0.0.0/8".parse().unwrap()],
            hosts: LocalHosts::default(),
        }),
        only_region: None,
    }
}

/// A signed request, changed by `change` after it was signed.
struct Signed {
    headers: HeaderMap,
    body: &'static str,
}

impl Signed {
    fn new(host: &str) -> Self {
        let mut signed = Self {
            headers: header_map(&[
                ("content-type", "application/x-amz-json-1.1"),
                ("host", host),
                ("x-amz-date", "20150830T123600Z"),
                (
                    "x-amz-target",
                    "AWSCognitoIdentityProviderService.ListUserPools",
                ),
            ]),
            body: r#"{"MaxResults":1}"#,
        };
        signed.authorize(
            "AKIDEXAMPLE/20150830/eu-west-1/cognito-idp/aws4_request",
            "content-type;host;x-amz-date;x-amz-target",
        );
        signed
    }

    /// Sets an `Authorization` header that fits the scope and the list of headers.
    fn authorize(&mut self, scope: &str, signed: &str) {
        let header = |signature: &str| {
            let text = format!(
                "{ALGORITHM} Credential={scope}, SignedHeaders={signed}, Signature={signature}"
            );
            HeaderValue::from_str(&text).unwrap()
        };
        self.headers.insert(AUTHORIZATION, header("00"));
        let signature = AuthorizationHeader::parse(&self.headers)
            .unwrap()
            .signature_with(&SECRET.into(), &self.received())
            .unwrap();
        self.headers.insert(AUTHORIZATION, header(&signature));
    }

    fn set(&mut self, name: &'static str, value: &'static str) -> &mut Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    fn received(&self) -> SignedRequest<'_> {
        SignedRequest {
            method: &Method::POST,
            uri: &ROOT,
            headers: &self.headers,
            body: self.body.as_bytes(),
            now: Timestamp::from_millis(0),
            source_address: Some(LOCALHOST),
        }
    }

    fn verified_by(&self, verifier: &SigV4Verifier, seconds_later: i64) -> Result<Caller, String> {
        let now = Timestamp::from_millis((NOW + seconds_later) * 1000);
        verifier
            .verify(&self.received(), &NoStoredKeys, now)
            .map_err(|refusal| format!("{}: {refusal}", refusal.code().as_str()))
    }
}

static ROOT: std::sync::LazyLock<Uri> = std::sync::LazyLock::new(|| Uri::from_static("/"));

#[test]
fn a_valid_signature_gives_key_and_region() {
    let signer = Signed::new("localhost")
        .verified_by(&verifier(), 299)
        .unwrap();
    assert_eq!(signer.access_key_id, "AKIDEXAMPLE");
    assert_eq!(signer.region, "eu-west-1");
    let one = SigV4Verifier {
        only_region: Some("us-east-1".to_owned()),
        ..verifier()
    };
    let signer = Signed::new("localhost").verified_by(&one, -299).unwrap();
    assert_eq!(signer.region, "us-east-1");
}

#[test]
fn a_change_after_signing_is_refused() {
    let mismatch = "InvalidSignatureException: The request signature we calculated does not \
                    match the signature you provided. Check your AWS Secret Access Key and \
                    signing method. Consult the service documentation for details.";
    let mut body = Signed::new("localhost");
    body.body = r#"{"MaxResults":2}"#;
    let mut target = Signed::new("localhost");
    target.set(
        "x-amz-target",
        "AWSCognitoIdentityProviderService.DeleteUserPool",
    );
    let mut host = Signed::new("localhost");
    host.set("host", "example.com");
    let mut date = Signed::new("localhost");
    date.set("x-amz-date", "20150830T123601Z");
    for changed in [body, target, host, date] {
        assert_eq!(changed.verified_by(&verifier(), 0).unwrap_err(), mismatch);
    }
    let other = SigV4Verifier {
        credentials: Credentials::Keys(vec![AccessKey {
            id: "AKIDEXAMPLE".to_owned(),
            secret: "another".into(),
        }]),
        only_region: None,
    };
    let error = Signed::new("localhost").verified_by(&other, 0).unwrap_err();
    assert_eq!(error, mismatch);
}

#[test]
fn unknown_keys_and_session_tokens_are_refused() {
    let unknown =
        "UnrecognizedClientException: The security token included in the request is invalid.";
    let mut key = Signed::new("localhost");
    key.authorize(
        "AKIDUNKNOWN/20150830/eu-west-1/cognito-idp/aws4_request",
        "host;x-amz-date;x-amz-target",
    );
    let mut token = Signed::new("localhost");
    token.set("x-amz-security-token", "abc");
    for request in [key, token] {
        assert_eq!(request.verified_by(&verifier(), 0).unwrap_err(), unknown);
    }
}

#[test]
fn a_signature_is_valid_for_five_minutes_either_way() {
    let request = Signed::new("localhost");
    assert_eq!(
        request.verified_by(&verifier(), 301).unwrap_err(),
        "InvalidSignatureException: Signature expired: 20150830T123600Z is now earlier than \
         20150830T123601Z (20150830T124101Z - 5 min.)"
    );
    assert_eq!(
        request.verified_by(&verifier(), -301).unwrap_err(),
        "InvalidSignatureException: Signature not yet current: 20150830T123600Z is still \
         later than 20150830T123559Z (20150830T123059Z + 5 min.)"
    );
}

#[test]
fn a_scope_of_another_service_or_day_is_refused() {
    for (scope, message) in [
        (
            "AKIDEXAMPLE/20150830/eu-west-1/s3/aws4_request",
            "InvalidSignatureException: Credential should be scoped to correct service: \
             'cognito-idp'. ",
        ),
        (
            "AKIDEXAMPLE/20150830/eu-west-1/cognito-idp/aws3",
            "InvalidSignatureException: Credential should be scoped with a valid terminator: \
             'aws4_request', not 'aws3'. ",
        ),
        (
            "AKIDEXAMPLE/20150830/EU/cognito-idp/aws4_request",
            "InvalidSignatureException: Credential should be scoped to a valid region, not \
             'EU'. ",
        ),
        (
            "AKIDEXAMPLE/20150829/eu-west-1/cognito-idp/aws4_request",
            "InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from \
             ISO-8601 version of date from HTTP: '20150829' != '20150830', from \
             '20150830T123600Z'.",
        ),
    ] {
        let mut request = Signed::new("localhost");
        request.authorize(scope, "host;x-amz-date;x-amz-target");
        for verifier in [verifier(), accepting_any()] {
            assert_eq!(request.verified_by(&verifier, 0).unwrap_err(), message);
        }
    }
}

#[test]
fn host_date_and_target_have_to_be_signed() {
    for (signed, name) in [
        ("x-amz-date;x-amz-target", "'Host' or ':authority'"),
        ("host;x-amz-target", "'X-Amz-Date'"),
        ("host;x-amz-date", "'X-Amz-Target'"),
    ] {
        let mut request = Signed::new("localhost");
        request.authorize(
            "AKIDEXAMPLE/20150830/eu-west-1/cognito-idp/aws4_request",
            signed,
        );
        assert_eq!(
            request.verified_by(&verifier(), 0).unwrap_err(),
            format!(
                "InvalidSignatureException: {name} must be a 'SignedHeader' in the AWS \
                 Authorization."
            )
        );
    }
}

#[test]
fn the_error_lists_what_is_missing() {
    let mut request = Signed::new("localhost");
    request.headers.remove(AUTHORIZATION);
    assert_eq!(
        request.verified_by(&verifier(), 0).unwrap_err(),
        "MissingAuthenticationTokenException: Missing Authentication Token"
    );
    request
        .set("authorization", "Bearer abc")
        .headers
        .remove("x-amz-date");
    assert_eq!(
        request.verified_by(&verifier(), 0).unwrap_err(),
        "IncompleteSignatureException: Authorization header requires 'Credential' parameter. \
         Authorization header requires 'Signature' parameter. Authorization header requires \
         'SignedHeaders' parameter. Authorization header requires existence of either a \
         'X-Amz-Date' or a 'Date' header. Authorization=Bearer abc"
    );
    request.set("x-amz-date", "20150830T123600Z").set(
        "authorization",
        "AWS4-HMAC-SHA256 Credential=a/b/c,SignedHeaders=host,Signature=00",
    );
    assert_eq!(
        request.verified_by(&verifier(), 0).unwrap_err(),
        "IncompleteSignatureException: Credential must have exactly 5 slash-delimited \
         elements, e.g. keyid/date/region/service/term, got 'a/b/c'"
    );
}

#[test]
fn the_date_header_is_used_without_x_amz_date() {
    let mut request = Signed::new("localhost");
    request.headers.remove("x-amz-date");
    request
        .set("date", "Sun, 30 Aug 2015 12:36:00 GMT")
        .authorize(
            "AKIDEXAMPLE/20150830/eu-west-1/cognito-idp/aws4_request",
            "date;host;x-amz-target",
        );
    assert!(request.verified_by(&verifier(), 0).is_ok());
}

#[test]
fn any_credentials_are_accepted_except_from_a_web_page() {
    for host in [
        "localhost:2646",
        "127.0.0.1:2646",
        "[::1]:2646",
        "id.localhost",
    ] {
        let signer = Signed::new(host)
            .verified_by(&accepting_any(), 86_400)
            .unwrap();
        assert_eq!(signer.region, "eu-west-1", "{host}");
    }
    let mut page = Signed::new("localhost:2646");
    page.set("origin", "http://localhost:5173");
    let mut fetched = Signed::new("localhost:2646");
    fetched.set("sec-fetch-site", "cross-site");
    for request in [page, fetched, Signed::new("rebound.example.com:2646")] {
        let error = request.verified_by(&accepting_any(), 0).unwrap_err();
        assert!(error.starts_with("AccessDeniedException: "), "{error}");
    }
}

proptest! {
    #[test]
    fn no_header_causes_a_panic(
        authorization in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300),
            "AWS4-HMAC-SHA256 [Cred ential=/,;SignedHeaders=Signature0-9a-z%é-]{0,200}"
                .prop_map(String::into_bytes),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/[a-z-]{0,9}/cognito-idp/aws4_request,SignedHeaders=[a-z;:-]{0,40},Signature=[0-9a-f]{0,70}"
                .prop_map(String::into_bytes),
        ],
        date in "[0-9TZ]{15,17}|\\PC{0,40}",
        uri in "/[a-zA-Z0-9%?&=+./-]{0,40}",
        body in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut headers = header_map(&[("host", "localhost"), ("x-amz-target", "x")]);
        for (name, value) in [("authorization", authorization), ("x-amz-date", date.into_bytes())] {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.insert(name, value);
            }
        }
        if let Ok(uri) = uri.parse::<Uri>() {
            let received = SignedRequest { method: &Method::POST, uri: &uri, headers: &headers, body: &body, now: Timestamp::from_millis(0), source_address: Some(LOCALHOST) };
            let now = Timestamp::from_millis(NOW * 1000);
            prop_assert!(verifier().verify(&received, &NoStoredKeys, now).is_err());
            let _ = accepting_any().verify(&received, &NoStoredKeys, now);
        }
    }
}
