//! Nothing in the database is readable, and nothing secret is in the log, even at its most verbose.

mod journey;
mod search;

use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::support::server::Endpoint;
use crate::support::{ServerProcess, TestServer, TestStore, access_keys, both_stores, wait};
use journey::{TEXTED, TEXTED_TO_VERIFY, use_every_secret};
use search::{Secrets, contains};

/// The stub that stands in for an SMS provider logs what it would send, under this target and no
/// other; so it is documented.
const SMS_STUB: &str = "cognate::sms";

/// What a private RSA key looks like in PKCS #8 and in PKCS #1, from the version on.
const PRIVATE_KEYS: [&str; 2] = ["020100300d06092a864886f70d01010105000482", "02010002820101"];

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

/// Makes an access key beside the server, and signs with it.
async fn use_an_access_key(server: &Endpoint, store: &TestStore, secrets: &mut Secrets) {
    let made = access_keys::create(store, "ci", &["--policy", "read-only"]).await;
    let signed = || async {
        let list = json!({ "MaxResults": 1 });
        let known = made.admin(server).call("ListUserPools", list).await;
        // Until the server has seen that there is a key, it accepts any.
        let list = json!({ "MaxResults": 1 });
        let any = server.admin.call("ListUserPools", list).await;
        (known.status == 200 && any.status == 400).then_some(())
    };
    wait::until("the access key to count", Duration::from_secs(20), signed).await;
    for arguments in [&["list"][..], &["show", &made.id]] {
        let said = access_keys::access(store, arguments).await;
        assert!(!said.out.contains(&made.secret) && !said.error.contains(&made.secret));
    }
    secrets.add("the access key's secret", &made.secret);
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
            "second client secret",
            "SELECT client_id FROM user_pool_clients WHERE length(second_secret) > 0",
        ),
        (
            "identity provider's secret",
            "SELECT provider_name FROM identity_providers
             WHERE provider_name = 'Okta' AND length(secrets) > 0",
        ),
        (
            "identity provider's key",
            "SELECT provider_name FROM identity_providers
             WHERE provider_name = 'SignInWithApple' AND length(secrets) > 0",
        ),
        (
            "SAML key",
            "SELECT kid FROM saml_keys WHERE length(private_key) > 0",
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
            "device's verifier",
            "SELECT device_key FROM devices WHERE length(srp_verifier) > 0",
        ),
        (
            "access key",
            "SELECT key_id FROM access_keys WHERE length(secret) > 0",
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
    /// A dump of the database shows no password, code, token, verifier, client secret or key.
    async fn no_secret_is_readable_in_the_database(server: TestServer) {
        let mut secrets = use_every_secret(&server).await;
        use_an_access_key(&server, &server.store, &mut secrets).await;
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

    /// Nor does the log, with everything in it that this code and the libraries write.
    async fn no_secret_is_readable_in_the_log(store: TestStore) {
        let server =
            ServerProcess::start(&store, &[("COGNATE__LOGS__LEVEL", "cognate=trace,trace")]).await;
        let mut secrets = use_every_secret(&server).await;
        use_an_access_key(&server, &store, &mut secrets).await;
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
