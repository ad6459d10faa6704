//! What binds the state of DEVICE_PASSWORD_VERIFIER, which the secret block and the session carry (section 5.5).

use serde_json::{Value, json};

use super::{
    EXPIRED_SESSION, INVALID_SESSION, SPENT_SESSION, also_asked, as_other, asked, challenged,
    changed, with_session,
};
use crate::support::device_srp::{DeviceSrp, begin};
use crate::support::devices::Device;
use crate::support::pools::PASSWORD;
use crate::support::refusals::not_authorized;
use crate::support::sign_in::{respond, tokens_of};
use crate::support::users::{call_for_user, set_password};
use crate::support::{AppClient, TestServer, at_once, both_stores, tally};

/// `ada`'s device, the exchange that it has begun, and the challenge to end it.
async fn begun(server: &TestServer) -> (AppClient, Device, DeviceSrp, Value) {
    let (app, device, challenge) = asked(server).await;
    let (exchange, proof) = begin(&app, &device, &challenge).await;
    (app, device, exchange, proof)
}

both_stores! {
    /// Another user's name, block or session, another client, another challenge, a changed session.
    async fn a_session_answers_nothing_else(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let answers = exchange.end(&app, &device, &proof);
        for name in ["bob", "nobody"] {
            let mut answers = answers.clone();
            answers["USERNAME"] = json!(name);
            not_authorized(&respond(&app, &proof, answers).await, INVALID_SESSION);
        }
        let (bobs, of_bob) = also_asked(&app, "bob").await;
        let bob = DeviceSrp::new();
        let of_bob = respond(&app, &of_bob, bob.begin(&app, &bobs, "bob")).await.ok();
        let mut bobs_answers = bob.end(&app, &bobs, &of_bob);
        // The block of one with the session of the other.
        let mixed = with_session(&proof, &of_bob["Session"]);
        not_authorized(&respond(&app, &mixed, answers.clone()).await, INVALID_SESSION);
        let mixed = with_session(&of_bob, &proof["Session"]);
        not_authorized(&respond(&app, &mixed, bobs_answers.clone()).await, INVALID_SESSION);
        bobs_answers["USERNAME"] = json!("ada");
        not_authorized(&respond(&app, &of_bob, bobs_answers).await, INVALID_SESSION);
        let other = app.pool.client(json!({})).await;
        not_authorized(&respond(&other, &proof, answers.clone()).await, INVALID_SESSION);
        for session in [changed(&proof["Session"]), json!("A".repeat(720))] {
            let answer = respond(&app, &with_session(&proof, &session), answers.clone()).await;
            not_authorized(&answer, INVALID_SESSION);
        }
        for (name, parameter, value) in [
            ("SMS_MFA", "SMS_MFA_CODE", "123456"),
            ("SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE", "123456"),
            ("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD", PASSWORD),
            ("SELECT_CHALLENGE", "ANSWER", "PASSWORD"),
        ] {
            let answers = json!({ "USERNAME": "ada", parameter: value });
            not_authorized(&respond(&app, &as_other(&proof, name), answers).await, INVALID_SESSION);
        }
        // After all of it the proof still counts.
        tokens_of(respond(&app, &proof, answers).await);
    }

    /// The session of the step before, or of another exchange of the same device.
    async fn only_the_session_of_the_same_exchange_answers(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let (exchange, proof) = begin(&app, &device, &challenge).await;
        let again = challenged(&app, &device).await;
        let (_, other) = begin(&app, &device, &again).await;
        let answers = exchange.end(&app, &device, &proof);
        for session in [&challenge["Session"], &other["Session"]] {
            let answer = respond(&app, &with_session(&proof, session), answers.clone()).await;
            not_authorized(&answer, INVALID_SESSION);
        }
        tokens_of(respond(&app, &proof, answers).await);
    }

    /// Three minutes after the exchange began.
    async fn a_session_expires(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        server.advance(179).await;
        let wrong = DeviceSrp::new().end(&app, &device, &proof);
        not_authorized(&respond(&app, &proof, wrong).await, "Incorrect username or password.");
        server.advance(1).await;
        let answers = exchange.end(&app, &device, &proof);
        not_authorized(&respond(&app, &proof, answers).await, EXPIRED_SESSION);
    }

    /// A proof signs in once.
    async fn a_proof_is_used_once(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let answers = exchange.end(&app, &device, &proof);
        tokens_of(respond(&app, &proof, answers.clone()).await);
        not_authorized(&respond(&app, &proof, answers.clone()).await, SPENT_SESSION);
        let without = with_session(&proof, &Value::Null);
        not_authorized(&respond(&app, &without, answers).await, SPENT_SESSION);
    }

    /// Of several answers at once one signs in.
    async fn of_several_answers_at_once_one_counts(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let answer = exchange.end(&app, &device, &proof);
        let answers = at_once(6, |_| {
            let (app, proof, answer) = (app.clone(), proof.clone(), answer.clone());
            async move { respond(&app, &proof, answer).await }
        })
        .await;
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            not_authorized(answer, SPENT_SESSION);
        }
        assert_eq!(tally(&answers), (1, vec![("NotAuthorizedException".to_owned(), 5)]));
    }

    /// A proof before an exchange was begun: there is no block.
    async fn a_step_out_of_order_is_refused(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let answers = json!({
            "USERNAME": "ada",
            "DEVICE_KEY": device.key,
            "PASSWORD_CLAIM_SECRET_BLOCK": "AAAA",
            "PASSWORD_CLAIM_SIGNATURE": "AAAA",
            "TIMESTAMP": app.pool.endpoint().now().strftime("%a %b %-d %H:%M:%S UTC %Y").to_string(),
        });
        let answer = respond(&app, &as_other(&challenge, "DEVICE_PASSWORD_VERIFIER"), answers.clone());
        not_authorized(&answer.await, INVALID_SESSION);
        let without = json!({ "ChallengeName": "DEVICE_PASSWORD_VERIFIER" });
        let answer = respond(&app, &without, answers).await;
        not_authorized(&answer, "Incorrect username or password.");
    }

    /// What changes the user's credentials ends the sign-in; so does disabling the user.
    async fn a_change_of_credentials_ends_the_sign_in(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        let answers = exchange.end(&app, &device, &proof);
        call_for_user(&app.pool, "AdminDisableUser", "ada").await.ok();
        not_authorized(&respond(&app, &proof, answers.clone()).await, "User is disabled.");
        call_for_user(&app.pool, "AdminEnableUser", "ada").await.ok();
        set_password(&app.pool, "ada", "An0ther-Donkey?", true).await.ok();
        not_authorized(&respond(&app, &proof, answers).await, INVALID_SESSION);
    }

    /// A pool that stops to remember devices meanwhile: the sign-in ends without one.
    async fn a_pool_may_stop_remembering_meanwhile(server: TestServer) {
        let (app, device, exchange, proof) = begun(&server).await;
        app.pool.admin("UpdateUserPool", json!({})).await.ok();
        let answers = exchange.end(&app, &device, &proof);
        let tokens = tokens_of(respond(&app, &proof, answers).await);
        assert!(tokens.access_claims()["device_key"].is_null());
    }
}
