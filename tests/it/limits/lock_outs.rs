//! Guessing passwords, and keeping somebody out by it (behaviour 3.7, ADR 26).

use serde_json::json;

use super::as_in_production;
use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, not_authorized};
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::{client_with_ada, confirmed_user};
use crate::support::{SrpClient, TestServer, TestStore, both_stores};

const LOCKED: &str = "Password attempts exceeded";

both_stores! {
    /// Who guesses is locked out, by password and by SRP; the user is not.
    async fn a_stranger_locks_out_the_stranger(server: TestServer) {
        let app = client_with_ada(&server).await;
        let stranger = app.at_source("127.0.0.66");
        for failures in 1..=10_u32 {
            incorrect(&stranger.initiate("ada", WRONG_PASSWORD).await);
            if failures < 10 {
                let lock = failures.checked_sub(5).map_or(0, |n| 2_i64.pow(n));
                server.advance(lock).await;
            }
        }
        not_authorized(&stranger.initiate("ada", PASSWORD).await, LOCKED);
        not_authorized(&SrpClient::sign_in(&stranger, "ada", PASSWORD).await, LOCKED);
        app.sign_in("ada").await;
        SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
        // The user's success forgives the stranger nothing.
        not_authorized(&stranger.initiate("ada", PASSWORD).await, LOCKED);
    }

    /// Many sources together have a limit, for a user and for a name that nobody has, and it ends with the
    /// hour.
    async fn many_sources_have_one_margin(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            as_in_production(config);
            config.limits.wrong_passwords_per_user_and_hour = 8;
        })
        .await;
        let app = client_with_ada(&server).await;
        let hiding = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let app = app.pool.client(hiding).await;
        for name in ["ada", "nobody"] {
            for source in 2..=9 {
                let stranger = app.at_source(&format!("127.0.0.{source}"));
                incorrect(&stranger.initiate(name, WRONG_PASSWORD).await);
            }
            not_authorized(&app.initiate(name, PASSWORD).await, LOCKED);
        }
        server.advance(3_601).await;
        app.sign_in("ada").await;
        server.stop().await;
    }

    /// An administrator who sets a password ends every lock.
    async fn a_new_password_ends_all_locks(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            as_in_production(config);
            config.limits.wrong_passwords_per_user_and_hour = 8;
        })
        .await;
        let app = client_with_ada(&server).await;
        for source in 2..=9 {
            let stranger = app.at_source(&format!("127.0.0.{source}"));
            incorrect(&stranger.initiate("ada", WRONG_PASSWORD).await);
        }
        not_authorized(&app.initiate("ada", PASSWORD).await, LOCKED);
        let input = json!({ "Username": "ada", "Password": PASSWORD, "Permanent": true });
        app.pool.admin("AdminSetUserPassword", input).await.ok();
        app.sign_in("ada").await;
        server.stop().await;
    }

    /// A backend that proves its secret sends all its users' passwords from one address: one user's wrong
    /// passwords lock that user there, and no other.
    async fn a_backend_locks_users_one_by_one(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for username in ["ada", "bob"] {
            confirmed_user(&pool, username, json!({})).await;
        }
        let app = pool.client(json!({ "GenerateSecret": true })).await;
        for failures in 1..=12_u32 {
            incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
            if failures < 12 {
                let lock = failures.checked_sub(5).map_or(0, |n| 2_i64.pow(n));
                server.advance(lock).await;
            }
        }
        not_authorized(&app.initiate("ada", PASSWORD).await, LOCKED);
        // From another of its addresses it is the same backend.
        not_authorized(&app.at_source("127.0.0.2").initiate("ada", PASSWORD).await, LOCKED);
        app.sign_in("bob").await;
    }
}
