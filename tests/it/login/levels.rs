//! `acr_values`: the level of authentication that a sign-in at the domain has to reach (domain 2.1, administration 10.4).

use serde_json::{Value, json};

use crate::support::browser::{Browser, CALLBACK, Page, code_query, exchange, web_client};
use crate::support::pools::{PASSWORD, claims};
use crate::support::tokens::numeric_claim;
use crate::support::totp::{AuthenticatorApp, begin_step, enrolled};
use crate::support::users::confirmed_user;
use crate::support::{AppClient, TestServer, TestStore, both_stores};

const OUT_OF_REACH: &str =
    "The requested ACR value cannot be met with the user&#39;s authentication factors.";

/// A pool whose users may have an app, with a name of its own for level 4, a client, and `ada`, who has no app yet.
async fn with_levels(server: &TestServer) -> AppClient {
    let pool = server
        .pool(json!({
            "AcrConfiguration": { "Level4": { "AcrValue": "strong" } },
            "AutoVerifiedAttributes": ["email"],
            "Schema": [{ "Name": "email", "Required": true, "Mutable": true }],
        }))
        .await;
    let settings = json!({
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
    });
    pool.admin("SetUserPoolMfaConfig", settings).await.ok();
    let app = web_client(&pool, json!({})).await;
    confirmed_user(&pool, "ada", json!({ "email": "ada@example.com" })).await;
    app
}

/// Gives `ada` an app.
async fn with_app(server: &TestServer, app: &AppClient) -> AuthenticatorApp {
    let tokens = app.sign_in("ada").await;
    begin_step(server).await;
    let phone = enrolled(app, &tokens).await;
    begin_step(server).await;
    phone
}

fn asking(app: &AppClient, levels: &str) -> String {
    code_query(app, &format!("&acr_values={levels}"))
}

/// The claims of both tokens that the code of this page is exchanged for: `acr`, `amr`, and when the user signed in.
async fn claims_of(app: &AppClient, browser: &Browser, page: &Page) -> (Value, Value, i64) {
    let code = page.returned("code");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    let body = exchange(app, &browser.domain, &form).await.ok();
    let of = |name: &str| claims(body[name].as_str().expect("a token"));
    let (access, id) = (of("access_token"), of("id_token"));
    assert_eq!((&access["acr"], &access["amr"]), (&id["acr"], &id["amr"]));
    let time = numeric_claim(&access, "auth_time");
    (access["acr"].clone(), access["amr"].clone(), time)
}

async fn give_code(
    server: &TestServer,
    browser: &mut Browser,
    page: &Page,
    phone: &AuthenticatorApp,
) -> Page {
    assert_eq!(page.hidden("step").as_deref(), Some("SOFTWARE_TOKEN_MFA"));
    let code = phone.code(server, 0);
    let back = browser.submit(page, &[("code", &code)]).await;
    assert_eq!(back.status, 302, "{}", back.html);
    back
}

