//! What a change of a user's credentials ends (`docs/adr/0029`).

use cognate::config::{Config, IssuerMode, PoolOverrides, SessionsConfig, SessionsOverrides};
use serde_json::{Value, json};

use crate::support::passwords::{NEW_PASSWORD, PasswordChange, change_password};
use crate::support::pools::PASSWORD;
use crate::support::refusals::not_authorized;
use crate::support::sign_in::choose_password;
use crate::support::tokens::{REFRESHES, assert_revoked, assert_valid, get_user};
use crate::support::users::{confirmed_user, create_user, set_password, status};
use crate::support::{
    AppClient, SrpClient, TestServer, TestStore, Tokens, at_once, both_stores, several_nodes,
};

/// The address by which `ada` recovers a password.
fn reachable() -> Value {
    json!({ "email": "ada@example.com", "email_verified": "true" })
}

/// A plain client of a pool whose users are `ada`, who can recover the password, and `bob`.
async fn ada_and_bob(server: &TestServer) -> AppClient {
    let pool = server.pool(json!({})).await;
    confirmed_user(&pool, "ada", reachable()).await;
    confirmed_user(&pool, "bob", json!({})).await;
    pool.client(json!({})).await
}

/// A server on which the changes of credentials end the sessions that `change` says.
async fn server_with(store: &TestStore, change: impl FnOnce(&mut SessionsConfig)) -> TestServer {
    TestServer::start(store, |config| change(&mut config.sessions)).await
}

fn end_at_change_password(config: &mut Config) {
    config.sessions.end_at_change_password = true;
}

