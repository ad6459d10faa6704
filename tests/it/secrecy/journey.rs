//! Everything that users and administrators do with secrets.

use cognate::crypto::srp::SrpVerifier;
use secrecy::SecretString;
use serde_json::json;

use super::search::Secrets;
use crate::support::device_srp;
use crate::support::devices::{client_with_devices, confirmed_device};
use crate::support::pools::{PASSWORD, attribute_list, laid_over};
use crate::support::server::Endpoint;
use crate::support::sign_in::{initiate, respond, tokens_of};
use crate::support::totp::enrolled;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, SrpClient, Tokens};

const NEW_PASSWORD: &str = "Chang3d-Horse!";
const RESET_PASSWORD: &str = "Res3t-Horse!";
const SET_PASSWORD: &str = "S3t-By-Admin!";
const TEMPORARY: &str = "Temp0rary-Horse!";
const AFTER_TEMPORARY: &str = "Perman3nt-Horse!";
const PROVIDER_SECRET: &str = "the-secret-of-an-identity-provider";
const PROVIDER_KEY: &str =
    "-----BEGIN PRIVATE KEY-----\nof-an-identity-provider\n-----END PRIVATE KEY-----";
const WRONG_PASSWORD: &str = "Wr0ng-Horse!";
const KEPT_TEMPORARY: &str = "Still-Temp0rary!";

pub const TEXTED: &str = "the code that was texted";
pub const TEXTED_TO_VERIFY: &str = "the code that was texted to verify a number";

/// Uses every kind of secret there is, and returns them.
pub async fn use_every_secret(server: &Endpoint) -> Secrets {
    let mut secrets = Secrets::default();
    let pool = server
        .pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "Policies": { "PasswordPolicy": { "MinimumLength": 8, "PasswordHistorySize": 3 } },
        }))
        .await;
    let app = pool
        .client(json!({
            "GenerateSecret": true,
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 },
        }))
        .await;
    secrets.add("the client's secret", app.secret.as_deref().unwrap());
    secrets.add("the secret hash", app.secret_hash("ada"));
    for (name, password) in [
        ("the password", PASSWORD),
        ("the new password", NEW_PASSWORD),
        ("the reset password", RESET_PASSWORD),
        ("the administrator's password", SET_PASSWORD),
        ("the temporary password", TEMPORARY),
        ("the password after that", AFTER_TEMPORARY),
        ("a wrong password", WRONG_PASSWORD),
        ("the temporary password that stays", KEPT_TEMPORARY),
    ] {
        secrets.add(name, password);
    }
    sign_up_and_change(&app, &mut secrets).await;
    recover(&app, &mut secrets).await;
    be_invited(&app, &mut secrets).await;
    sign_up_by_phone(server, &mut secrets).await;
    confirm_a_device(server, &mut secrets).await;
    sign_in_with_codes(server, &mut secrets).await;
    trust_providers(&app, &mut secrets).await;
    leave_all_kinds_alive(&app, &mut secrets).await;
    secrets
}

/// Codes that go out as text messages: of a sign-up, and to verify a number.
async fn sign_up_by_phone(server: &Endpoint, secrets: &mut Secrets) {
    let pool = server
        .pool(json!({ "AutoVerifiedAttributes": ["phone_number"] }))
        .await;
    let app = pool.client(json!({})).await;
    app.sign_up("cleo", json!({ "phone_number": "+15555550100" }))
        .await
        .ok();
    secrets.add_code(TEXTED, &server.inbox("+15555550100").code().await);

    let input = json!({
        "Username": "dion",
        "MessageAction": "SUPPRESS",
        "UserAttributes": [{ "Name": "phone_number", "Value": "+15555550101" }],
    });
    pool.admin("AdminCreateUser", input).await.ok();
    let input = json!({ "Username": "dion", "Password": PASSWORD, "Permanent": true });
    pool.admin("AdminSetUserPassword", input).await.ok();
    let tokens = app.sign_in("dion").await;
    secrets.add_tokens("the one with a phone", &tokens);
    let input = json!({ "AttributeName": "phone_number" });
    app.with_token("GetUserAttributeVerificationCode", &tokens.access, input)
        .await
        .ok();
    secrets.add_code(TEXTED_TO_VERIFY, &server.inbox("+15555550101").code().await);
}

