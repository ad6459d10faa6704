//! Section 5.3: clients with a secret.

use serde_json::{Value, json};

use crate::support::pools::{PASSWORD, laid_over};
use crate::support::refusals::not_authorized;
use crate::support::sign_in::{choose_password, initiate, tokens_of};
use crate::support::users::{confirmed_user, invited_user};
use crate::support::{Answer, AppClient, Pool, SrpClient, TestServer, Tokens, both_stores};

async fn client_with_secret(pool: &Pool) -> AppClient {
    let app = pool.client(json!({ "GenerateSecret": true })).await;
    assert!(app.secret.is_some(), "{}", app.created);
    app
}

/// Signs in through a client with a secret.
async fn signed_in(app: &AppClient, username: &str) -> Tokens {
    Tokens::from(&app.initiate(username, PASSWORD).await.ok())
}

#[track_caller]
fn not_received(app: &AppClient, answer: &Answer) {
    let id = &app.id;
    let text = format!("Client {id} is configured with secret but SECRET_HASH was not received");
    not_authorized(answer, &text);
}

#[track_caller]
fn not_verified(app: &AppClient, answer: &Answer) {
    let text = format!("Unable to verify secret hash for client {}", app.id);
    not_authorized(answer, &text);
}

/// The words for a wrong hash beside a refresh token.
fn does_not_match(app: &AppClient, answer: &Answer) {
    let text = format!("SecretHash does not match for the client: {}", app.id);
    not_authorized(answer, &text);
}

/// Calls thrice: without a hash, with that of another name, and with another secret's; `call` gets
/// what SECRET_HASH is to be, null for absent.
async fn needs_a_hash<F: Future<Output = Answer>>(app: &AppClient, call: impl Fn(Value) -> F) {
    needs_a_hash_or(app, not_verified, call).await;
}

/// [`needs_a_hash`] of an operation that refuses a wrong hash in words of its own.
async fn needs_a_hash_or<F: Future<Output = Answer>>(
    app: &AppClient,
    refused: fn(&AppClient, &Answer),
    call: impl Fn(Value) -> F,
) {
    not_received(app, &call(Value::Null).await);
    refused(app, &call(json!(app.secret_hash("somebody-else"))).await);
    let mut forged = app.clone();
    forged.secret = Some("0notthesecret0notthesecret0".to_owned());
    refused(app, &call(json!(forged.secret_hash("ada"))).await);
}

