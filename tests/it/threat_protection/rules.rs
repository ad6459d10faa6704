//! What a risk configuration changes: blocked addresses, and passwords that are known to strangers (administration 7.2).

use serde_json::{Value, json};

use crate::support::passwords::{change_password, confirm_forgot_password, forgot_password};
use crate::support::pools::PASSWORD;
use crate::support::refusals::{Refusal, not_authorized, refused};
use crate::support::sign_in::choose_password;
use crate::support::users::{confirmed_user, invited_user, set_password};
use crate::support::{Answer, AppClient, Pool, SrpClient, TestServer, both_stores};

/// In the list that the server has.
const KNOWN: &str = "Dragon1!";
const IS_KNOWN: Refusal = (
    "InvalidPasswordException",
    "Provided password cannot be used for security reasons.",
);
const MUST_RESET: Refusal = (
    "PasswordResetRequiredException",
    "Password reset required for the user",
);
const BLOCKED: &str = "Request not allowed due to security reasons.";

async fn set(pool: &Pool, input: Value) {
    pool.admin("SetRiskConfiguration", input).await.ok();
}

fn blocking(ranges: &[&str]) -> Value {
    json!({ "RiskExceptionConfiguration": { "BlockedIPRangeList": ranges } })
}

/// A pool in which this is done about known passwords.
async fn pool_with(server: &TestServer, mode: &str, compromised: Value) -> Pool {
    let settings = json!({
        "UserPoolAddOns": { "AdvancedSecurityMode": mode },
        "AutoVerifiedAttributes": ["email"],
    });
    let pool = server.pool(settings).await;
    set(
        &pool,
        json!({ "CompromisedCredentialsRiskConfiguration": compromised }),
    )
    .await;
    pool
}

fn block(events: &[&str]) -> Value {
    json!({ "EventFilter": events, "Actions": { "EventAction": "BLOCK" } })
}

async fn sign_up(app: &AppClient, username: &str) -> Answer {
    let input = json!({ "Username": username, "Password": KNOWN });
    app.call("SignUp", input).await
}

/// AdminInitiateAuth for a user at this address.
async fn administrators_sign_in(app: &AppClient, address: Option<&str>) -> Answer {
    let mut input = json!({
        "ClientId": app.id,
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": "ada", "PASSWORD": PASSWORD },
    });
    if let Some(address) = address {
        input["ContextData"] = json!({
            "IpAddress": address, "ServerName": "s", "ServerPath": "/", "HttpHeaders": [],
        });
    }
    app.pool.admin("AdminInitiateAuth", input).await
}