/// Secrets that are shared with identity providers, the key that signs requests to them, and a second secret of a client.
async fn trust_providers(app: &AppClient, secrets: &mut Secrets) {
    let pool = &app.pool;
    let of = json!({ "client_id": "our-client", "authorize_scopes": "openid" });
    let okta = json!({
        "client_secret": PROVIDER_SECRET,
        "attributes_request_method": "GET",
        "oidc_issuer": "https://idp.example.com",
    });
    let apple = json!({ "team_id": "T", "key_id": "K", "private_key": PROVIDER_KEY });
    for (name, type_, details) in [
        ("Okta", "OIDC", okta),
        ("SignInWithApple", "SignInWithApple", apple),
    ] {
        let input = json!({
            "ProviderName": name,
            "ProviderType": type_,
            "ProviderDetails": laid_over(of.clone(), details),
        });
        pool.admin("CreateIdentityProvider", input).await.ok();
        let input = json!({ "ProviderName": name });
        pool.admin("DescribeIdentityProvider", input).await.ok();
    }
    secrets.add("an identity provider's secret", PROVIDER_SECRET);
    secrets.add("an identity provider's key", PROVIDER_KEY);
    pool.admin("GetSigningCertificate", json!({})).await.ok();
    let input = json!({ "ClientId": app.id });
    let added = pool.admin("AddUserPoolClientSecret", input).await.ok();
    let second = added["ClientSecretDescriptor"]["ClientSecretValue"].as_str();
    let second = AppClient {
        secret: second.map(str::to_owned),
        ..app.clone()
    };
    secrets.add(
        "the client's second secret",
        second.secret.as_deref().unwrap(),
    );
    secrets.add("the second secret hash", second.secret_hash("ada"));
    second.initiate("ada", SET_PASSWORD).await.ok();
}

