//! Whom the endpoint of claims tells nothing (domain 4.1).

use reqwest::Method;
use serde_json::{Value, json};

use super::{Domain, PREFIX, TOKEN, assert_cors, granted, text};
use crate::support::answer::member_names;
use crate::support::function::{ARN, pool_with};
use crate::support::pools::laid_over;
use crate::support::tokens::{revoke, tampered};
use crate::support::users::{call_for_user, confirmed_user};
use crate::support::{Answer, AppClient, TestServer, TestStore, Tokens, both_stores};

const USER_INFO: &str = "/oauth2/userInfo";
const INVALID: &str =
    "Access token is expired, disabled, or deleted, or the user has globally signed out.";
const NO_OPENID: &str = "Access token does not contain openid scope";

/// A domain whose trigger puts these scopes into each token, a client, and a user.
async fn openid(store: &TestStore, added: &[&str]) -> (TestServer, Domain, AppClient) {
    let version = json!({ "LambdaArn": ARN, "LambdaVersion": "V2_0" });
    let team = json!({ "Name": "team", "AttributeDataType": "String" });
    let asking = json!({
        "LambdaConfig": { "PreTokenGenerationConfig": version }, "Schema": [team],
    });
    let (server, function, pool) = pool_with(store, &[], asking).await;
    let scopes = json!({
        "scopesToAdd": added, "scopesToSuppress": ["aws.cognito.signin.user.admin"],
    });
    function.responds(
        "TokenGeneration_Authentication",
        json!({
            "claimsAndScopeOverrideDetails": { "accessTokenGeneration": scopes },
        }),
    );
    let domain = Domain::of(pool).await;
    let attributes = json!({ "email": "ada@example.com", "email_verified": "true", "name": "Ada" });
    confirmed_user(&domain.pool, "ada", attributes).await;
    let app = domain.web(json!({})).await;
    (server, domain, app)
}

/// What a client is told about a user who has attributes of each kind.
async fn told_of_eva(domain: &Domain, app: &AppClient) -> Value {
    let attributes = json!({
        "name": "Ada",
        "email": "ada@example.com",
        "email_verified": "true",
        "phone_number": "+12065550100",
        "phone_number_verified": "false",
        "custom:team": "core",
        "address": "1 Main Street",
        "updated_at": "1700000000",
    });
    confirmed_user(&domain.pool, "eva", attributes).await;
    let tokens = app.sign_in("eva").await;
    let answer = asked_with(domain, &tokens.access).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.body
}

async fn signed_in(server: &TestServer) -> (Domain, AppClient, Tokens) {
    let domain = Domain::start(server).await;
    confirmed_user(&domain.pool, "ada", json!({})).await;
    let app = domain.web(json!({})).await;
    let tokens = app.sign_in("ada").await;
    (domain, app, tokens)
}

/// The answer to this `Authorization`.
async fn asked(domain: &Domain, authorization: &str) -> Answer {
    let request = domain.request(Method::GET, USER_INFO);
    let request = request.header("authorization", authorization);
    domain.send(request).await
}

async fn asked_with(domain: &Domain, token: &str) -> Answer {
    asked(domain, &format!("Bearer {token}")).await
}

/// A refusal, which says the same in its header and in its body.
#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str, description: &str) {
    assert_eq!(answer.status, status, "{answer}");
    let header = format!(r#"error="{error}", error_description="{description}""#);
    assert_eq!(
        answer.header("www-authenticate"),
        Some(header.as_str()),
        "{answer}"
    );
    let media = answer.header("content-type").unwrap_or_default();
    assert!(media.starts_with("application/json"), "{media}");
    assert_cors(answer);
    let body = json!({ "error": error, "error_description": description });
    assert_eq!(answer.body, body);
}

#[track_caller]
fn malformed(answer: &Answer) {
    let text = "Bad OAuth2 request at UserInfo Endpoint";
    refused(answer, 400, "invalid_request", text);
}

