//! Password hashes of other systems: users sign in with the passwords that they have.

use serde_json::{Value, json};

use super::{
    SUCCEEDED, assert_ended, count, counts, created, ended, file, imported, log, row, started,
    upload, verifying_pool,
};
use crate::support::pools::PASSWORD;
use crate::support::refusals::incorrect;
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::{confirmed_user, status};
use crate::support::{AppClient, Pool, SrpClient, TestServer, both_stores};

const HASH: &[&str] = &["password_hash"];
const STORED: &str = "users WHERE password_hash LIKE '$imported$%'";
/// Hashes of [`PASSWORD`] by crypt(3) and by Python's hashlib.
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuyaggeDyu5Lg3V8D6VqG1mC4tuXNr.h6";
const SCRYPT: &str = "1024$8$1$000102030405060708090a0b0c0d0e0f\
                      $a65a36fb6546eae029d3f0b4d4c1ee97666a742cd63a7291a821a1cadc1e1cf2";
const PBKDF2: &str =
    "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$Qme59hVzXS77rbnb4beY.ZSjmL47ydvc5ZK5ly/kF2s";

fn hashed_row(name: &str, hash: &str) -> String {
    let (email, hash) = (format!("{name}@example.com"), hash.replace(',', "\\,"));
    row(
        HASH,
        &[
            ("cognito:username", name),
            ("email", &email),
            ("email_verified", "true"),
            ("password_hash", &hash),
        ],
    )
}

/// Imports `ada` with this hash, who then signs in with the password, and by SRP from then on.
async fn ada_signs_in(server: &TestServer, algorithm: &str, hash: &str) -> (Pool, AppClient) {
    let pool = verifying_pool(server, json!({})).await;
    let app = pool.client(json!({})).await;
    let of = json!({ "PasswordHashingAlgorithm": algorithm });
    let job = imported(&pool, of, file(HASH, &[hashed_row("ada", hash)])).await;
    assert_ended(&job, "Succeeded", SUCCEEDED);
    assert_eq!(job["PasswordHashingAlgorithm"], algorithm);
    assert_eq!(status(&pool, "ada").await, "CONFIRMED");
    assert_eq!(count(&server.store, STORED).await, 1);
    // There is no verifier yet, so that SRP fails as with a wrong password.
    incorrect(&SrpClient::sign_in(&app, "ada", PASSWORD).await);
    incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
    assert_eq!(count(&server.store, STORED).await, 1);
    app.initiate("ada", PASSWORD).await.ok();
    assert_eq!(count(&server.store, STORED).await, 0);
    SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
    incorrect(&SrpClient::sign_in(&app, "ada", WRONG_PASSWORD).await);
    app.initiate("ada", PASSWORD).await.ok();
    incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
    (pool, app)
}

both_stores! {
    async fn a_user_with_a_bcrypt_hash_signs_in(server: TestServer) {
        ada_signs_in(&server, "BCRYPT", BCRYPT).await;
    }

    async fn a_user_with_a_scrypt_hash_signs_in(server: TestServer) {
        ada_signs_in(&server, "SCRYPT", SCRYPT).await;
    }

    async fn a_user_with_a_pbkdf2_hash_signs_in(server: TestServer) {
        ada_signs_in(&server, "PBKDF2_SHA256", PBKDF2).await;
    }

    async fn a_user_with_an_argon2id_hash_signs_in(server: TestServer) {
        let other = server.pool(json!({})).await;
        confirmed_user(&other, "bob", json!({})).await;
        // The server's own hashes are Argon2id ones.
        let hash = server.store.ask("SELECT password_hash FROM users WHERE username = 'bob'").await.remove(0);
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        ada_signs_in(&server, "ARGON2ID", &hash).await;
    }

    /// The password can be changed before it was ever replaced, and the hash counts as a former one.
    async fn an_imported_password_is_changed_and_remembered(server: TestServer) {
        let policy = json!({ "Policies": { "PasswordPolicy": {
            "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
            "RequireSymbols": true, "PasswordHistorySize": 3,
        } } });
        let pool = verifying_pool(&server, policy).await;
        let app = pool.client(json!({})).await;
        let of = json!({ "PasswordHashingAlgorithm": "BCRYPT" });
        let job = imported(&pool, of, file(HASH, &[hashed_row("ada", BCRYPT)])).await;
        assert_ended(&job, "Succeeded", SUCCEEDED);
        let set = |password: &str| json!({ "Username": "ada", "Password": password, "Permanent": true });
        let reused = pool.admin("AdminSetUserPassword", set(PASSWORD)).await;
        reused.fails("PasswordHistoryPolicyViolationException", "Password has previously been used");
        pool.admin("AdminSetUserPassword", set("An0ther-Horse!")).await.ok();
        incorrect(&app.initiate("ada", PASSWORD).await);
        SrpClient::sign_in(&app, "ada", "An0ther-Horse!").await.ok();
        let reused = pool.admin("AdminSetUserPassword", set(PASSWORD)).await;
        reused.fails("PasswordHistoryPolicyViolationException", "Password has previously been used");
    }

    async fn rows_with_other_hashes_fail(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let rows = [
            hashed_row("ada", BCRYPT), hashed_row("bob", SCRYPT), hashed_row("carol", &BCRYPT.replace("$04$", "$13$")),
            hashed_row("dora", ""), hashed_row("eve", BCRYPT),
        ];
        let job = imported(&pool, json!({ "PasswordHashingAlgorithm": "BCRYPT" }), file(HASH, &rows)).await;
        assert_ended(&job, "Succeeded", SUCCEEDED);
        assert_eq!(counts(&job), [3, 0, 2]);
        assert_eq!(
            log(&server.store, &job).await,
            ["[SUCCEEDED] Line Number 2 - The import succeeded.",
             "[FAILED] Line Number 3 - The User Record sets password_hash to a value that is not a hash of BCRYPT.",
             "[FAILED] Line Number 4 - The User Record sets password_hash to a hash whose parameters are above the limits of BCRYPT.",
             "[SUCCEEDED] Line Number 5 - The import succeeded.",
             "[SUCCEEDED] Line Number 6 - The import succeeded."]
        );
        // Without a hash a user resets the password, as in a job without an algorithm.
        assert_eq!(status(&pool, "dora").await, "RESET_REQUIRED");
    }

    async fn the_column_of_hashes_and_the_algorithm_come_together(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let bcrypt = json!({ "PasswordHashingAlgorithm": "BCRYPT" });
        for (overrides, columns, text) in [
            (bcrypt, &[][..], "The header of the CSV file lacks the column password_hash."),
            (json!({}), HASH, "The header of the CSV file has an unknown column password_hash."),
        ] {
            let job: Value = created(&pool, overrides).await;
            upload(&pool, &job, file(columns, &[])).await;
            started(&pool, &job).await;
            assert_ended(&ended(&pool, &job).await, "Failed", text);
        }
    }
}