/// A second factor of each kind, and a code as the first one.
async fn sign_in_with_codes(server: &Endpoint, secrets: &mut Secrets) {
    let first = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
    let pool = server
        .pool(json!({ "Policies": { "SignInPolicy": first } }))
        .await;
    let config = json!({
        "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    pool.admin("SetUserPoolMfaConfig", config).await.ok();
    let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"] });
    let app = pool.client(flows).await;
    confirmed_user(&pool, "ada", json!({ "email": "codes@example.com" })).await;
    let parameters = json!({ "USERNAME": "ada", "PREFERRED_CHALLENGE": "EMAIL_OTP" });
    let challenge = initiate(&app, "USER_AUTH", parameters).await.ok();
    secrets.add(
        "the session of a code",
        challenge["Session"].as_str().unwrap(),
    );
    let code = pool.inbox("codes@example.com").code().await;
    let answers = json!({ "USERNAME": "ada", "EMAIL_OTP_CODE": code });
    let tokens = tokens_of(respond(&app, &challenge, answers).await);
    secrets.add("the code to sign in", &code);
    let phone = enrolled(&app, &tokens).await;
    secrets.add("the app's secret", phone.secret_text());
    secrets.add("the app's secret in bytes", phone.secret());
    let challenge = app.initiate("ada", PASSWORD).await.ok();
    secrets.add(
        "the session of an app",
        challenge["Session"].as_str().unwrap(),
    );
    let code = phone.code(server, 0);
    let answers = json!({ "USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": code });
    let tokens = tokens_of(respond(&app, &challenge, answers).await);
    secrets.add_code("the app's code", &code);
    secrets.add_tokens("the sign-in by app", &tokens);
}

/// A device's password, which only the device knows, and the verifier that the server gets.
async fn confirm_a_device(server: &Endpoint, secrets: &mut Secrets) {
    let app = client_with_devices(server, false).await;
    let (device, tokens) = confirmed_device(&app, "ada").await;
    secrets.add("the device's password", &device.password);
    secrets.add("the device's verifier", &device_srp::verifier(&device)[8..]);
    secrets.add_tokens("the device's sign-in", &tokens);
    let refreshed = app.refresh_from(&tokens.refresh, Some(&device.key)).await;
    secrets.add_tokens("the device's refresh", &Tokens::from(&refreshed.ok()));
}

/// What is worth something to a thief to the last: codes that nobody has used, the password that
/// is valid, a temporary one, a refresh token that was rotated and the one that took its place.
async fn leave_all_kinds_alive(app: &AppClient, secrets: &mut Secrets) {
    app.sign_up("dora", json!({ "email": "dora@example.com" }))
        .await
        .ok();
    let code = app.pool.inbox("dora@example.com").code().await;
    secrets.add_code("a code of a sign-up that is never used", &code);

    let tokens = sign_in_by_srp(app, "ada", SET_PASSWORD, secrets).await;
    let rotated = Tokens::from(&app.refresh(&tokens.refresh).await.ok());
    assert_ne!(rotated.refresh, tokens.refresh);
    secrets.add_tokens("the last rotation", &rotated);

    let inbox = app.pool.inbox("lovelace@example.com");
    let input = json!({ "AttributeName": "email" });
    app.with_token("GetUserAttributeVerificationCode", &rotated.access, input)
        .await
        .ok();
    let code = inbox.code().await;
    secrets.add_code("a code to verify that is never used", &code);
    app.call("ForgotPassword", json!({ "Username": "ada" }))
        .await
        .ok();
    secrets.add_code(
        "a code of a recovery that is never used",
        &inbox.code().await,
    );

    let input = json!({
        "Username": "ivy",
        "TemporaryPassword": KEPT_TEMPORARY,
        "DesiredDeliveryMediums": ["EMAIL"],
        "UserAttributes": [{ "Name": "email", "Value": "ivy@example.com" }],
    });
    app.pool.admin("AdminCreateUser", input).await.ok();
    app.pool.inbox("ivy@example.com").next().await;
}

/// Sign-up, confirmation, SRP, rotation, a changed address and password.
async fn sign_up_and_change(app: &AppClient, secrets: &mut Secrets) {
    let inbox = app.pool.inbox("ada@example.com");
    app.sign_up("ada", json!({ "email": "ada@example.com" }))
        .await
        .ok();
    secrets.add_code("a code that was replaced", &inbox.code().await);
    app.call("ResendConfirmationCode", json!({ "Username": "ada" }))
        .await
        .ok();
    let code = inbox.code().await;
    secrets.add_code("the code of the sign-up", &code);
    let input = json!({ "Username": "ada", "ConfirmationCode": code });
    app.call("ConfirmSignUp", input).await.ok();
    app.initiate("ada", WRONG_PASSWORD)
        .await
        .fails_as("NotAuthorizedException");

    let tokens = sign_in_by_srp(app, "ada", PASSWORD, secrets).await;
    let rotated = Tokens::from(&app.refresh(&tokens.refresh).await.ok());
    assert_ne!(rotated.refresh, tokens.refresh);
    secrets.add_tokens("the rotation", &rotated);

    let change = attribute_list(&json!({ "email": "lovelace@example.com" }));
    let input = json!({ "UserAttributes": change });
    app.with_token("UpdateUserAttributes", &rotated.access, input)
        .await
        .ok();
    let code = app.pool.inbox("lovelace@example.com").code().await;
    secrets.add_code("the code of the new address", &code);
    let input = json!({ "AttributeName": "email", "Code": code });
    app.with_token("VerifyUserAttribute", &rotated.access, input)
        .await
        .ok();
    let input = json!({ "PreviousPassword": PASSWORD, "ProposedPassword": NEW_PASSWORD });
    app.with_token("ChangePassword", &rotated.access, input)
        .await
        .ok();
}

/// A sign-in by SRP, with all that the client and the server know of the password on the way.
async fn sign_in_by_srp(
    app: &AppClient,
    username: &str,
    password: &str,
    secrets: &mut Secrets,
) -> Tokens {
    let srp = SrpClient::new();
    let challenge = srp.initiate(app, username).await.ok();
    let parameters = &challenge["ChallengeParameters"];
    let salt = parameters["SALT"].as_str().unwrap();
    let user_id = parameters["USER_ID_FOR_SRP"].as_str().unwrap();
    let pool_name = app.pool.id.split_once('_').unwrap().1;
    for (name, salt) in [
        ("as told", salt),
        ("as a number", salt.trim_start_matches("00")),
    ] {
        let salt = hex::decode(salt).unwrap();
        let verifier =
            SrpVerifier::derive(pool_name, user_id, &SecretString::from(password), &salt);
        secrets.add(
            &format!("the SRP verifier of {password}, salt {name}"),
            verifier.as_bytes(),
        );
    }
    secrets.add(
        &format!("the SRP secret block of {password}"),
        parameters["SECRET_BLOCK"].as_str().unwrap(),
    );
    let response = srp.response(app, &challenge, password);
    let signature = response["ChallengeResponses"]["PASSWORD_CLAIM_SIGNATURE"].clone();
    secrets.add(
        &format!("the SRP signature of {password}"),
        signature.as_str().unwrap(),
    );
    let tokens = Tokens::from(&app.call("RespondToAuthChallenge", response).await.ok());
    secrets.add_tokens(&format!("SRP with {password}"), &tokens);
    tokens
}

/// A forgotten password, one code used and one left.
async fn recover(app: &AppClient, secrets: &mut Secrets) {
    let inbox = app.pool.inbox("lovelace@example.com");
    app.call("ForgotPassword", json!({ "Username": "ada" }))
        .await
        .ok();
    let code = inbox.code().await;
    secrets.add_code("the code of the recovery", &code);
    let input = json!({
        "Username": "ada", "ConfirmationCode": code, "Password": RESET_PASSWORD,
    });
    app.call("ConfirmForgotPassword", input).await.ok();
    app.call("ForgotPassword", json!({ "Username": "ada" }))
        .await
        .ok();
    secrets.add_code("a code that was never used", &inbox.code().await);
    let input = json!({ "Username": "ada", "Password": SET_PASSWORD, "Permanent": true });
    app.pool.admin("AdminSetUserPassword", input).await.ok();
}

/// An invitation with a given temporary password, one with a generated one, and what follows.
async fn be_invited(app: &AppClient, secrets: &mut Secrets) {
    for (username, temporary) in [("bob", Some(TEMPORARY)), ("eve", None)] {
        let email = format!("{username}@example.com");
        let mut input = json!({
            "Username": username,
            "DesiredDeliveryMediums": ["EMAIL"],
            "UserAttributes": [{ "Name": "email", "Value": email }],
        });
        if let Some(temporary) = temporary {
            input["TemporaryPassword"] = json!(temporary);
        }
        app.pool.admin("AdminCreateUser", input).await.ok();
        let message = app.pool.inbox(&email).next().await;
        let password = message.body.split("temporary password is ").nth(1).unwrap();
        // One full stop ends the sentence; another may end the password.
        let password = password.trim_end().strip_suffix('.').unwrap().to_owned();
        if temporary.is_none() {
            secrets.add("the generated temporary password", &password);
        }
        let challenge = app.initiate(username, &password).await.ok();
        let session = challenge["Session"].as_str().unwrap();
        secrets.add(&format!("{username}'s session"), session);
        let input = json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": session,
            "ChallengeResponses": {
                "USERNAME": username,
                "NEW_PASSWORD": AFTER_TEMPORARY,
                "SECRET_HASH": app.secret_hash(username),
            },
        });
        let tokens = Tokens::from(&app.call("RespondToAuthChallenge", input).await.ok());
        secrets.add_tokens(username, &tokens);
        let input = json!({
            "Token": tokens.refresh, "ClientId": app.id, "ClientSecret": app.secret,
        });
        app.call("RevokeToken", input).await.ok();
    }
}
