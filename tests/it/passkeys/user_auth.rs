//! WEB_AUTHN over USER_AUTH: the sign-in by passkey through the interface (administration 12.3).

use serde_json::{Value, json};

use crate::support::answer::{Answer, member_names};
use crate::support::authenticator::{Browser, SoftPasskey};
use crate::support::passkeys::{LOCAL_PAGE, passkey_pool, register};
use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, not_authorized};
use crate::support::sign_in::{initiate, respond, tokens_of};
use crate::support::signed_in_user::SignedInUser;
use crate::support::totp::{begin_step, enrolled};
use crate::support::{AppClient, Pool, TestServer, both_stores};

const SPENT: &str = "Invalid session for the user, session can only be used once.";

/// `ada` with a passkey, and a client for USER_AUTH.
async fn ada(server: &TestServer, client: Value) -> (Pool, AppClient, SignedInUser, SoftPasskey) {
    let pool = passkey_pool(server).await;
    let mut settings = client;
    settings["ExplicitAuthFlows"] = json!(["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"]);
    let app = pool.client(settings).await;
    let user = SignedInUser::join(&app, "ada", json!({})).await;
    let passkey = register(&user, &Browser::at(LOCAL_PAGE)).await;
    (pool, app, user, passkey)
}

async fn begin(app: &AppClient, username: &str) -> Answer {
    let parameters = json!({ "USERNAME": username, "PREFERRED_CHALLENGE": "WEB_AUTHN" });
    initiate(app, "USER_AUTH", parameters).await
}

/// The options of a challenge.
fn options(challenge: &Value) -> Value {
    let text = challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].as_str();
    serde_json::from_str(text.expect("options")).expect("JSON")
}

async fn answer(app: &AppClient, challenge: &Value, username: &str, credential: &Value) -> Answer {
    let answers = json!({ "USERNAME": username, "CREDENTIAL": credential.to_string() });
    respond(app, challenge, answers).await
}

