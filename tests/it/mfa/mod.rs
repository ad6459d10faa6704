//! Second factors: sections 5.4 to 5.6, and 2.2 to 2.6 and 3 of the administrator's page.

mod administration;
mod messages;
mod pool_config;
mod preferences;
mod set_up;
mod sign_in_sessions;
mod software_token;

use serde_json::{Value, json};

use crate::support::TestServer;
use crate::support::answer::Answer;
use crate::support::pools::{AppClient, PASSWORD, Pool, Tokens};
use crate::support::sign_in::respond;
use crate::support::totp::{associated, enrolled};

const PHONE: &str = "+15550100200";

/// SetUserPoolMfaConfig with all three factors.
async fn set_factors(pool: &Pool, mode: &str) -> Answer {
    pool.admin(
        "SetUserPoolMfaConfig",
        json!({
            "MfaConfiguration": mode,
            "SmsMfaConfiguration": {
                "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
            },
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
            "EmailMfaConfiguration": { "Message": "Use {####}", "Subject": "Sign in" },
        }),
    )
    .await
}

/// A pool with all second factors, and a client of it.
async fn pool_with_factors(server: &TestServer, mode: &str) -> (Pool, AppClient) {
    let pool = server.pool(json!({})).await;
    set_factors(&pool, mode).await.ok();
    let app = pool.client(json!({})).await;
    (pool, app)
}

/// SetUserMFAPreference.
async fn prefer(app: &AppClient, tokens: &Tokens, settings: Value) -> Answer {
    app.with_token("SetUserMFAPreference", &tokens.access, settings)
        .await
}

/// Begins a sign-in with the right password and asserts which challenge comes.
async fn challenged(app: &AppClient, username: &str, challenge: &str) -> Value {
    let body = app.initiate(username, PASSWORD).await.ok();
    assert_eq!(body["ChallengeName"], challenge, "{body}");
    assert!(body.get("AuthenticationResult").is_none(), "{body}");
    let session = body["Session"].as_str().expect("a session");
    assert!(session.starts_with("AYABe") && session.len() <= 4096);
    body
}

/// Answers a challenge of `username` with one parameter.
async fn give(
    app: &AppClient,
    challenge: &Value,
    username: &str,
    parameter: &str,
    value: &str,
) -> Answer {
    let responses = json!({ "USERNAME": username, parameter: value });
    respond(app, challenge, responses).await
}

/// Answers SOFTWARE_TOKEN_MFA.
async fn give_code(app: &AppClient, challenge: &Value, username: &str, code: &str) -> Answer {
    give(app, challenge, username, "SOFTWARE_TOKEN_MFA_CODE", code).await
}
