//! Passwords that others have used before are refused where the pool asks for it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use cognate::config::{Config, PasswordsOverrides, PoolOverrides};
use serde_json::json;

use crate::support::passwords::{
    NEW_PASSWORD, PasswordChange, confirm_forgot_password, forgot_password,
};
use crate::support::pools::PASSWORD;
use crate::support::sign_in::{choose_password, tokens_of};
use crate::support::users::{
    assert_unknown, confirmed_user, create_user, invited_user, set_password, status,
};
use crate::support::{Answer, AppClient, Pool, TestServer, TestStore, application, both_stores};

/// In the built-in list without its ending.
const COMMON: &str = "Dragon1!";
/// In the list of the test only.
const BREACHED: &str = "Br3ached-Horse!";
const TEMPORARY: &str = "T3mporary-Horse!";

fn sha1(password: &str) -> String {
    let sha1 = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    hex::encode_upper(aws_lc_rs::digest::digest(sha1, password.as_bytes()))
}

fn cognate(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
    command.args(arguments).env_clear().output().unwrap()
}

/// A list with [`BREACHED`] among others, made by the program.
fn list(store: &TestStore) -> PathBuf {
    let mut hashes: Vec<String> = (0..2000)
        .map(|number| sha1(&format!("other-{number}")))
        .collect();
    hashes.push(sha1(BREACHED));
    hashes.sort();
    let mut lines = String::new();
    for hash in hashes {
        write!(lines, "{hash}:3\r\n").unwrap();
    }
    let input = store.directory().join("hashes.txt");
    std::fs::write(&input, lines).unwrap();
    let to = store.directory().join("known-passwords");
    let output = cognate(&[
        "passwords",
        "build-list",
        "--from",
        input.to_str().unwrap(),
        "--to",
        to.to_str().unwrap(),
    ]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    to
}

async fn refusing(store: &TestStore) -> TestServer {
    let list = list(store);
    TestServer::start(store, |config| {
        config.passwords.refuse_known = true;
        config.passwords.known_list = Some(list);
    })
    .await
}

#[track_caller]
fn is_known(answer: &Answer) {
    answer.fails(
        "InvalidPasswordException",
        "Provided password cannot be used for security reasons.",
    );
}

async fn sign_up(app: &AppClient, username: &str, password: &str) -> Answer {
    app.call(
        "SignUp",
        json!({ "Username": username, "Password": password }),
    )
    .await
}

fn refuse(refuse_known: bool) -> PoolOverrides {
    PoolOverrides {
        passwords: PasswordsOverrides {
            refuse_known: Some(refuse_known),
        },
        ..PoolOverrides::default()
    }
}

both_stores! {
    /// Nobody is made with a known password, by either way; another one will do.
    async fn a_user_is_not_made_with_a_known_password(store: TestStore) {
        let server = refusing(&store).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        for password in [COMMON, BREACHED] {
            is_known(&sign_up(&app, "ada", password).await);
            is_known(&create_user(&pool, "ada", json!({ "TemporaryPassword": password })).await);
            assert_unknown(&pool, "ada").await;
        }
        // The policy is told first.
        sign_up(&app, "ada", "dragon1!").await.fails(
            "InvalidPasswordException",
            "Password did not conform with policy: Password must have uppercase characters",
        );
        sign_up(&app, "ada", PASSWORD).await.ok();
        create_user(&pool, "bob", json!({ "TemporaryPassword": TEMPORARY })).await.ok();
        // A temporary password that the server draws itself.
        create_user(&pool, "carol", json!({})).await.ok();
        server.stop().await;
    }

    /// The password that is there stays, and signs in.
    async fn a_password_does_not_become_a_known_one(store: TestStore) {
        let server = refusing(&store).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let verified = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", verified).await;
        for password in [COMMON, BREACHED] {
            let access = app.sign_in("ada").await.access;
            for change in [
                PasswordChange::Change(access, PASSWORD.to_owned()),
                PasswordChange::AdminSet,
            ] {
                is_known(&change.set(&app, password).await);
            }
            is_known(&set_password(&pool, "ada", password, false).await);
            assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        }
        // A refused recovery leaves the code usable.
        forgot_password(&app, "ada").await.ok();
        let code = server.inbox("ada@example.com").code().await;
        is_known(&confirm_forgot_password(&app, "ada", &code, BREACHED).await);
        app.sign_in("ada").await;
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        tokens_of(app.initiate("ada", NEW_PASSWORD).await);
        server.stop().await;
    }

    /// NEW_PASSWORD_REQUIRED: the challenge can be answered again.
    async fn a_known_password_does_not_meet_the_challenge(store: TestStore) {
        let server = refusing(&store).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        invited_user(&pool, "carol", TEMPORARY, json!({})).await;
        let challenge = app.initiate("carol", TEMPORARY).await.ok();
        for password in [COMMON, BREACHED] {
            is_known(&choose_password(&app, &challenge, password, json!({})).await);
            assert_eq!(status(&pool, "carol").await, "FORCE_CHANGE_PASSWORD");
        }
        tokens_of(choose_password(&app, &challenge, PASSWORD, json!({})).await);
        server.stop().await;
    }

    /// Off unless somebody asks; a pool has its own answer instead of the server's; who has a known
    /// password already goes on with it.
    async fn each_pool_decides(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let mut pools: Vec<Pool> = Vec::new();
        for _ in 0..2 {
            pools.push(server.pool(json!({})).await);
        }
        let (one, other) = (pools[0].client(json!({})).await, pools[1].client(json!({})).await);
        for app in [&one, &other] {
            sign_up(app, "ada", COMMON).await.ok();
            app.pool.admin("AdminConfirmSignUp", json!({ "Username": "ada" })).await.ok();
        }
        let (strict, lax) = (one.pool.id.clone(), other.pool.id.clone());
        let address = server.url().trim_start_matches("http://").parse().unwrap();
        server.stop().await;
        for by_default in [false, true] {
            let server = TestServer::start(&store, |config: &mut Config| {
                config.server.listen = address;
                config.passwords.refuse_known = by_default;
                config.pool_settings.insert(strict.clone(), refuse(true));
                config.pool_settings.insert(lax.clone(), refuse(false));
            }).await;
            let name = format!("bob-{by_default}");
            is_known(&sign_up(&one, &name, COMMON).await);
            sign_up(&other, &name, COMMON).await.ok();
            let third = server.pool(json!({})).await.client(json!({})).await;
            let answer = sign_up(&third, &name, COMMON).await;
            if by_default { is_known(&answer) } else { drop(answer.ok()) }
            tokens_of(one.initiate("ada", COMMON).await);
            server.stop().await;
        }
    }
}

/// A list that is missing, cut off or changed where it can be seen refuses the start, in a line.
#[tokio::test]
async fn a_damaged_list_refuses_the_start() {
    let store = TestStore::new(crate::support::store::StoreKind::Sqlite).await;
    let list = list(&store);
    let intact = std::fs::read(&list).unwrap();
    let changed = |at: usize| {
        let mut bytes = intact.clone();
        bytes[at] ^= 1;
        bytes
    };
    for (bytes, reason) in [
        (Vec::new(), "too short"),
        (intact[..intact.len() - 1].to_vec(), "its length"),
        (changed(3), "its head"),
        (changed(12), "its head"),
        (changed(intact.len() - 1), "its index"),
    ] {
        std::fs::write(&list, bytes).unwrap();
        let mut config = application::test_config(&store);
        config.passwords.known_list = Some(list.clone());
        let error = application::refusal(config).await;
        assert!(
            error.contains(reason) && error.contains("build-list"),
            "{error}"
        );
        let check = cognate(&["passwords", "check-list", list.to_str().unwrap()]);
        assert_eq!(check.status.code(), Some(1), "{reason}");
    }
    // What only a whole reading shows.
    std::fs::write(&list, changed(200)).unwrap();
    let check = cognate(&["passwords", "check-list", list.to_str().unwrap()]);
    assert!(
        String::from_utf8_lossy(&check.stderr).contains("its entries"),
        "{check:?}"
    );
    std::fs::remove_file(&list).unwrap();
    let mut config = application::test_config(&store);
    config.passwords.known_list = Some(list.clone());
    let error = application::refusal(config).await;
    assert!(
        error.contains("cannot read the list of known passwords"),
        "{error}"
    );
}
