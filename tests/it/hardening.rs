//! What a review found and what must not come back: guesses at once, codes that outlive the password
//! they were asked for, sign-ins that race the administrator, answers without a bound, and a master
//! key that is replaced. What it found about names is in `hardening_names`.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognate::config::Config;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::admin_users::{about, invited, is_unknown, member, set_password, status};
use crate::confirm::{EXPIRED_CODE, confirm as confirm_sign_up, refused};
use crate::passwords::{NEW, change, confirm, forgot};
use crate::sign_in::{
    WRONG, choose_password, incorrect, initiate, invalid_parameter, not_authorized, tokens_of,
};
use crate::support::pools::{PASSWORD, attribute_list, claims};
use crate::support::process::free_port;
use crate::support::{
    Answer, AppClient, Pool, SrpClient, TestServer, TestStore, Tokens, at_once, both_stores,
};

const TEMPORARY: &str = "T3mporary-Horse!";
const LOCKED: &str = "Password attempts exceeded";
const BURST: usize = 40;

fn verified(address: &str) -> Value {
    json!({ "email": address, "email_verified": "true" })
}

/// A pool with one member, whose address is verified, and a client of it.
async fn with_ada(server: &TestServer) -> AppClient {
    let pool = server.pool(json!({})).await;
    member(&pool, "ada", verified("ada@example.com")).await;
    pool.client(json!({})).await
}

/// So many tries at once, of which `right` is the right password.
async fn burst(app: &AppClient, right: Option<usize>) -> Vec<Answer> {
    at_once(BURST, |number| {
        let app = app.clone();
        let password = if Some(number) == right {
            PASSWORD
        } else {
            WRONG
        };
        async move { app.initiate("ada", password).await }
    })
    .await
}

/// How many of `answers` are successes, `Incorrect username or password.` and
/// `Password attempts exceeded`; there is nothing else.
#[track_caller]
fn sorted(answers: &[Answer]) -> (usize, usize, usize) {
    let (mut successes, mut wrong, mut locked) = (0, 0, 0);
    for answer in answers {
        if answer.status == 200 {
            successes += 1;
        } else if answer.message.as_deref() == Some(LOCKED) {
            not_authorized(answer, LOCKED);
            locked += 1;
        } else {
            incorrect(answer);
            wrong += 1;
        }
    }
    (successes, wrong, locked)
}

/// Fails as often as leaves the next failure to lock the user for half a minute.
async fn one_try_left(app: &AppClient) {
    for failures in 1..=9_u32 {
        incorrect(&app.initiate("ada", WRONG).await);
        let lock = failures.checked_sub(5).map_or(0, |n| 2_i64.pow(n));
        app.pool.endpoint().advance(lock).await;
    }
}

/// A code of ForgotPassword, from the inbox.
async fn recovery_code(app: &AppClient) -> String {
    forgot(app, "ada").await.ok();
    app.pool.inbox("ada@example.com").code().await
}

/// The code sets no password, and the present one is as it was.
async fn is_worth_nothing(app: &AppClient, code: &str, present: &str) {
    let proposed = "An0ther-Horse!";
    refused(&confirm(app, "ada", code, proposed).await, EXPIRED_CODE);
    incorrect(&app.initiate("ada", proposed).await);
    tokens_of(app.initiate("ada", present).await);
}

/// A token that nobody has signed, with the claims of `token` but for the client.
fn unsigned(header: &Value, token: &str, client_id: &str) -> String {
    let mut claims = claims(token);
    claims["client_id"] = json!(client_id);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(header), part(&claims))
}

/// Sign-ins of one user at once, in whose midst the administrator calls `operation`.
async fn sign_ins_during(app: &AppClient, operation: &'static str, username: &str) -> Vec<Answer> {
    let mut answers = at_once(17, |number| {
        let (app, username) = (app.clone(), username.to_owned());
        async move {
            match number {
                8 => about(&app.pool, operation, &username).await,
                _ if number % 2 == 0 => app.initiate(&username, PASSWORD).await,
                _ => SrpClient::sign_in(&app, &username, PASSWORD).await,
            }
        }
    })
    .await;
    answers.remove(8).ok();
    answers
}

/// The tokens that were issued; whatever else was answered is among `refusals`.
#[track_caller]
fn issued(answers: Vec<Answer>, refusals: &[(&str, &str)]) -> Vec<Tokens> {
    let (successes, failures): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 200);
    for answer in failures {
        let refusal = (answer.type_.as_deref(), answer.message.as_deref());
        let known = refusals
            .iter()
            .any(|&(type_, text)| refusal == (Some(type_), Some(text)));
        assert!(known, "{answer}");
    }
    successes.into_iter().map(tokens_of).collect()
}

