//! Sixty-four callers at once want what only one can have: exactly the right number get it, and
//! nothing is lost of what all may have.

mod nodes;

use std::ops::Deref;
use std::sync::Arc;

use cognate::config::Config;
use serde_json::{Value, json};

use crate::support::fixture::Fixture;
use crate::support::pools::{attribute, attribute_list};
use crate::support::refusals::{ALREADY_CONFIRMED, EXPIRED_CODE, NO_SUCH_USER, Refusal, refused};
use crate::support::{
    Answer, AppClient, Pool, TestServer, TestStore, Tokens, at_once, both_stores, tally,
};

const CALLERS: usize = 64;

/// Section 4.4.
const REUSED: Refusal = (
    "RefreshTokenReuseException",
    "Refresh token has already been used.",
);

/// Section 4.3.
const REVOKED: Refusal = ("NotAuthorizedException", "Refresh Token has been revoked");

/// Section 5.5.
const SPENT_SESSION: Refusal = (
    "NotAuthorizedException",
    "Invalid session for the user, session can only be used once.",
);

/// A server on which all callers reach what they compete for: no hourly limit refuses them
/// before, and on PostgreSQL their transactions overlap.
#[derive(Clone)]
struct RaceServer(TestServer);

impl Fixture for RaceServer {
    async fn set_up(store: TestStore) -> Self {
        let open = |config: &mut Config| {
            config.store.max_connections = Some(16);
            config.limits.confirm_sign_up_per_hour = 0;
            config.limits.verify_attribute_per_hour = 0;
            config.limits.forgot_password_per_hour = 0;
            config.limits.confirm_forgot_password_per_hour = 0;
        };
        Self(TestServer::start(&store, open).await)
    }

    async fn tear_down(self) {
        self.0.tear_down().await;
    }
}

impl Deref for RaceServer {
    type Target = TestServer;

    fn deref(&self) -> &TestServer {
        &self.0
    }
}

/// The number of the only caller who succeeded; the others must have failed as one of `losers`, by
/// type and whole text.
#[track_caller]
fn only_winner(answers: &[Answer], losers: &[Refusal]) -> usize {
    let (successes, failures) = tally(answers);
    assert_eq!(successes, 1, "the others: {failures:?}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        let expected = losers.iter().any(|&(type_, text)| {
            answer.type_.as_deref() == Some(type_) && answer.message.as_deref() == Some(text)
        });
        assert!(expected, "{answer}");
    }
    answers
        .iter()
        .position(|answer| answer.status == 200)
        .unwrap()
}

/// A password that every default policy takes, another for each caller.
fn password_of(caller: usize) -> String {
    format!("Corr3ct-Horse-{caller}!")
}

/// Only the winner's password signs in.
async fn assert_password_is_the_winners(app: &AppClient, username: &str, winner: usize) {
    let _ = Tokens::from(&app.initiate(username, &password_of(winner)).await.ok());
    let loser = (winner + 1) % CALLERS;
    app.initiate(username, &password_of(loser))
        .await
        .fails("NotAuthorizedException", "Incorrect username or password.");
}

async fn count_of_users(pool: &Pool) -> usize {
    let list = pool.admin("ListUsers", json!({})).await.ok();
    list["Users"].as_array().unwrap().len()
}

