//! Section 1.6: access tokens that are not accepted, by each operation that takes one.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::pools::claims;
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::refusals::{invalid_parameter, not_authorized};
use crate::support::tokens::{get_user, revoke};
use crate::support::users::client_with_ada;
use crate::support::users::{call_for_user, confirmed_user, status};
use crate::support::{AppClient, TestServer, Tokens, both_stores};

/// The operations that take an access token, with all else that they need.
fn operations() -> Vec<(&'static str, Value)> {
    let attributes = attribute_list(&json!({ "name": "Ada" }));
    vec![
        ("GetUser", json!({})),
        (
            "UpdateUserAttributes",
            json!({ "UserAttributes": attributes }),
        ),
        (
            "DeleteUserAttributes",
            json!({ "UserAttributeNames": ["name"] }),
        ),
        (
            "GetUserAttributeVerificationCode",
            json!({ "AttributeName": "email" }),
        ),
        (
            "VerifyUserAttribute",
            json!({ "AttributeName": "email", "Code": "123456" }),
        ),
        (
            "ChangePassword",
            json!({ "PreviousPassword": PASSWORD, "ProposedPassword": "N3w-Horse-Now!" }),
        ),
        ("StartWebAuthnRegistration", json!({})),
        ("CompleteWebAuthnRegistration", json!({ "Credential": {} })),
        ("ListWebAuthnCredentials", json!({})),
        (
            "DeleteWebAuthnCredential",
            json!({ "CredentialId": "AAEC" }),
        ),
        ("GlobalSignOut", json!({})),
        ("DeleteUser", json!({})),
    ]
}

async fn signed_in(server: &TestServer) -> (AppClient, Tokens) {
    let pool = server.pool(json!({})).await;
    let attributes = json!({ "email": "ada@example.com", "name": "Countess" });
    confirmed_user(&pool, "ada", attributes).await;
    let app = pool.client(json!({})).await;
    let tokens = app.sign_in("ada").await;
    (app, tokens)
}

/// Asserts that each operation answers so to the token, and that none has done a thing.
async fn refused(app: &AppClient, token: &str, text: &str) {
    for (operation, input) in operations() {
        let answer = app.with_token(operation, token, input).await;
        not_authorized(&answer, text);
    }
    let name = app.pool.attribute("ada", "name").await;
    assert_eq!(name.as_deref(), Some("Countess"));
    app.sign_in("ada").await;
}

/// The token with its middle part changed, under the signature it had.
fn with_claims(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let parts: Vec<_> = token.split('.').collect();
    let mut claims = claims(token);
    change(&mut claims);
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("{}.{claims}.{}", parts[0], parts[2])
}

