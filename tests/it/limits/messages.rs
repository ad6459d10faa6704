//! Having messages sent: to one address, by one user, from one source.

use serde_json::json;

use super::{TOO_MANY_REQUESTS, as_in_production};
use crate::support::passwords::forgot_password;
use crate::support::refusals::{TOO_MANY_ATTEMPTS, refused};
use crate::support::sign_up::{confirm_sign_up, email_pool, resend_code, standing, unconfirmed};
use crate::support::signed_in_user::SignedInUser;
use crate::support::users::confirmed_user;
use crate::support::{TestServer, TestStore, both_stores};

both_stores! {
    /// UpdateUserAttributes sends so many codes an hour for one user, and beyond that changes nothing.
    async fn one_user_sends_a_few_codes_an_hour(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        let ada = SignedInUser::invited(&app, "ada", json!({ "email": "ada@example.com" })).await;
        for number in 0..10 {
            let email = format!("stranger{number}@example.com");
            ada.update(json!({ "email": email })).await.ok();
        }
        refused(&ada.update(json!({ "email": "one-more@example.com" })).await, TOO_MANY_REQUESTS);
        assert_eq!(
            pool.attribute("ada", "email").await.as_deref(),
            Some("stranger9@example.com")
        );
        server.inbox("one-more@example.com").stays_empty().await;
        // What sends no code is not limited.
        ada.update(json!({ "name": "Ada" })).await.ok();
        server.advance(3_601).await;
        ada.again().await.update(json!({ "email": "one-more@example.com" })).await.ok();
    }

    /// One address gets so many codes an hour, whoever asks; a sign-up beyond that exists without its code,
    /// which can be asked for later (behaviour 3.1).
    async fn one_address_gets_a_few_codes_an_hour(store: TestStore) {
        let server = TestServer::start(&store, as_in_production).await;
        let app = server.pool(email_pool(json!({}))).await.client(json!({})).await;
        let to = json!({ "email": "Target@example.com" });
        for number in 0..20 {
            app.sign_up(&format!("user{number}"), to.clone()).await.ok();
        }
        let small = json!({ "email": "target@example.com" });
        refused(&app.sign_up("late", small).await, TOO_MANY_ATTEMPTS);
        assert_eq!(standing(&app.pool, "late").await, unconfirmed());
        refused(&resend_code(&app, "user3").await, TOO_MANY_ATTEMPTS);
        // Another address, and another pool, are not concerned.
        app.sign_up("other", json!({ "email": "other@example.com" })).await.ok();
        let neighbour = server.pool(email_pool(json!({}))).await.client(json!({})).await;
        neighbour.sign_up("ada", to).await.ok();

        server.advance(3_601).await;
        resend_code(&app, "late").await.ok();
        let code = server.inbox("target@example.com").code().await;
        confirm_sign_up(&app, "late", &code).await.ok();
        server.stop().await;
    }

    /// One source has so many messages sent an hour, to whomever; another source has its own.
    async fn one_source_sends_so_many_codes_an_hour(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            as_in_production(config);
            config.limits.source.messages_per_hour = 6;
        })
        .await;
        let pool = server.pool(email_pool(json!({}))).await;
        for number in 0..8 {
            let email = format!("user{number}@example.com");
            let verified = json!({ "email": email, "email_verified": "true" });
            confirmed_user(&pool, &format!("user{number}"), verified).await;
        }
        let hiding = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let app = pool.client(hiding).await;
        for number in 0..5 {
            forgot_password(&app, &format!("user{number}")).await.ok();
        }
        // A name that nobody has counts as one that somebody has.
        forgot_password(&app, "nobody").await.ok();
        refused(&forgot_password(&app, "user6").await, TOO_MANY_REQUESTS);
        refused(&forgot_password(&app, "nobody").await, TOO_MANY_REQUESTS);
        server.inbox("user6@example.com").stays_empty().await;
        forgot_password(&app.at_source("127.0.0.2"), "user6").await.ok();
        server.advance(3_600 + 600).await;
        forgot_password(&app, "user7").await.ok();
        server.stop().await;
    }
}