both_stores! {
    /// One code confirms a sign-up once.
    async fn one_code_confirms_once(server: RaceServer) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        let code = server.inbox("ada@example.com").code().await;
        let confirm = |_| {
            let (app, code) = (app.clone(), code.clone());
            async move {
                let input = json!({ "Username": "ada", "ConfirmationCode": code });
                app.call("ConfirmSignUp", input).await
            }
        };
        // Who comes a moment too late, and who comes when all is over.
        let losers = [EXPIRED_CODE, ALREADY_CONFIRMED];
        only_winner(&at_once(CALLERS, confirm).await, &losers);
        let user = pool.user("ada").await.ok();
        assert_eq!(user["UserStatus"], "CONFIRMED");
        assert_eq!(attribute(&user["UserAttributes"], "email_verified").as_deref(), Some("true"));
    }

    /// One code verifies an attribute once.
    async fn one_code_verifies_once(server: RaceServer) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let tokens = app.signed_in("ada", json!({ "email": "ada@example.com" })).await;
        let change = attribute_list(&json!({ "email": "lovelace@example.com" }));
        app.with_token("UpdateUserAttributes", &tokens.access, json!({ "UserAttributes": change }))
            .await
            .ok();
        let code = server.inbox("lovelace@example.com").code().await;
        let verify = |_| {
            let (app, access, code) = (app.clone(), tokens.access.clone(), code.clone());
            async move {
                let input = json!({ "AttributeName": "email", "Code": code });
                app.with_token("VerifyUserAttribute", &access, input).await
            }
        };
        only_winner(&at_once(CALLERS, verify).await, &[EXPIRED_CODE]);
        assert_eq!(pool.attribute("ada", "email_verified").await.as_deref(), Some("true"));
        assert_eq!(
            pool.attribute("ada", "email").await.as_deref(),
            Some("lovelace@example.com")
        );
    }

    /// One code sets one new password.
    async fn one_code_sets_one_password(server: RaceServer) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        app.confirmed("ada", json!({ "email": "ada@example.com" })).await;
        app.call("ForgotPassword", json!({ "Username": "ada" })).await.ok();
        let code = server.inbox("ada@example.com").code().await;
        let confirm = |caller| {
            let (app, code) = (app.clone(), code.clone());
            async move {
                let input = json!({
                    "Username": "ada",
                    "ConfirmationCode": code,
                    "Password": password_of(caller),
                });
                app.call("ConfirmForgotPassword", input).await
            }
        };
        let winner = only_winner(&at_once(CALLERS, confirm).await, &[EXPIRED_CODE]);
        assert_password_is_the_winners(&app, "ada", winner).await;
    }

    /// One username is taken once.
    async fn one_username_is_taken_once(server: RaceServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let answers = sign_ups(&app, |_| "ada".to_owned()).await;
        let taken = ("UsernameExistsException", "User already exists");
        let winner = only_winner(&answers, &[taken]);
        assert_eq!(count_of_users(&pool).await, 1);
        let sub = pool.attribute("ada", "sub").await;
        assert_eq!(sub.as_deref(), answers[winner]["UserSub"].as_str());
        pool.admin("AdminConfirmSignUp", json!({ "Username": "ada" })).await.ok();
        assert_password_is_the_winners(&app, "ada", winner).await;
    }

    /// Section 3.2: half of the callers sign up under a name while the others take it as their
    /// preferred_username, which signs in too: one of all of them gets it.
    async fn a_username_and_a_preferred_username_are_taken_once(server: RaceServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["preferred_username"] })).await;
        let app = pool.client(json!({})).await;
        let mut tokens = Vec::new();
        for caller in 0..CALLERS / 2 {
            tokens.push(app.signed_in(&format!("user{caller}"), json!({})).await.access);
        }
        let answers = at_once(CALLERS, |caller| {
            let (app, access) = (app.clone(), tokens.get(caller).cloned());
            async move {
                match access {
                    Some(access) => {
                        let change = attribute_list(&json!({ "preferred_username": "ada" }));
                        let input = json!({ "UserAttributes": change });
                        app.with_token("UpdateUserAttributes", &access, input).await
                    }
                    None => app.sign_up("ada", json!({})).await,
                }
            }
        })
        .await;
        let losers = [
            ("UsernameExistsException", "User already exists"),
            (
                "AliasExistsException",
                "An account with the given preferred_username already exists.",
            ),
        ];
        let winner = only_winner(&answers, &losers);
        let owner = pool.user("ada").await.ok();
        let mut holders = Vec::new();
        for caller in 0..CALLERS / 2 {
            let name = pool.attribute(&format!("user{caller}"), "preferred_username").await;
            holders.extend((name.as_deref() == Some("ada")).then_some(caller));
        }
        if winner < CALLERS / 2 {
            assert_eq!(holders, [winner]);
            assert_eq!(owner["Username"], json!(format!("user{winner}")));
            assert_eq!(count_of_users(&pool).await, CALLERS / 2);
        } else {
            assert_eq!(holders, Vec::<usize>::new());
            assert_eq!(owner["Username"], "ada");
            assert_eq!(count_of_users(&pool).await, CALLERS / 2 + 1);
        }
    }

    /// One address is taken once as a username, also when its letters differ in case.
    async fn one_address_is_taken_once(server: RaceServer) {
        let pool = server
            .pool(json!({
                "UsernameAttributes": ["email"],
                "UsernameConfiguration": { "CaseSensitive": false },
            }))
            .await;
        let app = pool.client(json!({})).await;
        let spellings = ["ada@example.com", "Ada@example.com", "ADA@EXAMPLE.COM"];
        let answers = sign_ups(&app, |caller| spellings[caller % 3].to_owned()).await;
        let taken =
            ("UsernameExistsException", "An account with the given email already exists.");
        only_winner(&answers, &[taken]);
        assert_eq!(count_of_users(&pool).await, 1);
    }

    /// One alias becomes the sign-in name of one user, when all verify it at the same moment.
    async fn one_alias_is_verified_once(server: RaceServer) {
        let pool = server
            .pool(json!({ "AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"] }))
            .await;
        let app = pool.client(json!({})).await;
        let shared = "shared@example.com";
        let mut users = Vec::new();
        for caller in 0..CALLERS {
            users.push(with_a_code(&app, &format!("user{caller}"), shared).await);
        }
        let users = Arc::new(users);
        let verify = |caller: usize| {
            let (app, users) = (app.clone(), Arc::clone(&users));
            async move {
                let (access, code) = &users[caller];
                let input = json!({ "AttributeName": "email", "Code": code });
                app.with_token("VerifyUserAttribute", access, input).await
            }
        };
        let answers = at_once(CALLERS, verify).await;
        let taken = ("AliasExistsException", "An account with the given email already exists.");
        let winner = only_winner(&answers, &[taken]);
        let owner = pool.user(shared).await.ok();
        assert_eq!(owner["Username"], json!(format!("user{winner}")));
        let mut verified = Vec::new();
        for caller in 0..CALLERS {
            let flag = pool.attribute(&format!("user{caller}"), "email_verified").await;
            verified.extend((flag.as_deref() == Some("true")).then_some(caller));
        }
        assert_eq!(verified, [winner]);
    }

    /// Section 4.4: one refresh token is exchanged once, when there is no grace, and who comes second ends
    /// the session (`docs/adr/0029`).
    async fn one_refresh_token_is_rotated_once(server: RaceServer) {
        let pool = server.pool(json!({})).await;
        let app = pool
            .client(json!({
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
                "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 },
            }))
            .await;
        app.confirmed("ada", json!({})).await;
        // Once is luck: it takes a rotation in the very moment of the others' questions.
        for _ in 0..5 {
            let tokens = app.sign_in("ada").await;
            let refresh = |_| {
                let (app, refresh) = (app.clone(), tokens.refresh.clone());
                async move { app.refresh(&refresh).await }
            };
            let answers = at_once(CALLERS, refresh).await;
            let winner = only_winner(&answers, &[REUSED, REVOKED]);
            let rotated = Tokens::from(&answers[winner].body);
            assert_ne!(rotated.refresh, tokens.refresh);
            for refresh in [&tokens.refresh, &rotated.refresh] {
                refused(&app.refresh(refresh).await, REVOKED);
            }
            let answer = app.with_token("GetUser", &rotated.access, json!({})).await;
            answer.fails("NotAuthorizedException", "Access Token has been revoked");
        }
    }

    /// Section 5.5: one session of a challenge is answered once.
    async fn one_session_is_answered_once(server: RaceServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let temporary = "Temp0rary-Horse!";
        let input = json!({
            "Username": "ada", "TemporaryPassword": temporary, "MessageAction": "SUPPRESS",
        });
        pool.admin("AdminCreateUser", input).await.ok();
        let challenge = app.initiate("ada", temporary).await.ok();
        assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let respond = |caller| {
            let (app, session) = (app.clone(), challenge["Session"].clone());
            async move {
                let input = json!({
                    "ChallengeName": "NEW_PASSWORD_REQUIRED",
                    "Session": session,
                    "ChallengeResponses": {
                        "USERNAME": "ada", "NEW_PASSWORD": password_of(caller),
                    },
                });
                app.call("RespondToAuthChallenge", input).await
            }
        };
        let answers = at_once(CALLERS, respond).await;
        let winner = only_winner(&answers, &[SPENT_SESSION]);
        let _ = Tokens::from(&answers[winner].body);
        assert_eq!(pool.user("ada").await.ok()["UserStatus"], "CONFIRMED");
        assert_password_is_the_winners(&app, "ada", winner).await;
    }

    /// All may change one attribute; the value is then that of one of them, whole.
    async fn concurrent_changes_of_one_attribute_leave_one_whole_value(server: RaceServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let tokens = app.signed_in("ada", json!({ "nickname": "before" })).await;
        let answers = updates(&app, &tokens, |caller| {
            json!({ "nickname": format!("n{caller}"), "name": format!("n{caller}") })
        })
        .await;
        assert_eq!(tally(&answers), (CALLERS, Vec::new()));
        let user = pool.user("ada").await.ok();
        let nickname = attribute(&user["UserAttributes"], "nickname").unwrap();
        assert!((0..CALLERS).any(|caller| nickname == format!("n{caller}")), "{nickname}");
        let name = attribute(&user["UserAttributes"], "name").unwrap();
        assert_eq!(nickname, name, "two values of one call were torn apart");
        // A later change wins over all of them.
        let last = json!({ "UserAttributes": attribute_list(&json!({ "nickname": "last" })) });
        app.with_token("UpdateUserAttributes", &tokens.access, last).await.ok();
        assert_eq!(pool.attribute("ada", "nickname").await.as_deref(), Some("last"));
    }

    /// Different attributes changed at the same moment are all kept.
    async fn concurrent_changes_of_different_attributes_are_all_kept(server: RaceServer) {
        const ATTRIBUTES: usize = 32;
        let schema: Value = (0..ATTRIBUTES)
            .map(|number| {
                json!({ "Name": format!("a{number}"), "AttributeDataType": "String", "Mutable": true })
            })
            .collect();
        let pool = server.pool(json!({ "Schema": schema })).await;
        let app = pool.client(json!({})).await;
        let tokens = app.signed_in("ada", json!({ "name": "Ada" })).await;
        let answers = updates(&app, &tokens, |caller| {
            json!({ format!("custom:a{}", caller % ATTRIBUTES): format!("v{caller}") })
        })
        .await;
        assert_eq!(tally(&answers), (CALLERS, Vec::new()));
        let user = pool.user("ada").await.ok();
        for number in 0..ATTRIBUTES {
            let value = attribute(&user["UserAttributes"], &format!("custom:a{number}"));
            let writers = [number, number + ATTRIBUTES].map(|caller| Some(format!("v{caller}")));
            assert!(writers.contains(&value), "custom:a{number} is {value:?}");
        }
        assert_eq!(attribute(&user["UserAttributes"], "name").as_deref(), Some("Ada"));
    }

    /// A user deleted by all is deleted once, and gone.
    async fn one_user_is_deleted_once(server: RaceServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        app.confirmed("ada", json!({})).await;
        let delete = |_| {
            let pool = pool.clone();
            async move { pool.admin("AdminDeleteUser", json!({ "Username": "ada" })).await }
        };
        only_winner(&at_once(CALLERS, delete).await, &[NO_SUCH_USER]);
        refused(&pool.user("ada").await, NO_SUCH_USER);
    }

    /// Section 1.6: callers whose reads are batched each get the answer for their own user and
    /// session, again and again.
    async fn a_batched_read_answers_each_caller_for_its_own_token(server: RaceServer) {
        const REVOKED: Refusal = ("NotAuthorizedException", "Access Token has been revoked");
        const DISABLED: Refusal = ("NotAuthorizedException", "User is disabled.");
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let mut sessions = Vec::new();
        for name in ["ada", "grace", "mary", "emmy"] {
            let first = app.signed_in(name, json!({ "name": name })).await;
            sessions.push((name, first));
            sessions.push((name, app.sign_in(name).await));
        }
        app.call("RevokeToken", json!({ "Token": sessions[0].1.refresh })).await.ok();
        pool.admin("AdminDisableUser", json!({ "Username": "grace" })).await.ok();
        pool.admin("AdminDeleteUser", json!({ "Username": "mary" })).await.ok();
        for _ in 0..4 {
            let answers = at_once(CALLERS, |caller| {
                let (app, access) = (app.clone(), sessions[caller % 8].1.access.clone());
                async move { app.with_token("GetUser", &access, json!({})).await }
            })
            .await;
            for (caller, answer) in answers.into_iter().enumerate() {
                match caller % 8 {
                    0 => refused(&answer, REVOKED),
                    2 | 3 => refused(&answer, DISABLED),
                    4 | 5 => refused(&answer, NO_SUCH_USER),
                    number => {
                        let name = Some(sessions[number].0);
                        let user = answer.ok();
                        assert_eq!(user["Username"].as_str(), name);
                        assert_eq!(attribute(&user["UserAttributes"], "name").as_deref(), name);
                    }
                }
            }
        }
    }
}

