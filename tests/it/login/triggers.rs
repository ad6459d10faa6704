//! The functions of a pool at its domain's pages and tokens (domain 2.8 and 8).

use serde_json::{Value, json};

use crate::support::browser::{Browser, CALLBACK, Page, code_query, exchange, web_client};
use crate::support::function::{ARN, Function, answered, expected_event, pool_with};
use crate::support::pools::{PASSWORD, claims, laid_over};
use crate::support::users::{assert_unknown, confirmed_user, status};
use crate::support::{AppClient, TestServer, TestStore, both_stores};

const HOSTED: &str = "TokenGeneration_HostedAuth";
const EMAIL: &str = "ada@example.com";

/// A pool with these triggers, a client with both flows, a browser, and `ada`; her attributes as events have them.
async fn with_ada(
    store: &TestStore,
    triggers: &[&str],
    settings: Value,
) -> (TestServer, Function, AppClient, Browser, Value) {
    let (server, function, pool) = pool_with(store, triggers, settings).await;
    let flows = json!({ "AllowedOAuthFlows": ["code", "implicit"] });
    let app = web_client(&pool, flows).await;
    let own = json!({ "email": EMAIL, "email_verified": "true" });
    let sub = confirmed_user(&pool, "ada", own.clone()).await;
    let beside = json!({ "sub": sub, "cognito:user_status": "CONFIRMED" });
    let browser = Browser::new(&pool).await;
    (server, function, app, browser, laid_over(own, beside))
}

/// The settings of a pool that asks the function about tokens by this version of the event.
fn asking(version: &str) -> Value {
    json!({ "LambdaConfig": {
        "PreTokenGenerationConfig": { "LambdaArn": ARN, "LambdaVersion": version },
    } })
}

