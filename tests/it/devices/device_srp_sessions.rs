//! What binds the session of DEVICE_SRP_AUTH (section 5.5).

use serde_json::{Value, json};

use super::{
    EXPIRED_SESSION, INVALID_SESSION, SPENT_SESSION, also_asked, as_other, asked, challenged,
    changed, with_session,
};
use crate::support::device_srp::{DeviceSrp, begin, prove};
use crate::support::devices::{client_with_devices, confirmed_device};
use crate::support::pools::PASSWORD;
use crate::support::refusals::not_authorized;
use crate::support::sign_in::{initiate, respond, tokens_of};
use crate::support::users::{call_for_user, invited_user, set_password};
use crate::support::{TestServer, TestStore, at_once, both_stores, tally};

both_stores! {
    /// Another user's name or session, another client, another challenge, a changed session.
    async fn a_session_answers_nothing_else(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let (bobs, of_bob) = also_asked(&app, "bob").await;
        let answers = |name: &str| DeviceSrp::new().begin(&app, &device, name);
        for name in ["bob", "nobody"] {
            not_authorized(&respond(&app, &challenge, answers(name)).await, INVALID_SESSION);
        }
        not_authorized(&respond(&app, &of_bob, answers("ada")).await, INVALID_SESSION);
        let as_bob = DeviceSrp::new().begin(&app, &bobs, "bob");
        not_authorized(&respond(&app, &challenge, as_bob).await, INVALID_SESSION);
        let other = app.pool.client(json!({})).await;
        not_authorized(&respond(&other, &challenge, answers("ada")).await, INVALID_SESSION);
        for session in [changed(&challenge["Session"]), json!("A".repeat(720))] {
            let answer = respond(&app, &with_session(&challenge, &session), answers("ada")).await;
            not_authorized(&answer, INVALID_SESSION);
        }
        for (name, parameter, value) in [
            ("SMS_MFA", "SMS_MFA_CODE", "123456"),
            ("SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE", "123456"),
            ("EMAIL_OTP", "EMAIL_OTP_CODE", "123456"),
            ("SMS_OTP", "SMS_OTP_CODE", "123456"),
            ("SELECT_MFA_TYPE", "ANSWER", "SMS_MFA"),
            ("SELECT_CHALLENGE", "ANSWER", "PASSWORD"),
            ("MFA_SETUP", "EMAIL", "new@example.com"),
            ("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD", PASSWORD),
            ("WEB_AUTHN", "CREDENTIAL", "{}"),
        ] {
            let answers = json!({ "USERNAME": "ada", parameter: value });
            let answer = respond(&app, &as_other(&challenge, name), answers).await;
            not_authorized(&answer, INVALID_SESSION);
        }
        // After all of it the session still answers its own challenge.
        tokens_of(prove(&app, &device, &challenge).await);
    }

    /// The sessions of other challenges: of the choice of a first factor, of a new password, of the device's proof.
    async fn no_other_challenges_session_answers(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let choosing = app.pool.client(json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        let choice = initiate(&choosing, "USER_AUTH", json!({ "USERNAME": "ada" })).await.ok();
        assert_eq!(choice["ChallengeName"], "SELECT_CHALLENGE", "{choice}");
        let answers = DeviceSrp::new().begin(&app, &device, "ada");
        let answer = respond(&choosing, &as_other(&choice, "DEVICE_SRP_AUTH"), answers.clone()).await;
        not_authorized(&answer, INVALID_SESSION);
        invited_user(&app.pool, "bob", PASSWORD, json!({})).await;
        let new_password = app.initiate("bob", PASSWORD).await.ok();
        let as_bob = DeviceSrp::new().begin(&app, &device, "bob");
        let answer = respond(&app, &as_other(&new_password, "DEVICE_SRP_AUTH"), as_bob).await;
        not_authorized(&answer, INVALID_SESSION);
        let (_, proof) = begin(&app, &device, &challenge).await;
        let answer = respond(&app, &as_other(&proof, "DEVICE_SRP_AUTH"), answers).await;
        not_authorized(&answer, INVALID_SESSION);
    }

    /// Three minutes, or as many as the client says.
    async fn a_session_expires(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        server.advance(179).await;
        let (_, proof) = begin(&app, &device, &challenge).await;
        assert_eq!(proof["ChallengeName"], "DEVICE_PASSWORD_VERIFIER");
        let challenge = challenged(&app, &device).await;
        server.advance(180).await;
        let answers = DeviceSrp::new().begin(&app, &device, "ada");
        not_authorized(&respond(&app, &challenge, answers).await, EXPIRED_SESSION);
    }

    /// A session begins one exchange: a second A is refused, and the first exchange goes on.
    async fn a_session_is_used_once(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let (exchange, proof) = begin(&app, &device, &challenge).await;
        let answers = DeviceSrp::new().begin(&app, &device, "ada");
        not_authorized(&respond(&app, &challenge, answers.clone()).await, SPENT_SESSION);
        tokens_of(respond(&app, &proof, exchange.end(&app, &device, &proof)).await);
        not_authorized(&respond(&app, &challenge, answers).await, SPENT_SESSION);
    }

    /// Of several answers at once one begins the exchange.
    async fn of_several_answers_at_once_one_counts(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let answers = at_once(6, |_| {
            let (app, device, challenge) = (app.clone(), device.clone(), challenge.clone());
            async move {
                let answers = DeviceSrp::new().begin(&app, &device, "ada");
                respond(&app, &challenge, answers).await
            }
        })
        .await;
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            not_authorized(answer, SPENT_SESSION);
        }
        assert_eq!(tally(&answers), (1, vec![("NotAuthorizedException".to_owned(), 5)]));
    }

    /// Before the password there is nothing to answer, with a session that was never sealed or with none.
    async fn a_step_out_of_order_is_refused(server: TestServer) {
        let app = client_with_devices(&server, false).await;
        let (device, _) = confirmed_device(&app, "ada").await;
        for session in [Value::Null, json!("A".repeat(720)), json!("x".repeat(20))] {
            let challenge = json!({ "ChallengeName": "DEVICE_SRP_AUTH", "Session": session });
            let answers = DeviceSrp::new().begin(&app, &device, "ada");
            not_authorized(&respond(&app, &challenge, answers).await, INVALID_SESSION);
        }
    }

    /// What changes the user's credentials ends the sign-in; so does disabling the user.
    async fn a_change_of_credentials_ends_the_sign_in(server: TestServer) {
        let (app, device, challenge) = asked(&server).await;
        let answers = DeviceSrp::new().begin(&app, &device, "ada");
        call_for_user(&app.pool, "AdminDisableUser", "ada").await.ok();
        not_authorized(&respond(&app, &challenge, answers.clone()).await, "User is disabled.");
        call_for_user(&app.pool, "AdminEnableUser", "ada").await.ok();
        set_password(&app.pool, "ada", "An0ther-Donkey?", true).await.ok();
        not_authorized(&respond(&app, &challenge, answers).await, INVALID_SESSION);
    }

    /// Other nodes take the next steps.
    async fn another_node_goes_on(store: TestStore) {
        let one = TestServer::start(&store, |_| {}).await;
        let (app, device, challenge) = asked(&one).await;
        one.stop().await;
        let other = TestServer::start(&store, |_| {}).await;
        let there = app.at(&other);
        let (exchange, proof) = begin(&there, &device, &challenge).await;
        other.stop().await;
        let third = TestServer::start(&store, |_| {}).await;
        let there = app.at(&third);
        tokens_of(respond(&there, &proof, exchange.end(&there, &device, &proof)).await);
    }
}
