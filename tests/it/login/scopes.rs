//! What the granted scopes open of a user, in the tokens of codes and at userInfo (domain 2.4, 3.3, 4.1, 8).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::browser::{Browser, CALLBACK, code_query, exchange, web_client};
use crate::support::pools::{Pool, claims, laid_over};
use crate::support::users::confirmed_user;
use crate::support::{Answer, AppClient, TestServer, both_stores};

/// The claims of each ID token of a code whose request had a nonce, without those of the user's attributes.
const OF_EVERY_ID_TOKEN: [&str; 13] = [
    "at_hash",
    "aud",
    "auth_time",
    "cognito:username",
    "event_id",
    "exp",
    "iat",
    "iss",
    "jti",
    "nonce",
    "origin_jti",
    "sub",
    "token_use",
];

fn email() -> Value {
    json!({ "email": "ada@example.com", "email_verified": true })
}

fn phone() -> Value {
    json!({ "phone_number": "+12065550100", "phone_number_verified": false })
}

fn profile() -> Value {
    json!({ "name": "Ada", "custom:team": "core" })
}

/// A pool with a scope of its own, and `ada`, who has attributes of each kind.
async fn pool(server: &TestServer) -> (Pool, Browser) {
    let team = json!({ "Name": "team", "AttributeDataType": "String" });
    let pool = server.pool(json!({ "Schema": [team] })).await;
    orders(&pool, "CreateResourceServer", &["read", "write"]).await;
    let own = json!({
        "name": "Ada",
        "email": "ada@example.com",
        "email_verified": "true",
        "phone_number": "+12065550100",
        "phone_number_verified": "false",
        "custom:team": "core",
    });
    confirmed_user(&pool, "ada", own).await;
    let browser = Browser::new(&pool).await;
    (pool, browser)
}

/// The resource server gets exactly these scopes.
async fn orders(pool: &Pool, operation: &str, names: &[&str]) {
    let scope = |name: &&str| json!({ "ScopeName": name, "ScopeDescription": "Of orders" });
    let scopes: Value = names.iter().map(scope).collect();
    let input = json!({ "Identifier": "orders", "Name": "Orders", "Scopes": scopes });
    pool.admin(operation, input).await.ok();
}

async fn client(pool: &Pool, overrides: Value) -> AppClient {
    let scopes = json!([
        "openid",
        "email",
        "phone",
        "profile",
        "orders/read",
        "orders/write"
    ]);
    let base = json!({ "AllowedOAuthScopes": scopes });
    web_client(pool, laid_over(base, overrides)).await
}

/// The tokens of a code for these scopes, of `ada`.
async fn tokens(app: &AppClient, browser: &mut Browser, further: &str) -> Value {
    tokens_of("ada", app, browser, further).await
}

/// The tokens of a code for these scopes, of this user.
async fn tokens_of(username: &str, app: &AppClient, browser: &mut Browser, further: &str) -> Value {
    let query = code_query(app, &format!("&nonce=n{further}"));
    let code = browser.code(&query, username).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
    ];
    exchange(app, &browser.domain, &form).await.ok()
}

/// The claims of one of the tokens.
#[track_caller]
fn of(tokens: &Value, name: &str) -> Value {
    claims(tokens[name].as_str().expect("a token"))
}

/// What an ID token says of the user's attributes.
#[track_caller]
fn attributes(id: &Value) -> Value {
    let mut claims = id.as_object().unwrap().clone();
    for name in OF_EVERY_ID_TOKEN {
        assert!(claims.remove(name).is_some(), "no {name} in {id}");
    }
    Value::Object(claims)
}

async fn user_info(app: &AppClient, browser: &Browser, tokens: &Value) -> Answer {
    let client = &app.pool.endpoint().client;
    let access = tokens["access_token"].as_str().unwrap();
    let request = client
        .raw(Method::GET, &browser.path("oauth2/userInfo"))
        .header("authorization", format!("Bearer {access}"));
    client.send(request).await
}

