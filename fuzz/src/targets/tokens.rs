//! Everything that a client carries for us: only what the server made is taken, unchanged.

use arbitrary::Unstructured;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cognate::crypto::tokens::{open_refresh, open_secret_block, open_session};
use cognate::crypto::{JwtHeader, peek_claims, peek_header};
use serde_json::{Value, json};

use crate::choice::{below, edited, one_of, text};
use crate::world::{World, lock_world};

/// Operations that an access token opens.
const OWN: &[&str] = &[
    "GetUser",
    "UpdateUserAttributes",
    "DeleteUserAttributes",
    "GetUserAttributeVerificationCode",
    "GlobalSignOut",
    "DeleteUser",
];
const HEADERS: &[&str] = &[
    r#"{"alg":"none","kid":"KID"}"#,
    r#"{"alg":"HS256","kid":"KID"}"#,
    r#"{"alg":"RS256","kid":"KID"}"#,
    r#"{"alg":"RS256","kid":"KID","crit":["exp"],"exp":1}"#,
    r#"{"alg":"RS256","kid":["KID"]}"#,
    r#"{"alg":"RS256","kid":"../../etc"}"#,
];

pub(crate) fn run(data: &[u8]) {
    let world = lock_world();
    let mut input = Unstructured::new(data);
    match below(&mut input, 4) {
        0 => access(&world, &mut input),
        1 => refresh(&world, &mut input),
        2 => session(&world, &mut input),
        _ => {
            let block = opaque(&world, &mut input);
            assert!(open_secret_block::<Value>(&world.app.vault, &[], &block).is_none());
        }
    }
}

fn access(world: &World, input: &mut Unstructured<'_>) {
    let good = world.variables.get("Access");
    let token = match below(input, 4) {
        0 => edited(input, good),
        1 => forged(world, input),
        2 => spliced(world, input),
        _ => text(input),
    };
    let _ = peek_header(&token);
    let _ = peek_claims::<Value>(&token);
    let operation = *one_of(input, OWN);
    let body = json!({
        "AccessToken": token,
        "UserAttributes": [{"Name": "name", "Value": "x"}],
        "UserAttributeNames": ["given_name"],
        "AttributeName": "email",
    });
    let answer = world.call(operation, body.to_string().into_bytes());
    assert_eq!(answer.is_ok(), token == good, "{operation} took {token}");
}

/// A token with a header and claims of the forger's and a signature that was made for another.
fn forged(world: &World, input: &mut Unstructured<'_>) -> String {
    let good = world.variables.get("Access");
    let kid = peek_header(good).map_or(String::new(), |header: JwtHeader| header.kid);
    let header = one_of(input, HEADERS).replace("KID", &kid);
    let mut claims: Value = peek_claims(good).unwrap_or_default();
    let user = world.variables.get("Client");
    let changes = [
        ("exp", json!(i64::MAX)),
        ("exp", json!(1e300)),
        ("sub", json!(text(input))),
        ("client_id", json!(text(input))),
        ("client_id", json!(user)),
        ("iss", json!(text(input))),
        ("token_use", json!("id")),
        ("scope", json!("")),
        ("event_id", json!(null)),
        ("jti", json!([])),
    ];
    let (name, value) = one_of(input, &changes).clone();
    if let Some(member) = claims.get_mut(name) {
        *member = value;
    }
    let signature = match below(input, 3) {
        0 => String::new(),
        1 => BASE64_URL_SAFE_NO_PAD.encode([0; 256]),
        _ => good.rsplit('.').next().unwrap_or_default().to_owned(),
    };
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!(
        "{}.{}.{signature}",
        encode(&header),
        encode(&claims.to_string())
    )
}

/// A token of the parts of several.
fn spliced(world: &World, input: &mut Unstructured<'_>) -> String {
    let names = ["Access", "Id", "Refresh", "Access", "NewPasswordSession"];
    let count = 1 + below(input, 5);
    let parts: Vec<&str> = (0..count)
        .map(|index| {
            let name = *one_of(input, &names);
            let token = world.variables.get(name);
            token.split('.').nth(index).unwrap_or_default()
        })
        .collect();
    parts.join(".")
}

/// Something sealed, edited or of another kind, or any text.
fn opaque(world: &World, input: &mut Unstructured<'_>) -> String {
    let names = ["Refresh", "NewPasswordSession", "Page", "Id"];
    let name = *one_of(input, &names);
    let sealed = world.variables.get(name);
    match below(input, 4) {
        0 => sealed.to_owned(),
        1 | 2 => edited(input, sealed),
        _ => text(input),
    }
}

fn refresh(world: &World, input: &mut Unstructured<'_>) {
    let good = world.variables.get("Refresh");
    let token = opaque(world, input);
    let opened = open_refresh::<Value>(&world.app.vault, &token);
    assert_eq!(opened.is_some(), token == good, "{token}");
    let client = world.variables.get("Client");
    let (operation, body) = match below(input, 3) {
        0 => (
            "GetTokensFromRefreshToken",
            json!({"ClientId": client, "RefreshToken": token}),
        ),
        1 => (
            "InitiateAuth",
            json!({
                "ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH",
                "AuthParameters": {"REFRESH_TOKEN": token},
            }),
        ),
        _ => {
            let body = json!({"ClientId": client, "Token": token});
            world.call("RevokeToken", body.to_string().into_bytes());
            return;
        }
    };
    let answer = world.call(operation, body.to_string().into_bytes());
    // A client that does not rotate gets its tokens by InitiateAuth too.
    assert!(!answer.is_ok() || token == good, "{operation} took {token}");
}

fn session(world: &World, input: &mut Unstructured<'_>) {
    let good = world.variables.get("NewPasswordSession");
    let session = opaque(world, input);
    let opened = open_session::<Value>(&world.app.vault, &[], &session);
    assert_eq!(opened.is_some(), session == good, "{session}");
    let username = *one_of(input, &["ivy", "ada", "nobody"]);
    let body = json!({
        "ClientId": world.variables.get("Client"),
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": session,
        "ChallengeResponses": {"USERNAME": username, "NEW_PASSWORD": "Other-Passw0rd"},
    });
    let answer = world.call("RespondToAuthChallenge", body.to_string().into_bytes());
    let right = session == good && username == "ivy";
    assert_eq!(
        answer.is_ok(),
        right,
        "{username} {session}: {}",
        answer.body
    );
}
