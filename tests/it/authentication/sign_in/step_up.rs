//! Levels of authentication that a sign-in is asked to reach (administration 10.4).

use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::authenticator::Browser;
use crate::support::passkeys::{LOCAL_PAGE, register};
use crate::support::pools::{PASSWORD, Tokens, claims};
use crate::support::refusals::invalid_parameter;
use crate::support::sign_in::{initiate, respond, tokens_of};
use crate::support::signed_in_user::SignedInUser;
use crate::support::tokens::numeric_claim;
use crate::support::totp::{AuthenticatorApp, begin_step, enrolled};
use crate::support::users::confirmed_user;
use crate::support::{AppClient, Pool, TestServer, both_stores};

const EMAIL: &str = "ada@example.com";
const OUT_OF_REACH: &str =
    "The requested ACR value cannot be met with the user's authentication factors.";

/// A pool with all first factors and codes of apps, and a client for USER_AUTH.
async fn pool_with_levels(server: &TestServer, client: Value) -> (Pool, AppClient) {
    let pool = server
        .pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "AcrConfiguration": { "Level4": { "AcrValue": "strong" } },
            "Policies": {
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"] },
            },
        }))
        .await;
    let settings = json!({
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "WebAuthnConfiguration": { "RelyingPartyId": "localhost" },
    });
    pool.admin("SetUserPoolMfaConfig", settings).await.ok();
    let mut settings = client;
    settings["ExplicitAuthFlows"] = json!([
        "ALLOW_USER_AUTH",
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH"
    ]);
    let app = pool.client(settings).await;
    (pool, app)
}

/// `ada`, with an e-mail address; her tokens of a sign-in by password, and her app.
async fn ada_with_app(
    server: &TestServer,
    pool: &Pool,
    app: &AppClient,
) -> (Tokens, AuthenticatorApp) {
    confirmed_user(pool, "ada", json!({ "email": EMAIL })).await;
    let tokens = app.sign_in("ada").await;
    begin_step(server).await;
    let phone = enrolled(app, &tokens).await;
    begin_step(server).await;
    (tokens, phone)
}

/// USER_AUTH by the password, asked for these levels.
async fn by_password(app: &AppClient, levels: &str) -> Answer {
    let parameters = json!({
        "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD, "TARGET_ACR_VALUES": levels,
    });
    begin(app, "ada", parameters).await
}

async fn begin(app: &AppClient, username: &str, further: Value) -> Answer {
    let mut parameters = further;
    parameters["USERNAME"] = json!(username);
    initiate(app, "USER_AUTH", parameters).await
}

async fn give_code(
    server: &TestServer,
    app: &AppClient,
    challenge: &Value,
    phone: &AuthenticatorApp,
) -> Answer {
    assert_eq!(
        challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA",
        "{challenge}"
    );
    let code = phone.code(server, 0);
    let answers = json!({ "USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": code });
    respond(app, challenge, answers).await
}

/// Asserts what both tokens say of the level and the factors.
#[track_caller]
fn assert_level(tokens: &Tokens, acr: &Value, amr: &Value) {
    for claims in [tokens.access_claims(), tokens.id_claims()] {
        assert_eq!(&claims["acr"], acr, "{claims}");
        assert_eq!(&claims["amr"], amr, "{claims}");
    }
}

