//! AdminInitiateAuth, AdminRespondToAuthChallenge and AdminDeleteSoftwareToken.

use serde_json::{Value, json};

use super::{challenged, enrolled, pool_with_factors, set_factors};
use crate::support::answer::Answer;
use crate::support::pools::PASSWORD;
use crate::support::sign_in::{WRONG_PASSWORD, tokens_of};
use crate::support::tokens::get_user;
use crate::support::users::{call_for_user, confirmed_user, invited_user};
use crate::support::{AppClient, TestServer, both_stores};

async fn initiate(app: &AppClient, flow: &str, parameters: Value) -> Answer {
    let input = json!({ "ClientId": app.id, "AuthFlow": flow, "AuthParameters": parameters });
    app.pool.admin("AdminInitiateAuth", input).await
}

async fn respond(app: &AppClient, challenge: &Value, responses: Value) -> Answer {
    let input = json!({
        "ClientId": app.id, "ChallengeName": challenge["ChallengeName"],
        "Session": challenge["Session"], "ChallengeResponses": responses,
    });
    app.pool.admin("AdminRespondToAuthChallenge", input).await
}

fn by_admin() -> Value {
    json!({ "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] })
}

both_stores! {
    /// Both names of the flow sign in by password, through every challenge.
    async fn an_administrator_signs_a_user_in(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        let admin_app = pool.client(by_admin()).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let right = json!({ "USERNAME": "ada", "PASSWORD": PASSWORD });
        for flow in ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] {
            let answer = initiate(&admin_app, flow, right.clone()).await;
            assert_eq!(answer.clone().ok()["ChallengeParameters"], json!({}));
            let tokens = tokens_of(answer);
            get_user(&admin_app, &tokens.access).await.ok();
            initiate(&admin_app, "REFRESH_TOKEN_AUTH", json!({ "REFRESH_TOKEN": tokens.refresh }))
                .await
                .ok();
        }
        let phone = enrolled(&app, &app.sign_in("ada").await).await;
        let challenge = initiate(&admin_app, "ADMIN_USER_PASSWORD_AUTH", right).await.ok();
        assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        let code = phone.code(&server, 0);
        let answers = json!({ "USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": code });
        tokens_of(respond(&admin_app, &challenge, answers).await);
    }

    /// NEW_PASSWORD_REQUIRED over the administrator's form.
    async fn an_administrator_answers_the_new_password(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(by_admin()).await;
        invited_user(&pool, "ada", "Temp0rary-Donkey?", json!({})).await;
        let parameters = json!({ "USERNAME": "ada", "PASSWORD": "Temp0rary-Donkey?" });
        let challenge = initiate(&app, "ADMIN_USER_PASSWORD_AUTH", parameters).await.ok();
        assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let answers = json!({ "USERNAME": "ada", "NEW_PASSWORD": PASSWORD });
        tokens_of(respond(&app, &challenge, answers).await);
    }

    /// What the administrator's form refuses.
    async fn refusals(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(by_admin()).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let right = json!({ "USERNAME": "ada", "PASSWORD": PASSWORD });
        let invalid = "InvalidParameterException";
        initiate(&app, "USER_PASSWORD_AUTH", right.clone())
            .await
            .fails(invalid, "Initiate Auth method not supported.");
        for flow in ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] {
            app.call("InitiateAuth", json!({ "AuthFlow": flow, "AuthParameters": right }))
                .await
                .fails(invalid, "Initiate Auth method not supported.");
            let other = pool.client(json!({})).await;
            initiate(&other, flow, right.clone())
                .await
                .fails(invalid, "Auth flow not enabled for this client");
        }
        let wrong = json!({ "USERNAME": "ada", "PASSWORD": WRONG_PASSWORD });
        initiate(&app, "ADMIN_USER_PASSWORD_AUTH", wrong)
            .await
            .fails("NotAuthorizedException", "Incorrect username or password.");
        initiate(&app, "ADMIN_USER_PASSWORD_AUTH", json!({ "USERNAME": "ada" }))
            .await
            .fails(invalid, "Missing required parameter PASSWORD");
        // A client of another pool.
        let elsewhere = server.pool(json!({})).await.client(by_admin()).await;
        let input = json!({
            "ClientId": elsewhere.id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": right,
        });
        let text = format!("User pool client {} does not exist.", elsewhere.id);
        pool.admin("AdminInitiateAuth", input).await.fails("ResourceNotFoundException", &text);
        let input = json!({ "ClientId": elsewhere.id, "ChallengeName": "SMS_MFA" });
        pool.admin("AdminRespondToAuthChallenge", input)
            .await
            .fails("ResourceNotFoundException", &text);
    }

    /// AdminDeleteSoftwareToken: the app is gone, and in a pool that requires a factor one is set up anew.
    async fn an_administrator_deletes_the_app(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        enrolled(&app, &tokens).await;
        let answer = call_for_user(&pool, "AdminDeleteSoftwareToken", "ada").await;
        assert_eq!(answer.ok(), json!({}));
        assert!(pool.user("ada").await.ok().get("UserMFASettingList").is_none());
        app.sign_in("ada").await;
        set_factors(&pool, "ON").await.ok();
        challenged(&app, "ada", "MFA_SETUP").await;
        // There is none, and it succeeds.
        call_for_user(&pool, "AdminDeleteSoftwareToken", "ada").await.ok();
        call_for_user(&pool, "AdminDeleteSoftwareToken", "nobody")
            .await
            .fails("UserNotFoundException", "User does not exist.");
    }

    /// The first sign-in, which uses up that it needs no second factor, changes nothing that the user's date tells.
    async fn the_first_sign_in_does_not_change_the_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let apps = json!({
            "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        pool.admin("SetUserPoolMfaConfig", apps).await.ok();
        let app = pool.client(json!({})).await;
        app.confirmed("ada", json!({})).await;
        let before = pool.user("ada").await.ok();
        server.advance(60).await;
        app.sign_in("ada").await;
        assert_eq!(pool.user("ada").await.ok(), before);
        let second = app.initiate("ada", PASSWORD).await.ok();
        assert_eq!(second["ChallengeName"], "MFA_SETUP");
    }
}
