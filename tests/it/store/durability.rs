//! What was acknowledged is not lost when the real binary is killed by SIGKILL and started again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::pools::{PASSWORD, attribute, attribute_list};
use crate::support::{AppClient, ServerProcess, both_stores, wait};

/// SIGKILL, and up again on the same data.
async fn killed(server: &ServerProcess) {
    server.kill();
    server.restart().await;
}

/// The user as her own application sees her.
async fn profile(app: &AppClient, access: &str) -> Value {
    app.with_token("GetUser", access, json!({})).await.ok()
}

both_stores! {
    /// Sign-up, confirmation, sign-in, change, verification, with a kill between every two steps.
    async fn the_journey_survives_kills(server: ServerProcess) {
        let pool = server
            .pool(json!({
                "AutoVerifiedAttributes": ["email"],
                "Schema": [{ "Name": "team", "AttributeDataType": "String", "Mutable": true }],
            }))
            .await;
        killed(&server).await;
        let app = pool.client(json!({ "GenerateSecret": true })).await;
        killed(&server).await;
        let given = json!({ "email": "ada@example.com", "custom:team": "engines" });
        let signed_up = app.sign_up("ada", given).await.ok();
        killed(&server).await;
        let code = server.inbox("ada@example.com").code().await;
        killed(&server).await;
        let input = json!({ "Username": "ada", "ConfirmationCode": code });
        app.call("ConfirmSignUp", input.clone()).await.ok();
        killed(&server).await;
        assert_eq!(pool.user("ada").await.ok()["UserStatus"], "CONFIRMED");
        app.call("ConfirmSignUp", input)
            .await
            .fails("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED");
        let tokens = app.sign_in("ada").await;
        killed(&server).await;
        let user = profile(&app, &tokens.access).await;
        let attributes = &user["UserAttributes"];
        assert_eq!(attribute(attributes, "sub").as_deref(), signed_up["UserSub"].as_str());
        assert_eq!(attribute(attributes, "custom:team").as_deref(), Some("engines"));
        assert_eq!(attribute(attributes, "email_verified").as_deref(), Some("true"));
        let change = json!({
            "UserAttributes": attribute_list(&json!({
                "email": "lovelace@example.com", "custom:team": "notes",
            })),
        });
        app.with_token("UpdateUserAttributes", &tokens.access, change).await.ok();
        killed(&server).await;
        let attributes = profile(&app, &tokens.access).await["UserAttributes"].clone();
        assert_eq!(attribute(&attributes, "email").as_deref(), Some("lovelace@example.com"));
        assert_eq!(attribute(&attributes, "email_verified").as_deref(), Some("false"));
        assert_eq!(attribute(&attributes, "custom:team").as_deref(), Some("notes"));
        let code = server.inbox("lovelace@example.com").code().await;
        killed(&server).await;
        let input = json!({ "AttributeName": "email", "Code": code });
        app.with_token("VerifyUserAttribute", &tokens.access, input.clone()).await.ok();
        killed(&server).await;
        assert_eq!(pool.attribute("ada", "email_verified").await.as_deref(), Some("true"));
        app.with_token("VerifyUserAttribute", &tokens.access, input)
            .await
            .fails("ExpiredCodeException", "Invalid code provided, please request a code again.");
        app.refresh(&tokens.refresh).await.ok();
        app.with_token("GlobalSignOut", &tokens.access, json!({})).await.ok();
        killed(&server).await;
        app.with_token("GetUser", &tokens.access, json!({}))
            .await
            .fails("NotAuthorizedException", "Access Token has been revoked");
        app.refresh(&tokens.refresh)
            .await
            .fails("NotAuthorizedException", "Refresh Token has been revoked");
    }

    /// A challenge begun before a kill is answered after it.
    async fn a_challenge_survives_a_kill(server: ServerProcess) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let temporary = "Temp0rary-Horse!";
        let input = json!({
            "Username": "ada", "TemporaryPassword": temporary, "MessageAction": "SUPPRESS",
        });
        pool.admin("AdminCreateUser", input).await.ok();
        killed(&server).await;
        let challenge = app.initiate("ada", temporary).await.ok();
        killed(&server).await;
        let input = json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": challenge["Session"],
            "ChallengeResponses": { "USERNAME": "ada", "NEW_PASSWORD": PASSWORD },
        });
        app.call("RespondToAuthChallenge", input.clone()).await.ok();
        killed(&server).await;
        app.call("RespondToAuthChallenge", input).await.fails(
            "NotAuthorizedException",
            "Invalid session for the user, session can only be used once.",
        );
        app.sign_in("ada").await;
    }

    /// Killed during many sign-ups: each that was acknowledged is stored, with its message.
    async fn every_acknowledged_sign_up_survives_a_kill(server: ServerProcess) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let numbers = Arc::new(AtomicUsize::new(0));
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (app, acknowledged, numbers) =
                (app.clone(), Arc::clone(&acknowledged), Arc::clone(&numbers));
            callers.spawn(async move {
                // Until the server is gone.
                loop {
                    let number = numbers.fetch_add(1, Ordering::Relaxed);
                    let Some(sub) = sign_up(&app, number).await else { break };
                    acknowledged.lock().unwrap().push((number, sub));
                }
            });
        }
        let enough = || async { (acknowledged.lock().unwrap().len() >= 20).then_some(()) };
        wait::until("some sign-ups", Duration::from_secs(60), enough).await;
        server.kill();
        callers.join_all().await;
        server.restart().await;
        let acknowledged = acknowledged.lock().unwrap().clone();
        for (number, sub) in acknowledged {
            let found = pool.attribute(&format!("user{number}"), "sub").await;
            assert_eq!(found, Some(sub), "user{number}");
            let code = server.inbox(&format!("user{number}@example.com")).code().await;
            let input = json!({ "Username": format!("user{number}"), "ConfirmationCode": code });
            app.call("ConfirmSignUp", input).await.ok();
        }
    }
}

/// The `sub` of a new user, or nothing if the server did not get round to answering.
async fn sign_up(app: &AppClient, number: usize) -> Option<String> {
    let input = json!({
        "ClientId": app.id,
        "Username": format!("user{number}"),
        "Password": PASSWORD,
        "UserAttributes": [{ "Name": "email", "Value": format!("user{number}@example.com") }],
    });
    let client = &app.pool.endpoint().client;
    let response = client
        .request("SignUp")
        .body(input.to_string())
        .send()
        .await
        .ok()?;
    let body: Value = response.json().await.ok()?;
    Some(body["UserSub"].as_str()?.to_owned())
}