both_stores! {
    /// The names are described, all four, and those that an update leaves out are reset.
    async fn levels_have_names(server: TestServer) {
        let (pool, _) = pool_with_levels(&server, json!({})).await;
        let described = pool.admin("DescribeUserPool", json!({})).await.ok();
        assert_eq!(
            described["UserPool"]["AcrConfiguration"],
            json!({
                "Level1": { "AcrValue": "urn:cognito:loa:1" },
                "Level2": { "AcrValue": "urn:cognito:loa:2" },
                "Level3": { "AcrValue": "urn:cognito:loa:3" },
                "Level4": { "AcrValue": "strong" },
            })
        );
        for twice in [
            json!({ "Level1": { "AcrValue": "a" }, "Level2": { "AcrValue": "a" } }),
            json!({ "Level1": { "AcrValue": "urn:cognito:loa:4" } }),
        ] {
            let refused = pool.admin("UpdateUserPool", json!({ "AcrConfiguration": twice })).await;
            invalid_parameter(&refused, "AcrValue must be unique across all levels.");
        }
        let unchanged = pool.admin("DescribeUserPool", json!({})).await.ok();
        assert_eq!(unchanged["UserPool"]["AcrConfiguration"]["Level4"]["AcrValue"], "strong");
        pool.admin("UpdateUserPool", json!({})).await.ok();
        let reset = pool.admin("DescribeUserPool", json!({})).await.ok();
        assert_eq!(reset["UserPool"]["AcrConfiguration"]["Level4"]["AcrValue"], "urn:cognito:loa:4");
    }

    /// Without a level tokens say nothing. With one they say it and the factors, which a refresh keeps.
    async fn tokens_say_the_level_that_was_asked_for(server: TestServer) {
        let (pool, app) = pool_with_levels(&server, json!({})).await;
        let (plain, phone) = ada_with_app(&server, &pool, &app).await;
        assert_level(&plain, &Value::Null, &Value::Null);
        let challenge = by_password(&app, "unknown strong").await.ok();
        let tokens = tokens_of(give_code(&server, &app, &challenge, &phone).await);
        let (acr, amr) = (json!("strong"), json!(["pwd", "otp", "mfa"]));
        assert_level(&tokens, &acr, &amr);
        server.advance(60).await;
        let body = app.refresh(&tokens.refresh).await.ok();
        let result = &body["AuthenticationResult"];
        let of = |name: &str| claims(result[name].as_str().expect("a token"));
        let refreshed = of("AccessToken");
        for claims in [&refreshed, &of("IdToken")] {
            assert_eq!((&claims["acr"], &claims["amr"]), (&acr, &amr), "{claims}");
        }
        assert_eq!(
            numeric_claim(&refreshed, "auth_time"),
            numeric_claim(&tokens.access_claims(), "auth_time")
        );
    }

    /// The first level within the user's reach is taken, and names decide, not the order of levels.
    async fn the_first_level_within_reach_is_taken(server: TestServer) {
        let (pool, app) = pool_with_levels(&server, json!({})).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL })).await;
        let tokens = tokens_of(by_password(&app, "strong urn:cognito:loa:1").await);
        assert_level(&tokens, &json!("urn:cognito:loa:1"), &json!(["pwd"]));
        invalid_parameter(&by_password(&app, "strong").await, OUT_OF_REACH);
        begin_step(&server).await;
        let phone = enrolled(&app, &tokens).await;
        begin_step(&server).await;
        let challenge = by_password(&app, "strong urn:cognito:loa:1").await.ok();
        let tokens = tokens_of(give_code(&server, &app, &challenge, &phone).await);
        assert_level(&tokens, &json!("strong"), &json!(["pwd", "otp", "mfa"]));
    }

    /// Only what can reach the level is offered to begin with.
    async fn first_factors_that_are_too_weak_are_not_offered(server: TestServer) {
        let (_, app) = pool_with_levels(&server, json!({})).await;
        let user = SignedInUser::join(&app, "ada", json!({ "email": EMAIL })).await;
        let mut passkey = register(&user, &Browser::at(LOCAL_PAGE)).await;
        for (levels, offered) in [
            ("urn:cognito:loa:1", json!(["EMAIL_OTP", "PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"])),
            ("urn:cognito:loa:3", json!(["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"])),
            ("strong", json!(["PASSWORD_SRP", "PASSWORD"])),
        ] {
            let asked = json!({ "TARGET_ACR_VALUES": levels });
            let challenge = begin(&app, "ada", asked).await.ok();
            assert_eq!(challenge["ChallengeName"], "SELECT_CHALLENGE");
            assert_eq!(challenge["AvailableChallenges"], offered, "{levels}");
        }
        let asked = json!({ "TARGET_ACR_VALUES": "urn:cognito:loa:3", "PREFERRED_CHALLENGE": "WEB_AUTHN" });
        let challenge = begin(&app, "ada", asked).await.ok();
        let options = challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].as_str();
        let options = serde_json::from_str(options.expect("options")).expect("JSON");
        let credential = Browser::at(LOCAL_PAGE).get(&mut passkey, &options);
        let answers = json!({ "USERNAME": "ada", "CREDENTIAL": credential.to_string() });
        let tokens = tokens_of(respond(&app, &challenge, answers).await);
        assert_level(&tokens, &json!("urn:cognito:loa:3"), &json!(["hwk"]));
    }

    /// A chosen factor still has to reach the level: the choice travels in the session.
    async fn the_level_is_kept_through_the_choice(server: TestServer) {
        let (pool, app) = pool_with_levels(&server, json!({})).await;
        let (_, phone) = ada_with_app(&server, &pool, &app).await;
        let select = begin(&app, "ada", json!({ "TARGET_ACR_VALUES": "strong" })).await.ok();
        let code = json!({ "USERNAME": "ada", "ANSWER": "EMAIL_OTP" });
        invalid_parameter(&respond(&app, &select, code).await, "Invalid MFA type for the user.");
        let password = json!({ "USERNAME": "ada", "ANSWER": "PASSWORD", "PASSWORD": PASSWORD });
        let challenge = respond(&app, &select, password).await.ok();
        let tokens = tokens_of(give_code(&server, &app, &challenge, &phone).await);
        assert_level(&tokens, &json!("strong"), &json!(["pwd", "otp", "mfa"]));
    }

    /// With an access token only what is missing is asked for, and the tokens are of a new session.
    async fn an_access_token_lends_its_factors(server: TestServer) {
        let (pool, app) = pool_with_levels(&server, json!({})).await;
        let (earlier, phone) = ada_with_app(&server, &pool, &app).await;
        let asked = |levels: &str| json!({ "TARGET_ACR_VALUES": levels, "ACCESS_TOKEN": earlier.access });
        let challenge = begin(&app, "ada", asked("strong")).await.ok();
        let wrong = json!({ "USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": phone.wrong_code(&server) });
        respond(&app, &challenge, wrong).await.fails_as("CodeMismatchException");
        let tokens = tokens_of(give_code(&server, &app, &challenge, &phone).await);
        assert_level(&tokens, &json!("strong"), &json!(["pwd", "otp", "mfa"]));
        assert_ne!(tokens.access_claims()["origin_jti"], earlier.access_claims()["origin_jti"]);
        let reached = begin(&app, "ada", asked("urn:cognito:loa:1")).await;
        invalid_parameter(&reached, "The requested ACR value is already met.");
        // Of the stronger session.
        let asked = json!({ "TARGET_ACR_VALUES": "strong", "ACCESS_TOKEN": tokens.access });
        invalid_parameter(&begin(&app, "ada", asked).await, "The requested ACR value is already met.");
    }

    /// A password that was proven before and a code by e-mail, which alone would be too weak.
    async fn a_first_factor_can_complete_an_earlier_one(server: TestServer) {
        let (pool, app) = pool_with_levels(&server, json!({})).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL })).await;
        let earlier = app.sign_in("ada").await;
        let asked = json!({
            "TARGET_ACR_VALUES": "urn:cognito:loa:3", "ACCESS_TOKEN": earlier.access,
            "PREFERRED_CHALLENGE": "EMAIL_OTP",
        });
        let challenge = begin(&app, "ada", asked).await.ok();
        assert_eq!(challenge["ChallengeName"], "EMAIL_OTP");
        let code = pool.inbox(EMAIL).code().await;
        let answers = json!({ "USERNAME": "ada", "EMAIL_OTP_CODE": code });
        let tokens = tokens_of(respond(&app, &challenge, answers).await);
        assert_level(&tokens, &json!("urn:cognito:loa:3"), &json!(["pwd", "email_otp", "mfa"]));
    }

    /// What is older than MAX_AGE does not count.
    async fn an_old_sign_in_lends_nothing(server: TestServer) {
        let (pool, app) = pool_with_levels(&server, json!({})).await;
        confirmed_user(&pool, "bob", json!({})).await;
        let earlier = app.sign_in("bob").await;
        let asked = json!({
            "TARGET_ACR_VALUES": "urn:cognito:loa:1", "ACCESS_TOKEN": earlier.access, "MAX_AGE": "600",
        });
        server.advance(590).await;
        let reached = begin(&app, "bob", asked.clone()).await;
        invalid_parameter(&reached, "The requested ACR value is already met.");
        server.advance(20).await;
        let challenge = begin(&app, "bob", asked.clone()).await.ok();
        assert_eq!(challenge["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD"]));
        for age in ["", "-1", "1.5", "soon"] {
            let mut asked = asked.clone();
            asked["MAX_AGE"] = json!(age);
            invalid_parameter(&begin(&app, "bob", asked).await, "MAX_AGE must be a number of seconds.");
        }
    }

    /// Requests that cannot be carried out.
    async fn unfit_requests_are_refused(server: TestServer) {
        let hides = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let (pool, app) = pool_with_levels(&server, hides).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL })).await;
        confirmed_user(&pool, "bob", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let none = "TARGET_ACR_VALUES does not contain an ACR value of the user pool.";
        for levels in ["", "unknown", "urn:cognito:loa:4", "Level1"] {
            invalid_parameter(&by_password(&app, levels).await, none);
        }
        let alone = json!({ "ACCESS_TOKEN": tokens.access });
        let refused = begin(&app, "ada", alone).await;
        invalid_parameter(&refused, "ACCESS_TOKEN requires TARGET_ACR_VALUES.");
        let asked = json!({ "TARGET_ACR_VALUES": "urn:cognito:loa:3", "ACCESS_TOKEN": tokens.access });
        for other in ["bob", "nobody"] {
            let refused = begin(&app, other, asked.clone()).await;
            invalid_parameter(&refused, "ACCESS_TOKEN does not belong to the user.");
        }
        let elsewhere = pool_with_levels(&server, json!({})).await;
        confirmed_user(&elsewhere.0, "ada", json!({})).await;
        let refused = begin(&elsewhere.1, "ada", asked.clone()).await;
        invalid_parameter(&refused, "ACCESS_TOKEN does not belong to the user.");
        let strong = json!({ "TARGET_ACR_VALUES": "strong", "ACCESS_TOKEN": tokens.access });
        invalid_parameter(&begin(&app, "ada", strong.clone()).await, OUT_OF_REACH);
        app.with_token("GlobalSignOut", &tokens.access, json!({})).await.ok();
        let revoked = begin(&app, "ada", strong).await;
        revoked.fails("NotAuthorizedException", "Access Token has been revoked");
        // A pool without second factors reaches the strongest level for nobody, known or not.
        let off = json!({ "MfaConfiguration": "OFF" });
        pool.admin("SetUserPoolMfaConfig", off).await.ok();
        let asked = json!({ "TARGET_ACR_VALUES": "strong" });
        for name in ["ada", "nobody"] {
            invalid_parameter(&begin(&app, name, asked.clone()).await, OUT_OF_REACH);
        }
    }
}