both_stores! {
    /// A sign-in that is asked for no level says none. The browser's serves every request for a level that it has reached;
    /// one for a level that the user can reach and has not asks for a new sign-in, whose tokens say it.
    async fn a_sign_in_reaches_the_level_that_is_asked_for(server: TestServer) {
        let app = with_levels(&server).await;
        let mut browser = Browser::new(&app.pool).await;
        let plain = browser.log_in(&code_query(&app, ""), "ada", PASSWORD).await;
        let (acr, amr, began) = claims_of(&app, &browser, &plain).await;
        assert_eq!((acr, amr), (Value::Null, Value::Null));
        let first = asking(&app, "other%20strong%20urn:cognito:loa:1");
        let known = browser.authorize(&first).await;
        let said = claims_of(&app, &browser, &known).await;
        assert_eq!(said, (json!("urn:cognito:loa:1"), json!(["pwd"]), began), "ada has no app");

        let phone = with_app(&server, &app).await;
        let page = browser.authorize(&first).await;
        assert_eq!(page.location, format!("{}?{first}", browser.path("login")));
        let page = browser.log_in(&first, "ada", PASSWORD).await;
        let back = give_code(&server, &mut browser, &page, &phone).await;
        let (acr, amr, stepped_up) = claims_of(&app, &browser, &back).await;
        assert_eq!((acr, amr), (json!("strong"), json!(["pwd", "otp", "mfa"])));
        assert!(stepped_up > began);

        server.advance(60).await;
        for (levels, name) in [("strong", "strong"), ("urn:cognito:loa:1", "urn:cognito:loa:1")] {
            let known = browser.authorize(&asking(&app, levels)).await;
            let said = claims_of(&app, &browser, &known).await;
            assert_eq!(said, (json!(name), json!(["pwd", "otp", "mfa"]), stepped_up));
        }
        let known = browser.authorize(&code_query(&app, "")).await;
        let said = claims_of(&app, &browser, &known).await;
        assert_eq!(said, (Value::Null, Value::Null, stepped_up));
    }

    /// Without a page, a sign-in that has not reached the level is none. Names that the pool does not have are no wish.
    async fn a_silent_request_needs_the_level(server: TestServer) {
        let app = with_levels(&server).await;
        let mut browser = Browser::new(&app.pool).await;
        browser.use_managed_login(&app).await;
        browser.code(&code_query(&app, ""), "ada").await;
        let silent = |levels: &str| format!("{}&prompt=none&state=s", asking(&app, levels));
        let refused = browser.authorize(&silent("strong")).await;
        assert_eq!(refused.location, format!("{CALLBACK}?state=s&error=login_required"));
        for levels in ["other", "urn:cognito:loa:1", ""] {
            let known = browser.authorize(&silent(levels)).await;
            assert!(!known.returned("code").is_empty(), "{levels}");
        }
        let twice = browser.authorize(&format!("{}&acr_values=strong", silent("strong"))).await;
        assert_eq!(twice.location, format!("{CALLBACK}?state=s&error=invalid_request"));
    }

    /// Whether the user has the factors is told only after the password; nothing is given, and the page says why.
    async fn a_user_without_the_factors_is_told_after_the_password(server: TestServer) {
        let app = with_levels(&server).await;
        let mut browser = Browser::new(&app.pool).await;
        let wrong = browser.log_in(&asking(&app, "strong"), "ada", "Wr0ng-password!").await;
        assert!(wrong.html.contains("Incorrect username or password."), "{}", wrong.html);
        let page = browser.log_in(&asking(&app, "strong"), "ada", PASSWORD).await;
        assert_eq!(page.status, 200);
        assert!(page.html.contains(OUT_OF_REACH), "{}", page.html);
        assert_eq!(browser.cookie("cognito"), None);
    }

    /// What no sign-in at the pool can reach is refused before anybody signs in, where the sign-in begins with a password,
    /// and where users choose; after the provider that is named, and before the session.
    async fn a_level_that_the_pool_cannot_reach_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let choosing = web_client(&pool, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        let mut browser = Browser::new(&pool).await;
        for (name, value) in [("ManagedLoginVersion", 1), ("ManagedLoginVersion", 2)] {
            let version = json!({ "Domain": browser.domain, name: value });
            pool.admin("UpdateUserPoolDomain", version).await.ok();
            for app in [&app, &choosing] {
                let query = format!("{}&state=s", asking(app, "urn:cognito:loa:4%20urn:cognito:loa:2"));
                for page in ["oauth2/authorize", "login"] {
                    let refused = browser.open(&format!("{}?{query}", browser.path(page))).await;
                    let expected = format!("{CALLBACK}?state=s&error=unmet_authentication_requirements");
                    assert_eq!(refused.location, expected, "{page}");
                    let silent = browser.open(&format!("{}?{query}&prompt=none", browser.path(page))).await;
                    assert_eq!(silent.location, expected, "{page}");
                }
                let elsewhere = format!("{query}&identity_provider=Google");
                let sent = browser.authorize(&elsewhere).await;
                assert_eq!(sent.location, format!("{}?{elsewhere}", browser.path("login")));
            }
        }
    }

    /// A sign-up proves no level, so that the new user signs in.
    async fn a_sign_up_reaches_no_level(server: TestServer) {
        let app = with_levels(&server).await;
        let query = asking(&app, "urn:cognito:loa:1");
        let mut browser = Browser::new(&app.pool).await;
        let page = browser.open(&format!("{}?{query}", browser.path("signup"))).await;
        let page = browser.submit(&page, &[
            ("username", "eve"), ("password", PASSWORD), ("requiredAttributes[email]", "eve@example.com"),
        ]).await;
        assert_eq!(page.status, 302, "{}", page.html);
        let page = browser.open(&page.location).await;
        let code = app.pool.inbox("eve@example.com").code().await;
        let confirmed = browser.submit(&page, &[("code", &code)]).await;
        assert_eq!(confirmed.location, format!("{}?{query}", browser.path("login")));
        assert_eq!(browser.cookie("cognito"), None);
        let back = browser.log_in(&query, "eve", PASSWORD).await;
        let (acr, amr, _) = claims_of(&app, &browser, &back).await;
        assert_eq!((acr, amr), (json!("urn:cognito:loa:1"), json!(["pwd"])));
    }

    /// A user who chooses is only offered what can reach the level. One who has nothing of the kind is told at once, unless
    /// the client hides users.
    async fn first_factors_that_are_too_weak_are_not_offered(server: TestServer) {
        let pool = server.pool(json!({
            "AutoVerifiedAttributes": ["email"],
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } },
        })).await;
        let app = web_client(&pool, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        confirmed_user(&pool, "ada", json!({ "email": "ada@example.com", "email_verified": "true" })).await;
        let mut browser = Browser::new(&pool).await;
        browser.use_managed_login(&app).await;
        for (levels, step) in [("urn:cognito:loa:1", "SELECT_CHALLENGE"), ("urn:cognito:loa:2", "FIRST_EMAIL_OTP")] {
            let page = browser.open(&format!("{}?{}", browser.path("login"), asking(&app, levels))).await;
            let page = browser.submit(&page, &[("username", "ada")]).await;
            assert_eq!(page.hidden("step").as_deref(), Some(step), "{levels}: {}", page.html);
        }
        let page = browser.open(&format!("{}?{}", browser.path("login"), asking(&app, "urn:cognito:loa:2"))).await;
        let page = browser.submit(&page, &[("username", "ada")]).await;
        let code = pool.inbox("ada@example.com").code().await;
        let back = browser.submit(&page, &[("code", &code)]).await;
        let (acr, amr, _) = claims_of(&app, &browser, &back).await;
        assert_eq!((acr, amr), (json!("urn:cognito:loa:2"), json!(["email_otp"])));

        confirmed_user(&pool, "bob", json!({})).await;
        let legacy = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"], "PreventUserExistenceErrors": "LEGACY" });
        let open = web_client(&pool, legacy).await;
        browser.use_managed_login(&open).await;
        let incorrect = "Incorrect username or password.";
        for (app, said, hidden) in [(&open, OUT_OF_REACH, incorrect), (&app, incorrect, OUT_OF_REACH)] {
            let mut browser = Browser::new(&pool).await;
            let page = browser.open(&format!("{}?{}", browser.path("login"), asking(app, "urn:cognito:loa:2"))).await;
            let page = browser.submit(&page, &[("username", "bob")]).await;
            assert_eq!((page.status, page.hidden("step")), (200, None), "{}", page.html);
            assert!(page.html.contains(said) && !page.html.contains(hidden), "{}", page.html);
            assert_eq!(browser.cookie("cognito"), None);
        }
    }

    /// Where a second factor has to be set up anyway, one that reaches the level is.
    async fn a_factor_that_is_set_up_reaches_the_level(server: TestServer) {
        let app = with_levels(&server).await;
        let settings = json!({
            "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        app.pool.admin("SetUserPoolMfaConfig", settings).await.ok();
        let mut browser = Browser::new(&app.pool).await;
        let page = browser.log_in(&asking(&app, "strong"), "ada", PASSWORD).await;
        assert_eq!(page.hidden("step").as_deref(), Some("MFA_SETUP_APP"), "{}", page.html);
        let secret = page.hidden("secret").unwrap();
        let phone = AuthenticatorApp::new(&json!({ "SecretCode": secret }));
        begin_step(&server).await;
        let code = phone.code(&server, 0);
        let back = browser.submit(&page, &[("code", &code), ("friendlyDeviceName", "")]).await;
        assert_eq!(back.status, 302, "{}", back.html);
        let (acr, amr, _) = claims_of(&app, &browser, &back).await;
        assert_eq!((acr, amr), (json!("strong"), json!(["pwd", "otp", "mfa"])));
    }

    /// So it is in the first sign-in after a sign-up, which asks for no second factor otherwise.
    async fn a_new_user_sets_up_what_reaches_the_level(server: TestServer) {
        let app = with_levels(&server).await;
        let settings = json!({
            "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        app.pool.admin("SetUserPoolMfaConfig", settings).await.ok();
        let attributes = json!([{ "Name": "email", "Value": "eve@example.com" }]);
        let sign_up = json!({ "Username": "eve", "Password": PASSWORD, "UserAttributes": attributes });
        app.call("SignUp", sign_up).await.ok();
        app.pool.admin("AdminConfirmSignUp", json!({ "Username": "eve" })).await.ok();
        let mut browser = Browser::new(&app.pool).await;
        let page = browser.log_in(&asking(&app, "strong"), "eve", PASSWORD).await;
        assert_eq!(page.hidden("step").as_deref(), Some("MFA_SETUP_APP"), "{}", page.html);
        let page = browser.log_in(&code_query(&app, ""), "eve", PASSWORD).await;
        assert!(!page.returned("code").is_empty());
    }

    /// A user who cannot reach the level is told before choosing a password, which would not be kept.
    async fn a_temporary_password_reaches_no_level_that_the_user_cannot(server: TestServer) {
        let app = with_levels(&server).await;
        let user = json!({
            "Username": "eve", "TemporaryPassword": "Temp0rary-1!", "MessageAction": "SUPPRESS",
            "UserAttributes": [{ "Name": "email", "Value": "eve@example.com" }],
        });
        app.pool.admin("AdminCreateUser", user).await.ok();
        let mut browser = Browser::new(&app.pool).await;
        let page = browser.log_in(&asking(&app, "strong"), "eve", "Temp0rary-1!").await;
        assert!(page.html.contains(OUT_OF_REACH), "{}", page.html);
        let page = browser.log_in(&asking(&app, "urn:cognito:loa:1"), "eve", "Temp0rary-1!").await;
        assert_eq!(page.hidden("step").as_deref(), Some("NEW_PASSWORD_REQUIRED"), "{}", page.html);
    }

    /// A pool of the tier LITE has no levels: what is asked for is passed over, and no token says one.
    async fn a_pool_without_levels_passes_them_over(store: TestStore) {
        let server = TestServer::start(&store, |config| config.compat.enforce_tiers = true).await;
        let pool = server.pool(json!({ "UserPoolTier": "LITE" })).await;
        let app = web_client(&pool, json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let query = asking(&app, "urn:cognito:loa:4");
        let sent = browser.authorize(&query).await;
        assert_eq!(sent.location, format!("{}?{query}", browser.path("login")));
        let back = browser.log_in(&query, "ada", PASSWORD).await;
        let (acr, amr, began) = claims_of(&app, &browser, &back).await;
        assert_eq!((acr, amr), (Value::Null, Value::Null));
        let known = browser.authorize(&asking(&app, "urn:cognito:loa:1")).await;
        let said = claims_of(&app, &browser, &known).await;
        assert_eq!(said, (Value::Null, Value::Null, began));
        server.stop().await;
    }
}
