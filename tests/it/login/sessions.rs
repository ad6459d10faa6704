//! What a browser's session brings and survives, and the cookies of a domain (domain 2.1, 2.2, 2.5, 7).

use serde_json::{Value, json};

use crate::support::browser::{Browser, CALLBACK, code_query, exchange, web_client};
use crate::support::pools::{PASSWORD, claims};
use crate::support::srp::SrpClient;
use crate::support::tokens::numeric_claim;
use crate::support::totp::enrolled;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, TestServer, both_stores};

/// A state that no encoder would write so.
const STATE: &str = "%7B%22a%22%3A1%7D+x";

async fn user(server: &TestServer, pool: Value) -> (AppClient, Browser) {
    let pool = server.pool(pool).await;
    let app = web_client(&pool, json!({})).await;
    let own = json!({
        "email": "ada@example.com", "email_verified": "true",
        "phone_number": "+12065550100", "phone_number_verified": "true",
    });
    confirmed_user(&pool, "ada", own).await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

/// When the user signed in to whom the browser's session brings a code.
async fn auth_time(app: &AppClient, browser: &mut Browser) -> i64 {
    let back = browser.authorize(&code_query(app, "")).await;
    let code = back.returned("code");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    let tokens = exchange(app, &browser.domain, &form).await.ok();
    let [access, id] =
        ["access_token", "id_token"].map(|name| claims(tokens[name].as_str().unwrap()));
    assert_eq!(access["auth_time"], id["auth_time"]);
    numeric_claim(&access, "auth_time")
}

both_stores! {
    /// Attributes and factors that change do not end it; nor do they make it younger.
    async fn changes_of_the_user_do_not_end_it(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let sms = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" });
        let factors = json!({
            "MfaConfiguration": "OPTIONAL",
            "SmsMfaConfiguration": { "SmsConfiguration": sms },
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        app.pool.admin("SetUserPoolMfaConfig", factors).await.ok();
        let tokens = app.sign_in("ada").await;
        browser.code(&code_query(&app, ""), "ada").await;
        let began = auth_time(&app, &mut browser).await;
        server.advance(60).await;
        for (operation, change) in [
            ("AdminUpdateUserAttributes", json!({ "UserAttributes": [
                { "Name": "email", "Value": "countess@example.com" }, { "Name": "name", "Value": "Ada" },
            ] })),
            ("AdminSetUserMFAPreference", json!({ "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true } })),
        ] {
            let mut input = change;
            input["Username"] = json!("ada");
            app.pool.admin(operation, input).await.ok();
            assert_eq!(auth_time(&app, &mut browser).await, began, "{operation}");
        }
        enrolled(&app, &tokens).await;
        assert_eq!(auth_time(&app, &mut browser).await, began);
        // Another browser is asked for the factor.
        let mut other = Browser::new(&app.pool).await;
        let page = other.log_in(&code_query(&app, ""), "ada", PASSWORD).await;
        assert_eq!((page.status, other.cookie("cognito")), (200, None), "{page:?}");
        assert!(page.hidden("step").is_some(), "{}", page.html);
    }

    /// A browser with a session gets a code of the form of a UUID at once, and the state as it was sent, however it is
    /// asked for.
    async fn a_session_brings_a_code_and_the_state(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let query = code_query(&app, &format!("&state={STATE}"));
        let mut codes = Vec::new();
        let back = browser.log_in(&query, "ada", PASSWORD).await;
        for further in ["", "&identity_provider=COGNITO", "&prompt=login", "&prompt=none", "&prompt=unheard-of"] {
            // The classic pages do not know the prompt.
            let known = browser.authorize(&format!("{query}{further}")).await;
            codes.push((known.status, known.location));
        }
        codes.push((back.status, back.location));
        let mut seen = Vec::new();
        for (status, location) in codes {
            assert_eq!(status, 302);
            let rest = location.strip_prefix(&format!("{CALLBACK}?code=")).expect("a code");
            let code = rest.strip_suffix(&format!("&state={STATE}")).expect("the state");
            let parsed = uuid::Uuid::parse_str(code).expect("a UUID");
            assert_eq!(parsed.hyphenated().to_string(), code);
            assert!(!seen.contains(&parsed), "{parsed} comes twice");
            seen.push(parsed);
        }
        // RFC 6749, 3.1: an empty one is none.
        for empty in ["&state=", "&state"] {
            let known = browser.authorize(&code_query(&app, empty)).await;
            assert_eq!(known.location, format!("{CALLBACK}?code={}", known.returned("code")));
        }
        let implicit = web_client(&app.pool, json!({ "AllowedOAuthFlows": ["implicit"] })).await;
        let query = code_query(&implicit, &format!("&state={STATE}")).replace("=code&", "=token&");
        let known = browser.authorize(&query).await;
        assert!(known.location.starts_with(&format!("{CALLBACK}#id_token=")), "{}", known.location);
        assert!(known.location.ends_with(&format!("&state={STATE}")), "{}", known.location);
    }

    /// The callback's own query stays, with a code as with a refusal.
    async fn a_callbacks_query_is_kept(server: TestServer) {
        let (known, mut browser) = user(&server, json!({})).await;
        let uri = "https://app.example.com/in?a=1&b=%20";
        let app = web_client(&known.pool, json!({ "CallbackURLs": [uri] })).await;
        let encoded: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
        let query = format!("response_type=code&client_id={}&redirect_uri={encoded}&state={STATE}", app.id);
        let back = browser.log_in(&query, "ada", PASSWORD).await;
        let code = back.returned("code");
        assert_eq!(back.location, format!("{uri}&code={code}&state={STATE}"));
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", uri)];
        exchange(&app, &browser.domain, &form).await.ok();
        let again = browser.authorize(&query).await;
        assert_eq!(again.location, format!("{uri}&code={}&state={STATE}", again.returned("code")));
    }

    /// Managed login obeys `login` and `none`; the others ask for nothing that the pool has, and what is none of them is
    /// refused.
    async fn managed_login_knows_each_prompt(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        browser.use_managed_login(&app).await;
        browser.code(&code_query(&app, ""), "ada").await;
        let asking = |prompt: &str| code_query(&app, &format!("&state=x&prompt={prompt}"));
        for prompt in [
            "none", "none&identity_provider=COGNITO", "consent", "select_account", "select_account+consent",
        ] {
            let back = browser.authorize(&asking(prompt)).await;
            let code = back.returned("code");
            assert_eq!(back.location, format!("{CALLBACK}?code={code}&state=x"), "{prompt}");
        }
        for prompt in ["login", "login+consent", "consent+login"] {
            let sent = browser.authorize(&asking(prompt)).await;
            assert_eq!(sent.location, format!("{}?{}", browser.path("login"), asking(prompt)));
        }
        for prompt in ["create", "Login", "none+login", "login+none", "none+none"] {
            let refused = browser.authorize(&asking(prompt)).await;
            assert_eq!(refused.location, format!("{CALLBACK}?state=x&error=invalid_request"), "{prompt}");
        }
        // The session stays good while the page is shown, and a new sign-in has a new cookie.
        let before = browser.cookie("cognito").map(str::to_owned);
        assert!(!browser.authorize(&asking("none")).await.returned("code").is_empty());
        assert_eq!(browser.log_in(&asking("login"), "ada", PASSWORD).await.status, 302);
        assert_ne!(browser.cookie("cognito").map(str::to_owned), before);
    }

    /// The JSON API gives no cookie, whichever way somebody signs in.
    async fn the_json_api_gives_no_cookie(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada").await;
        let response = client.response(&app, &challenge.clone().ok(), PASSWORD);
        let answers = [
            app.initiate("ada", PASSWORD).await,
            app.call("RespondToAuthChallenge", response).await,
            challenge,
        ];
        for answer in answers {
            assert_eq!(answer.status, 200, "{answer}");
            assert_eq!(answer.header("set-cookie"), None, "{answer}");
        }
        let sent = browser.authorize(&code_query(&app, "")).await;
        assert!(sent.location.starts_with(&browser.path("login")), "{}", sent.location);
        let sessions = server.store.ask("SELECT user_id FROM browser_sessions").await;
        assert_eq!(sessions, Vec::<String>::new());
    }

    /// Applications and hosts above this one set cookies, too, with whatever bytes.
    async fn other_cookies_may_have_any_bytes(server: TestServer) {
        let (app, browser) = user(&server, json!({})).await;
        let query = code_query(&app, "");
        let mut signed_in = browser.twin();
        signed_in.code(&query, "ada").await;
        let own = format!("cognito-{}={}", browser.domain, signed_in.cookie("cognito").expect("a session"));
        let path = format!("{}?{query}", browser.path("oauth2/authorize"));
        for (before, after) in [("name=Jos\u{e9}; ", ""), ("", "; name=\u{fc}"), ("a; =; ", "; ;")] {
            // Latin-1, as a header may have it, and UTF-8, as scripts set it.
            let latin = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
            let utf8 = |text: &str| text.as_bytes().to_vec();
            for cookies in [
                [latin(before), own.clone().into_bytes(), latin(after)].concat(),
                [utf8(before), own.clone().into_bytes(), utf8(after)].concat(),
            ] {
                let request = server.client.raw(reqwest::Method::GET, &path).header("cookie", cookies);
                let answer = server.client.send(request).await;
                let location = answer.header("location").unwrap_or_default();
                assert!(answer.status == 302 && location.contains("code="), "{before:?} {after:?}: {location}");
            }
        }
    }

    /// The button of an earlier page is that of the account which it names, and of nobody else's.
    async fn an_account_that_is_offered_is_the_one_that_signs_in(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        let query = code_query(&app, "");
        let login = format!("{}?{query}", browser.path("login"));
        browser.code(&query, "ada").await;
        let of_ada = browser.open(&login).await;
        assert!(of_ada.html.contains("Sign in as ada"), "{}", of_ada.html);
        browser.submit(&of_ada, &[("username", "bob"), ("password", PASSWORD)]).await;
        let offered = browser.submit(&of_ada, &[("signInAsKnownUser", "true")]).await;
        assert_eq!((offered.status, offered.location.as_str()), (200, ""));
        assert!(offered.html.contains("Sign in as bob") && !offered.html.contains("Sign in as ada"), "{}", offered.html);
        let back = browser.submit(&offered, &[("signInAsKnownUser", "true")]).await;
        assert!(!back.returned("code").is_empty());
    }

    /// Under a host name of its own, by its prefix or a custom one, a domain has AWS's names for its cookies, and all of
    /// the host.
    async fn a_host_name_has_cookies_of_its_own(server: TestServer) {
        let (app, by_path) = user(&server, json!({})).await;
        app.pool.custom_domain("login.example.com").await;
        let query = code_query(&app, "");
        for host in [format!("{}.auth.localhost", by_path.domain), "login.example.com".to_owned()] {
            let mut browser = by_path.at_host(&host);
            let page = browser.open(&format!("/login?{query}")).await;
            let csrf = page.hidden("_csrf").expect("a value");
            assert!(uuid::Uuid::parse_str(&csrf).is_ok(), "{csrf}");
            assert_eq!(page.set_cookies, [format!("XSRF-TOKEN={csrf}; Path=/; HttpOnly; SameSite=Lax")]);
            assert!(page.html.contains("action=\"/login?"), "{}", page.html);
            let back = browser.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
            assert!(!back.returned("code").is_empty(), "{back:?}");
            let session = browser.cookie("cognito").expect("a session").to_owned();
            let expected = format!("cognito={session}; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax");
            assert_eq!(back.set_cookies, [expected]);
            assert!(!browser.authorize(&query).await.returned("code").is_empty());
            let gone = browser.open(&format!("/logout?client_id={}", app.id)).await;
            assert_eq!(gone.set_cookies, ["cognito=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"]);
            assert_eq!(browser.authorize(&query).await.location, format!("/login?{query}"));
        }
    }

    /// The value that a browser has stays, so that a form works that an earlier tab shows.
    async fn tabs_share_the_value_of_their_forms(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let login = format!("{}?{}", browser.path("login"), code_query(&app, ""));
        let first = browser.open(&login).await;
        let value = first.hidden("_csrf").expect("a value");
        let name = format!("XSRF-TOKEN-{}", browser.domain);
        let expected = format!("{name}={value}; Path=/{}; HttpOnly; SameSite=Lax", browser.domain);
        assert_eq!(first.set_cookies, [expected]);
        let second = browser.open(&login).await;
        assert_eq!((second.hidden("_csrf"), &second.set_cookies), (Some(value.clone()), &Vec::new()));
        let wrong = browser.submit(&second, &[("username", "ada"), ("password", "Wr0ng-Horse!")]).await;
        assert_eq!((wrong.status, wrong.hidden("_csrf")), (200, Some(value)));
        let back = browser.submit(&first, &[("username", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(back.status, 302, "{}", back.html);

        let own = "0f0e0d0c-0b0a-0908-0706-050403020100";
        let mut other = Browser::new(&app.pool).await;
        other.set_cookie("XSRF-TOKEN", own);
        let page = other.open(&login).await;
        assert_eq!((page.hidden("_csrf").as_deref(), &page.set_cookies), (Some(own), &Vec::new()));
        assert_eq!(other.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await.status, 302);
        // What is no value of ours is replaced.
        let mut careless = Browser::new(&app.pool).await;
        careless.set_cookie("XSRF-TOKEN", "<b>");
        let page = careless.open(&login).await;
        let value = page.hidden("_csrf").expect("a value");
        assert!(uuid::Uuid::parse_str(&value).is_ok(), "{value}");
        assert_eq!(careless.cookie("XSRF-TOKEN"), Some(value.as_str()));
    }
}
