//! A browser and programs at a pool's domain: queries, forms, cookies and headers that are right, changed or made up. The
//! server never fails, leads to no address but its own and the client's, and shows nothing unescaped.

use std::sync::Arc;

use arbitrary::Unstructured;
use axum::body::Body;
use axum::http::{Method, Request, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cognate::oauth;
use tower::ServiceExt;

use crate::choice::{below, edited, once_in, one_of, text};
use crate::world::{CALLBACK, DOMAIN, PASSWORD, World, lock_world};

/// What no page may show as it is.
const MARKUP: &str = "zq<\"'>&zx";

const PATHS: [&str; 20] = [
    "oauth2/authorize",
    "oauth2/token",
    "oauth2/revoke",
    "oauth2/userInfo",
    "login",
    "signup",
    "confirm",
    "resendcode",
    "forgotPassword",
    "confirmforgotPassword",
    "confirmUser",
    "changePassword",
    "passkeys/add",
    "logout",
    "error",
    "preview",
    "preview/sign-in",
    "assets/login.css",
    "assets/x/logo",
    "assets/x/branding/y",
];

/// Parameters of queries, and what is right for them; a `$` stands for a variable of the world.
const QUERY: [(&str, &str); 18] = [
    ("client_id", "$WebClient"),
    ("redirect_uri", CALLBACK),
    ("response_type", "code"),
    ("state", "a/b c"),
    ("scope", "openid email"),
    ("nonce", "n"),
    (
        "code_challenge",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    ),
    ("code_challenge_method", "S256"),
    ("prompt", "login"),
    ("max_age", "60"),
    ("lang", "ja"),
    ("login_hint", "ada"),
    ("identity_provider", "COGNITO"),
    ("resource", "https://api.example.com/"),
    ("id_token_hint", "$Id"),
    ("logout_uri", CALLBACK),
    ("user_name", "max"),
    ("confirmation_code", "123456"),
];

/// Fields of forms, likewise.
const FORM: [(&str, &str); 24] = [
    ("username", "ada"),
    ("password", PASSWORD),
    ("confirmPassword", PASSWORD),
    ("code", "123456"),
    ("step", "SELECT_CHALLENGE"),
    ("step", "MFA_SETUP_APP"),
    ("session", "$NewPasswordSession"),
    ("user", "ivy"),
    ("offered", "PASSWORD EMAIL_OTP SMS_MFA email"),
    ("destination", "a***@e***"),
    ("answer", "WEB_AUTHN"),
    ("credential", "{}"),
    ("options", "{}"),
    ("requiredAttributes[email]", "new@example.com"),
    ("resend", "true"),
    ("other_method", "true"),
    ("signInAsKnownUser", "true"),
    ("grant_type", "authorization_code"),
    ("grant_type", "client_credentials"),
    ("client_id", "$WebClient"),
    ("redirect_uri", CALLBACK),
    ("refresh_token", "$Refresh"),
    ("token", "$Refresh"),
    ("aws_client_metadata", "{\"a\":\"b\"}"),
];

pub(crate) fn run(data: &[u8]) {
    let world = lock_world();
    let mut input = Unstructured::new(data);
    let mut jar: Vec<(String, String)> = Vec::new();
    for _ in 0..=below(&mut input, 3) {
        step(&world, &mut input, &mut jar);
    }
}

/// A value: the right one, an edited one, markup, or any text.
fn value(world: &World, input: &mut Unstructured<'_>, right: &str) -> String {
    let right = right
        .strip_prefix('$')
        .map_or(right, |name| world.variables.get(name));
    match below(input, 6) {
        0..=2 => right.to_owned(),
        3 => edited(input, right),
        4 => MARKUP.to_owned(),
        _ => text(input),
    }
}

/// Parameters, of which those that come first in `known` are there mostly.
fn parameters(
    world: &World,
    input: &mut Unstructured<'_>,
    known: &[(&str, &str)],
    further: &[(String, String)],
) -> String {
    let mut pairs: Vec<String> = Vec::new();
    let encoded = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<String>()
    };
    for (index, (name, right)) in known.iter().enumerate() {
        let is_there = if index < 3 {
            !once_in(input, 8)
        } else {
            once_in(input, 4)
        };
        if is_there {
            let value = value(world, input, right);
            pairs.push(format!("{}={}", encoded(name), encoded(&value)));
        }
    }
    for (name, value) in further {
        pairs.push(format!("{}={}", encoded(name), encoded(value)));
    }
    pairs.join("&")
}

