//! Sealing of password hashes under the master key.

use std::time::Duration;

use serde_json::{Value, json};

use super::{count, keys, until_none, with_keys};
use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::PASSWORD;
use crate::support::refusals::incorrect;
use crate::support::users::{confirmed_user, set_password};
use crate::support::{TestServer, TestStore, both_stores, wait};

/// Rows whose hash, or that of a former password, is not sealed.
const PLAIN: &str =
    "users WHERE password_hash LIKE '$argon2%' OR former_passwords LIKE '%$argon2%'";

fn remembering() -> Value {
    json!({ "Policies": { "PasswordPolicy": {
        "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true,
        "RequireNumbers": true, "RequireSymbols": true, "PasswordHistorySize": 3,
    } } })
}

both_stores! {
    /// Hashes that are there are sealed without a sign-in, former passwords too, and the same passwords are right.
    async fn hashes_are_sealed_without_a_sign_in(store: TestStore) {
        let server = TestServer::start(&store, with_keys("1", &[])).await;
        let pool = server.pool(remembering()).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        confirmed_user(&pool, "bob", json!({})).await;
        set_password(&pool, "bob", NEW_PASSWORD, true).await.ok();
        assert_eq!(count(&store, PLAIN).await, 2);
        let said = keys(&store, &["status"], "1", &[]).await;
        assert!(said.out.contains("wrap-passwords"), "{}", said.out);
        // A write keeps to the form that all nodes read until the operator says otherwise.
        confirmed_user(&pool, "carol", json!({})).await;
        assert_eq!(count(&store, PLAIN).await, 3);

        let said = keys(&store, &["wrap-passwords"], "1", &[]).await;
        assert_eq!(said.status, 0, "{}", said.error);
        until_none(&store, PLAIN).await;
        let said = keys(&store, &["status"], "1", &[]).await;
        assert!(said.out.contains("password hashes are sealed"), "{}", said.out);
        let dump = String::from_utf8_lossy(&store.ask("SELECT password_hash || former_passwords FROM users").await.concat().into_bytes()).into_owned();
        assert!(!dump.contains("argon2"), "{dump}");

        app.initiate("ada", PASSWORD).await.ok();
        app.initiate("bob", NEW_PASSWORD).await.ok();
        incorrect(&app.initiate("ada", NEW_PASSWORD).await);
        incorrect(&app.initiate("bob", PASSWORD).await);
        // The former password is known in its sealed form.
        let reused = set_password(&pool, "bob", PASSWORD, true).await;
        reused.fails("PasswordHistoryPolicyViolationException", "Password has previously been used");
        set_password(&pool, "bob", "Th1rd-Horse!", true).await.ok();
        confirmed_user(&pool, "dora", json!({})).await;
        assert_eq!(count(&store, PLAIN).await, 0);
        app.initiate("dora", PASSWORD).await.ok();
        let said = keys(&store, &["wrap-passwords"], "1", &[]).await;
        assert!(said.out.contains("already"), "{}", said.out);
        server.stop().await;

        // The exchange of the master key takes the hashes along.
        let form = "SELECT substr(password_hash, 1, 17) FROM users WHERE username = 'ada'";
        let former = store.ask(form).await;
        let server = TestServer::start(&store, with_keys("2", &["1"])).await;
        until_none(&store, &format!("users WHERE substr(password_hash, 1, 17) = '{}'", former[0])).await;
        server.stop().await;
        let server = TestServer::start(&store, with_keys("2", &[])).await;
        let input = json!({ "ClientId": app.id, "AuthFlow": "USER_PASSWORD_AUTH",
                            "AuthParameters": { "USERNAME": "bob", "PASSWORD": "Th1rd-Horse!" } });
        server.client.call("InitiateAuth", input).await.ok();
        server.stop().await;
    }

    /// The command is refused while a node of an earlier version holds a lease.
    async fn an_older_node_has_the_command_refused(store: TestStore) {
        let server = TestServer::start(&store, with_keys("1", &[])).await;
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        wait::until("this version's leases", Duration::from_secs(60), || async {
            (count(&store, "job_leases WHERE name LIKE '%/2'").await > 0).then_some(())
        }).await;
        let far = i64::MAX / 2;
        store.ask(&format!("INSERT INTO job_leases (name, holder, held_until) \
                            VALUES ('delete-expired', 'an older node', {far}) RETURNING name")).await;
        let said = keys(&store, &["wrap-passwords"], "1", &[]).await;
        assert_eq!(said.status, 1, "{}", said.out);
        assert!(said.error.contains("earlier version") && said.error.contains("delete-expired"), "{}", said.error);
        assert_eq!(count(&store, "stored_forms").await, 0);
        // Its lease has ended.
        store.ask("UPDATE job_leases SET held_until = 1 WHERE name = 'delete-expired' RETURNING name").await;
        let said = keys(&store, &["wrap-passwords"], "1", &[]).await;
        assert_eq!(said.status, 0, "{}", said.error);
        assert_eq!(count(&store, "stored_forms").await, 1);
        server.stop().await;
    }
}
