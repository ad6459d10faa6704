//! Sections 5.1 and 5.4: answers to PASSWORD_VERIFIER that are not as they should be.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, invalid_parameter, not_authorized};
use crate::support::sign_in::tokens_of;
use crate::support::users::{client_with_ada, confirmed_user, set_password};
use crate::support::{Answer, AppClient, SrpClient, TestServer, at_once, both_stores};

/// Signs in with the right password, but lets `change` lay hands on the answer.
async fn tampered(app: &AppClient, change: impl FnOnce(&mut Value)) -> Answer {
    let client = SrpClient::new();
    let challenge = client.initiate(app, "ada").await.ok();
    let mut response = client.response(app, &challenge, PASSWORD);
    change(&mut response["ChallengeResponses"]);
    app.call("RespondToAuthChallenge", response).await
}

/// Signs in with the right password and a timestamp, under the signature.
async fn stamped(app: &AppClient, timestamp: &str) -> Answer {
    let client = SrpClient::new();
    let challenge = client.initiate(app, "ada").await.ok();
    let response = client.response_at(app, &challenge, PASSWORD, timestamp);
    app.call("RespondToAuthChallenge", response).await
}

/// The last byte of what `text` encodes, changed.
fn bent(text: &Value) -> Value {
    let mut bytes = STANDARD.decode(text.as_str().unwrap()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    json!(STANDARD.encode(bytes))
}

both_stores! {
    /// Each response that must be present.
    async fn a_missing_response_is_named(server: TestServer) {
        let app = client_with_ada(&server).await;
        for name in [
            "USERNAME", "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP",
        ] {
            let answer = tampered(&app, |responses| {
                responses.as_object_mut().unwrap().remove(name);
            }).await;
            invalid_parameter(&answer, &format!("Missing required parameter {name}"));
        }
    }

    /// A signature or a secret block of which one bit was changed.
    async fn a_changed_signature_or_secret_block_is_refused(server: TestServer) {
        let app = client_with_ada(&server).await;
        for name in ["PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE"] {
            let answer = tampered(&app, |responses| responses[name] = bent(&responses[name])).await;
            incorrect(&answer);
        }
        tampered(&app, |_| {}).await.ok();
    }

    /// Timestamps in another format than the one that is understood.
    async fn a_timestamp_in_another_format_is_refused(server: TestServer) {
        let app = client_with_ada(&server).await;
        for timestamp in [
            "2023-09-05T09:04:01Z",
            "1693904641",
            "Tue Sep 05 09:04:01 UTC 2023",
            "Di Sep 5 09:04:01 UTC 2023",
            "Tue Sep 5 9:04:01 UTC 2023",
            "Tue Sep 5 09:04:01 2023",
            "Tue Sep 5 25:04:01 UTC 2023",
        ] {
            let answer = stamped(&app, timestamp).await;
            assert_eq!(
                (answer.type_.as_deref(), answer.message.as_deref()),
                (
                    Some("InvalidParameterException"),
                    Some("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english"),
                ),
                "{timestamp:?}"
            );
        }
    }

    /// A timestamp of long ago, rightly signed.
    async fn an_old_timestamp_is_refused(server: TestServer) {
        let app = client_with_ada(&server).await;
        incorrect(&stamped(&app, "Tue Sep 5 09:04:01 UTC 2023").await);
        let hour_ago = server.now() - jiff::SignedDuration::from_hours(1);
        let hour_ago = hour_ago.strftime("%a %b %-d %H:%M:%S UTC %Y").to_string();
        incorrect(&stamped(&app, &hour_ago).await);
    }

    /// Section 5.4: USERNAME must be the user of the challenge.
    async fn the_name_of_another_user_is_refused(server: TestServer) {
        let app = client_with_ada(&server).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let answer = tampered(&app, |responses| responses["USERNAME"] = json!("bob")).await;
        not_authorized(&answer, "Invalid session for the user.");
    }

    /// Section 3.7: the challenge lives as long as a session does.
    async fn a_late_answer_is_refused(server: TestServer) {
        let app = client_with_ada(&server).await;
        for (wait, in_time) in [(110, true), (200, false)] {
            let client = SrpClient::new();
            let challenge = client.initiate(&app, "ada").await.ok();
            server.advance(wait).await;
            let response = client.response(&app, &challenge, PASSWORD);
            let answer = app.call("RespondToAuthChallenge", response).await;
            if in_time {
                tokens_of(answer);
            } else {
                not_authorized(&answer, "Invalid session for the user, session is expired.");
            }
        }
    }

    /// Section 5.5: a secret block is answered once, in a row or by many at the same moment.
    async fn a_secret_block_is_answered_once(server: TestServer) {
        let app = client_with_ada(&server).await;
        let spent = "Invalid session for the user, session can only be used once.";
        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada").await.ok();
        let response = client.response(&app, &challenge, PASSWORD);
        tokens_of(app.call("RespondToAuthChallenge", response.clone()).await);
        not_authorized(&app.call("RespondToAuthChallenge", response).await, spent);

        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada").await.ok();
        let response = client.response(&app, &challenge, PASSWORD);
        let answers = at_once(16, |_| {
            let (app, response) = (app.clone(), response.clone());
            async move { app.call("RespondToAuthChallenge", response).await }
        })
        .await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 200);
        assert_eq!(won.len(), 1, "{won:?}");
        for answer in &lost {
            not_authorized(answer, spent);
        }
        let tokens = tokens_of(won.into_iter().next().unwrap());
        app.with_token("GetUser", &tokens.access, json!({})).await.ok();
    }

    /// A challenge is about the password of its time: setting another voids it.
    async fn a_challenge_ends_when_the_administrator_sets_a_password(server: TestServer) {
        let app = client_with_ada(&server).await;
        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada").await.ok();
        set_password(&app.pool, "ada", "S3t-Meanwhile!", true).await.ok();
        let response = client.response(&app, &challenge, PASSWORD);
        incorrect(&app.call("RespondToAuthChallenge", response).await);
        tokens_of(SrpClient::sign_in(&app, "ada", "S3t-Meanwhile!").await);
    }

    /// A challenge is answered through the client that asked for it.
    async fn the_challenge_of_another_client_is_refused(server: TestServer) {
        let app = client_with_ada(&server).await;
        let other = app.pool.client(json!({})).await;
        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada").await.ok();
        let response = client.response(&app, &challenge, PASSWORD);
        let answer = other.call("RespondToAuthChallenge", response.clone()).await;
        incorrect(&answer);
        tokens_of(app.call("RespondToAuthChallenge", response).await);
    }
}