fn step(world: &World, input: &mut Unstructured<'_>, jar: &mut Vec<(String, String)>) {
    let path = one_of(input, &PATHS);
    let query = if once_in(input, 16) {
        text(input).replace(|c: char| !c.is_ascii_graphic() || c == '#', "")
    } else {
        parameters(world, input, &QUERY, &[])
    };
    let is_post = once_in(input, 2) || path.ends_with("token") || path.ends_with("revoke");
    let csrf = format!("XSRF-TOKEN-{DOMAIN}");
    let csrf = jar.iter().find(|(name, _)| *name == csrf);
    let csrf = csrf.map(|(_, value)| ("_csrf".to_owned(), value.clone()));
    let method = if is_post { Method::POST } else { Method::GET };
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/{DOMAIN}/{path}?{query}"));
    let mut cookies: Vec<String> = jar.iter().map(|(n, v)| format!("{n}={v}")).collect();
    if once_in(input, 6) {
        cookies.push(format!("cognito-{DOMAIN}={}", text(input)));
    }
    if once_in(input, 6) {
        cookies.push(format!("page-data-{DOMAIN}={}", text(input)));
    }
    let headers = [
        (header::COOKIE, cookies.join("; ")),
        (header::AUTHORIZATION, authorization(world, input)),
        (
            header::CONTENT_TYPE,
            "application/x-www-form-urlencoded".to_owned(),
        ),
    ];
    for (name, value) in headers {
        if !value.is_empty()
            && let Ok(value) = header::HeaderValue::try_from(value)
        {
            request = request.header(name, value);
        }
    }
    let body = if is_post {
        let further: Vec<_> = csrf.into_iter().collect();
        Body::from(parameters(world, input, &FORM, &further))
    } else {
        Body::empty()
    };
    let Ok(request) = request.body(body) else {
        return;
    };
    let router = oauth::router(Arc::clone(&world.app));
    let (parts, body) = world.block_on(async {
        let response = router.oneshot(request).await.expect("never fails");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await;
        (parts, body.expect("a body"))
    });
    let body = String::from_utf8_lossy(&body);
    assert!(
        !parts.status.is_server_error(),
        "{path}: {} {body}",
        parts.status
    );
    if let Some(location) = parts.headers.get(header::LOCATION) {
        let location = location.to_str().expect("ASCII");
        let is_known =
            location.starts_with(&format!("/{DOMAIN}/")) || location.starts_with(CALLBACK);
        assert!(is_known, "{path} leads to {location}");
    }
    let media = parts.headers.get(header::CONTENT_TYPE);
    if media.is_some_and(|media| media.as_bytes().starts_with(b"text/html")) {
        for raw in ["zq<", "zq\"", "'>&zx"] {
            assert!(!body.contains(raw), "{path} shows {raw}: {body}");
        }
    }
    for cookie in parts.headers.get_all(header::SET_COOKIE) {
        let cookie = cookie.to_str().expect("ASCII");
        let pair = cookie.split(';').next().unwrap_or_default();
        let (name, value) = pair.split_once('=').expect("a pair");
        jar.retain(|(known, _)| known != name);
        jar.push((name.to_owned(), value.to_owned()));
    }
}

/// A value of `Authorization`, or none.
fn authorization(world: &World, input: &mut Unstructured<'_>) -> String {
    match below(input, 6) {
        0 => {
            let id = world.variables.get("WebClient");
            let secret = text(input);
            format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")))
        }
        1 => format!("Bearer {}", world.variables.get("Access")),
        2 => format!("Bearer {}", edited(input, world.variables.get("Access"))),
        3 => text(input),
        _ => String::new(),
    }
}