both_stores! {
    /// A recovery and a password that the administrator sets, permanent or not, end every session of
    /// the user, with each client, and no other user's.
    async fn a_replaced_password_ends_every_session(server: TestServer) {
        for way in ["recovery", "permanent", "temporary"] {
            let app = ada_and_bob(&server).await;
            let sibling = app.pool.client(json!({})).await;
            let (first, second) = (app.sign_in("ada").await, sibling.sign_in("ada").await);
            let bobs = app.sign_in("bob").await;
            match way {
                "recovery" => PasswordChange::Recovery.set(&app, NEW_PASSWORD).await.ok(),
                way => set_password(&app.pool, "ada", NEW_PASSWORD, way == "permanent").await.ok(),
            };
            assert_revoked(&app, &first).await;
            assert_revoked(&sibling, &second).await;
            assert_valid(&app, &bobs).await;
            if way == "temporary" {
                assert_eq!(status(&app.pool, "ada").await, "FORCE_CHANGE_PASSWORD");
            } else {
                let fresh = Tokens::from(&app.initiate("ada", NEW_PASSWORD).await.ok());
                assert_valid(&app, &fresh).await;
            }
        }
    }

    /// A refused recovery, and a refused password of the administrator's, end nothing.
    async fn a_refused_change_ends_no_session(server: TestServer) {
        let app = ada_and_bob(&server).await;
        let tokens = app.sign_in("ada").await;
        let input = json!({
            "Username": "ada", "ConfirmationCode": "123456", "Password": NEW_PASSWORD,
        });
        app.call("ConfirmForgotPassword", input).await.fails_as("ExpiredCodeException");
        let answer = set_password(&app.pool, "ada", "shorter", true).await;
        answer.fails_as("InvalidPasswordException");
        assert_valid(&app, &tokens).await;
    }

    /// Each of the two can be switched off, and leaves the sessions then.
    async fn where_it_is_switched_off_sessions_go_on(store: TestStore) {
        let server = server_with(&store, |sessions| {
            sessions.end_at_recovery = false;
            sessions.end_at_admin_set_password = false;
        })
        .await;
        let app = ada_and_bob(&server).await;
        let tokens = app.sign_in("ada").await;
        PasswordChange::Recovery.set(&app, NEW_PASSWORD).await.ok();
        assert_valid(&app, &tokens).await;
        PasswordChange::AdminSet.set(&app, PASSWORD).await.ok();
        assert_valid(&app, &tokens).await;
        server.stop().await;
    }

    /// While the user has to choose another password, tokens are not refreshed; after that they are.
    async fn a_user_who_must_choose_a_password_does_not_refresh(store: TestStore) {
        let off = |sessions: &mut SessionsConfig| sessions.end_at_admin_set_password = false;
        let server = server_with(&store, off).await;
        let app = ada_and_bob(&server).await;
        let rotation = json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 60 },
        });
        let rotating = app.pool.client(rotation).await;
        let (tokens, rotated) = (app.sign_in("ada").await, rotating.sign_in("ada").await);
        set_password(&app.pool, "ada", NEW_PASSWORD, false).await.ok();
        for way in REFRESHES {
            let answer = way.call(&app, &tokens.refresh).await;
            not_authorized(&answer, "Refresh Token has been revoked");
        }
        let answer = rotating.refresh(&rotated.refresh).await;
        not_authorized(&answer, "Refresh Token has been revoked");
        let challenge = app.initiate("ada", NEW_PASSWORD).await.ok();
        choose_password(&app, &challenge, PASSWORD, json!({})).await.ok();
        assert_valid(&app, &tokens).await;
        rotating.refresh(&rotated.refresh).await.ok();
        server.stop().await;
    }

    /// An invitation that is sent again brings another password, and ends what sessions there are.
    async fn an_invitation_sent_again_ends_every_session(store: TestStore) {
        let off = |sessions: &mut SessionsConfig| sessions.end_at_admin_set_password = false;
        let server = server_with(&store, off).await;
        let app = ada_and_bob(&server).await;
        let tokens = app.sign_in("ada").await;
        set_password(&app.pool, "ada", NEW_PASSWORD, false).await.ok();
        get_user(&app, &tokens.access).await.ok();
        let resend = json!({ "MessageAction": "RESEND", "TemporaryPassword": PASSWORD });
        create_user(&app.pool, "ada", resend.clone()).await.ok();
        get_user(&app, &tokens.access).await.ok();
        server.stop().await;
        // A server with the default settings, at the same address for the sake of the tokens' issuer.
        let address = server.url().trim_start_matches("http://").parse().unwrap();
        let server = TestServer::start(&store, |config| config.server.listen = address).await;
        get_user(&app, &tokens.access).await.ok();
        create_user(&app.pool, "ada", resend).await.ok();
        assert_revoked(&app, &tokens).await;
        server.stop().await;
    }

    /// Where ChangePassword ends sessions, it ends all but the one that calls.
    async fn a_configured_change_of_password_ends_the_other_sessions(store: TestStore) {
        let server = TestServer::start(&store, end_at_change_password).await;
        let app = ada_and_bob(&server).await;
        let sibling = app.pool.client(json!({})).await;
        let (calling, other) = (app.sign_in("ada").await, app.sign_in("ada").await);
        let (elsewhere, bobs) = (sibling.sign_in("ada").await, app.sign_in("bob").await);
        // A wrong password ends nothing.
        let answer = change_password(&app, &calling.access, "Wr0ng-Donkey?", NEW_PASSWORD).await;
        not_authorized(&answer, "Incorrect username or password.");
        assert_valid(&app, &other).await;
        change_password(&app, &calling.access, PASSWORD, NEW_PASSWORD).await.ok();
        assert_valid(&app, &calling).await;
        assert_revoked(&app, &other).await;
        assert_revoked(&sibling, &elsewhere).await;
        assert_valid(&app, &bobs).await;
        server.stop().await;
    }

    /// What a pool sets for itself counts before what the server sets, and for that pool only.
    async fn a_pool_has_settings_of_its_own(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let own = ada_and_bob(&server).await;
        let other = ada_and_bob(&server).await;
        server.stop().await;
        let address = server.url().trim_start_matches("http://").parse().unwrap();
        let server = TestServer::start(&store, |config| {
            config.server.listen = address;
            let sessions = SessionsOverrides {
                end_at_recovery: Some(false),
                end_at_admin_set_password: Some(false),
                end_at_change_password: Some(true),
            };
            let overrides = PoolOverrides { sessions, ..PoolOverrides::default() };
            config.pool_settings.insert(own.pool.id.clone(), overrides);
        })
        .await;
        for (app, kept) in [(&own, true), (&other, false)] {
            let tokens = app.sign_in("ada").await;
            PasswordChange::AdminSet.set(app, PASSWORD).await.ok();
            if kept {
                assert_valid(app, &tokens).await;
            } else {
                assert_revoked(app, &tokens).await;
            }
            let (calling, second) = (app.sign_in("ada").await, app.sign_in("ada").await);
            change_password(app, &calling.access, PASSWORD, NEW_PASSWORD).await.ok();
            assert_valid(app, &calling).await;
            if kept {
                assert_revoked(app, &second).await;
            } else {
                assert_valid(app, &second).await;
            }
            PasswordChange::Recovery.set(app, PASSWORD).await.ok();
            if kept {
                assert_valid(app, &calling).await;
            } else {
                assert_revoked(app, &calling).await;
            }
        }
        server.stop().await;
    }

    /// No sign-in by the former password outlives the change, however it races with it.
    async fn no_sign_in_that_races_with_the_change_outlives_it(store: TestStore) {
        let server = TestServer::start(&store, end_at_change_password).await;
        for way in ["administrator", "recovery", "change"] {
            let app = ada_and_bob(&server).await;
            let calling = app.sign_in("ada").await;
            let code = match way {
                "recovery" => {
                    app.call("ForgotPassword", json!({ "Username": "ada" })).await.ok();
                    app.pool.inbox("ada@example.com").code().await
                }
                _ => String::new(),
            };
            let answers = at_once(5, |number| {
                let (app, access, code) = (app.clone(), calling.access.clone(), code.clone());
                async move {
                    if number != 2 {
                        return if number < 2 {
                            app.initiate("ada", PASSWORD).await
                        } else {
                            SrpClient::sign_in(&app, "ada", PASSWORD).await
                        };
                    }
                    let password = NEW_PASSWORD;
                    match way {
                        "administrator" => set_password(&app.pool, "ada", password, true).await,
                        "recovery" => {
                            let input = json!({
                                "Username": "ada", "ConfirmationCode": code, "Password": password,
                            });
                            app.call("ConfirmForgotPassword", input).await
                        }
                        _ => change_password(&app, &access, PASSWORD, password).await,
                    }
                }
            })
            .await;
            for (number, answer) in answers.into_iter().enumerate() {
                if number == 2 {
                    answer.ok();
                } else if answer.status == 200 {
                    assert_revoked(&app, &Tokens::from(&answer.body)).await;
                } else {
                    not_authorized(&answer, "Incorrect username or password.");
                }
            }
            let fresh = Tokens::from(&app.initiate("ada", NEW_PASSWORD).await.ok());
            assert_valid(&app, &fresh).await;
        }
        server.stop().await;
    }
}

several_nodes! {
    /// What one node ends, the other refuses on the very next call.
    async fn a_session_ended_at_one_node_is_ended_at_the_other(store: TestStore) {
        let start = || TestServer::start(&store, |config| config.tokens.issuer = IssuerMode::Aws);
        let [one, other] = [start().await, start().await];
        let app = ada_and_bob(&one).await;
        let tokens = app.sign_in("ada").await;
        let get_user = async || {
            let input = json!({ "AccessToken": tokens.access });
            other.client.call("GetUser", input).await
        };
        get_user().await.ok();
        set_password(&app.pool, "ada", NEW_PASSWORD, true).await.ok();
        not_authorized(&get_user().await, "Access Token has been revoked");
        let input = json!({ "ClientId": app.id, "RefreshToken": tokens.refresh });
        let answer = other.client.call("GetTokensFromRefreshToken", input).await;
        not_authorized(&answer, "Refresh Token has been revoked");
        one.stop().await;
        other.stop().await;
    }
}