both_stores! {
    /// With the right hash everything works as it does without a secret.
    async fn the_right_hash_signs_in(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = client_with_secret(&pool).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = signed_in(&app, "ada").await;
        SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
        let refresh = json!({
            "REFRESH_TOKEN": tokens.refresh, "SECRET_HASH": app.secret_hash("ada"),
        });
        initiate(&app, "REFRESH_TOKEN_AUTH", refresh).await.ok();
        app.refresh(&tokens.refresh).await.ok();
    }

    /// InitiateAuth by password and by SRP.
    async fn initiate_auth_needs_the_hash(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = client_with_secret(&pool).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let a = SrpClient::new().a();
        for (flow, parameters) in [
            ("USER_PASSWORD_AUTH", json!({ "USERNAME": "ada", "PASSWORD": PASSWORD })),
            ("USER_SRP_AUTH", json!({ "USERNAME": "ada", "SRP_A": a })),
        ] {
            needs_a_hash(&app, |hash| {
                let parameters = laid_over(parameters.clone(), json!({ "SECRET_HASH": hash }));
                initiate(&app, flow, parameters)
            })
            .await;
        }
    }

    /// RespondToAuthChallenge to PASSWORD_VERIFIER.
    async fn an_srp_answer_needs_the_hash(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = client_with_secret(&pool).await;
        confirmed_user(&pool, "ada", json!({})).await;
        needs_a_hash(&app, async |hash| {
            let client = SrpClient::new();
            let challenge = client.initiate(&app, "ada").await.ok();
            let mut response = client.response(&app, &challenge, PASSWORD);
            response["ChallengeResponses"]["SECRET_HASH"] = hash;
            app.call("RespondToAuthChallenge", response).await
        })
        .await;
    }

    /// RespondToAuthChallenge to NEW_PASSWORD_REQUIRED.
    async fn choosing_a_password_needs_the_hash(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = client_with_secret(&pool).await;
        invited_user(&pool, "ada", PASSWORD, json!({})).await;
        let choose = async |hash| {
            let challenge = app.initiate("ada", PASSWORD).await.ok();
            let hash = json!({ "SECRET_HASH": hash });
            choose_password(&app, &challenge, PASSWORD, hash).await
        };
        needs_a_hash(&app, choose).await;
        tokens_of(choose(json!(app.secret_hash("ada"))).await);
    }

    /// REFRESH_TOKEN_AUTH: the hash is made of the username in the tokens.
    async fn refreshing_needs_the_hash_of_the_username(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = client_with_secret(&pool).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = signed_in(&app, "ada").await;
        needs_a_hash_or(&app, does_not_match, |hash| {
            let refresh = json!({ "REFRESH_TOKEN": tokens.refresh });
            let parameters = laid_over(refresh, json!({ "SECRET_HASH": hash }));
            initiate(&app, "REFRESH_TOKEN_AUTH", parameters)
        })
        .await;
    }

    /// In a pool of addresses the hash is made of the name in the request, and in a refresh of the
    /// stored username.
    async fn the_hash_is_of_the_typed_name_and_in_a_refresh_of_the_sub(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let app = client_with_secret(&pool).await;
        let sub = confirmed_user(&pool, "ada@example.com", json!({})).await;
        let parameters = |hash| {
            json!({ "USERNAME": "ada@example.com", "PASSWORD": PASSWORD, "SECRET_HASH": hash })
        };
        let of_sub = parameters(app.secret_hash(&sub));
        not_verified(&app, &initiate(&app, "USER_PASSWORD_AUTH", of_sub).await);
        let of_address = parameters(app.secret_hash("ada@example.com"));
        let body = initiate(&app, "USER_PASSWORD_AUTH", of_address).await.ok();
        let tokens = Tokens::from(&body);

        let refresh = |hash| json!({ "REFRESH_TOKEN": tokens.refresh, "SECRET_HASH": hash });
        let of_address = refresh(app.secret_hash("ada@example.com"));
        does_not_match(&app, &initiate(&app, "REFRESH_TOKEN_AUTH", of_address).await);
        initiate(&app, "REFRESH_TOKEN_AUTH", refresh(app.secret_hash(&sub))).await.ok();

        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada@example.com").await.ok();
        let mut response = client.response(&app, &challenge, PASSWORD);
        let of_address = app.secret_hash("ada@example.com");
        response["ChallengeResponses"]["SECRET_HASH"] = json!(of_address);
        not_verified(&app, &app.call("RespondToAuthChallenge", response).await);
        tokens_of(SrpClient::sign_in(&app, "ada@example.com", PASSWORD).await);
    }

    /// ForgotPassword and ConfirmForgotPassword carry the hash as SecretHash.
    async fn recovering_a_password_needs_the_hash(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = client_with_secret(&pool).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", attributes).await;
        let code = json!({
            "Username": "ada", "ConfirmationCode": "123456", "Password": "N3w-Horse-Now!",
        });
        for (operation, input) in [
            ("ForgotPassword", json!({ "Username": "ada" })),
            ("ConfirmForgotPassword", code),
        ] {
            needs_a_hash(&app, |hash| {
                let mut input = input.clone();
                input["SecretHash"] = hash;
                app.call(operation, input)
            })
            .await;
        }
        pool.inbox("ada@example.com").stays_empty().await;
        app.call("ForgotPassword", json!({ "Username": "ada" })).await.ok();
        pool.inbox("ada@example.com").code().await;
    }

    /// Where the address is the username, the challenge is answered with the sub as USERNAME, and
    /// the hash is of that.
    async fn choosing_a_password_by_sub_needs_the_hash_of_the_sub(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let app = client_with_secret(&pool).await;
        let temporary = "T3mporary-Horse!";
        let sub = invited_user(&pool, "ada@example.com", temporary, json!({})).await;
        let challenge = app.initiate("ada@example.com", temporary).await.ok();
        assert_eq!(challenge["ChallengeParameters"]["USER_ID_FOR_SRP"], json!(sub));
        let by_address = json!({ "SECRET_HASH": app.secret_hash("ada@example.com") });
        let answer = choose_password(&app, &challenge, PASSWORD, by_address).await;
        not_authorized(&answer, &format!("Unable to verify secret hash for client {}", app.id));
        let by_sub = json!({ "SECRET_HASH": app.secret_hash(&sub) });
        tokens_of(choose_password(&app, &challenge, PASSWORD, by_sub).await);
    }

    /// GetTokensFromRefreshToken takes the plain ClientSecret.
    async fn get_tokens_from_refresh_token_needs_the_plain_secret(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = client_with_secret(&pool).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = signed_in(&app, "ada").await;
        let refresh = async |secret: Value| {
            let input = json!({ "RefreshToken": tokens.refresh, "ClientSecret": secret });
            app.call("GetTokensFromRefreshToken", input).await
        };
        let id = &app.id;
        let text = format!("Client {id} is configured for secret but secret was not received");
        not_authorized(&refresh(Value::Null).await, &text);
        let wrong = refresh(json!("0notthesecret0notthesecret0")).await;
        not_authorized(&wrong, &format!("Unable to verify secret hash for client {id}"));
        refresh(json!(app.secret)).await.ok();
    }

    /// RevokeToken takes the plain ClientSecret, and revokes nothing without it.
    async fn revoke_token_needs_the_plain_secret(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = client_with_secret(&pool).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = signed_in(&app, "ada").await;
        let id = &app.id;
        for (secret, text) in [
            (
                Value::Null,
                format!("Client {id} is configured for secret but secret was not received"),
            ),
            (
                json!("0notthesecret0notthesecret0"),
                format!("Unable to verify secret hash for client {id}"),
            ),
        ] {
            let input = json!({ "Token": tokens.refresh, "ClientSecret": secret });
            app.call("RevokeToken", input).await.fails("UnauthorizedException", &text);
            app.refresh(&tokens.refresh).await.ok();
        }
        let input = json!({ "Token": tokens.refresh, "ClientSecret": app.secret });
        assert_eq!(app.call("RevokeToken", input).await.ok(), json!({}));
        not_authorized(&app.refresh(&tokens.refresh).await, "Refresh Token has been revoked");
    }
}
