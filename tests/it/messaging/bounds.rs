//! The bounds of the outbox: how many messages may be pending.

use cognate::domain::attribute::Contact;
use cognate::messaging::Error;
use serde_json::json;

use super::gateway::silent_server;
use super::node::{Node, START, development, pool, report, smtp, to};
use crate::support::refusals::{Refusal, refused};
use crate::support::sign_up::resend_code;
use crate::support::{TestServer, TestStore, both_stores};

const FULL: Refusal = (
    "CodeDeliveryFailureException",
    "The message cannot be sent now, since too many are waiting. Try again later.",
);

both_stores! {
    /// What would send one message too many is refused as a whole; others are not concerned.
    async fn a_recipient_with_too_many_pending_messages_gets_no_more(store: TestStore) {
        let silent = silent_server().await;
        let server = TestServer::start(&store, |config| {
            config.mail = smtp(silent).mail;
            config.mail.timeout_seconds = 600;
            config.outbox.max_pending_per_recipient = 3;
        })
        .await;
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({ "PreventUserExistenceErrors": "LEGACY" })).await;
        let hiding = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        let address = json!({ "email": "ada@example.com" });
        // Two are being delivered, the most of one recipient, and wait no more.
        for name in ["first", "second", "one", "two", "three"] {
            app.sign_up(name, address.clone()).await.ok();
        }
        refused(&app.sign_up("four", address).await, FULL);
        pool.user("four").await.fails_as("UserNotFoundException");
        refused(&resend_code(&app, "one").await, FULL);
        // Where users are hidden, the answer is that for a name without a user.
        for name in ["one", "nobody"] {
            let answer = resend_code(&hiding, name).await.ok();
            assert_eq!(answer["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
        }
        app.sign_up("four", json!({ "email": "bob@example.com" })).await.ok();
        assert_eq!(pool.inbox("ada@example.com").messages().await.len(), 5);
        let elsewhere = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = elsewhere.client(json!({})).await;
        app.sign_up("one", json!({ "email": "ada@example.com" })).await.ok();
        server.stop().await;
    }

    async fn a_pool_with_too_many_pending_messages_gets_no_more_until_some_are_delivered(store: TestStore) {
        let mut config = development();
        config.outbox.max_pending_per_pool = 5;
        let node = Node::new(&store, &config).await;
        let mail = |pool_id: &str, index: usize| {
            let mut pool = pool();
            pool.id = pool_id.to_owned();
            to(&pool, Contact::Email, &format!("u{index}@example.com"))
        };
        let write = async |node: &Node, pool_id: &str, index: usize| {
            let mut tx = node.db.begin().await.unwrap();
            let written = node.outbox.enqueue(&mut tx, START, &mail(pool_id, index), None).await;
            tx.commit().await.unwrap();
            match written {
                Ok(_) => true,
                Err(Error::Full) => false,
                Err(other) => panic!("{other}"),
            }
        };
        for index in 0..5 {
            assert!(write(&node, "us-east-1_A", index).await);
        }
        assert!(!write(&node, "us-east-1_A", 5).await);
        assert!(write(&node, "us-east-1_B", 5).await);
        // A node that has not counted yet.
        let other = Node::new(&store, &config).await;
        assert!(!write(&other, "us-east-1_A", 5).await);
        assert_eq!(node.run(0).await, report(6, 0, 0));
        let third = Node::new(&store, &config).await;
        assert!(write(&third, "us-east-1_A", 5).await);
    }
}
