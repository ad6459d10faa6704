//! Section 8: how often in an hour a user may confirm and have a code resent.

use serde_json::json;

use crate::support::refusals::{EXPIRED_CODE, TOO_MANY_ATTEMPTS, WRONG_CODE, refused};
use crate::support::sign_up::{
    confirm_sign_up, email_pool, resend_code, standing, unconfirmed, wrong_code_for,
};
use crate::support::{TestServer, TestStore, both_stores};

const HOUR: i64 = 60 * 60;

both_stores! {
    /// Fifteen tries in an hour, after which not even the right code is checked; an hour later it
    /// is.
    async fn confirming_is_tried_fifteen_times_an_hour(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let inbox = server.inbox("ada@example.com");
        let code = inbox.code().await;

        for _ in 0..15 {
            refused(&confirm_sign_up(&app, "ada", wrong_code_for(&code)).await, WRONG_CODE);
        }
        refused(&confirm_sign_up(&app, "ada", &code).await, TOO_MANY_ATTEMPTS);
        assert_eq!(standing(&pool, "ada").await, unconfirmed());

        // It is this user who tried too often, and no other.
        app.confirmed("bob", json!({"email": "bob@example.com"})).await;
        server.advance(HOUR + 1).await;
        resend_code(&app, "ada").await.ok();
        confirm_sign_up(&app, "ada", &inbox.code().await).await.ok();
    }

    /// Whatever the hourly limit, a code is refused after a hundred guesses.
    async fn a_code_ends_after_a_hundred_guesses(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.limits.confirm_sign_up_per_hour = 0;
        })
        .await;
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let inbox = server.inbox("ada@example.com");
        let code = inbox.code().await;

        for _ in 0..100 {
            refused(&confirm_sign_up(&app, "ada", wrong_code_for(&code)).await, WRONG_CODE);
        }
        refused(&confirm_sign_up(&app, "ada", &code).await, EXPIRED_CODE);
        assert_eq!(standing(&pool, "ada").await, unconfirmed());

        resend_code(&app, "ada").await.ok();
        confirm_sign_up(&app, "ada", &inbox.code().await).await.ok();
        server.stop().await;
    }

    /// Five resends in an hour; an hour later there are more.
    async fn codes_are_resent_five_times_an_hour(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        let inbox = server.inbox("ada@example.com");
        let mut code = inbox.code().await;

        for _ in 0..5 {
            resend_code(&app, "ada").await.ok();
            code = inbox.code().await;
        }
        refused(&resend_code(&app, "ada").await, TOO_MANY_ATTEMPTS);
        inbox.stays_empty().await;

        server.advance(HOUR + 1).await;
        // The refused resend replaced nothing.
        confirm_sign_up(&app, "ada", &code).await.ok();
        app.sign_up("bob", json!({"email": "bob@example.com"})).await.ok();
        resend_code(&app, "bob").await.ok();
    }

    /// The count of an hour ends with the hour.
    async fn an_hour_later_codes_are_resent_again(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com"})).await.ok();
        for _ in 0..5 {
            resend_code(&app, "ada").await.ok();
        }
        refused(&resend_code(&app, "ada").await, TOO_MANY_ATTEMPTS);

        server.advance(HOUR + 1).await;

        resend_code(&app, "ada").await.ok();
        let code = server.inbox("ada@example.com").code().await;
        confirm_sign_up(&app, "ada", &code).await.ok();
    }
}
