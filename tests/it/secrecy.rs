//! Nothing in the database is readable, and nothing secret is in the log, even at its most verbose.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use cognate::crypto::srp::SrpVerifier;
use regex::bytes::Regex;
use secrecy::SecretString;
use serde_json::json;

use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::server::Endpoint;
use crate::support::{
    AppClient, ServerProcess, SrpClient, TestServer, TestStore, Tokens, both_stores,
};

const NEW_PASSWORD: &str = "Chang3d-Horse!";
const RESET_PASSWORD: &str = "Res3t-Horse!";
const SET_PASSWORD: &str = "S3t-By-Admin!";
const TEMPORARY: &str = "Temp0rary-Horse!";
const AFTER_TEMPORARY: &str = "Perman3nt-Horse!";
const WRONG_PASSWORD: &str = "Wr0ng-Horse!";
const KEPT_TEMPORARY: &str = "Still-Temp0rary!";

/// The stub that stands in for an SMS provider logs what it would send, under this target and no
/// other; so it is documented.
const SMS_STUB: &str = "cognate::sms";
const TEXTED: &str = "the code that was texted";
const TEXTED_TO_VERIFY: &str = "the code that was texted to verify a number";

/// What a private RSA key looks like in PKCS #8 and in PKCS #1, from the version on.
const PRIVATE_KEYS: [&str; 2] = ["020100300d06092a864886f70d01010105000482", "02010002820101"];

/// What must not be found, by name.
#[derive(Default)]
struct Secrets {
    /// Bytes of any length above a few.
    long: BTreeMap<String, Vec<u8>>,
    /// Six digits, which stand in many a number by chance.
    codes: BTreeMap<String, String>,
}

impl Secrets {
    fn add(&mut self, name: &str, secret: impl AsRef<[u8]>) {
        let secret = secret.as_ref().to_vec();
        assert!(secret.len() >= 7, "{name} is too short to be looked for");
        self.long.insert(name.to_owned(), secret);
    }

    fn add_code(&mut self, name: &str, code: &str) {
        assert!(code.len() == 6, "{code} is no code");
        self.codes.insert(name.to_owned(), code.to_owned());
    }

    fn add_tokens(&mut self, name: &str, tokens: &Tokens) {
        self.add(&format!("{name}'s access token"), &tokens.access);
        self.add(&format!("{name}'s ID token"), &tokens.id);
        if !tokens.refresh.is_empty() {
            self.add(&format!("{name}'s refresh token"), &tokens.refresh);
        }
    }

    /// The names of those that occur in `text`, each with the form in which it does.
    fn found_in(&self, text: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (name, secret) in &self.long {
            let forms = forms(secret).into_iter();
            let hits = forms.filter(|(_, form)| contains(text, form));
            found.extend(hits.map(|(form, _)| format!("{name} in {form}")));
        }
        for (name, code) in &self.codes {
            if contains_word(text, code) {
                found.push(format!("{name} in the clear"));
            }
            // A million digests are soon tried: without a key they hide nothing.
            let hash = digest(&SHA256, code.as_bytes());
            let of_hash = forms(hash.as_ref()).into_iter();
            let of_code = forms(code.as_bytes())
                .into_iter()
                .filter(|(form, _)| *form != "raw");
            let hits = of_hash
                .chain(of_code)
                .filter(|(_, form)| contains(text, form));
            found.extend(hits.map(|(form, _)| format!("{name} or its SHA-256 in {form}")));
        }
        found
    }
}

