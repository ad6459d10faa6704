//! What the standards ask for and no other file beside this one proves (`docs/conformance.md`).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    CALLBACK as OF_DOMAIN, Domain, FORM, SIGNED_OUT, TOKEN, denied, encoded, granted, secret, text,
};
use crate::support::browser::{Browser, CALLBACK, code_query, exchange, web_client};
use crate::support::pools::{PASSWORD, claims};
use crate::support::tokens::{assert_revoked, numeric_claim, tampered};
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, TestServer, both_stores};

const AUTHORIZE: &str = "/oauth2/authorize";
const REVOKE: &str = "/oauth2/revoke";
const CLIENT_CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");

/// A client with a user, and a browser that has not met them yet.
async fn user(server: &TestServer, settings: Value) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let app = web_client(&pool, settings).await;
    app.confirmed("ada", json!({ "email": "ada@example.com" }))
        .await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

/// The form that exchanges a code.
fn exchanging<'a>(code: &'a str, further: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let base = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    [&base, further].concat()
}

/// The tokens of a user who signs in.
async fn tokens_of(app: &AppClient, browser: &mut Browser, further: &str) -> Value {
    let code = browser.code(&code_query(app, further), "ada").await;
    let answer = exchange(app, &browser.domain, &exchanging(&code, &[])).await;
    answer.ok()
}

fn claims_of(tokens: &Value, token: &str) -> Value {
    claims(text(tokens, token))
}

async fn get(server: &TestServer, path: &str) -> Value {
    let request = server.client.raw(Method::GET, path);
    server.client.send(request).await.ok()
}

async fn user_info(
    server: &TestServer,
    browser: &Browser,
    method: Method,
    authorization: &str,
) -> Answer {
    let path = browser.path("oauth2/userInfo");
    let request = server.client.raw(method, &path);
    let request = request.header("authorization", authorization);
    server.client.send(request).await
}

/// The claims of an ID token whose signature, issuer, audience and time are right.
#[track_caller]
fn verified(token: &str, keys: &Value, issuer: &str, audience: &str) -> Value {
    let keys: JwkSet = serde_json::from_value(keys.clone()).expect("a JWK set");
    let kid = decode_header(token).unwrap().kid.expect("a key id");
    let key = keys.find(&kid).expect("a published key of that id");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    let key = DecodingKey::from_jwk(key).unwrap();
    let decoded = decode::<Value>(token, &key, &validation).unwrap();
    decoded.claims
}

/// OpenID Connect Core 3.1.3.6: the left half of the access token's hash.
fn half_hash(access: &str) -> String {
    let hash = digest(&SHA256, access.as_bytes());
    let (half, _) = hash.as_ref().split_at(16);
    BASE64_URL_SAFE_NO_PAD.encode(half)
}

