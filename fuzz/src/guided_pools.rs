//! Pools whose every trigger has a function, and what is needed to have each of them called.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::functions::{INVOKED, POSTED};
use crate::world::{PASSWORD, World};

/// A pool whose triggers are all functions.
#[derive(Clone, Debug)]
pub(crate) struct Guided {
    /// The pool.
    pub pool: String,
    /// Its client.
    pub client: String,
    /// The ID and access token of `ada` as functions cannot make them: without what they added.
    pub claims: [Value; 2],
    /// A refresh token of `ada`.
    pub refresh: String,
    /// A custom challenge of `ada` that waits for its answer.
    pub session: String,
    /// The code that confirms the sign-up of `max`.
    pub sign_up_code: String,
    /// The code by which `bob` recovers the password.
    pub recovery_code: String,
}

/// Makes the pools: one for each way to call a function, and for each form of the event before tokens.
pub(crate) fn make(world: &World) -> Vec<Guided> {
    [(INVOKED, "V1_0"), (POSTED, "V2_0")]
        .map(|(arn, version)| guided(world, arn, version))
        .into()
}

fn guided(world: &World, arn: &str, version: &str) -> Guided {
    let mut functions = json!({
        "PreTokenGenerationConfig": {"LambdaArn": arn, "LambdaVersion": version},
    });
    for trigger in [
        "PreSignUp",
        "PostConfirmation",
        "PreAuthentication",
        "PostAuthentication",
        "DefineAuthChallenge",
        "CreateAuthChallenge",
        "VerifyAuthChallengeResponse",
        "CustomMessage",
        "UserMigration",
    ] {
        functions[trigger] = json!(arn);
    }
    let made = world.expect_ok(
        "CreateUserPool",
        &json!({
            "PoolName": "guided",
            "AutoVerifiedAttributes": ["email"],
            "LambdaConfig": functions,
        }),
    );
    let pool = made["UserPool"]["Id"].as_str().expect("an id").to_owned();
    let made = world.expect_ok(
        "CreateUserPoolClient",
        &json!({
            "UserPoolId": pool,
            "ClientName": "guided",
            "ExplicitAuthFlows": [
                "ALLOW_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH",
            ],
        }),
    );
    let client = made["UserPoolClient"]["ClientId"].as_str();
    let client = client.expect("an id").to_owned();
    for name in ["ada", "bob"] {
        world.expect_ok(
            "AdminCreateUser",
            &json!({
                "UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS",
                "UserAttributes": [
                    {"Name": "email", "Value": format!("{name}@example.com")},
                    {"Name": "email_verified", "Value": "true"},
                ],
            }),
        );
        world.expect_ok(
            "AdminSetUserPassword",
            &json!({
                "UserPoolId": pool, "Username": name, "Password": PASSWORD, "Permanent": true,
            }),
        );
    }
    let sign_in = |flow: &str| {
        let input = json!({
            "ClientId": client, "AuthFlow": flow,
            "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD},
        });
        world.expect_ok("InitiateAuth", &input)
    };
    let signed_in = sign_in("USER_PASSWORD_AUTH");
    let result = &signed_in["AuthenticationResult"];
    let token = |name: &str| result[name].as_str().expect("a token");
    let challenge = sign_in("CUSTOM_AUTH");
    let sign_up = json!({
        "ClientId": client, "Username": "max", "Password": PASSWORD,
        "UserAttributes": [{"Name": "email", "Value": "max@example.com"}],
    });
    world.expect_ok("SignUp", &sign_up);
    let sign_up_code = world.newest_code();
    world.expect_ok(
        "ForgotPassword",
        &json!({"ClientId": client, "Username": "bob"}),
    );
    Guided {
        claims: [token("IdToken"), token("AccessToken")].map(claims),
        refresh: token("RefreshToken").to_owned(),
        session: challenge["Session"].as_str().expect("one").to_owned(),
        sign_up_code,
        recovery_code: world.newest_code(),
        pool,
        client,
    }
}

/// The claims of a token, unverified.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a payload");
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).expect("base64");
    serde_json::from_slice(&payload).expect("JSON")
}