both_stores! {
    /// Preferred, or chosen; each response once.
    async fn a_passkey_signs_in(server: TestServer) {
        let (_, app, _, mut passkey) = ada(&server, json!({})).await;
        let browser = Browser::at(LOCAL_PAGE);
        let challenge = begin(&app, "ada").await.ok();
        assert_eq!(challenge["ChallengeName"], "WEB_AUTHN");
        assert_eq!(
            member_names(&challenge),
            ["AvailableChallenges", "ChallengeName", "ChallengeParameters", "Session"]
        );
        assert_eq!(
            challenge["AvailableChallenges"],
            json!(["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"])
        );
        assert_eq!(options(&challenge)["rpId"], "localhost");
        let credential = browser.get(&mut passkey, &options(&challenge));
        tokens_of(answer(&app, &challenge, "ada", &credential).await);
        not_authorized(&answer(&app, &challenge, "ada", &credential).await, SPENT);

        let parameters = json!({ "USERNAME": "ada" });
        let select = initiate(&app, "USER_AUTH", parameters).await.ok();
        assert_eq!(select["ChallengeName"], "SELECT_CHALLENGE");
        let chosen = json!({ "USERNAME": "ada", "ANSWER": "WEB_AUTHN" });
        let challenge = respond(&app, &select, chosen).await.ok();
        let credential = browser.get(&mut passkey, &options(&challenge));
        tokens_of(answer(&app, &challenge, "ada", &credential).await);
    }

    /// A response to another challenge, by another passkey, of another user's; then the right one still counts.
    async fn other_responses_are_refused(server: TestServer) {
        let (_, app, _, mut passkey) = ada(&server, json!({})).await;
        let browser = Browser::at(LOCAL_PAGE);
        let bob = SignedInUser::join(&app, "bob", json!({})).await;
        let mut other = register(&bob, &browser).await;
        let first = begin(&app, "ada").await.ok();
        let second = begin(&app, "ada").await.ok();
        let of_first = browser.get(&mut passkey, &options(&first));
        incorrect(&answer(&app, &second, "ada", &of_first).await);
        incorrect(&answer(&app, &first, "ada", &browser.get(&mut other, &options(&first))).await);
        incorrect(&answer(&app, &first, "ada", &json!({ "id": "x" })).await);
        let elsewhere = Browser::at("https://evil.example").get(&mut passkey, &options(&first));
        incorrect(&answer(&app, &first, "ada", &elsewhere).await);
        not_authorized(
            &answer(&app, &first, "bob", &of_first).await,
            "Invalid session for the user.",
        );
        let right = browser.get(&mut passkey, &options(&second));
        tokens_of(answer(&app, &second, "ada", &right).await);
    }

    /// Where users are hidden, nobody's challenge looks like a user's and is answered as one.
    async fn nobody_is_asked_alike(server: TestServer) {
        let hides = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let (_, app, _, mut passkey) = ada(&server, hides).await;
        let known = begin(&app, "ada").await.ok();
        let unknown = begin(&app, "nobody").await.ok();
        assert_eq!(member_names(&known), member_names(&unknown));
        assert_eq!(known["AvailableChallenges"], unknown["AvailableChallenges"]);
        assert_eq!(member_names(&options(&known)), member_names(&options(&unknown)));
        let (known_session, unknown_session) = (&known["Session"], &unknown["Session"]);
        assert_eq!(
            known_session.as_str().unwrap().len(),
            unknown_session.as_str().unwrap().len()
        );
        let credential = Browser::at(LOCAL_PAGE).get(&mut passkey, &options(&unknown));
        incorrect(&answer(&app, &unknown, "nobody", &credential).await);
        let again = begin(&app, "nobody").await.ok();
        assert_eq!(
            options(&again)["allowCredentials"],
            options(&unknown)["allowCredentials"]
        );
    }

    /// SetUserPoolMfaConfig sets the passkeys of the pool; where they count as both factors, a user who wants it needs
    /// no code beside.
    async fn a_passkey_counts_as_both_factors(server: TestServer) {
        let (pool, app, user, mut passkey) = ada(&server, json!({})).await;
        let email = json!({ "Name": "email", "Value": "ada@example.com" });
        let input = json!({ "Username": "ada", "UserAttributes": [email] });
        pool.admin("AdminUpdateUserAttributes", input).await.ok();
        let as_both = json!({
            "EmailMfaSettings": { "Enabled": true }, "WebAuthnMfaSettings": { "Enabled": true },
        });
        let refused = user.call("SetUserMFAPreference", as_both.clone()).await;
        refused.fails(
            "InvalidParameterException",
            "WebAuthn MFA is not enabled for the user pool.",
        );
        let single = json!({
            "MfaConfiguration": "ON", "EmailMfaConfiguration": {},
            "WebAuthnConfiguration": { "RelyingPartyId": "localhost" },
        });
        pool.admin("SetUserPoolMfaConfig", single).await.fails(
            "InvalidParameterException",
            "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an \
             allowed first auth factor",
        );
        let config = json!({
            "MfaConfiguration": "ON",
            "EmailMfaConfiguration": {},
            "WebAuthnConfiguration": {
                "RelyingPartyId": "localhost",
                "UserVerification": "preferred",
                "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
            },
        });
        assert_eq!(pool.admin("SetUserPoolMfaConfig", config.clone()).await.ok(), config);
        assert_eq!(pool.admin("GetUserPoolMfaConfig", json!({})).await.ok(), config);
        user.call("SetUserMFAPreference", as_both).await.ok();
        // By the password a code follows.
        let challenge = app.initiate("ada", PASSWORD).await.ok();
        assert_eq!(challenge["ChallengeName"], "EMAIL_OTP");
        let challenge = begin(&app, "ada").await.ok();
        assert_eq!(options(&challenge)["userVerification"], "required");
        let credential = Browser::at(LOCAL_PAGE).get(&mut passkey, &options(&challenge));
        tokens_of(answer(&app, &challenge, "ada", &credential).await);
        let factors = user.call("GetUserAuthFactors", json!({})).await.ok();
        assert_eq!(
            factors["ConfiguredUserAuthFactors"],
            json!(["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"])
        );
    }

    /// What the passkey has proven is written before a second factor is asked for: neither its response nor its counter
    /// is worth anything again.
    async fn a_second_factor_follows_a_passkey_that_is_used_up(server: TestServer) {
        let (pool, app, user, mut passkey) = ada(&server, json!({})).await;
        let config = json!({
            "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
            "WebAuthnConfiguration": { "RelyingPartyId": "localhost" },
        });
        pool.admin("SetUserPoolMfaConfig", config).await.ok();
        let first = begin(&app, "ada").await.ok();
        let second = begin(&app, "ada").await.ok();
        begin_step(&server).await;
        let phone = enrolled(&app, &user.tokens).await;
        begin_step(&server).await;
        let browser = Browser::at(LOCAL_PAGE);
        let counter = passkey.counter;
        let credential = browser.get(&mut passkey, &options(&first));
        let challenge = answer(&app, &first, "ada", &credential).await.ok();
        assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
        not_authorized(&answer(&app, &first, "ada", &credential).await, SPENT);
        passkey.counter = counter;
        let of_copy = browser.get(&mut passkey, &options(&second));
        incorrect(&answer(&app, &second, "ada", &of_copy).await);
        let code = json!({ "USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": phone.code(&server, 0) });
        tokens_of(respond(&app, &challenge, code).await);
    }
}
