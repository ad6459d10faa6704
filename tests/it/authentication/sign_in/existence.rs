//! Section 3.6: what a stranger learns about who exists.

use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, not_authorized};
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::{call_for_user, confirmed_user};
use crate::support::{AppClient, SrpClient, TestServer, both_stores};

fn silent() -> Value {
    json!({ "PreventUserExistenceErrors": "ENABLED" })
}

/// The parameters of PASSWORD_VERIFIER for a name.
async fn challenge(app: &AppClient, username: &str) -> Value {
    let body = SrpClient::new().initiate(app, username).await.ok();
    assert_eq!(body["ChallengeName"], "PASSWORD_VERIFIER");
    body["ChallengeParameters"].clone()
}

both_stores! {
    /// LEGACY, which an unset member means too, tells that the user does not exist.
    async fn with_legacy_errors_an_unknown_user_is_named(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for settings in [json!({}), json!({ "PreventUserExistenceErrors": "LEGACY" })] {
            let app = pool.client(settings).await;
            for answer in [
                app.initiate("nobody", PASSWORD).await,
                SrpClient::new().initiate(&app, "nobody").await,
            ] {
                answer.fails("UserNotFoundException", "User does not exist.");
            }
        }
    }

    /// ENABLED: the same answer to an unknown user and to a wrong password, by either flow.
    async fn an_unknown_user_gets_the_answer_to_a_wrong_password(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(silent()).await;
        confirmed_user(&pool, "ada", json!({})).await;
        for username in ["ada", "nobody"] {
            incorrect(&app.initiate(username, WRONG_PASSWORD).await);
            incorrect(&SrpClient::sign_in(&app, username, WRONG_PASSWORD).await);
        }
        app.sign_in("ada").await;
        SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
    }

    /// ENABLED: the simulated SRP challenge has the members of a real one, and a UUID as username.
    async fn a_simulated_challenge_looks_real(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let app = pool.client(silent()).await;
        let sub = confirmed_user(&pool, "ada@example.com", json!({})).await;
        let real = challenge(&app, "ada@example.com").await;
        let simulated = challenge(&app, "nobody@example.com").await;
        assert_eq!(member_names(&real), member_names(&simulated));
        assert_eq!(real["USERNAME"], sub.as_str());
        assert_eq!(simulated["USERNAME"], simulated["USER_ID_FOR_SRP"]);
        let name = simulated["USERNAME"].as_str().unwrap();
        assert!(uuid::Uuid::parse_str(name).is_ok(), "{name}");
        let again = challenge(&app, "nobody@example.com").await;
        assert_eq!(simulated["USERNAME"], again["USERNAME"]);
    }

    /// ENABLED: the salt of an unknown user is as stable as a user's, and each name has its own.
    async fn a_simulated_salt_is_stable(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let app = pool.client(silent()).await;
        let second = pool.client(silent()).await;
        let elsewhere = other.client(silent()).await;
        confirmed_user(&pool, "ada", json!({})).await;
        for username in ["ada", "nobody"] {
            let first = challenge(&app, username).await;
            let again = challenge(&second, username).await;
            assert_eq!(first["SALT"], again["SALT"], "{username}");
            assert_ne!(first["SRP_B"], again["SRP_B"], "{username}");
            assert_ne!(first["SECRET_BLOCK"], again["SECRET_BLOCK"], "{username}");
        }
        let nobody = challenge(&app, "nobody").await;
        assert_ne!(nobody["SALT"], challenge(&app, "somebody").await["SALT"]);
        assert_ne!(nobody["SALT"], challenge(&elsewhere, "nobody").await["SALT"]);
    }

    /// ENABLED: where users choose their usernames a simulated challenge repeats the username, as a
    /// real one does; see docs/adr/0004.
    async fn a_simulated_challenge_repeats_a_chosen_name(server: TestServer) {
        for (settings, repeated) in [
            (json!({}), "NoBody"),
            (json!({ "UsernameConfiguration": { "CaseSensitive": false } }), "nobody"),
        ] {
            let pool = server.pool(settings).await;
            let app = pool.client(silent()).await;
            confirmed_user(&pool, "Ada", json!({})).await;
            let real = challenge(&app, "Ada").await;
            let simulated = challenge(&app, "NoBody").await;
            assert_eq!(member_names(&real), member_names(&simulated));
            let username = &pool.user("Ada").await.ok()["Username"];
            for name in ["USERNAME", "USER_ID_FOR_SRP"] {
                assert_eq!(&real[name], username);
                assert_eq!(simulated[name], repeated);
            }
        }
    }

    /// A disabled user learns so with the right password, and not with a wrong one.
    async fn a_disabled_user_is_named_only_with_the_right_password(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        call_for_user(&pool, "AdminDisableUser", "ada").await.ok();
        for settings in [json!({}), silent()] {
            let app = pool.client(settings).await;
            incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
            incorrect(&SrpClient::sign_in(&app, "ada", WRONG_PASSWORD).await);
            not_authorized(&app.initiate("ada", PASSWORD).await, "User is disabled.");
            let by_srp = SrpClient::sign_in(&app, "ada", PASSWORD).await;
            not_authorized(&by_srp, "User is disabled.");
        }
    }

    /// ENABLED: a deleted user gets the answer of one who never existed.
    async fn a_deleted_user_is_answered_as_an_unknown_one(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(silent()).await;
        let telling = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        call_for_user(&pool, "AdminDeleteUser", "ada").await.ok();
        incorrect(&app.initiate("ada", PASSWORD).await);
        incorrect(&SrpClient::sign_in(&app, "ada", PASSWORD).await);
        let answer = telling.initiate("ada", PASSWORD).await;
        answer.fails("UserNotFoundException", "User does not exist.");
    }

    /// The challenge repeats a `sub` as it was typed, whether a user has it or not.
    async fn a_sub_is_echoed_whether_it_exists_or_not(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let app = pool.client(silent()).await;
        let sub = confirmed_user(&app.pool, "ada@example.com", json!({})).await;
        assert_eq!(challenge(&app, &sub).await["USERNAME"], json!(sub));
        call_for_user(&app.pool, "AdminDeleteUser", &sub).await.ok();
        assert_eq!(challenge(&app, &sub).await["USERNAME"], json!(sub));
    }
}
