//! Section 5.5: the Session between a challenge and its answer.

use serde_json::{Value, json};

use super::{choose_password, incorrect, not_authorized, tokens_of};
use crate::admin_users::{about, invited, set_password, status};
use crate::support::pools::PASSWORD;
use crate::support::{AppClient, TestServer, at_once, both_stores, tally};
use crate::tokens::bent;

const TEMPORARY: &str = "T3mporary-Horse!";

/// An invited user, a client with `settings`, and the challenge that the user meets.
async fn challenged(server: &TestServer, settings: Value) -> (AppClient, Value) {
    let pool = server.pool(json!({})).await;
    invited(&pool, "ada", TEMPORARY, json!({})).await;
    let app = pool.client(settings).await;
    let challenge = app.initiate("ada", TEMPORARY).await.ok();
    (app, challenge)
}

both_stores! {
    /// What it looks like: opaque, and fit for a URL.
    async fn its_form(server: TestServer) {
        let (app, challenge) = challenged(&server, json!({})).await;
        let session = challenge["Session"].as_str().unwrap();
        assert!(session.starts_with("AYABe"), "{session}");
        assert!((20..=2048).contains(&session.len()), "{} characters", session.len());
        let url_safe = |c: char| c.is_ascii_alphanumeric() || "-_=".contains(c);
        assert!(session.chars().all(url_safe), "{session}");
        let other = app.initiate("ada", TEMPORARY).await.ok();
        assert_ne!(challenge["Session"], other["Session"]);
    }

    /// It works once.
    async fn it_works_once(server: TestServer) {
        let (app, challenge) = challenged(&server, json!({})).await;
        choose_password(&app, &challenge, PASSWORD, json!({})).await.ok();
        let again = choose_password(&app, &challenge, "An0ther-Horse!", json!({})).await;
        not_authorized(&again, "Invalid session for the user, session can only be used once.");
        app.sign_in("ada").await;
    }

    /// It lives three minutes unless the client says otherwise.
    async fn it_lives_three_minutes(server: TestServer) {
        let (app, early) = challenged(&server, json!({})).await;
        server.advance(110).await;
        let late = app.initiate("ada", TEMPORARY).await.ok();
        tokens_of(choose_password(&app, &early, TEMPORARY, json!({})).await);
        server.advance(190).await;
        let answer = choose_password(&app, &late, PASSWORD, json!({})).await;
        not_authorized(&answer, "Invalid session for the user, session is expired.");
        tokens_of(app.initiate("ada", TEMPORARY).await);
    }

    /// It lives as long as the client's AuthSessionValidity.
    async fn it_lives_as_long_as_the_client_says(server: TestServer) {
        let (app, challenge) = challenged(&server, json!({ "AuthSessionValidity": 15 })).await;
        server.advance(15 * 60 - 70).await;
        tokens_of(choose_password(&app, &challenge, PASSWORD, json!({})).await);
        let (app, challenge) = challenged(&server, json!({ "AuthSessionValidity": 15 })).await;
        server.advance(15 * 60 + 10).await;
        let answer = choose_password(&app, &challenge, PASSWORD, json!({})).await;
        not_authorized(&answer, "Invalid session for the user, session is expired.");
        assert_eq!(status(&app.pool, "ada").await, "FORCE_CHANGE_PASSWORD");
    }

    /// One that the server never made.
    async fn one_of_another_make(server: TestServer) {
        let (app, mut challenge) = challenged(&server, json!({})).await;
        let bent = bent(challenge["Session"].as_str().unwrap());
        for session in ["AYABe".repeat(30), bent] {
            challenge["Session"] = json!(session);
            let answer = choose_password(&app, &challenge, PASSWORD, json!({})).await;
            not_authorized(&answer, "Invalid session for the user.");
        }
        assert_eq!(status(&app.pool, "ada").await, "FORCE_CHANGE_PASSWORD");
    }

    /// It belongs to the client, and so to the pool, that it was made for.
    async fn it_belongs_to_one_client(server: TestServer) {
        let (app, challenge) = challenged(&server, json!({})).await;
        let sibling = app.pool.client(json!({})).await;
        let (stranger, _) = challenged(&server, json!({})).await;
        for other in [sibling, stranger] {
            let answer = choose_password(&other, &challenge, PASSWORD, json!({})).await;
            not_authorized(&answer, "Invalid session for the user.");
            assert_eq!(status(&other.pool, "ada").await, "FORCE_CHANGE_PASSWORD");
        }
        assert_eq!(status(&app.pool, "ada").await, "FORCE_CHANGE_PASSWORD");
    }

    /// It does not outlive what it was given for: a user who is disabled or deleted meanwhile.
    async fn the_user_is_gone_meanwhile(server: TestServer) {
        for (operation, text) in [
            ("AdminDisableUser", "User is disabled."),
            ("AdminDeleteUser", "Invalid session for the user."),
        ] {
            let (app, challenge) = challenged(&server, json!({})).await;
            about(&app.pool, operation, "ada").await.ok();
            let answer = choose_password(&app, &challenge, PASSWORD, json!({})).await;
            not_authorized(&answer, text);
        }
    }

    /// Nor does it outlive the temporary password, once the administrator has set another.
    async fn the_password_is_set_meanwhile(server: TestServer) {
        for permanent in [true, false] {
            let (app, challenge) = challenged(&server, json!({})).await;
            set_password(&app.pool, "ada", "S3t-Meanwhile!", permanent).await.ok();
            let answer = choose_password(&app, &challenge, PASSWORD, json!({})).await;
            not_authorized(&answer, "Invalid session for the user.");
            incorrect(&app.initiate("ada", PASSWORD).await);
            app.initiate("ada", "S3t-Meanwhile!").await.ok();
        }
    }

    /// The answer needs one.
    async fn an_answer_without_a_session(server: TestServer) {
        let (app, mut challenge) = challenged(&server, json!({})).await;
        challenge["Session"] = Value::Null;
        let answer = choose_password(&app, &challenge, PASSWORD, json!({})).await;
        not_authorized(&answer, "Invalid session for the user.");
        assert_eq!(status(&app.pool, "ada").await, "FORCE_CHANGE_PASSWORD");
    }

    /// Many answer with it at once, each with a password of his own: one succeeds.
    async fn many_at_once(server: TestServer) {
        let (app, challenge) = challenged(&server, json!({})).await;
        let answers = at_once(12, |number| {
            let (app, challenge) = (app.clone(), challenge.clone());
            let password = format!("N3w-Horse-{number}!");
            async move { choose_password(&app, &challenge, &password, json!({})).await }
        })
        .await;
        assert_eq!(tally(&answers).0, 1, "{:?}", tally(&answers));
        let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
        tokens_of(app.initiate("ada", &format!("N3w-Horse-{winner}!")).await);
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
    }
}