both_stores! {
    /// Of many guesses at once as many are looked at as are free, here the last one, and they lock
    /// no longer than it would alone.
    async fn guesses_at_once_are_as_many_as_are_free(server: TestServer) {
        let app = with_ada(&server).await;
        one_try_left(&app).await;
        assert_eq!(sorted(&burst(&app, None).await), (0, 1, BURST - 1));
        server.advance(32).await;
        app.sign_in("ada").await;
    }

    /// Nor does the right one among them stand out: one answer tells, be it of the right or of a
    /// wrong one. If it is the right one, the failures before it are forgiven.
    async fn the_right_guess_among_many(server: TestServer) {
        let app = with_ada(&server).await;
        one_try_left(&app).await;
        let (successes, wrong, locked) = sorted(&burst(&app, Some(BURST / 2)).await);
        if successes == 0 {
            assert_eq!((wrong, locked), (1, BURST - 1));
            not_authorized(&app.initiate("ada", PASSWORD).await, LOCKED);
        }
        server.advance(32).await;
        app.sign_in("ada").await;
    }

    /// The administrator has set a password since the code was asked for.
    async fn a_recovery_code_after_a_password_was_set(server: TestServer) {
        let app = with_ada(&server).await;
        let code = recovery_code(&app).await;
        set_password(&app.pool, "ada", NEW, true).await.ok();
        is_worth_nothing(&app, &code, NEW).await;
    }

    /// The user has.
    async fn a_recovery_code_after_the_password_was_changed(server: TestServer) {
        let app = with_ada(&server).await;
        let tokens = app.sign_in("ada").await;
        let code = recovery_code(&app).await;
        change(&app, &tokens.access, PASSWORD, NEW).await.ok();
        is_worth_nothing(&app, &code, NEW).await;
    }

    /// The address it went to is no longer the user's.
    async fn a_recovery_code_after_the_address_was_replaced(server: TestServer) {
        for flag in ["true", "false"] {
            let app = with_ada(&server).await;
            let code = recovery_code(&app).await;
            let address = json!({ "email": "new@example.com", "email_verified": flag });
            let input = json!({ "Username": "ada", "UserAttributes": attribute_list(&address) });
            app.pool.admin("AdminUpdateUserAttributes", input).await.ok();
            is_worth_nothing(&app, &code, PASSWORD).await;
            let email = app.pool.attribute("ada", "email").await;
            assert_eq!(email.as_deref(), Some("new@example.com"));
        }
    }

    /// A client that no store can look for, in a token that anybody can write.
    async fn a_client_id_that_cannot_be_one(server: TestServer) {
        let app = with_ada(&server).await;
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

    /// The model does not bound what is in AuthParameters.
    async fn a_username_without_end(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let text = "1 validation error detected: Value at 'username' failed to satisfy constraint: \
                    Member must have length less than or equal to 128";
        for setting in ["ENABLED", "LEGACY"] {
            let app = pool.client(json!({ "PreventUserExistenceErrors": setting })).await;
            for length in [6_000, 129] {
                let parameters = json!({
                    "USERNAME": "a".repeat(length), "PASSWORD": PASSWORD, "SRP_A": SrpClient::new().a(),
                });
                for flow in ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"] {
                    invalid_parameter(&initiate(&app, flow, parameters.clone()).await, text);
                }
            }
        }
    }

    /// Nor what is in ChallengeResponses. A refused password does not cost the session.
    async fn a_new_password_out_of_bounds(server: TestServer) {
        let app = with_ada(&server).await;
        invited(&app.pool, "bob", TEMPORARY, json!({})).await;
        let challenge = app.initiate("bob", TEMPORARY).await.ok();
        let long = format!("Aa1!{}", "a".repeat(253));
        let trailing = format!("{PASSWORD} ");
        let leading = format!(" {PASSWORD}");
        let constraint = "1 validation error detected: Value at 'newPassword' failed to satisfy \
                          constraint: Member must";
        let length = format!("{constraint} have length less than or equal to 256");
        let pattern = format!("{constraint} satisfy regular expression pattern: ^[\\S]+.*[\\S]+$");
        for (password, text) in [(&long, &length), (&trailing, &pattern), (&leading, &pattern)] {
            let answer = choose_password(&app, &challenge, password, json!({})).await;
            invalid_parameter(&answer, text);
            assert_eq!(status(&app.pool, "bob").await, "FORCE_CHANGE_PASSWORD");
        }
        let longest = &long[..256];
        tokens_of(choose_password(&app, &challenge, longest, json!({})).await);
        tokens_of(app.initiate("bob", longest).await);
    }

    /// Whatever a sign-in got hold of while the user was being disabled is refused.
    async fn disabled_while_signing_in(server: TestServer) {
        let app = with_ada(&server).await;
        let disabled = ("NotAuthorizedException", "User is disabled.");
        // What a sign-in says that finds the user changed when it opens its session.
        let changed = ("NotAuthorizedException", "Incorrect username or password.");
        for _ in 0..3 {
            let answers = sign_ins_during(&app, "AdminDisableUser", "ada").await;
            for tokens in issued(answers, &[disabled, changed]) {
                let answer = app.with_token("GetUser", &tokens.access, json!({})).await;
                answer.fails_as("NotAuthorizedException");
                let text = answer.message.as_deref().unwrap_or_default();
                assert!(["User is disabled.", "Access Token has been revoked"].contains(&text));
                app.refresh(&tokens.refresh).await.fails_as("NotAuthorizedException");
            }
            about(&app.pool, "AdminEnableUser", "ada").await.ok();
            app.sign_in("ada").await;
        }
    }

    /// And while the user was being deleted: no sign-in meets a user who is half there.
    async fn deleted_while_signing_in(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let gone = ("UserNotFoundException", "User does not exist.");
        let wrong = ("NotAuthorizedException", "Incorrect username or password.");
        // Half an SRP sign-in proves the password of nobody, which counts as wrong ones do.
        let exceeded = ("NotAuthorizedException", LOCKED);
        for username in ["ada", "bob", "carol"] {
            member(&pool, username, json!({})).await;
            let answers = sign_ins_during(&app, "AdminDeleteUser", username).await;
            for tokens in issued(answers, &[gone, wrong, exceeded]) {
                let answer = app.with_token("GetUser", &tokens.access, json!({})).await;
                refused(&answer, gone);
                let answer = app.refresh(&tokens.refresh).await;
                assert_eq!(answer.status, 400, "{answer}");
                assert_ne!(answer.type_.as_deref(), Some("InternalErrorException"), "{answer}");
            }
            is_unknown(&pool, username).await;
        }
    }

    /// What was sealed and hashed under the former master key is still good under the new one.
    async fn a_new_master_key(store: TestStore) {
        let (former, new) = ("11".repeat(32), "22".repeat(32));
        let key = |hex: &str| SecretString::from(hex.to_owned());
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let under_former = |config: &mut Config| {
            config.server.listen = address;
            config.secrets.master_key = Some(key(&former));
        };
        let server = TestServer::start(&store, under_former).await;
        let pool: Pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        member(&pool, "ada", verified("ada@example.com")).await;
        invited(&pool, "carol", TEMPORARY, json!({})).await;
        let app = pool.client(json!({ "GenerateSecret": true })).await;
        let tokens = app.sign_in("ada").await;
        app.sign_up("bob", json!({ "email": "bob@example.com" })).await.ok();
        let bobs = server.inbox("bob@example.com").code().await;
        forgot(&app, "ada").await.ok();
        let adas = server.inbox("ada@example.com").code().await;
        let open = SrpClient::new();
        let verifier = open.initiate(&app, "ada").await.ok();
        let carols = app.initiate("carol", TEMPORARY).await.ok();
        server.stop().await;

        // On the same port, so that the application goes on as if nothing had happened.
        let server = TestServer::start(&store, |config| {
            config.server.listen = address;
            config.secrets.master_key = Some(key(&new));
            config.secrets.previous_master_keys = vec![key(&former)];
        }).await;

        app.with_token("GetUser", &tokens.access, json!({})).await.ok();
        tokens_of(app.refresh(&tokens.refresh).await);
        let input = json!({ "ClientId": app.id });
        let described = pool.admin("DescribeUserPoolClient", input).await.ok();
        assert_eq!(described["UserPoolClient"]["ClientSecret"].as_str(), app.secret.as_deref());
        let response = open.response(&app, &verifier, PASSWORD);
        tokens_of(app.call("RespondToAuthChallenge", response).await);
        tokens_of(SrpClient::sign_in(&app, "ada", PASSWORD).await);
        let hash = json!({ "SECRET_HASH": app.secret_hash("carol") });
        tokens_of(choose_password(&app, &carols, PASSWORD, hash).await);
        confirm_sign_up(&app, "bob", &bobs).await.ok();
        app.sign_in("bob").await;
        confirm(&app, "ada", &adas, NEW).await.ok();
        let renewed = tokens_of(app.initiate("ada", NEW).await);
        app.with_token("GetUser", &renewed.access, json!({})).await.ok();
        server.stop().await;
    }
}
