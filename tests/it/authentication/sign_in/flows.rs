//! Section 5.2: which flow a client may use, and what it has to send. Section 4.2: what it gets.

use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, invalid_parameter, not_authorized};
use crate::support::sign_in::{WRONG_PASSWORD, initiate, tokens_of};
use crate::support::users::{call_for_user, client_with_ada, confirmed_user};
use crate::support::{SrpClient, TestServer, both_stores};

/// InitiateAuth's parameters for one user, whatever the flow.
fn everything() -> Value {
    json!({ "USERNAME": "ada", "PASSWORD": PASSWORD, "SRP_A": SrpClient::new().a(), "REFRESH_TOKEN": "eyJjdHki.x" })
}

both_stores! {
    /// Section 4.2: the members of a successful sign-in, no more and no less.
    async fn a_right_password_gets_three_tokens(server: TestServer) {
        let app = client_with_ada(&server).await;
        let body = app.initiate("ada", PASSWORD).await.ok();
        assert_eq!(member_names(&body), ["AuthenticationResult", "ChallengeParameters"]);
        assert_eq!(body["ChallengeParameters"], json!({}));
        let result = &body["AuthenticationResult"];
        assert_eq!(
            member_names(result),
            ["AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"]
        );
        assert_eq!(result["ExpiresIn"], 3600);
        assert_eq!(result["TokenType"], "Bearer");
        let refresh = result["RefreshToken"].as_str().unwrap();
        assert!(refresh.starts_with("eyJjdHki"), "{refresh}");
        assert_eq!(refresh.split('.').count(), 5, "{refresh}");
    }

    /// Section 5.2: a wrong password.
    async fn a_wrong_password_gets_none(server: TestServer) {
        let app = client_with_ada(&server).await;
        incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
        incorrect(&app.initiate("ada", &PASSWORD.to_lowercase()).await);
        incorrect(&app.initiate("ada", &format!("{PASSWORD} ")).await);
        app.initiate("ada", PASSWORD).await.ok();
    }

    /// Section 5.2: a flow that the client does not list, and those that are the administrator's.
    async fn a_flow_has_to_be_enabled(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let flows = json!({ "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"] });
        let app = pool.client(flows).await;
        confirmed_user(&pool, "ada", json!({})).await;
        for (flow, text) in [
            ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
            ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
            ("CUSTOM_AUTH", "CUSTOM_AUTH is not enabled for the client."),
            ("USER_AUTH", "USER_AUTH is not enabled for the client."),
            ("ADMIN_USER_PASSWORD_AUTH", "Initiate Auth method not supported."),
            ("ADMIN_NO_SRP_AUTH", "Initiate Auth method not supported."),
        ] {
            invalid_parameter(&initiate(&app, flow, everything()).await, text);
        }
    }

    /// Section 5.2: a client that lists no flows has SRP, custom and refreshing, but no passwords.
    async fn without_a_list_srp_and_refresh_are_enabled_and_passwords_are_not(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({ "ExplicitAuthFlows": null })).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
        let refresh = &tokens["AuthenticationResult"]["RefreshToken"];
        let parameters = json!({ "REFRESH_TOKEN": refresh });
        initiate(&app, "REFRESH_TOKEN_AUTH", parameters).await.ok();
        for (flow, text) in [
            ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
            ("CUSTOM_AUTH", "Custom auth lambda trigger is not configured for the user pool."),
        ] {
            invalid_parameter(&initiate(&app, flow, everything()).await, text);
        }
    }

    /// Section 5.2: the older names still enable their flows, but not beside the newer ones.
    async fn legacy_flow_names_enable_what_they_name(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({ "ExplicitAuthFlows": ["USER_PASSWORD_AUTH"] })).await;
        confirmed_user(&pool, "ada", json!({})).await;
        app.initiate("ada", PASSWORD).await.ok();
        let mixed = json!({
            "ClientName": "mixed",
            "ExplicitAuthFlows": ["USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        });
        pool.admin("CreateUserPoolClient", mixed).await.fails_as("InvalidParameterException");
    }

    /// Section 5.2: each parameter that a flow needs.
    async fn a_missing_parameter_is_named(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        for (flow, name) in [
            ("USER_PASSWORD_AUTH", "USERNAME"),
            ("USER_PASSWORD_AUTH", "PASSWORD"),
            ("USER_SRP_AUTH", "USERNAME"),
            ("USER_SRP_AUTH", "SRP_A"),
            ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"),
        ] {
            let mut parameters = everything();
            parameters.as_object_mut().unwrap().remove(name);
            let answer = initiate(&app, flow, parameters).await;
            invalid_parameter(&answer, &format!("Missing required parameter {name}"));
        }
        let input = json!({ "AuthFlow": "USER_PASSWORD_AUTH" });
        let answer = app.call("InitiateAuth", input).await;
        invalid_parameter(&answer, "Missing required parameter USERNAME");
    }

    /// Section 5.2: a client that does not exist is refused by every operation.
    async fn an_unknown_client_is_refused(server: TestServer) {
        let nobody = "1unknown2client3of4no5pool";
        let password = json!({ "USERNAME": "ada", "PASSWORD": PASSWORD });
        let responses = json!({ "USERNAME": "ada", "NEW_PASSWORD": PASSWORD });
        for (operation, mut input) in [
            ("InitiateAuth", json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": password })),
            ("RespondToAuthChallenge", json!({
                "ChallengeName": "NEW_PASSWORD_REQUIRED",
                "ChallengeResponses": responses,
                "Session": "AYABe".repeat(20),
            })),
            ("GetTokensFromRefreshToken", json!({ "RefreshToken": "eyJjdHki.x" })),
            ("ForgotPassword", json!({ "Username": "ada" })),
            ("ConfirmForgotPassword", json!({
                "Username": "ada", "ConfirmationCode": "123456", "Password": PASSWORD,
            })),
        ] {
            input["ClientId"] = json!(nobody);
            let answer = server.client.call(operation, input).await;
            let text = format!("User pool client {nobody} does not exist.");
            answer.fails("ResourceNotFoundException", &text);
        }
    }

    /// Section 3.6: a disabled user is told so, if the password is right.
    async fn a_disabled_user_with_the_right_password_is_refused_as_disabled(server: TestServer) {
        let app = client_with_ada(&server).await;
        call_for_user(&app.pool, "AdminDisableUser", "ada").await.ok();
        not_authorized(&app.initiate("ada", PASSWORD).await, "User is disabled.");
        not_authorized(&SrpClient::sign_in(&app, "ada", PASSWORD).await, "User is disabled.");
        call_for_user(&app.pool, "AdminEnableUser", "ada").await.ok();
        app.sign_in("ada").await;
        SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
    }

    /// Members that SDKs send along and that have no effect here are ignored.
    async fn members_without_effect_are_ignored(server: TestServer) {
        let app = client_with_ada(&server).await;
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "ada", "PASSWORD": PASSWORD },
            "ClientMetadata": { "reason": "none" },
            "AnalyticsMetadata": { "AnalyticsEndpointId": "0" },
            "UserContextData": { "EncodedData": "e30=" },
            "Unheard": [1, 2, 3],
        });
        tokens_of(app.call("InitiateAuth", input).await);
    }

    /// The model does not bound the members of AuthParameters; the page does.
    async fn an_overlong_username_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let text = "1 validation error detected: Value at 'username' failed to satisfy constraint: \
                    Member must have length less than or equal to 128";
        for setting in ["ENABLED", "LEGACY"] {
            let app = pool.client(json!({ "PreventUserExistenceErrors": setting })).await;
            for length in [6_000, 129] {
                let parameters = json!({
                    "USERNAME": "a".repeat(length), "PASSWORD": PASSWORD, "SRP_A": SrpClient::new().a(),
                });
                for flow in ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"] {
                    invalid_parameter(&initiate(&app, flow, parameters.clone()).await, text);
                }
            }
        }
    }
}
