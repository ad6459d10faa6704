//! Section 1.5: operations that need a signature, in the development profile and in production.

use std::fmt::Write as _;

use cognate::config::{AccessKey, Config, MailTransport, Profile, SmsProvider};
use jiff::civil::DateTime;
use serde_json::json;

use crate::support::client::{JSON_1_1, amz_date};
use crate::support::sigv4::Subject;
use crate::support::{Admin, Answer, TestServer, TestStore, both_stores};

const KEY_ID: &str = "AKIDPRODUCTION0001";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const UNKNOWN_KEY: &str = "The security token included in the request is invalid.";
const MISMATCH: &str = "The request signature we calculated does not match the signature you \
                        provided. Check your AWS Secret Access Key and signing method. Consult \
                        the service documentation for details.";

/// The same for each server of a test's database.
fn master_key(config: &mut Config) {
    config.secrets.master_key = Some(
        "5a1e29b4d7603f8815cea942b3f1c27d905e4a6618d2ef7340ab9c5e0c6d83f7"
            .to_owned()
            .into(),
    );
}

/// A server for other people: configured access keys, no inbox, no clock.
async fn production(store: &TestStore) -> TestServer {
    TestServer::start(store, |config| {
        config.profile = Profile::Production;
        config.server.public_url = Some("https://id.example.com".into());
        master_key(config);
        config.mail.transport = MailTransport::Smtp;
        config.mail.host = "127.0.0.1".into();
        config.sms.provider = Some(SmsProvider::Log);
        config.passwords.accept_weak_argon2 = true;
        // AWS's own example.
        config.admin.accept_weak_secrets = true;
        config.admin.access_keys = vec![AccessKey {
            id: KEY_ID.into(),
            secret: SECRET.into(),
            description: String::new(),
            policy: String::new(),
        }];
    })
    .await
}

fn administrator(server: &TestServer) -> Admin {
    server.admin.with_keys(KEY_ID, SECRET)
}

async fn read(request: reqwest::RequestBuilder) -> Answer {
    Answer::read("ListUserPools", request.send().await.unwrap()).await
}

fn list() -> Vec<u8> {
    br#"{"MaxResults":10}"#.to_vec()
}

/// ListUserPools with an `Authorization` header of one's own, and a date or none.
async fn authorized(server: &TestServer, header: &str, date: Option<&str>) -> Answer {
    let mut request = server.client.request("ListUserPools").body(list());
    request = request.header("authorization", header);
    if let Some(date) = date {
        request = request.header("x-amz-date", date);
    }
    read(request).await
}