both_stores! {
    /// A sign-in from a blocked network is refused whatever the password, and one from elsewhere is not.
    async fn a_blocked_address_signs_nobody_in(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        set(&pool, blocking(&["127.0.9.0/24", "192.0.2.0/24"])).await;
        let near = app.at_source("127.0.9.7");
        for (name, password) in [("ada", PASSWORD), ("ada", "wrong"), ("nobody", "wrong")] {
            not_authorized(&near.initiate(name, password).await, BLOCKED);
        }
        not_authorized(&SrpClient::new().initiate(&near, "ada").await, BLOCKED);
        app.at_source("127.0.8.7").sign_in("ada").await;
        // Those who are signed in go on.
        near.refresh(&tokens.refresh).await.ok();
        set(&pool, json!({})).await;
        near.sign_in("ada").await;
    }

    /// A client's configuration stands in the place of its pool's, and ends with it.
    async fn a_client_has_a_configuration_of_its_own(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let (app, other) = (pool.client(json!({})).await, pool.client(json!({})).await);
        confirmed_user(&pool, "ada", json!({})).await;
        set(&pool, blocking(&["127.0.9.0/24"])).await;
        let mut own = blocking(&["127.0.8.0/24"]);
        own["ClientId"] = json!(app.id);
        set(&pool, own).await;
        app.at_source("127.0.9.7").sign_in("ada").await;
        let blocked = app.at_source("127.0.8.7").initiate("ada", PASSWORD).await;
        not_authorized(&blocked, BLOCKED);
        other.at_source("127.0.8.7").sign_in("ada").await;
        set(&pool, json!({ "ClientId": app.id })).await;
        let blocked = app.at_source("127.0.9.7").initiate("ada", PASSWORD).await;
        not_authorized(&blocked, BLOCKED);
    }

    /// An administrator's sign-in is judged by the address that the request hands on, not by the administrator's.
    async fn an_administrator_hands_the_address_on(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({ "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH"] })).await;
        confirmed_user(&pool, "ada", json!({})).await;
        set(&pool, blocking(&["127.0.0.0/8", "192.0.2.0/24"])).await;
        administrators_sign_in(&app, None).await.ok();
        administrators_sign_in(&app, Some("198.51.100.7")).await.ok();
        not_authorized(&administrators_sign_in(&app, Some("192.0.2.7")).await, BLOCKED);
    }

    /// A known password is refused at the moments that the filter names, where threat protection is enforced.
    async fn known_passwords_are_refused_when_the_filter_says(server: TestServer) {
        let pool = pool_with(&server, "ENFORCED", block(&["SIGN_UP"])).await;
        let app = pool.client(json!({})).await;
        refused(&sign_up(&app, "ada").await, IS_KNOWN);
        app.sign_up("ada", json!({})).await.ok();
        let changes = pool_with(&server, "ENFORCED", block(&["PASSWORD_CHANGE"])).await;
        let app = changes.client(json!({})).await;
        sign_up(&app, "bob").await.ok();
        let email = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&changes, "ada", email).await;
        let tokens = app.sign_in("ada").await;
        refused(&change_password(&app, &tokens.access, PASSWORD, KNOWN).await, IS_KNOWN);
        forgot_password(&app, "ada").await.ok();
        let code = changes.inbox("ada@example.com").code().await;
        refused(&confirm_forgot_password(&app, "ada", &code, KNOWN).await, IS_KNOWN);
        // An administrator may set one: no moment of the filter is an administrator's.
        set_password(&changes, "ada", KNOWN, true).await.ok();
    }

    /// A user who signs in with a known password must choose another, unless the password itself is not sent.
    async fn a_known_password_does_not_sign_in(server: TestServer) {
        let pool = pool_with(&server, "ENFORCED", block(&["SIGN_IN"])).await;
        let app = pool.client(json!({})).await;
        let email = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", email).await;
        set_password(&pool, "ada", KNOWN, true).await.ok();
        refused(&app.initiate("ada", KNOWN).await, MUST_RESET);
        not_authorized(&app.initiate("ada", "Dragon2!").await, "Incorrect username or password.");
        SrpClient::sign_in(&app, "ada", KNOWN).await.ok();
        forgot_password(&app, "ada").await.ok();
        let code = pool.inbox("ada@example.com").code().await;
        confirm_forgot_password(&app, "ada", &code, PASSWORD).await.ok();
        app.sign_in("ada").await;
    }

    /// Nothing is refused where the pool only watches, or the action says so, or the address is skipped.
    async fn known_passwords_pass_where_nothing_is_to_be_done(server: TestServer) {
        for (mode, action) in [("OFF", "BLOCK"), ("AUDIT", "BLOCK"), ("ENFORCED", "NO_ACTION")] {
            let compromised = json!({ "Actions": { "EventAction": action } });
            let pool = pool_with(&server, mode, compromised).await;
            sign_up(&pool.client(json!({})).await, "ada").await.ok();
        }
        let pool = pool_with(&server, "ENFORCED", block(&["SIGN_UP"])).await;
        let skipping = json!({
            "CompromisedCredentialsRiskConfiguration": block(&["SIGN_UP"]),
            "RiskExceptionConfiguration": { "SkippedIPRangeList": ["127.0.9.0/24"] },
        });
        set(&pool, skipping).await;
        let app = pool.client(json!({})).await;
        refused(&sign_up(&app, "ada").await, IS_KNOWN);
        sign_up(&app.at_source("127.0.9.7"), "ada").await.ok();
    }

    /// The password that an invited user chooses is a new one.
    async fn an_invited_user_chooses_an_unknown_password(server: TestServer) {
        let pool = pool_with(&server, "ENFORCED", block(&["PASSWORD_CHANGE"])).await;
        let app = pool.client(json!({})).await;
        invited_user(&pool, "ada", "T3mporary-Horse!", json!({})).await;
        let challenge = app.initiate("ada", "T3mporary-Horse!").await.ok();
        refused(&choose_password(&app, &challenge, KNOWN, json!({})).await, IS_KNOWN);
    }
}