/// SignUp by all, each with a password of its own.
async fn sign_ups(app: &AppClient, username: impl Fn(usize) -> String) -> Vec<Answer> {
    at_once(CALLERS, |caller| {
        let (app, username) = (app.clone(), username(caller));
        async move {
            let input = json!({ "Username": username, "Password": password_of(caller) });
            app.call("SignUp", input).await
        }
    })
    .await
}

/// UpdateUserAttributes by all with one access token.
async fn updates(
    app: &AppClient,
    tokens: &Tokens,
    attributes: impl Fn(usize) -> Value,
) -> Vec<Answer> {
    at_once(CALLERS, |caller| {
        let (app, access) = (app.clone(), tokens.access.clone());
        let input = json!({ "UserAttributes": attribute_list(&attributes(caller)) });
        async move { app.with_token("UpdateUserAttributes", &access, input).await }
    })
    .await
}

/// A confirmed user with an unverified address: an access token, and a code to verify it with.
async fn with_a_code(app: &AppClient, username: &str, email: &str) -> (String, String) {
    app.sign_up(username, json!({})).await.ok();
    app.pool
        .admin("AdminConfirmSignUp", json!({ "Username": username }))
        .await
        .ok();
    let access = app.sign_in(username).await.access;
    let change = json!({ "UserAttributes": attribute_list(&json!({ "email": email })) });
    app.with_token("UpdateUserAttributes", &access, change)
        .await
        .ok();
    let message = app.pool.inbox(email).next().await;
    assert_eq!(message.username.as_deref(), Some(username));
    (access, message.code.expect("a code"))
}