/// A secret as it is, in hexadecimal, in a JSON string where that differs, and in base64 wherever it
/// begins in the encoded bytes.
fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("raw", secret.to_vec()),
        ("hexadecimal", hex::encode(secret).into_bytes()),
        (
            "capital hexadecimal",
            hex::encode_upper(secret).into_bytes(),
        ),
    ];
    if let Ok(text) = std::str::from_utf8(secret) {
        let quoted = json!(text).to_string();
        let quoted = &quoted.as_bytes()[1..quoted.len() - 1];
        if quoted != secret {
            forms.push(("JSON", quoted.to_vec()));
        }
    }
    for (name, engine) in [("base64", STANDARD_NO_PAD), ("base64url", URL_SAFE_NO_PAD)] {
        for shift in 0..3 {
            let mut bytes = vec![0; shift];
            bytes.extend_from_slice(secret);
            let text = engine.encode(&bytes);
            // Characters that hold bits of the neighbours do not count.
            let start = (shift * 8).div_ceil(6);
            let end = bytes.len() * 8 / 6;
            forms.push((name, text.as_bytes()[start..end].to_vec()));
        }
    }
    forms
}

/// By a regular expression, whose search for plain bytes is fast; a dump is large.
fn contains(text: &[u8], form: &[u8]) -> bool {
    let bytes: String = form.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    Regex::new(&format!("(?-u){bytes}")).unwrap().is_match(text)
}

/// Whether `word` stands in `text` between other characters than letters and digits.
fn contains_word(text: &[u8], word: &str) -> bool {
    let word = Regex::new(&format!("(?-u)(?:^|[^0-9A-Za-z]){word}(?:[^0-9A-Za-z]|$)"));
    word.unwrap().is_match(text)
}