both_stores! {
    /// No `Authorization` header at all, in both profiles.
    async fn an_unsigned_call_is_refused(store: TestStore) {
        for is_production in [false, true] {
            let server = if is_production {
                production(&store).await
            } else {
                TestServer::start(&store, master_key).await
            };
            for operation in ["ListUserPools", "AdminGetUser", "CreateUserPool"] {
                let answer = server.client.call(operation, json!({})).await;
                assert_eq!(answer.status, 400);
                answer.fails("MissingAuthenticationTokenException", "Missing Authentication Token");
            }
            server.stop().await;
        }
    }

    /// An `Authorization` header from which parts are missing: each is named.
    async fn a_missing_part_of_the_signature_is_named(server: TestServer) {
        let date = amz_date(0);
        let requires = |name: &str| format!("Authorization header requires '{name}' parameter. ");
        let no_date = "Authorization header requires existence of either a 'X-Amz-Date' or a \
                       'Date' header. ";
        let parts = [
            ("Credential", format!("AKID/{}/us-east-1/cognito-idp/aws4_request", &date[..8])),
            ("SignedHeaders", "host;x-amz-date".to_owned()),
            ("Signature", "0".repeat(64)),
        ];
        for absent in 0..parts.len() {
            let mut present = parts.to_vec();
            let (name, _) = present.remove(absent);
            let present: Vec<_> = present.iter().map(|(n, v)| format!("{n}={v}")).collect();
            let header = format!("AWS4-HMAC-SHA256 {}", present.join(", "));
            let answer = authorized(&server, &header, Some(&date)).await;
            let text = format!("{}Authorization={header}", requires(name));
            answer.fails("IncompleteSignatureException", &text);
        }
        let mut all = ["Credential", "Signature", "SignedHeaders"].map(requires).concat();
        let _ = write!(all, "{no_date}Authorization=AWS4-HMAC-SHA256");
        authorized(&server, "AWS4-HMAC-SHA256", None)
            .await
            .fails("IncompleteSignatureException", &all);
        for header in ["Bearer abc", "Basic YTpi", "AWS4-HMAC-SHA256 Credential", "x"] {
            let answer = authorized(&server, header, Some(&date)).await;
            answer.fails_as("IncompleteSignatureException");
        }
    }

    /// In development any credentials are accepted, but not those of a web page.
    async fn development_accepts_any_credentials_except_of_web_pages(server: TestServer) {
        for (key, secret) in [("AKIDANY", "any"), ("test", "test")] {
            let answer = server.admin.with_keys(key, secret);
            answer.call("ListUserPools", json!({ "MaxResults": 1 })).await.ok();
        }
        let request = server.admin.request("ListUserPools", list());
        let answer = read(request.header("origin", "https://evil.example.com")).await;
        assert_eq!(answer.status, 400, "{answer}");
        assert!(answer.body.get("UserPools").is_none(), "{answer}");
        let request = server.admin.request("ListUserPools", list());
        let answer = read(request.header("host", "evil.example.com")).await;
        assert_eq!(answer.status, 400, "{answer}");
    }

    /// An open operation does not look at an `Authorization` header.
    async fn a_signature_of_an_open_operation_is_ignored(store: TestStore) {
        let server = production(&store).await;
        for header in ["Bearer abc", "AWS4-HMAC-SHA256 Credential=x"] {
            let request = server.client.request("GetUser").header("authorization", header);
            let answer = request.body(r#"{"AccessToken":"abc"}"#).send().await.unwrap();
            Answer::read("GetUser", answer)
                .await
                .fails("NotAuthorizedException", "Invalid Access Token");
        }
        server.stop().await;
    }

    /// In production the configured keys are good and no others.
    async fn production_accepts_configured_keys_only(store: TestStore) {
        let server = production(&store).await;
        let input = json!({ "MaxResults": 10 });
        administrator(&server).call("ListUserPools", input.clone()).await.ok();
        let stranger = server.admin.with_keys("AKIDSTRANGER000001", SECRET);
        let answer = stranger.call("ListUserPools", input.clone()).await;
        assert_eq!(answer.status, 400);
        answer.fails("UnrecognizedClientException", UNKNOWN_KEY);
        let liar = server.admin.with_keys(KEY_ID, "not-the-secret");
        liar.call("ListUserPools", input.clone()).await.fails("InvalidSignatureException", MISMATCH);
        let mut temporary = administrator(&server);
        temporary.signer.token = Some("a-token-we-never-issued".into());
        temporary
            .call("ListUserPools", input)
            .await
            .fails("UnrecognizedClientException", UNKNOWN_KEY);
        server.stop().await;
    }

    /// What was signed cannot be changed afterwards.
    async fn a_signed_request_cannot_be_changed(store: TestStore) {
        let server = production(&store).await;
        let admin = administrator(&server);
        let request = admin.request("ListUserPools", list()).body(r#"{"MaxResults":11}"#);
        read(request).await.fails("InvalidSignatureException", MISMATCH);
        let (client, request) = admin.request("DescribeUserPool", list()).build_split();
        let mut request = request.unwrap();
        let target = "AWSCognitoIdentityProviderService.ListUserPools".parse().unwrap();
        request.headers_mut().insert("x-amz-target", target);
        let answer = client.execute(request).await.unwrap();
        Answer::read("ListUserPools", answer).await.fails("InvalidSignatureException", MISMATCH);
        server.stop().await;
    }

    /// A signature is valid for five minutes, and the error says that it has expired.
    async fn signatures_expire_after_five_minutes(store: TestStore) {
        let server = production(&store).await;
        let admin = administrator(&server);
        for offset in [-240, 240] {
            let request = admin.request_at("ListUserPools", list(), &amz_date(offset));
            read(request).await.ok();
        }
        let old = amz_date(-3600);
        let answer = read(admin.request_at("ListUserPools", list(), &old)).await;
        answer.fails_as("InvalidSignatureException");
        let message = answer.message.clone().unwrap();
        let (earliest, now) = message
            .strip_prefix(&format!("Signature expired: {old} is now earlier than "))
            .and_then(|rest| rest.strip_suffix(" - 5 min.)"))
            .and_then(|rest| rest.split_once(" ("))
            .unwrap_or_else(|| panic!("unexpected {message}"));
        let time = |text: &str| DateTime::strptime("%Y%m%dT%H%M%SZ", text).unwrap();
        assert_eq!((time(now) - time(earliest)).get_minutes(), 5, "{message}");
        let young = amz_date(3600);
        let answer = read(admin.request_at("ListUserPools", list(), &young)).await;
        answer.fails_as("InvalidSignatureException");
        server.stop().await;
    }

    /// The scope names this service, a region, the day of the date, and its fixed end.
    async fn a_wrong_scope_is_refused(store: TestStore) {
        let server = production(&store).await;
        let input = json!({ "MaxResults": 10 });
        let mut other_service = administrator(&server);
        other_service.signer.service = "s3".into();
        other_service
            .call("ListUserPools", input.clone())
            .await
            .fails_as("InvalidSignatureException");
        let mut no_region = administrator(&server);
        no_region.signer.region = "Not A Region".into();
        let answer = no_region.call("ListUserPools", input).await;
        assert_eq!(answer.status, 400, "{answer}");
        server.stop().await;
    }

    /// The target and the host are part of what is signed, or the signature would serve other
    /// calls.
    async fn target_and_host_must_be_signed(store: TestStore) {
        let server = production(&store).await;
        let admin = administrator(&server);
        let date = amz_date(0);
        let host = server.url().split_once("://").unwrap().1.to_owned();
        let all = [
            ("content-type", JSON_1_1.to_owned()),
            ("host", host),
            ("x-amz-date", date.clone()),
            ("x-amz-target", "AWSCognitoIdentityProviderService.ListUserPools".to_owned()),
        ];
        for left_out in ["host", "x-amz-date", "x-amz-target"] {
            let headers: Vec<_> = all
                .iter()
                .filter(|(name, _)| *name != left_out)
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            let body = list();
            let authorization = admin.signer.authorization(&Subject {
                method: "POST",
                path: "/",
                headers: &headers,
                body: &body,
                date: &date,
            });
            let answer = authorized(&server, &authorization, Some(&date)).await;
            answer.fails_as("InvalidSignatureException");
        }
        server.stop().await;
    }

    /// A signature over another body than the one that is sent, by the word for "not signed", is none.
    async fn an_unsigned_body_is_refused(store: TestStore) {
        let server = production(&store).await;
        let admin = administrator(&server);
        let date = amz_date(0);
        let host = server.url().split_once("://").unwrap().1.to_owned();
        let headers = |payload: &str| {
            [
                ("content-type", JSON_1_1),
                ("host", &host),
                ("x-amz-content-sha256", payload),
                ("x-amz-date", &date),
                ("x-amz-target", "AWSCognitoIdentityProviderService.ListUserPools"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let body = list();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &body);
        for (payload, type_) in [
            (hex::encode(digest).as_str(), None),
            ("UNSIGNED-PAYLOAD", Some("InvalidSignatureException")),
        ] {
            let headers = headers(payload);
            let subject = Subject {
                method: "POST",
                path: "/",
                headers: &headers,
                body: &body,
                date: &date,
            };
            let authorization = admin.signer.authorization_over(&subject, payload);
            let request = server
                .client
                .request("ListUserPools")
                .header("authorization", authorization)
                .header("x-amz-date", &date)
                .header("x-amz-content-sha256", payload)
                .body(body.clone());
            let answer = read(request).await;
            assert_eq!(answer.type_.as_deref(), type_, "{answer}");
            if type_.is_some() {
                answer.fails("InvalidSignatureException", MISMATCH);
            }
        }
        server.stop().await;
    }

    /// A signature in the query string, as presigned URLs have it, counts for nothing.
    async fn a_signature_in_the_query_is_none(store: TestStore) {
        let server = production(&store).await;
        let date = amz_date(0);
        let query = format!(
            "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={KEY_ID}%2F{}%2Fus-east-1%2F\
             cognito-idp%2Faws4_request&X-Amz-Date={date}&X-Amz-Expires=60&X-Amz-SignedHeaders=host\
             &X-Amz-Signature={}",
            &date[..8],
            "0".repeat(64)
        );
        let request = server
            .client
            .raw(reqwest::Method::POST, &query)
            .header("content-type", JSON_1_1)
            .header("x-amz-target", "AWSCognitoIdentityProviderService.ListUserPools")
            .body(list());
        let answer = read(request).await;
        answer.fails("MissingAuthenticationTokenException", "Missing Authentication Token");
        server.stop().await;
    }

    /// A request that is sent again is a request: SDKs try again with one signature.
    async fn a_signature_is_good_for_as_long_as_its_date(store: TestStore) {
        let server = production(&store).await;
        let admin = administrator(&server);
        let seen = admin.request_at("ListUserPools", list(), &amz_date(-240));
        for _ in 0..2 {
            read(seen.try_clone().unwrap()).await.ok();
        }
        server.stop().await;
    }

    /// Production has neither inbox nor movable clock.
    async fn production_has_no_development_routes(store: TestStore) {
        use reqwest::Method;
        let server = production(&store).await;
        for (method, path) in [
            (Method::GET, "/_cognate/inbox"),
            (Method::GET, "/_cognate/inbox.json"),
            (Method::POST, "/_cognate/clock"),
            (Method::GET, "/_cognate/clock"),
            (Method::DELETE, "/_cognate/inbox.json"),
            (Method::POST, "/_cognate/inbox"),
        ] {
            let request = server.client.raw(method, path).body(r#"{"advanceSeconds":60}"#);
            assert_eq!(server.client.send(request).await.status, 404, "{path}");
        }
        server.stop().await;
    }

    /// With keys configured the development profile checks them as well.
    async fn configured_keys_are_checked_in_development(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.admin.access_keys = vec![AccessKey {
                id: KEY_ID.into(),
                secret: SECRET.into(),
                description: String::new(),
                policy: String::new(),
            }];
        })
        .await;
        let input = json!({ "MaxResults": 10 });
        server
            .admin
            .call("ListUserPools", input.clone())
            .await
            .fails("UnrecognizedClientException", UNKNOWN_KEY);
        administrator(&server).call("ListUserPools", input).await.ok();
        server.stop().await;
    }
}