both_stores! {
    /// OpenID Connect Core 2, 3.1.3.7 and Discovery 3, 4: an ID token is verified with what the document names.
    async fn an_id_token_is_verified_with_what_discovery_names(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let tokens = tokens_of(&app, &mut browser, "&nonce=%C3%A9+x%2B%2F").await;
        let path = format!("/{}/.well-known/openid-configuration", app.pool.id);
        let described = get(&server, &path).await;
        let keys_at = text(&described, "jwks_uri").strip_prefix(server.url()).unwrap();
        let keys = get(&server, keys_at).await;
        let issuer = text(&described, "issuer");
        let id = verified(text(&tokens, "id_token"), &keys, issuer, &app.id);
        assert_eq!(id["nonce"], "é x+/");
        let sub = text(&id, "sub");
        assert!(sub.is_ascii() && sub.len() <= 255, "{sub}");
        let (issued, auth_time) = (numeric_claim(&id, "iat"), numeric_claim(&id, "auth_time"));
        assert!(auth_time <= issued && issued < numeric_claim(&id, "exp"), "{id}");
        let access = text(&tokens, "access_token");
        let told = user_info(&server, &browser, Method::GET, &format!("Bearer {access}")).await;
        assert_eq!(told.ok()["sub"], sub);
    }

    /// OpenID Connect Core 3.2.2.5, 3.2.2.10: the implicit grant's ID token names request and access token.
    async fn an_implicit_id_token_is_bound_to_its_request(server: TestServer) {
        let (app, mut browser) = user(&server, json!({ "AllowedOAuthFlows": ["implicit"] })).await;
        let query = code_query(&app, "&nonce=n-2").replace("response_type=code", "response_type=token");
        let page = browser.log_in(&query, "ada", PASSWORD).await;
        assert_eq!(page.status, 302, "{}", page.html);
        assert!(page.location.starts_with(&format!("{CALLBACK}#")), "{}", page.location);
        assert!(!page.location.contains('?'), "{}", page.location);
        let id = claims(&page.returned("id_token"));
        assert_eq!((&id["nonce"], &id["aud"]), (&json!("n-2"), &json!(app.id)));
        assert_eq!(id["at_hash"], half_hash(&page.returned("access_token")));
    }

    /// OpenID Connect Core 5.3.1, RFC 6750, 2.1 and 2.2: by GET and POST, with the token in the header only.
    async fn claims_are_told_by_post_too(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let tokens = tokens_of(&app, &mut browser, "").await;
        let access = text(&tokens, "access_token");
        let id = claims(text(&tokens, "id_token"));
        for (method, scheme) in [(Method::GET, "bearer"), (Method::POST, "Bearer"), (Method::POST, "BEARER")] {
            let told = user_info(&server, &browser, method, &format!("{scheme} {access}")).await;
            assert_eq!(told.ok()["sub"], id["sub"], "{scheme}");
        }
        let request = server
            .client
            .raw(Method::POST, &browser.path("oauth2/userInfo"))
            .header("content-type", FORM)
            .body(encoded(&[("access_token", access)]));
        let answer = server.client.send(request).await;
        assert_eq!((answer.status, &answer.body["error"]), (400, &json!("invalid_request")), "{answer}");
    }

    /// OpenID Connect Core 15.1 and RFC 6749, 3.1, 3.2: what is not obeyed is no error.
    async fn parameters_that_are_not_obeyed_are_no_error(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        let query = encoded(&[
            ("response_type", "code"), ("client_id", app.id.as_str()), ("redirect_uri", OF_DOMAIN),
            ("scope", "openid"), ("display", "popup"), ("ui_locales", "de fr"), ("claims_locales", "de"),
            ("acr_values", "urn:example:high"), ("unheard_of", "1"),
        ]);
        let location = domain.location(&format!("{AUTHORIZE}?{query}")).await;
        assert_eq!(location, domain.url(&format!("/login?{query}")));
        let machine = domain.machine(json!({})).await;
        granted(domain.post_as(&machine, TOKEN, &[CLIENT_CREDENTIALS, ("unheard_of", "1")]).await);
    }

    /// RFC 6749, 3.1 and 3.2: a parameter without a value counts as one that is not there.
    async fn an_empty_parameter_counts_as_absent(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let empty = "&scope=&nonce=&prompt=&max_age=&code_challenge=&code_challenge_method=&resource=";
        let code = browser.code(&code_query(&app, empty), "ada").await;
        let form = exchanging(&code, &[("code_verifier", ""), ("client_secret", "")]);
        let tokens = exchange(&app, &browser.domain, &form).await.ok();
        let (access, id) = (claims(text(&tokens, "access_token")), claims(text(&tokens, "id_token")));
        assert_eq!(access["scope"], "openid email profile aws.cognito.signin.user.admin");
        assert_eq!((access.get("aud"), id.get("nonce")), (None, None));
    }

    /// RFC 6749, 2.3: one way of authenticating in a request, and none in its URL.
    async fn a_client_authenticates_in_one_way_at_a_time(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let twice = [CLIENT_CREDENTIALS, ("client_secret", secret(&app))];
        let answer = domain.post_as(&app, TOKEN, &twice).await;
        denied(&answer, "invalid_request");
        let query = encoded(&[("client_id", app.id.as_str()), ("client_secret", secret(&app))]);
        let answer = domain.post(&format!("{TOKEN}?{query}"), &[CLIENT_CREDENTIALS]).await;
        denied(&answer, "invalid_client");
        granted(domain.post_as(&app, TOKEN, &[CLIENT_CREDENTIALS]).await);
    }

    /// RFC 6749, 3.2.1 and 4.1.3: a client with a secret needs it for a code, which is not used up without.
    async fn a_confidential_client_exchanges_a_code_with_its_secret_only(server: TestServer) {
        let (app, mut browser) = user(&server, json!({ "GenerateSecret": true })).await;
        let code = browser.code(&code_query(&app, ""), "ada").await;
        for wrong in ["", "wrong"] {
            let form = exchanging(&code, &[("client_secret", wrong)]);
            denied(&exchange(&app, &browser.domain, &form).await, "invalid_client");
        }
        let form = exchanging(&code, &[("client_secret", secret(&app))]);
        exchange(&app, &browser.domain, &form).await.ok();
    }

    /// RFC 6749, 6 and OpenID Connect Core 12.2: a refresh keeps the scopes and what the ID token says of the sign-in.
    async fn a_refresh_grants_what_was_granted(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let tokens = tokens_of(&app, &mut browser, "&scope=openid+email").await;
        let first = claims(text(&tokens, "id_token"));
        let refresh = text(&tokens, "refresh_token");
        for scope in ["openid email", "openid email profile", "aws.cognito.signin.user.admin"] {
            let form = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", scope)];
            let refreshed = exchange(&app, &browser.domain, &form).await.ok();
            assert_eq!(claims(text(&refreshed, "access_token"))["scope"], "openid email", "{scope}");
            let second = claims(text(&refreshed, "id_token"));
            for name in ["iss", "sub", "aud", "auth_time"] {
                assert_eq!(second[name], first[name], "{name}");
            }
        }
    }

    /// RFC 6749, 5.1, and RFC 9700, 4.3: what carries a code, and what refuses one, is not stored on its way.
    async fn answers_about_codes_are_not_stored(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let query = code_query(&app, "");
        browser.code(&query, "ada").await;
        let session = browser.cookie("cognito").expect("a session");
        let request = server
            .client
            .raw(Method::GET, &format!("{}?{query}", browser.path("oauth2/authorize")))
            .header("cookie", format!("cognito-{}={session}", browser.domain));
        let answer = server.client.send(request).await;
        let location = answer.header("location").unwrap_or_default();
        assert!(location.starts_with(&format!("{CALLBACK}?code=")), "{answer}");
        assert_eq!((answer.status, answer.header("cache-control")), (302, Some("no-store")));
        let code = browser.code(&query, "ada").await;
        for (code, status) in [(code.as_str(), 200), ("x", 400)] {
            let answer = exchange(&app, &browser.domain, &exchanging(code, &[])).await;
            assert_eq!((answer.status, answer.header("cache-control")), (status, Some("no-store")));
            let pragma = (status == 200).then_some("no-cache");
            assert_eq!(answer.header("pragma"), pragma, "{answer}");
        }
    }

    /// RFC 6749, 10.3 to 10.5: codes, tokens and what the browser's session goes by are not in the database.
    async fn the_database_has_neither_codes_nor_tokens(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let used = browser.code(&code_query(&app, ""), "ada").await;
        let tokens = exchange(&app, &browser.domain, &exchanging(&used, &[])).await.ok();
        let unused = browser.code(&code_query(&app, ""), "ada").await;
        let session = browser.cookie("cognito").expect("a session");
        let dump = server.store.dump().await;
        let has = |text: &str| dump.windows(text.len()).any(|bytes| bytes == text.as_bytes());
        assert!(has("ada@example.com"), "this is not the database");
        let [refresh, access] = ["refresh_token", "access_token"].map(|name| text(&tokens, name));
        for secret in [used.as_str(), unused.as_str(), session, refresh, access] {
            assert!(!has(secret), "{secret} is in the database");
        }
    }

    /// RFC 7009, 2.1: a hint may be wrong, or unknown.
    async fn a_hint_at_the_kind_of_token_changes_nothing(server: TestServer) {
        let domain = Domain::start(&server).await;
        confirmed_user(&domain.pool, "ada", json!({})).await;
        let app = domain.web(json!({})).await;
        for hint in ["refresh_token", "access_token", "unheard_of"] {
            let tokens = app.sign_in("ada").await;
            let form = [
                ("token", tokens.refresh.as_str()), ("token_type_hint", hint), ("client_id", app.id.as_str()),
            ];
            let answer = domain.post(REVOKE, &form).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{hint}: {answer}");
            assert_revoked(&app, &tokens).await;
        }
    }

    /// RFC 8252, 7.3, with PKCE: the code comes to the port that was named, and is bound to it.
    async fn a_native_application_gets_its_code_at_its_port(server: TestServer) {
        let (app, mut browser) = user(&server, json!({ "CallbackURLs": ["http://127.0.0.1/in"] })).await;
        let asked = "http://127.0.0.1:49152/in";
        let query = encoded(&[
            ("response_type", "code"), ("client_id", app.id.as_str()), ("redirect_uri", asked),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), ("code_challenge_method", "S256"),
        ]);
        // Browsers follow a form's answer only to where the page's policy leads.
        let form = browser.open(&format!("{}?{query}", browser.path("login"))).await;
        assert!(form.policy.ends_with("form-action 'self' http://127.0.0.1:*"), "{}", form.policy);
        let page = browser.log_in(&query, "ada", PASSWORD).await;
        assert_eq!(page.status, 302, "{}", page.html);
        assert!(page.location.starts_with(&format!("{asked}?code=")), "{}", page.location);
        let code = page.returned("code");
        let form = |uri: &'static str| [
            ("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", uri),
            ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ];
        for other in ["http://127.0.0.1/in", "http://127.0.0.1:49153/in"] {
            let answer = exchange(&app, &browser.domain, &form(other)).await;
            denied(&answer, "unauthorized_client");
        }
        exchange(&app, &browser.domain, &form(asked)).await.ok();
    }

    /// RFC 9700, 2.1.1: clients can see that PKCE is there.
    async fn pkce_is_announced(server: TestServer) {
        let domain = Domain::start(&server).await;
        let path = format!("/{}/.well-known/openid-configuration", domain.pool.id);
        let described = get(&server, &path).await;
        assert_eq!(described["code_challenge_methods_supported"], json!(["S256"]));
    }

    /// RFC 9700, 2.6: browsers are sent to these, and no script of another origin reads their answers.
    async fn no_script_reads_where_browsers_are_sent(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        let query = encoded(&[
            ("response_type", "code"), ("client_id", app.id.as_str()), ("redirect_uri", OF_DOMAIN),
        ]);
        for path in [AUTHORIZE, "/authorize", "/login", "/logout"] {
            for method in [Method::GET, Method::OPTIONS] {
                let request = domain
                    .request(method, &format!("{path}?{query}"))
                    .header("origin", "https://app.example.com")
                    .header("access-control-request-method", "GET");
                let answer = domain.send(request).await;
                assert_eq!(answer.header("access-control-allow-origin"), None, "{path}: {answer}");
            }
        }
    }

    /// RP-Initiated Logout 2: the state comes back as it was sent, if there was one.
    async fn a_state_comes_back_after_signing_out(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        let query = encoded(&[("client_id", app.id.as_str()), ("post_logout_redirect_uri", SIGNED_OUT)]);
        let location = domain.location(&format!("/logout?{query}&state=a%2Fb+c")).await;
        assert_eq!(location, format!("{SIGNED_OUT}?state=a%2Fb+c"));
    }

    /// RP-Initiated Logout 2: a hint is an ID token of this pool, which may be over, and nothing else is.
    async fn only_an_id_token_of_the_pool_is_a_hint(server: TestServer) {
        let domain = Domain::start(&server).await;
        confirmed_user(&domain.pool, "ada", json!({})).await;
        let tokens = domain.web(json!({})).await.sign_in("ada").await;
        let elsewhere = server.pool(json!({})).await;
        confirmed_user(&elsewhere, "ada", json!({})).await;
        let foreign = elsewhere.client(json!({})).await.sign_in("ada").await;
        let changed = tampered(&tokens.id);
        for hint in [tokens.access.as_str(), changed.as_str(), foreign.id.as_str(), "x"] {
            let query = encoded(&[("id_token_hint", hint), ("post_logout_redirect_uri", SIGNED_OUT)]);
            domain.leads_to_error_page(&format!("/logout?{query}"), &query).await;
        }
        server.advance(3601).await;
        let query = encoded(&[("id_token_hint", tokens.id.as_str()), ("post_logout_redirect_uri", SIGNED_OUT)]);
        assert_eq!(domain.location(&format!("/logout?{query}")).await, SIGNED_OUT);
    }

    /// OpenID Connect Core 6.1, 6.2, 7.2.1: what a request object or a registration says is not read.
    async fn request_objects_and_registrations_are_not_read(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let claims = json!({
            "client_id": "other", "redirect_uri": "https://elsewhere.example.com/", "response_type": "token",
            "scope": "orders/read", "state": "other", "nonce": "other", "prompt": "none",
        });
        let part = |json: Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let object = format!("{}.{}.", part(json!({ "alg": "none" })), part(claims));
        let not_read = encoded(&[
            ("request", object.as_str()), ("request_uri", "https://app.example.com/request.jwt"),
            ("registration", r#"{"redirect_uris":["https://elsewhere.example.com/"]}"#),
        ]);
        let query = code_query(&app, &format!("&scope=openid&state=s-1&nonce=n-1&{not_read}"));
        let sent = browser.authorize(&query).await;
        assert_eq!((sent.status, sent.location), (302, format!("{}?{query}", browser.path("login"))));
        let page = browser.log_in(&query, "ada", PASSWORD).await;
        assert!(page.location.starts_with(&format!("{CALLBACK}?code=")), "{}", page.location);
        assert_eq!(page.returned("state"), "s-1");
        let tokens = exchange(&app, &browser.domain, &exchanging(&page.returned("code"), &[])).await.ok();
        assert_eq!(claims_of(&tokens, "access_token")["scope"], "openid");
        let id = claims_of(&tokens, "id_token");
        assert_eq!((&id["nonce"], &id["aud"]), (&json!("n-1"), &json!(app.id)));
    }

    /// RFC 6749, 4.1.2.1: the application learns that the server has failed, once client and address are known.
    async fn a_failure_of_the_server_is_told_to_the_application(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let query = code_query(&app, "&state=s-1");
        browser.code(&query, "ada").await;
        server.store.ask("ALTER TABLE browser_sessions RENAME TO browser_sessions_elsewhere").await;
        let sent = browser.authorize(&query).await;
        assert_eq!((sent.status, sent.location), (302, format!("{CALLBACK}?state=s-1&error=server_error")));
        // What is wrong with a request is told as ever.
        let elsewhere = query.replace("app.example.com", "elsewhere.example.com");
        let sent = browser.authorize(&elsewhere).await;
        let expected = format!("{}?error=redirect_mismatch&client_id={}", browser.path("error"), app.id);
        assert_eq!((sent.status, sent.location), (302, expected));
        // The client is not remembered for ever, and nobody is sent anywhere before it is known.
        server.store.ask("ALTER TABLE user_pool_clients RENAME TO user_pool_clients_elsewhere").await;
        server.advance(5).await;
        let request = server.client.raw(Method::GET, &format!("{}?{query}", browser.path("oauth2/authorize")));
        let answer = server.client.send(request).await;
        assert_eq!((answer.status, answer.header("location")), (500, None), "{answer}");
        assert_eq!(answer.body, json!({ "error": "server_error" }));
        assert!(answer.header("x-amz-cognito-request-id").is_some(), "{answer}");
    }

    /// RFC 6749, 4.1.2.1 and 5.2: descriptions are printable ASCII without `"` and `\`, whatever a request had.
    async fn descriptions_repeat_nothing_that_was_sent(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({ "AllowedOAuthFlows": ["code"] })).await;
        let machine = domain.machine(json!({})).await;
        let odd = "\u{e9}\"\\ x\n";
        let is_plain = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b"\"\\".contains(&byte));
        for (name, value) in [
            ("scope", odd), ("response_type", odd), ("response_type", "token"), ("code_challenge_method", odd),
            ("code_challenge", odd), ("prompt", odd), ("max_age", odd), ("nonce", odd), ("resource", odd),
        ] {
            let mut query = vec![
                ("client_id", app.id.as_str()), ("redirect_uri", OF_DOMAIN), ("response_type", "code"),
            ];
            query.retain(|(known, _)| *known != name);
            query.push((name, value));
            let location = domain.location(&format!("{AUTHORIZE}?{}", encoded(&query))).await;
            let location = reqwest::Url::parse(&location).unwrap();
            for (parameter, value) in location.query_pairs().filter(|(name, _)| name.starts_with("error")) {
                assert!(is_plain(&value), "{name}: {parameter}={value}");
            }
        }
        for form in [
            [("grant_type", odd), ("scope", "")], [CLIENT_CREDENTIALS, ("scope", odd)],
            [CLIENT_CREDENTIALS, ("aws_client_metadata", odd)], [("grant_type", "authorization_code"), ("code", odd)],
            [("grant_type", "refresh_token"), ("refresh_token", odd)],
        ] {
            let answer = domain.post_as(&machine, TOKEN, &form).await;
            assert_eq!(answer.status, 400, "{answer}");
            for (member, value) in answer.body.as_object().expect("an object") {
                assert!(is_plain(value.as_str().unwrap()), "{member}: {answer}");
            }
        }
    }

    /// RFC 6749, 2.3.1 and 10.10: what stands for a client or a user is too long to be guessed, and never comes twice.
    async fn what_is_generated_cannot_be_guessed(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let mut codes = std::collections::BTreeSet::new();
        let mut digits = std::collections::BTreeSet::new();
        for _ in 0..20 {
            let code = browser.code(&code_query(&app, ""), "ada").await;
            let id = uuid::Uuid::parse_str(&code).expect("the form of a UUID");
            // A UUID that says its version has fewer random bits: every bit of these is.
            digits.insert(id.as_bytes()[6] >> 4);
            assert_eq!(code.len(), 36, "{code}");
            codes.insert(code);
        }
        assert_eq!(codes.len(), 20);
        assert!(digits.len() > 1, "{codes:?}");
        let mut secrets = std::collections::BTreeSet::new();
        let mut letters = std::collections::BTreeSet::new();
        for _ in 0..10 {
            let app = app.pool.client(json!({ "GenerateSecret": true })).await;
            let secret = secret(&app).to_owned();
            assert_eq!(secret.len(), 52, "{secret}");
            letters.extend(secret.bytes());
            secrets.insert(secret);
        }
        assert_eq!(secrets.len(), 10);
        let alphabet = b"0123456789abcdefghijklmnopqrstuvwxyz".iter().copied().collect();
        assert_eq!(letters, alphabet, "of 520 letters each is there");
        let chosen = json!({ "ClientName": "short", "ClientSecret": "a".repeat(23) });
        let answer = app.pool.admin("CreateUserPoolClient", chosen).await;
        assert_eq!(answer.type_.as_deref(), Some("InvalidParameterException"), "{answer}");
    }

    /// RFC 9700, 2.2.1: access tokens are bearers', as AWS's: a proof that a client sends is not read.
    async fn access_tokens_are_bound_to_no_sender(server: TestServer) {
        let (app, mut browser) = user(&server, json!({})).await;
        let code = browser.code(&code_query(&app, "&dpop_jkt=x"), "ada").await;
        let form = exchanging(&code, &[("client_id", app.id.as_str())]);
        let request = server
            .client
            .raw(Method::POST, &browser.path("oauth2/token"))
            .header("content-type", FORM)
            .header("dpop", "x")
            .body(encoded(&form));
        let tokens = server.client.send(request).await.ok();
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(claims_of(&tokens, "access_token").get("cnf"), None);
        let access = text(&tokens, "access_token");
        let told = user_info(&server, &browser, Method::GET, &format!("DPoP {access}")).await;
        assert_eq!((told.status, &told.body["error"]), (400, &json!("invalid_request")), "{told}");
    }
}