/// Uses every kind of secret there is, and returns them.
async fn use_every_secret(server: &Endpoint) -> Secrets {
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

/// The master key that the development profile has made.
fn master_key(store: &TestStore) -> Vec<u8> {
    let text = std::fs::read_to_string(store.directory().join("data/master.key")).unwrap();
    let text = text.trim();
    hex::decode(text)
        .or_else(|_| STANDARD.decode(text))
        .unwrap_or_else(|_| URL_SAFE_NO_PAD.decode(text).unwrap())
}

fn add_keys(secrets: &mut Secrets, store: &TestStore) {
    secrets.add("the master key", master_key(store));
    secrets.add("a private key in PEM", "PRIVATE KEY-----");
    for start in PRIVATE_KEYS {
        secrets.add(
            &format!("a private key, {start}…"),
            hex::decode(start).unwrap(),
        );
    }
}

/// A private key as the server makes them, before it seals it.
fn sample_private_key() -> Vec<u8> {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let key: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    key.as_ref().to_vec()
}

/// Fails unless the store holds one of each kind that is worth stealing.
async fn assert_all_kinds_are_stored(store: &TestStore) {
    let purposes = store.ask("SELECT DISTINCT purpose FROM codes ORDER BY 1");
    assert_eq!(
        purposes.await,
        [
            "forgot_password",
            "sign_up",
            "verify_email",
            "verify_phone_number"
        ]
    );
    for (what, query) in [
        ("a live refresh token", "t.replaced_at IS NULL"),
        ("a rotated refresh token", "t.replaced_at IS NOT NULL"),
    ] {
        let query = format!(
            "SELECT s.session_id FROM refresh_tokens t
             JOIN sessions s USING (pool_id, user_id, session_id)
             WHERE s.revoked_at IS NULL AND {query}"
        );
        assert!(!store.ask(&query).await.is_empty(), "no {what}");
    }
    for (what, query) in [
        (
            "client secret",
            "SELECT client_id FROM user_pool_clients WHERE length(secret) > 0",
        ),
        (
            "private key",
            "SELECT kid FROM signing_keys WHERE length(private_key) > 0",
        ),
        (
            "SRP verifier",
            "SELECT username FROM users WHERE length(srp_verifier) > 0",
        ),
        (
            "message",
            "SELECT message_id FROM outbox WHERE length(payload) > 0",
        ),
    ] {
        assert!(!store.ask(query).await.is_empty(), "no {what}");
    }
    let temporary = "SELECT username FROM users WHERE status = 'FORCE_CHANGE_PASSWORD'";
    assert_eq!(store.ask(temporary).await, ["ivy"]);
}

/// Stores every secret in the clear and finds each of them: what was not found before is not there.
async fn assert_each_would_be_found(secrets: &Secrets, store: &TestStore) {
    let mut clear: Vec<Vec<u8>> = secrets.long.values().cloned().collect();
    clear.extend(secrets.codes.values().map(|code| code.clone().into_bytes()));
    clear.push(sample_private_key());
    store.keep_in_the_clear(&clear).await;
    let found = secrets.found_in(&store.dump().await);
    for (names, form) in [
        (secrets.long.keys().collect::<Vec<_>>(), "raw"),
        (secrets.codes.keys().collect(), "the clear"),
    ] {
        for name in names {
            let expected = format!("{name} in {form}");
            assert!(found.contains(&expected), "{expected} would not be found");
        }
    }
}

both_stores! {
    /// A thief of the database reads no password, code, token, verifier, client secret or key.
    async fn nothing_in_the_database_is_readable(server: TestServer) {
        let mut secrets = use_every_secret(&server).await;
        add_keys(&mut secrets, &server.store);
        assert_all_kinds_are_stored(&server.store).await;
        let while_it_runs = server.store.dump().await;
        server.stop().await;
        let afterwards = server.store.dump().await;
        for dump in [while_it_runs, afterwards] {
            // What is no secret is there, or the test would look at the wrong thing.
            assert!(contains(&dump, b"lovelace@example.com"), "this is not the database");
            assert_eq!(secrets.found_in(&dump), Vec::<String>::new());
        }
        assert_each_would_be_found(&secrets, &server.store).await;
    }

    /// Neither does a reader of the log, with everything in it that our code and the libraries say.
    async fn nothing_in_the_log_is_readable(store: TestStore) {
        let server =
            ServerProcess::start(&store, &[("COGNATE__LOGS__LEVEL", "cognate=trace,trace")]).await;
        let mut secrets = use_every_secret(&server).await;
        add_keys(&mut secrets, &store);
        assert!(server.stop().await.success());
        let log = server.log();
        for expected in ["DEBUG sqlx", "INSERT INTO users", "RespondToAuthChallenge"] {
            assert!(log.contains(expected), "{expected} is not in the log: it is not verbose");
        }
        let (texts, rest): (Vec<&str>, Vec<&str>) =
            log.lines().partition(|line| line.contains(SMS_STUB));
        assert_eq!(secrets.found_in(rest.join("\n").as_bytes()), Vec::<String>::new());
        let texted = secrets.found_in(texts.join("\n").as_bytes());
        let expected = [TEXTED, TEXTED_TO_VERIFY].map(|code| format!("{code} in the clear"));
        assert_eq!(texted, expected, "{texts:?}");
    }
}

/// The search itself: it finds a secret in each of its forms.
#[test]
fn a_secret_is_found_in_each_form() {
    let mut secrets = Secrets::default();
    secrets.add("it", "Corr3ct-Horse?>~!");
    secrets.add_code("a code", "123456");
    for prefix in ["", "a", "ab", "abc"] {
        let plain = format!("{prefix}Corr3ct-Horse?>~!xyz");
        for text in [
            plain.clone(),
            hex::encode(&plain),
            hex::encode_upper(&plain),
            STANDARD.encode(&plain),
            URL_SAFE_NO_PAD.encode(&plain),
        ] {
            assert!(!secrets.found_in(text.as_bytes()).is_empty(), "{text}");
        }
    }
    secrets.add("one with a quote", "Corr3ct\"Horse");
    let quoted = json!({ "password": "Corr3ct\"Horse" }).to_string();
    assert_eq!(
        secrets.found_in(quoted.as_bytes()),
        ["one with a quote in JSON"]
    );
    let of_code = digest(&SHA256, b"123456");
    for text in [
        "code=123456,",
        "123456",
        "x 123456",
        &hex::encode("123456"),
        &hex::encode(of_code),
    ] {
        assert!(!secrets.found_in(text.as_bytes()).is_empty(), "{text}");
    }
    for text in ["at 1700123456789", "a123456", "123456Z", "nothing here"] {
        assert!(secrets.found_in(text.as_bytes()).is_empty(), "{text}");
    }
}