both_stores! {
    /// A token is of use at its own pool's domain alone.
    async fn a_token_of_another_pool_is_refused(store: TestStore) {
        let (server, domain, app) = openid(&store, &["openid"]).await;
        let other = server.pool(json!({})).await;
        other.admin("CreateUserPoolDomain", json!({ "Domain": "staff" })).await.ok();
        let tokens = app.sign_in("ada").await;
        let at = async |prefix: &str| {
            let path = format!("/{prefix}{USER_INFO}");
            let request = server.client.raw(Method::GET, &path);
            let bearer = format!("Bearer {}", tokens.access);
            domain.send(request.header("authorization", bearer)).await
        };
        refused(&at("staff").await, 401, "invalid_token", INVALID);
        assert_eq!(at(PREFIX).await.ok()["username"], "ada");
        server.stop().await;
    }

    /// No `Authorization`, another scheme, nothing behind `Bearer`, and what is no token.
    async fn a_request_without_a_token_is_malformed(server: TestServer) {
        let (domain, _, tokens) = signed_in(&server).await;
        malformed(&domain.get(USER_INFO).await);
        let other = format!("Basic {}", tokens.access);
        for authorization in ["Bearer", "Bearer ", &other, &tokens.access] {
            malformed(&asked(&domain, authorization).await);
        }
        let query = format!("{USER_INFO}?access_token={}", tokens.access);
        malformed(&domain.get(&query).await);
    }

    /// The JSON API's tokens have no `openid`.
    async fn a_token_without_openid_is_refused(server: TestServer) {
        let (domain, _, tokens) = signed_in(&server).await;
        refused(&asked_with(&domain, &tokens.access).await, 401, "invalid_token", NO_OPENID);
    }

    /// Nor has a client's own.
    async fn a_clients_own_token_is_refused(server: TestServer) {
        let (domain, ..) = signed_in(&server).await;
        let app = domain.machine(json!({})).await;
        let form = [("grant_type", "client_credentials")];
        let body = granted(domain.post_as(&app, TOKEN, &form).await);
        let answer = asked_with(&domain, text(&body, "access_token")).await;
        refused(&answer, 401, "invalid_token", NO_OPENID);
    }

    /// An ID token, a refresh token, and an access token with a changed letter are no access tokens.
    async fn what_is_no_access_token_is_refused(server: TestServer) {
        let (domain, _, tokens) = signed_in(&server).await;
        let changed = tampered(&tokens.access);
        for token in ["x", "x.y", "w.x.y.z", &tokens.refresh] {
            malformed(&asked_with(&domain, token).await);
        }
        for token in ["x.y.z", &tokens.id, &changed] {
            refused(&asked_with(&domain, token).await, 401, "invalid_token", INVALID);
        }
    }

    /// After its hour.
    async fn an_expired_token_is_refused(server: TestServer) {
        let (domain, _, tokens) = signed_in(&server).await;
        server.advance(3601).await;
        refused(&asked_with(&domain, &tokens.access).await, 401, "invalid_token", INVALID);
    }

    /// By RevokeToken, and by signing out everywhere.
    async fn a_revoked_token_is_refused(store: TestStore) {
        let (server, domain, app) = openid(&store, &["openid"]).await;
        let tokens = app.sign_in("ada").await;
        let kept = app.sign_in("ada").await;
        revoke(&app, &tokens.refresh).await.ok();
        refused(&asked_with(&domain, &tokens.access).await, 401, "invalid_token", INVALID);
        assert_eq!(asked_with(&domain, &kept.access).await.status, 200);
        call_for_user(&domain.pool, "AdminUserGlobalSignOut", "ada").await.ok();
        refused(&asked_with(&domain, &kept.access).await, 401, "invalid_token", INVALID);
        server.stop().await;
    }

    /// The token of a client that is deleted, and of a user who is disabled or deleted.
    async fn a_token_of_nobody_is_refused(store: TestStore) {
        let (server, domain, app) = openid(&store, &["openid"]).await;
        confirmed_user(&domain.pool, "bob", json!({})).await;
        let gone = domain.web(json!({})).await;
        let tokens = gone.sign_in("ada").await;
        assert_eq!(asked_with(&domain, &tokens.access).await.status, 200);
        domain.pool.admin("DeleteUserPoolClient", json!({ "ClientId": gone.id })).await.ok();
        refused(&asked_with(&domain, &tokens.access).await, 401, "invalid_token", INVALID);
        let [adas, bobs] = [app.sign_in("ada").await, app.sign_in("bob").await];
        for tokens in [&adas, &bobs] {
            assert_eq!(asked_with(&domain, &tokens.access).await.status, 200);
        }
        call_for_user(&domain.pool, "AdminDisableUser", "ada").await.ok();
        call_for_user(&domain.pool, "AdminDeleteUser", "bob").await.ok();
        for tokens in [adas, bobs] {
            refused(&asked_with(&domain, &tokens.access).await, 401, "invalid_token", INVALID);
        }
        server.stop().await;
    }

    /// A token with `openid` alone opens what the client may read; the flag is a string, the name comes last, and groups
    /// are not told. The path may be written in small letters.
    async fn a_token_with_openid_tells_who_the_user_is(store: TestStore) {
        let (server, domain, app) = openid(&store, &["openid"]).await;
        let group = json!({ "GroupName": "staff" });
        domain.pool.admin("CreateGroup", group.clone()).await.ok();
        let member = laid_over(group, json!({ "Username": "ada" }));
        domain.pool.admin("AdminAddUserToGroup", member).await.ok();
        let tokens = app.sign_in("ada").await;
        assert_eq!(tokens.access_claims()["cognito:groups"], json!(["staff"]));
        let answer = asked_with(&domain, &tokens.access).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"));
        let cache = "no-cache, no-store, max-age=0, must-revalidate";
        assert_eq!(answer.header("cache-control"), Some(cache));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
        assert_cors(&answer);
        assert_eq!(answer.body, json!({
            "sub": tokens.access_claims()["sub"],
            "email": "ada@example.com",
            "email_verified": "true",
            "name": "Ada",
            "username": "ada",
        }));
        assert!(answer.text.starts_with(r#"{"sub":""#), "{answer}");
        assert!(answer.text.ends_with(r#""username":"ada"}"#), "{answer}");
        let bearer = format!("Bearer {}", tokens.access);
        let request = domain.request(Method::GET, "/oauth2/userinfo").header("authorization", bearer);
        let small = domain.send(request).await;
        assert_eq!((small.status, &small.text), (200, &answer.text));
        assert_cors(&small);
        server.stop().await;
    }

    /// Each further scope opens its own attributes instead.
    async fn further_scopes_open_their_attributes_only(store: TestStore) {
        let email = json!({ "email": "ada@example.com", "email_verified": "true" });
        let phone = json!({ "phone_number": "+12065550100", "phone_number_verified": "false" });
        let profile = json!({
            "name": "Ada", "custom:team": "core", "address": { "formatted": "1 Main Street" }, "updated_at": "1700000000",
        });
        let all = [&profile, &email, &phone];
        for (scopes, expected) in [
            (&["openid", "email"][..], &[&email][..]),
            (&["openid", "phone"][..], &[&phone][..]),
            (&["openid", "profile"][..], &[&profile][..]),
            (&["openid", "email", "phone"][..], &[&email, &phone][..]),
            (&["openid", "profile", "email", "phone"][..], &all[..]),
        ] {
            let (server, domain, app) = openid(&store, scopes).await;
            let mut told = told_of_eva(&domain, &app).await;
            let told = told.as_object_mut().unwrap();
            assert_eq!(told.remove("username"), Some(json!("eva")));
            assert!(told.remove("sub").is_some());
            let mut opened = json!({});
            for part in expected {
                opened = laid_over(opened, (*part).clone());
            }
            assert_eq!(Value::Object(told.clone()), opened, "{scopes:?}");
            let input = json!({ "Domain": PREFIX });
            domain.pool.admin("DeleteUserPoolDomain", input).await.ok();
            server.stop().await;
        }
    }

    /// What the client may not read it is not told.
    async fn only_readable_attributes_are_told(store: TestStore) {
        let (server, domain, _) = openid(&store, &["openid"]).await;
        let app = domain.web(json!({ "ReadAttributes": ["name"] })).await;
        let told = told_of_eva(&domain, &app).await;
        assert_eq!(member_names(&told), ["name", "sub", "username"]);
        server.stop().await;
    }
}
