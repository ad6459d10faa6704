//! Section 4.1: the claims and their types.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::tokens::{REFRESHES, numeric_claim};
use crate::support::users::{confirmed_user, signed_in_ada};
use crate::support::{SrpClient, TestServer, Tokens, both_stores};

/// A token's header.
fn header(token: &str) -> Value {
    let (header, _) = token.split_once('.').expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).expect("base64url")).expect("JSON")
}

#[track_caller]
fn is_uuid(claims: &Value, name: &str) {
    let claim = claims[name].as_str().unwrap_or_default();
    assert!(
        uuid::Uuid::parse_str(claim).is_ok(),
        "{name} is {}",
        claims[name]
    );
}

both_stores! {
    /// The access token's claims, no more and no less.
    async fn an_access_token_has_exactly_its_claims(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        let sub = confirmed_user(&pool, "ada", attributes).await;
        let now = server.now().as_second();
        let answer = app.initiate("ada", PASSWORD).await;
        let request = answer.header("x-amzn-requestid").unwrap().to_owned();
        let claims = Tokens::from(&answer.ok()).access_claims();
        assert_eq!(member_names(&claims), [
            "auth_time", "client_id", "event_id", "exp", "iat", "iss", "jti", "origin_jti", "scope",
            "sub", "token_use", "username",
        ]);
        assert_eq!(claims["sub"], sub.as_str());
        assert_eq!(claims["username"], "ada");
        assert_eq!(claims["client_id"], app.id.as_str());
        assert_eq!(claims["token_use"], "access");
        assert_eq!(claims["scope"], "aws.cognito.signin.user.admin");
        assert_eq!(claims["iss"], format!("{}/{}", server.url(), pool.id));
        assert_eq!(claims["event_id"], request);
        is_uuid(&claims, "jti");
        is_uuid(&claims, "origin_jti");
        let issued = numeric_claim(&claims, "iat");
        assert!((now - 1..now + 60).contains(&issued), "issued at {issued}, and it is {now}");
        assert_eq!(numeric_claim(&claims, "auth_time"), issued);
        assert_eq!(numeric_claim(&claims, "exp"), issued + 3600);
    }

    /// The ID token's claims with each kind of attribute, in its own type.
    async fn an_id_token_has_each_attribute_in_its_type(server: TestServer) {
        let schema = json!([
            { "Name": "level", "AttributeDataType": "Number", "Mutable": true },
            { "Name": "staff", "AttributeDataType": "Boolean", "Mutable": true },
        ]);
        let pool = server.pool(json!({ "Schema": schema })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({
            "email": "ada@example.com", "email_verified": "true",
            "phone_number": "+15551239934", "phone_number_verified": "false",
            "name": "Ada \"Countess\" Løvelace", "birthdate": "1815-12-10", "updated_at": "1700000000",
            "address": "12 St James's Square", "custom:level": "7", "custom:staff": "true",
        });
        let sub = confirmed_user(&pool, "ada", attributes).await;
        let claims = app.sign_in("ada").await.id_claims();
        assert_eq!(member_names(&claims), [
            "address", "aud", "auth_time", "birthdate", "cognito:username", "custom:level",
            "custom:staff", "email", "email_verified", "event_id", "exp", "iat", "iss", "jti", "name",
            "origin_jti", "phone_number", "phone_number_verified", "sub", "token_use", "updated_at",
        ]);
        for (name, value) in [
            ("sub", json!(sub)),
            ("aud", json!(app.id)),
            ("iss", json!(format!("{}/{}", server.url(), pool.id))),
            ("token_use", json!("id")),
            ("cognito:username", json!("ada")),
            ("email", json!("ada@example.com")),
            ("email_verified", json!(true)),
            ("phone_number", json!("+15551239934")),
            ("phone_number_verified", json!(false)),
            ("name", json!("Ada \"Countess\" Løvelace")),
            ("birthdate", json!("1815-12-10")),
            ("updated_at", json!(1_700_000_000)),
            ("address", json!({ "formatted": "12 St James's Square" })),
            ("custom:level", json!("7")),
            ("custom:staff", json!("true")),
        ] {
            assert_eq!(claims[name], value, "{name}");
        }
        assert_eq!(numeric_claim(&claims, "exp"), numeric_claim(&claims, "iat") + 3600);
    }

    /// Two tokens of one sign-in share its ids, and share none with another sign-in.
    async fn the_tokens_of_one_sign_in_share_its_ids(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        let (access, id) = (tokens.access_claims(), tokens.id_claims());
        for name in ["sub", "iss", "origin_jti", "event_id", "auth_time", "iat", "exp"] {
            assert_eq!(access[name], id[name], "{name}");
        }
        assert_ne!(access["jti"], id["jti"]);
        let by_srp = SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
        let other = Tokens::from(&by_srp).access_claims();
        assert_eq!(member_names(&other), member_names(&access));
        for name in ["jti", "origin_jti", "event_id"] {
            assert_ne!(access[name], other[name], "{name}");
        }
    }

    /// The header has two members, and `typ` is not one of them.
    async fn the_header_has_alg_and_kid_only(server: TestServer) {
        let (_, tokens) = signed_in_ada(&server).await;
        for token in [&tokens.access, &tokens.id] {
            assert_eq!(member_names(&header(token)), ["alg", "kid"]);
            assert_eq!(header(token)["alg"], "RS256");
        }
        assert_ne!(header(&tokens.access)["kid"], header(&tokens.id)["kid"]);
    }

    /// `jti` and `origin_jti` are there only where tokens can be revoked or are rotated.
    async fn jti_needs_revocation_or_rotation(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let rotation = json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 });
        let flows = ["ALLOW_USER_PASSWORD_AUTH"];
        for (settings, traced) in [
            (json!({ "EnableTokenRevocation": false }), false),
            (json!({ "EnableTokenRevocation": true }), true),
            (
                json!({
                    "EnableTokenRevocation": false,
                    "RefreshTokenRotation": rotation,
                    "ExplicitAuthFlows": flows,
                }),
                true,
            ),
        ] {
            let app = pool.client(settings.clone()).await;
            let tokens = app.sign_in("ada").await;
            for claims in [tokens.access_claims(), tokens.id_claims()] {
                for name in ["jti", "origin_jti"] {
                    assert_eq!(claims.get(name).is_some(), traced, "{name} with {settings}");
                }
            }
        }
    }

    /// Section 2.5: the ID token shows what the client may read.
    async fn an_id_token_shows_what_the_client_may_read(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let attributes = json!({
            "email": "ada@example.com", "email_verified": "true", "name": "Ada", "nickname": "countess",
        });
        confirmed_user(&pool, "ada", attributes).await;
        let app = pool.client(json!({ "ReadAttributes": ["email", "nickname"] })).await;
        let tokens = app.sign_in("ada").await;
        let refreshed = Tokens::from(&app.refresh(&tokens.refresh).await.ok());
        for claims in [tokens.id_claims(), refreshed.id_claims()] {
            assert_eq!(claims["email"], "ada@example.com");
            assert_eq!(claims["nickname"], "countess");
            for name in ["name", "email_verified"] {
                assert_eq!(claims.get(name), None, "{name}");
            }
        }
    }

    /// A refresh keeps the facts of the sign-in, renews times and ids, and shows changed
    /// attributes.
    async fn refreshed_tokens_keep_the_sign_in_and_renew_the_rest(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({ "name": "Ada" })).await;
        let tokens = app.sign_in("ada").await;
        server.advance(100).await;
        let attributes = attribute_list(&json!({ "name": "Countess" }));
        let input = json!({ "Username": "ada", "UserAttributes": attributes });
        pool.admin("AdminUpdateUserAttributes", input).await.ok();
        for way in REFRESHES {
            let refreshed = Tokens::from(&way.call(&app, &tokens.refresh).await.ok());
            for (old, new) in [
                (tokens.access_claims(), refreshed.access_claims()),
                (tokens.id_claims(), refreshed.id_claims()),
            ] {
                assert_eq!(member_names(&old), member_names(&new));
                for name in ["sub", "iss", "event_id", "auth_time", "origin_jti", "token_use"] {
                    assert_eq!(old[name], new[name], "{name} by {way:?}");
                }
                assert_ne!(old["jti"], new["jti"], "{way:?}");
                for name in ["iat", "exp"] {
                    let later = numeric_claim(&new, name) - numeric_claim(&old, name);
                    assert!((100..160).contains(&later), "{name} is {later} s later by {way:?}");
                }
            }
            assert_eq!(refreshed.id_claims()["name"], "Countess", "{way:?}");
        }
    }

    /// Section 2.1: developer-only attributes are in no token.
    async fn a_developer_only_attribute_is_in_no_token(server: TestServer) {
        let schema = json!([{
            "Name": "mark", "AttributeDataType": "String", "Mutable": true,
            "DeveloperOnlyAttribute": true,
        }]);
        let pool = server.pool(json!({ "Schema": schema })).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({ "dev:custom:mark": "odd", "name": "Ada" })).await;
        assert_eq!(pool.attribute("ada", "dev:custom:mark").await.as_deref(), Some("odd"));
        let claims = app.sign_in("ada").await.id_claims();
        assert_eq!(claims["name"], "Ada");
        assert!(!claims.to_string().contains("mark"), "{claims}");
    }
}
