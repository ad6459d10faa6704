//! Section 5.5: the Session between a challenge and its answer.

use serde_json::{Value, json};

use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, not_authorized};
use crate::support::sign_in::{choose_password, tokens_of};
use crate::support::tokens::tampered;
use crate::support::users::{call_for_user, invited_user, set_password, status};
use crate::support::{AppClient, TestServer, at_once, both_stores, tally};

const TEMPORARY: &str = "T3mporary-Horse!";

/// An invited user, a client with `settings`, and the challenge that the user meets.
async fn challenged(server: &TestServer, settings: Value) -> (AppClient, Value) {
    let pool = server.pool(json!({})).await;
    invited_user(&pool, "ada", TEMPORARY, json!({})).await;
    let app = pool.client(settings).await;
    let challenge = app.initiate("ada", TEMPORARY).await.ok();
    (app, challenge)
}

both_stores! {
    /// A session's form: opaque, and fit for a URL.
    async fn a_session_is_opaque_and_fit_for_a_url(server: TestServer) {
        let (app, challenge) = challenged(&server, json!({})).await;
        let session = challenge["Session"].as_str().unwrap();
        assert!(session.starts_with("AYABe"), "{session}");
        assert!((20..=2048).contains(&session.len()), "{} characters", session.len());
        let url_safe = |c: char| c.is_ascii_alphanumeric() || "-_=".contains(c);
        assert!(session.chars().all(url_safe), "{session}");
        let other = app.initiate("ada", TEMPORARY).await.ok();
        assert_ne!(challenge["Session"], other["Session"]);
    }

    /// A session is accepted once.
    async fn a_session_works_once(server: TestServer) {
        let (app, challenge) = challenged(&server, json!({})).await;
        choose_password(&app, &challenge, PASSWORD, json!({})).await.ok();
        let again = choose_password(&app, &challenge, "An0ther-Horse!", json!({})).await;
        not_authorized(&again, "Invalid session for the user, session can only be used once.");
        app.sign_in("ada").await;
    }

    /// A session lives three minutes unless the client says otherwise.
    async fn a_session_lives_three_minutes_by_default(server: TestServer) {
        let (app, early) = challenged(&server, json!({})).await;
        server.advance(110).await;
        let late = app.initiate("ada", TEMPORARY).await.ok();
        tokens_of(choose_password(&app, &early, TEMPORARY, json!({})).await);
        server.advance(190).await;
        let answer = choose_password(&app, &late, PASSWORD, json!({})).await;
        not_authorized(&answer, "Invalid session for the user, session is expired.");
        tokens_of(app.initiate("ada", TEMPORARY).await);
    }

    /// A session lives as long as the client's AuthSessionValidity.
    async fn a_session_lives_as_long_as_the_client_says(server: TestServer) {
        let (app, challenge) = challenged(&server, json!({ "AuthSessionValidity": 15 })).await;
        server.advance(15 * 60 - 70).await;
        tokens_of(choose_password(&app, &challenge, PASSWORD, json!({})).await);
        let (app, challenge) = challenged(&server, json!({ "AuthSessionValidity": 15 })).await;
        server.advance(15 * 60 + 10).await;
        let answer = choose_password(&app, &challenge, PASSWORD, json!({})).await;
        not_authorized(&answer, "Invalid session for the user, session is expired.");
        assert_eq!(status(&app.pool, "ada").await, "FORCE_CHANGE_PASSWORD");
    }

    /// A session that the server never made.
    async fn a_session_that_the_server_did_not_make_is_refused(server: TestServer) {
        let (app, mut challenge) = challenged(&server, json!({})).await;
        let bent = tampered(challenge["Session"].as_str().unwrap());
        for session in ["AYABe".repeat(30), bent] {
            challenge["Session"] = json!(session);
            let answer = choose_password(&app, &challenge, PASSWORD, json!({})).await;
            not_authorized(&answer, "Invalid session for the user.");
        }
        assert_eq!(status(&app.pool, "ada").await, "FORCE_CHANGE_PASSWORD");
    }

    /// A session is accepted only from the client, and so in the pool, that it was made for.
    async fn a_session_belongs_to_one_client(server: TestServer) {
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

    /// A session does not outlive a user who is disabled or deleted meanwhile.
    async fn a_session_ends_when_the_user_is_disabled_or_deleted(server: TestServer) {
        for (operation, text) in [
            ("AdminDisableUser", "User is disabled."),
            ("AdminDeleteUser", "Invalid session for the user."),
        ] {
            let (app, challenge) = challenged(&server, json!({})).await;
            call_for_user(&app.pool, operation, "ada").await.ok();
            let answer = choose_password(&app, &challenge, PASSWORD, json!({})).await;
            not_authorized(&answer, text);
        }
    }

    /// A session does not outlive the temporary password, once the administrator has set another.
    async fn a_session_ends_when_the_administrator_sets_a_password(server: TestServer) {
        for permanent in [true, false] {
            let (app, challenge) = challenged(&server, json!({})).await;
            set_password(&app.pool, "ada", "S3t-Meanwhile!", permanent).await.ok();
            let answer = choose_password(&app, &challenge, PASSWORD, json!({})).await;
            not_authorized(&answer, "Invalid session for the user.");
            incorrect(&app.initiate("ada", PASSWORD).await);
            app.initiate("ada", "S3t-Meanwhile!").await.ok();
        }
    }

    /// The answer needs a session.
    async fn an_answer_without_a_session_is_refused(server: TestServer) {
        let (app, mut challenge) = challenged(&server, json!({})).await;
        challenge["Session"] = Value::Null;
        let answer = choose_password(&app, &challenge, PASSWORD, json!({})).await;
        not_authorized(&answer, "Invalid session for the user.");
        assert_eq!(status(&app.pool, "ada").await, "FORCE_CHANGE_PASSWORD");
    }

    /// Many callers answer with one session at once, each with another password: one succeeds.
    async fn one_of_many_concurrent_answers_succeeds(server: TestServer) {
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