/// The token under the signature of a key that is not the server's.
fn signed_by_a_stranger(token: &str) -> String {
    let (signed, _) = token.rsplit_once('.').unwrap();
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let mut signature = vec![0; key.public_key().modulus_len()];
    let random = SystemRandom::new();
    key.sign(
        &RSA_PKCS1_SHA256,
        &random,
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token that nobody has signed, with the claims of `token` but for the client.
fn unsigned(header: &Value, token: &str, client_id: &str) -> String {
    let mut claims = claims(token);
    claims["client_id"] = json!(client_id);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(header), part(&claims))
}

both_stores! {
    /// The token's time is over.
    async fn an_expired_token_is_refused(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        server.advance(3601).await;
        refused(&app, &tokens.access, "Access Token has expired").await;
    }

    /// The sign-in that the token belongs to was revoked.
    async fn a_revoked_token_is_refused(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        revoke(&app, &tokens.refresh).await.ok();
        refused(&app, &tokens.access, "Access Token has been revoked").await;
    }

    /// A token that was accepted before is checked again at every call.
    async fn a_token_that_was_accepted_before_is_checked_anew(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        get_user(&app, &tokens.access).await.ok();
        revoke(&app, &tokens.refresh).await.ok();
        refused(&app, &tokens.access, "Access Token has been revoked").await;
        let tokens = app.sign_in("ada").await;
        get_user(&app, &tokens.access).await.ok();
        server.advance(3601).await;
        refused(&app, &tokens.access, "Access Token has expired").await;
        let tokens = app.sign_in("ada").await;
        get_user(&app, &tokens.access).await.ok();
        let input = json!({ "ClientId": app.id });
        app.pool.admin("DeleteUserPoolClient", input).await.ok();
        not_authorized(&get_user(&app, &tokens.access).await, "Invalid Access Token");
    }

    /// An ID token, a refresh token, or a text that is no token.
    async fn a_token_of_another_kind_is_refused(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        for token in [tokens.id.as_str(), &tokens.refresh, "abc", "abc.def.ghi", "..", "eyJhbGciOiJSUzI1NiJ9.e30."] {
            refused(&app, token, "Invalid Access Token").await;
        }
    }

    /// Another key has signed it, or it was changed after it was signed.
    async fn a_token_with_a_wrong_signature_is_refused(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        let text = "Could not verify signature for Access Token";
        refused(&app, &signed_by_a_stranger(&tokens.access), text).await;
        let later = with_claims(&tokens.access, |claims| claims["exp"] = json!(9_999_999_999_u64));
        refused(&app, &later, text).await;
    }

    /// The header says that the token needs no signature.
    async fn a_token_without_a_signature_is_refused(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        let claims = tokens.access.split('.').nth(1).unwrap();
        for algorithm in ["none", "HS256"] {
            let header = URL_SAFE_NO_PAD.encode(json!({ "alg": algorithm }).to_string());
            for token in [format!("{header}.{claims}."), format!("{header}.{claims}.AAAA")] {
                get_user(&app, &token).await.fails_as("NotAuthorizedException");
            }
        }
    }

    /// Section 1.4: a text that cannot be a token violates the model's constraint.
    async fn a_malformed_token_violates_the_model(server: TestServer) {
        let (app, _) = signed_in(&server).await;
        for token in ["", "not a token", "abc/def"] {
            for (operation, input) in operations() {
                let answer = app.with_token(operation, token, input).await;
                let text = "1 validation error detected: Value at 'accessToken' failed to satisfy \
                            constraint: Member must satisfy regular expression pattern: \
                            [A-Za-z0-9-_=.]+";
                invalid_parameter(&answer, text);
            }
        }
    }

    /// The user is disabled.
    async fn the_token_of_a_disabled_user_is_refused(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        call_for_user(&app.pool, "AdminDisableUser", "ada").await.ok();
        for (operation, input) in operations() {
            let answer = app.with_token(operation, &tokens.access, input).await;
            answer.fails_as("NotAuthorizedException");
            let text = answer.message.as_deref().unwrap_or_default();
            let known = ["User is disabled.", "Access Token has been revoked"];
            assert!(known.contains(&text), "{answer}");
        }
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
    }

    /// The user was deleted, by the administrator or by the user.
    async fn the_token_of_a_deleted_user_is_refused(server: TestServer) {
        for operation in ["AdminDeleteUser", "DeleteUser"] {
            let (app, tokens) = signed_in(&server).await;
            match operation {
                "DeleteUser" => app.with_token(operation, &tokens.access, json!({})).await.ok(),
                _ => call_for_user(&app.pool, operation, "ada").await.ok(),
            };
            for (operation, input) in operations() {
                let answer = app.with_token(operation, &tokens.access, input).await;
                answer.fails("UserNotFoundException", "User does not exist.");
                assert_eq!(answer.status, 400, "{answer}");
            }
        }
    }

    /// The token is checked before the attributes are.
    async fn the_token_is_checked_before_the_attributes(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        let unknown = attribute_list(&json!({ "custom:none": "1" }));
        let input = json!({ "UserAttributes": unknown });
        let answer = app.with_token("UpdateUserAttributes", &tokens.id, input).await;
        not_authorized(&answer, "Invalid Access Token");
        let input = json!({ "AttributeName": "nickname", "Code": "123456" });
        let answer = app.with_token("VerifyUserAttribute", &tokens.id, input).await;
        not_authorized(&answer, "Invalid Access Token");
        let input = json!({ "PreviousPassword": PASSWORD, "ProposedPassword": "lowercase" });
        let answer = app.with_token("ChangePassword", &tokens.id, input).await;
        not_authorized(&answer, "Invalid Access Token");
    }

    /// A client id that no store can look for, in a token that anybody can write.
    async fn a_forged_token_with_an_impossible_client_id_is_refused(server: TestServer) {
        let app = client_with_ada(&server).await;
        let tokens = app.sign_in("ada").await;
        let header = tokens.access.split('.').next().unwrap();
        let real: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        let long = "a".repeat(10_000);
        for header in [real, json!({ "alg": "none" }), json!({ "alg": "RS256", "kid": "mine" })] {
            for client_id in ["\0", "abc\0def", "", &long] {
                let token = unsigned(&header, &tokens.access, client_id);
                let answer = app.with_token("GetUser", &token, json!({})).await;
                not_authorized(&answer, "Invalid Access Token");
            }
        }
        app.with_token("GetUser", &tokens.access, json!({})).await.ok();
    }
}