both_stores! {
    /// `openid` alone opens all that the client may read, and so does `profile`; other scopes open theirs.
    async fn scopes_cut_the_id_token(server: TestServer) {
        let (pool, mut browser) = pool(&server).await;
        let all = laid_over(laid_over(email(), phone()), profile());
        let app = client(&pool, json!({})).await;
        let narrow = json!({ "ReadAttributes": ["name", "phone_number", "phone_number_verified"] });
        let narrow = client(&pool, narrow).await;
        let readable = laid_over(phone(), json!({ "name": "Ada" }));
        for (app, scopes, expected) in [
            (&app, "openid", all.clone()),
            (&app, "openid+orders/read", all.clone()),
            (&app, "openid+profile", all.clone()),
            (&app, "openid+email", email()),
            (&app, "openid+phone", phone()),
            (&app, "openid+email+phone", laid_over(email(), phone())),
            (&narrow, "openid", readable.clone()),
            (&narrow, "openid+profile", readable.clone()),
            (&narrow, "openid+phone", phone()),
        ] {
            let given = tokens(app, &mut browser, &format!("&scope={scopes}")).await;
            assert_eq!(attributes(&of(&given, "id_token")), expected, "{scopes}");
        }
    }

    /// Whether an address is verified is said where it was ever set, and not where the administrator has left it out.
    async fn a_flag_that_was_never_set_is_not_told(server: TestServer) {
        let (pool, mut browser) = pool(&server).await;
        let app = client(&pool, json!({})).await;
        let alone = json!({ "email": "eve@example.com" });
        let sub = confirmed_user(&pool, "eve", alone.clone()).await;
        for scopes in ["openid", "openid+email"] {
            let given = tokens_of("eve", &app, &mut browser, &format!("&scope={scopes}")).await;
            assert_eq!(attributes(&of(&given, "id_token")), alone, "{scopes}");
            let told = user_info(&app, &browser, &given).await.ok();
            assert_eq!(told, json!({ "sub": sub, "email": "eve@example.com", "username": "eve" }), "{scopes}");
        }
    }

    /// `email`, `phone` and `profile` open nothing without `openid`: there is no ID token, and userInfo refuses.
    async fn without_openid_other_scopes_open_nothing(server: TestServer) {
        let (pool, mut browser) = pool(&server).await;
        let app = client(&pool, json!({})).await;
        let text = "Access token does not contain openid scope";
        let header = format!("error=\"invalid_token\", error_description=\"{text}\"");
        for scopes in ["email", "phone", "profile", "email phone profile"] {
            let asked = format!("&scope={}", scopes.replace(' ', "+"));
            let given = tokens(&app, &mut browser, &asked).await;
            assert_eq!(member_names(&given), ["access_token", "expires_in", "refresh_token", "token_type"]);
            assert_eq!(of(&given, "access_token")["scope"], scopes);
            let refused = user_info(&app, &browser, &given).await;
            assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some(header.as_str())));
            assert_eq!(refused.body, json!({ "error": "invalid_token", "error_description": text }));
        }
    }

    /// The members of the answer, and the claims of its access token, are these.
    async fn the_tokens_of_a_code_have_exactly_their_members(server: TestServer) {
        let (pool, mut browser) = pool(&server).await;
        let app = client(&pool, json!({})).await;
        let given = tokens(&app, &mut browser, "&scope=openid+orders/read").await;
        assert_eq!(
            member_names(&given),
            ["access_token", "expires_in", "id_token", "refresh_token", "token_type"]
        );
        let (access, id) = (of(&given, "access_token"), of(&given, "id_token"));
        assert_eq!(member_names(&access), [
            "auth_time", "client_id", "event_id", "exp", "iat", "iss", "jti", "origin_jti", "scope", "sub",
            "token_use", "username", "version",
        ]);
        assert_eq!(access["scope"], "openid orders/read");
        assert_eq!((&access["token_use"], &id["token_use"]), (&json!("access"), &json!("id")));
        for name in ["sub", "iss", "auth_time", "origin_jti", "event_id", "iat"] {
            assert_eq!(access[name], id[name], "{name}");
        }
    }

    /// A scope that its resource server has lost is not granted, asked for or not, until it is there again.
    async fn a_deleted_scope_is_in_no_token_until_it_is_made_again(server: TestServer) {
        let (pool, mut browser) = pool(&server).await;
        let app = client(&pool, json!({ "AllowedOAuthScopes": ["openid", "orders/read", "orders/write"] })).await;
        let asked = "&scope=openid+orders/write+orders/read";
        for (names, by_name, all) in [
            (&["read", "write"][..], "openid orders/write orders/read", "openid orders/read orders/write"),
            (&["read"][..], "openid orders/read", "openid orders/read"),
            (&["write", "read"][..], "openid orders/write orders/read", "openid orders/read orders/write"),
        ] {
            orders(&pool, "UpdateResourceServer", names).await;
            for (further, expected) in [(asked, by_name), ("", all)] {
                let given = tokens(&app, &mut browser, further).await;
                assert_eq!(of(&given, "access_token")["scope"], expected, "{names:?}");
            }
        }
        // Where it is all that was asked for, nothing is granted, not even later.
        orders(&pool, "UpdateResourceServer", &["read"]).await;
        let given = tokens(&app, &mut browser, "&scope=orders/write").await;
        orders(&pool, "UpdateResourceServer", &["read", "write"]).await;
        let form = [("grant_type", "refresh_token"), ("refresh_token", given["refresh_token"].as_str().unwrap())];
        let refreshed = exchange(&app, &browser.domain, &form).await.ok();
        assert_eq!(member_names(&given), ["access_token", "expires_in", "refresh_token", "token_type"]);
        assert_eq!(member_names(&refreshed), ["access_token", "expires_in", "token_type"]);
        for tokens in [&given, &refreshed] {
            assert_eq!(of(tokens, "access_token")["scope"], "");
            assert_eq!(user_info(&app, &browser, tokens).await.status, 401);
        }
    }
}