fn no_groups() -> Value {
    json!({ "groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null })
}

/// The tokens of a code.
async fn exchanged(app: &AppClient, browser: &Browser, code: &str) -> Value {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    exchange(app, &browser.domain, &form).await.ok()
}

/// The tokens of a refresh token.
async fn refreshed(app: &AppClient, browser: &Browser, tokens: &Value) -> Value {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    exchange(app, &browser.domain, &form).await.ok()
}

/// The claims of one of the tokens.
#[track_caller]
fn of(tokens: &Value, name: &str) -> Value {
    claims(tokens[name].as_str().expect("a token"))
}

/// What the database has of sign-ins by codes and tokens.
async fn given(store: &TestStore) -> [Vec<String>; 2] {
    let codes = store
        .ask("SELECT user_id FROM authorization_codes ORDER BY 1")
        .await;
    let sessions = store
        .ask("SELECT session_id FROM sessions ORDER BY 1")
        .await;
    [codes, sessions]
}

/// The page that follows a right password says this, and nobody is signed in.
async fn is_refused(store: &TestStore, browser: &Browser, page: &Page, text: &str) {
    assert_eq!((page.status, page.location.as_str()), (200, ""), "{page:?}");
    assert!(page.html.contains(text), "{}", page.html);
    assert!(page.html.contains("value=\"ada\""), "{}", page.html);
    assert_eq!(browser.cookie("cognito"), None);
    let sessions = store.ask("SELECT user_id FROM browser_sessions").await;
    assert!(sessions.is_empty(), "{sessions:?}");
    assert_eq!(given(store).await, [Vec::<String>::new(), Vec::new()]);
}

both_stores! {
    /// The function is asked when the code is given, and what it changes is in the code's tokens; a refresh asks anew.
    async fn the_function_is_asked_once_for_the_tokens_of_a_code(store: TestStore) {
        let (server, function, app, mut browser, attributes) =
            with_ada(&store, &["PreTokenGeneration"], json!({})).await;
        function.responds(HOSTED, json!({ "claimsOverrideDetails": {
            "claimsToAddOrOverride": { "tenant": "t1" },
            "claimsToSuppress": ["email_verified"],
            "groupOverrideDetails": { "groupsToOverride": ["admins"] },
        } }));
        let code = browser.code(&code_query(&app, ""), "ada").await;
        let request = json!({ "userAttributes": attributes, "groupConfiguration": no_groups() });
        let response = json!({ "claimsOverrideDetails": null });
        let event = expected_event(&app.pool, (HOSTED, "ada", &app.id), request.clone(), response.clone());
        assert_eq!(function.event(HOSTED), event);
        assert_eq!(function.sources(), [HOSTED]);
        let tokens = exchanged(&app, &browser, &code).await;
        let (id, access) = (of(&tokens, "id_token"), of(&tokens, "access_token"));
        assert_eq!((&id["tenant"], id.get("email_verified")), (&json!("t1"), None));
        assert_eq!(id["cognito:groups"], json!(["admins"]));
        assert_eq!((access.get("tenant"), &access["cognito:groups"]), (None, &json!(["admins"])));
        assert_eq!(function.sources(), [HOSTED], "not once more at the exchange");

        function.forget();
        let source = "TokenGeneration_RefreshTokens";
        let new = refreshed(&app, &browser, &tokens).await;
        let event = expected_event(&app.pool, (source, "ada", &app.id), request, response);
        assert_eq!(function.event(source), event);
        assert_eq!(function.sources(), [source]);
        assert_eq!(of(&new, "id_token").get("tenant"), None);
        // The session of the browser brings another code, for which the function is asked again.
        function.forget();
        browser.authorize(&code_query(&app, "")).await.returned("code");
        assert_eq!(function.sources(), [HOSTED]);
        server.stop().await;
    }

    /// Versions 2 and 3 are told the scopes that were granted, and change the access token too.
    async fn the_function_changes_scopes_and_claims_of_a_code(store: TestStore) {
        let (server, function, app, mut browser, attributes) = with_ada(&store, &[], asking("V2_0")).await;
        function.responds(HOSTED, json!({ "claimsAndScopeOverrideDetails": {
            "idTokenGeneration": { "claimsToAddOrOverride": { "plan": { "seats": 3 } } },
            "accessTokenGeneration": {
                "claimsToAddOrOverride": { "plan": [1, true] },
                "scopesToAdd": ["orders/read"],
                "scopesToSuppress": ["email"],
            },
        } }));
        let code = browser.code(&code_query(&app, "&scope=openid+email"), "ada").await;
        let mut event = expected_event(
            &app.pool,
            (HOSTED, "ada", &app.id),
            json!({
                "userAttributes": attributes,
                "groupConfiguration": no_groups(),
                "scopes": ["openid", "email"],
            }),
            json!({ "claimsAndScopeOverrideDetails": null }),
        );
        event["version"] = json!("2");
        assert_eq!(function.event(HOSTED), event);
        let tokens = exchanged(&app, &browser, &code).await;
        let (id, access) = (of(&tokens, "id_token"), of(&tokens, "access_token"));
        assert_eq!((&id["plan"], &access["plan"]), (&json!({ "seats": 3 }), &json!([1, true])));
        assert_eq!(access["scope"], "openid orders/read");
        server.stop().await;
    }

    /// Section 2.8: a function that refuses the tokens is heard of at the application, which gets nothing.
    async fn a_function_that_refuses_the_tokens_is_heard_of_at_the_application(store: TestStore) {
        let (server, function, app, mut browser, _) =
            with_ada(&store, &["PreTokenGeneration"], json!({})).await;
        function.throws(HOSTED, "no tenant");
        let text = "PreTokenGeneration+failed+with+error+no+tenant.+";
        for (response_type, mark) in [("code", '?'), ("token", '#')] {
            let query = code_query(&app, "&state=x").replace("=code&", &format!("={response_type}&"));
            let back = browser.log_in(&query, "ada", PASSWORD).await;
            let expected = format!("{CALLBACK}{mark}error_description={text}&state=x&error=invalid_request");
            assert_eq!((back.status, back.location.as_str()), (302, expected.as_str()));
            assert_eq!(given(&store).await, [Vec::<String>::new(), Vec::new()]);
        }
        // Without a state there is none.
        let back = browser.log_in(&code_query(&app, ""), "ada", PASSWORD).await;
        let expected = format!("{CALLBACK}?error_description={text}&error=invalid_request");
        assert_eq!(back.location, expected);
        function.throws(HOSTED, "Ä & <b>");
        let back = browser.log_in(&code_query(&app, "&state=x"), "ada", PASSWORD).await;
        let text = "PreTokenGeneration+failed+with+error+%C3%84+%26+%3Cb%3E.+";
        let expected = format!("{CALLBACK}?error_description={text}&state=x&error=invalid_request");
        assert_eq!(back.location, expected);
        assert_eq!(given(&store).await, [Vec::<String>::new(), Vec::new()]);

        function.answers(|event| answered(&event));
        assert!(!browser.code(&code_query(&app, "&state=x"), "ada").await.is_empty());
        server.stop().await;
    }

    /// An answer that cannot be read is the server's fault, and brings nothing either.
    async fn an_answer_that_cannot_be_read_is_an_error_of_the_server(store: TestStore) {
        let (server, function, app, mut browser, _) =
            with_ada(&store, &["PreTokenGeneration"], json!({})).await;
        function.responds(HOSTED, json!({ "claimsOverrideDetails": "everything" }));
        for (response_type, mark) in [("code", '?'), ("token", '#')] {
            let query = code_query(&app, "&state=x").replace("=code&", &format!("={response_type}&"));
            let back = browser.log_in(&query, "ada", PASSWORD).await;
            assert_eq!(back.location, format!("{CALLBACK}{mark}state=x&error=server_error"));
            assert_eq!(given(&store).await, [Vec::<String>::new(), Vec::new()]);
        }
        server.stop().await;
    }

    /// Section 8: the others run on the pages as in the API, whose words the page has.
    async fn a_function_that_refuses_a_sign_in_is_heard_of_on_the_page(store: TestStore) {
        let triggers = ["PreAuthentication", "PostAuthentication"];
        let (server, function, app, mut browser, attributes) = with_ada(&store, &triggers, json!({})).await;
        let (before, after) = ("PreAuthentication_Authentication", "PostAuthentication_Authentication");
        let query = code_query(&app, "");
        function.throws(before, "not today");
        let page = browser.log_in(&query, "ada", PASSWORD).await;
        is_refused(&store, &browser, &page, "PreAuthentication failed with error not today.").await;
        assert_eq!(function.sources(), [before]);

        function.forget();
        function.throws(after, "not <i>here</i>");
        let page = browser.log_in(&query, "ada", PASSWORD).await;
        let text = "PostAuthentication failed with error not &#60;i&#62;here&#60;/i&#62;.";
        is_refused(&store, &browser, &page, text).await;
        assert_eq!(function.sources(), [before, after]);
        let request = json!({ "userAttributes": attributes, "newDeviceUsed": false });
        let event = expected_event(&app.pool, (after, "ada", &app.id), request, json!({}));
        assert_eq!(function.event(after), event);

        // Each is asked once by a sign-in that succeeds, and not by the browser's session.
        function.forget();
        function.answers(|event| answered(&event));
        browser.code(&query, "ada").await;
        assert_eq!(function.sources(), [before, after]);
        browser.authorize(&query).await.returned("code");
        assert_eq!(function.sources(), [before, after]);
        server.stop().await;
    }

    /// The page that confirms a sign-up tells PostConfirmation, as ConfirmSignUp does.
    async fn a_sign_up_that_is_confirmed_on_the_page_is_told(store: TestStore) {
        let required = json!({ "Schema": [{ "Name": "email", "Required": true, "Mutable": true }] });
        let (server, function, pool) = pool_with(&store, &["PostConfirmation"], required).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let page = browser.open(&format!("{}?{}", browser.path("signup"), code_query(&app, ""))).await;
        let typed = [("username", "eve"), ("requiredAttributes[email]", EMAIL), ("password", PASSWORD)];
        let sent = browser.submit(&page, &typed).await;
        let page = browser.open(&sent.location).await;
        let code = server.inbox(EMAIL).code().await;
        assert_eq!(function.sources(), Vec::<String>::new());
        let back = browser.submit(&page, &[("code", &code)]).await;
        assert!(!back.returned("code").is_empty());
        let source = "PostConfirmation_ConfirmSignUp";
        let sub = pool.attribute("eve", "sub").await.unwrap();
        let request = json!({ "userAttributes": {
            "sub": sub, "cognito:user_status": "CONFIRMED", "email": EMAIL, "email_verified": "true",
        } });
        let event = expected_event(&pool, (source, "eve", &app.id), request, json!({}));
        assert_eq!(function.event(source), event);
        assert_eq!(function.sources(), [source]);
        server.stop().await;
    }

    /// A user whom the pool does not have comes over by the password that is typed, on the page that asks for both, and
    /// behind the one that asks for the name.
    async fn users_come_over_by_the_pages(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["UserMigration"], json!({})).await;
        let source = "UserMigration_Authentication";
        let known = json!({ "userAttributes": { "email": EMAIL, "email_verified": "true" } });
        let response = json!({
            "userAttributes": null, "finalUserStatus": null, "messageAction": null,
            "desiredDeliveryMediums": null, "forceAliasCreation": null, "enableSMSMFA": null,
        });
        for (hides, name, other) in [("ENABLED", "ada", "nob"), ("LEGACY", "bob", "nobody")] {
            let app = web_client(&pool, json!({ "PreventUserExistenceErrors": hides })).await;
            let mut browser = Browser::new(&pool).await;
            function.throws(source, "unknown");
            let page = browser.log_in(&code_query(&app, ""), other, "old").await;
            assert_eq!((page.status, browser.cookie("cognito")), (200, None), "{page:?}");
            assert_unknown(&pool, other).await;
            function.forget();
            function.responds(source, known.clone());
            let back = browser.log_in(&code_query(&app, ""), name, "old").await;
            assert!(!back.returned("code").is_empty(), "{back:?}");
            let request = json!({ "password": "old", "validationData": null });
            let event = expected_event(&pool, (source, name, &app.id), request, response.clone());
            assert_eq!(function.event(source), event);
            assert_eq!(status(&pool, name).await, "CONFIRMED");
            assert_eq!(pool.attribute(name, "email").await.as_deref(), Some(EMAIL));
        }
        for (hides, name) in [("ENABLED", "eve"), ("LEGACY", "mia")] {
            let flows = json!({
                "ExplicitAuthFlows": ["ALLOW_USER_AUTH"], "PreventUserExistenceErrors": hides,
            });
            let app = web_client(&pool, flows).await;
            let mut browser = Browser::new(&pool).await;
            browser.use_managed_login(&app).await;
            function.forget();
            let page = browser.open(&format!("{}?{}", browser.path("login"), code_query(&app, ""))).await;
            let page = browser.submit(&page, &[("username", name)]).await;
            assert_eq!(page.hidden("step").as_deref(), Some("PASSWORD"), "{}", page.html);
            assert_eq!(function.sources(), Vec::<String>::new());
            let back = browser.submit(&page, &[("password", "old")]).await;
            assert!(!back.returned("code").is_empty(), "{back:?}");
            let request = json!({ "password": "old", "validationData": null });
            let event = expected_event(&pool, (source, name, &app.id), request, response.clone());
            assert_eq!(function.event(source), event);
            assert_eq!(status(&pool, name).await, "CONFIRMED");
        }
        server.stop().await;
    }

    /// Who recovers a password comes over, and is told of; each message has the function's words.
    async fn the_functions_of_passwords_and_codes_are_asked_by_the_pages(store: TestStore) {
        let settings = json!({
            "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } },
            "Schema": [{ "Name": "email", "Required": true, "Mutable": true }],
        });
        let triggers = ["UserMigration", "PostConfirmation", "CustomMessage"];
        let (server, function, pool) = pool_with(&store, &triggers, settings).await;
        let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"], "PreventUserExistenceErrors": "LEGACY" });
        let app = web_client(&pool, flows).await;
        let mut browser = Browser::new(&pool).await;
        browser.use_managed_login(&app).await;
        let page_of = |browser: &Browser, page: &str| format!("{}?{}", browser.path(page), code_query(&app, ""));
        let inbox = server.inbox(EMAIL);
        // The one event from a source, which is about this user at this client.
        let is_asked = |source: &str, name: &str| {
            let event = function.event(source);
            let about = (&event["userName"], &event["callerContext"]["clientId"]);
            assert_eq!(about, (&json!(name), &json!(app.id)), "{event}");
            event
        };
        let texts = json!({ "emailMessage": "Words: {####}" });

        let (migration, sent) = ("UserMigration_ForgotPassword", "CustomMessage_ForgotPassword");
        function.throws(migration, "down");
        let page = browser.open(&page_of(&browser, "forgotPassword")).await;
        let refused = browser.submit(&page, &[("username", "ada")]).await;
        assert_eq!((refused.status, refused.location.as_str()), (200, ""));
        assert!(refused.html.contains("UserMigration failed with error down."), "{}", refused.html);
        assert_unknown(&pool, "ada").await;
        function.forget();
        let known = json!({ "email": EMAIL, "email_verified": "true" });
        function.answers(move |mut event| {
            if event["triggerSource"] == json!(migration) {
                event["response"]["userAttributes"] = known.clone();
            } else {
                event["response"]["emailMessage"] = json!("Words: {####}");
            }
            answered(&event)
        });
        let asked = browser.submit(&page, &[("username", "ada")]).await;
        assert_eq!((asked.status, &asked.location), (302, &page_of(&browser, "confirmforgotPassword")));
        assert_eq!(function.sources(), [migration, sent]);
        let request = &is_asked(migration, "ada")["request"];
        assert_eq!((&request["password"], &request["validationData"]), (&json!(null), &json!(null)));
        let request = &is_asked(sent, "ada")["request"];
        assert_eq!((&request["codeParameter"], request.get("linkParameter")), (&json!("{####}"), None));
        assert_eq!(status(&pool, "ada").await, "RESET_REQUIRED");
        let mail = inbox.next().await;
        let code = mail.code.unwrap();
        assert_eq!(mail.body, format!("Words: {code}"));

        // What PostConfirmation says does not undo it, as in the API.
        let told = "PostConfirmation_ConfirmForgotPassword";
        function.forget();
        function.throws(told, "down");
        let page = browser.open(&asked.location).await;
        let typed = [("code", code.as_str()), ("password", PASSWORD), ("confirmPassword", PASSWORD)];
        let refused = browser.submit(&page, &typed).await;
        assert_eq!((refused.status, refused.location.as_str()), (200, ""));
        assert!(refused.html.contains("PostConfirmation failed with error down."), "{}", refused.html);
        let event = is_asked(told, "ada");
        assert_eq!(event["request"]["userAttributes"]["cognito:user_status"], "CONFIRMED");
        assert_eq!((function.sources(), status(&pool, "ada").await.as_str()), (vec![told.to_owned()], "CONFIRMED"));

        let again = "CustomMessage_ResendCode";
        let page = browser.open(&page_of(&browser, "signup")).await;
        let typed = [("username", "eve"), ("requiredAttributes[email]", EMAIL), ("password", PASSWORD)];
        let made = browser.submit(&page, &typed).await;
        let page = browser.open(&made.location).await;
        inbox.next().await;
        function.forget();
        function.responds(again, texts.clone());
        browser.press(&page, "resend").await;
        assert_eq!(function.sources(), [again]);
        is_asked(again, "eve");
        let mail = inbox.next().await;
        assert_eq!(mail.body, format!("Words: {}", mail.code.unwrap()));

        let sign_in = "CustomMessage_Authentication";
        function.forget();
        function.responds(sign_in, texts);
        let page = browser.open(&page_of(&browser, "login")).await;
        let choice = browser.submit(&page, &[("username", "ada")]).await;
        assert_eq!(function.sources(), Vec::<String>::new());
        let asked = browser.submit(&choice, &[("answer", "EMAIL_OTP")]).await;
        assert_eq!(function.sources(), [sign_in]);
        is_asked(sign_in, "ada");
        let mail = inbox.next().await;
        let code = mail.code.unwrap();
        assert_eq!(mail.body, format!("Words: {code}"));
        let back = browser.submit(&asked, &[("code", &code)]).await;
        assert!(!back.returned("code").is_empty(), "{back:?}");
        server.stop().await;
    }

    /// Section 8: the pages have no custom sign-in, also where client and pool have it.
    async fn the_functions_of_a_custom_sign_in_are_not_asked(store: TestStore) {
        let triggers = [
            "DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse", "PreAuthentication",
        ];
        let (server, function, app, mut browser, _) = with_ada(&store, &triggers, json!({})).await;
        let asked = ["PreAuthentication_Authentication"];
        let custom = json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_AUTH"] });
        let app = web_client(&app.pool, custom).await;
        browser.code(&code_query(&app, ""), "ada").await;
        assert_eq!(function.sources(), asked);
        function.forget();
        browser.use_managed_login(&app).await;
        let page = browser.open(&format!("{}?{}", browser.path("login"), code_query(&app, "&prompt=login"))).await;
        let page = browser.submit(&page, &[("username", "ada")]).await;
        let back = browser.submit(&page, &[("password", PASSWORD)]).await;
        assert!(!back.returned("code").is_empty(), "{back:?}");
        assert_eq!(function.sources(), asked);
        server.stop().await;
    }
}
