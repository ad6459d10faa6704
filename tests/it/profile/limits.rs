//! Section 8: how often in an hour a user may ask for an attribute's code and enter one.

use serde_json::json;

use crate::support::refusals::{TOO_MANY_ATTEMPTS, WRONG_CODE, refused};
use crate::support::sign_up::wrong_code_for;
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

const HOUR: i64 = 60 * 60;

async fn ada(server: &TestServer) -> SignedInUser {
    let pool = server
        .pool(json!({"AutoVerifiedAttributes": ["email"]}))
        .await;
    let app = pool.client(json!({})).await;
    SignedInUser::invited(&app, "ada", json!({"email": "ada@example.com"})).await
}

both_stores! {
    /// Five codes in an hour, and five more in the next.
    async fn codes_are_sent_five_times_an_hour(server: TestServer) {
        let person = ada(&server).await;
        let inbox = server.inbox("ada@example.com");
        let mut code = String::new();
        for _ in 0..5 {
            person.ask_code("email").await.ok();
            code = inbox.code().await;
        }

        refused(&person.ask_code("email").await, TOO_MANY_ATTEMPTS);

        inbox.stays_empty().await;
        // The refused call replaced nothing.
        person.verify("email", &code).await.ok();
        // It is this user who asked too often, and no other.
        let bob = SignedInUser::invited(&person.app, "bob", json!({"email": "bob@example.com"})).await;
        bob.ask_code("email").await.ok();
        server.advance(HOUR + 1).await;
        person.again().await.ask_code("email").await.ok();
        inbox.code().await;
    }

    /// Fifteen tries in an hour, after which not even the right code is checked.
    async fn codes_are_tried_fifteen_times_an_hour(server: TestServer) {
        let person = ada(&server).await;
        let inbox = server.inbox("ada@example.com");
        person.ask_code("email").await.ok();
        let code = inbox.code().await;
        for _ in 0..15 {
            refused(&person.verify("email", wrong_code_for(&code)).await, WRONG_CODE);
        }

        refused(&person.verify("email", &code).await, TOO_MANY_ATTEMPTS);

        assert_eq!(person.stored().await, json!({"email": "ada@example.com"}));
        server.advance(HOUR + 1).await;
        let person = person.again().await;
        person.ask_code("email").await.ok();
        person.verify("email", &inbox.code().await).await.ok();
        assert_eq!(person.attribute("email_verified").await.as_deref(), Some("true"));
    }
}
