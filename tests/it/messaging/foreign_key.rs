//! Messages that were sealed under a master key that a node does not have.

use cognate::config::Profile;
use cognate::store::outbox::Status;

use super::node::{Node, START, development, email, report};
use crate::support::{TestStore, both_stores};

both_stores! {
    /// A node without the key neither ends a message nor spoils it for a node that has the key.
    async fn a_message_waits_for_its_key(store: TestStore) {
        let mut config = development();
        config.profile = Profile::Production;
        config.outbox.attempts = 2;
        let stranger = Node::with_key(&store, &config, [8; 32]).await;
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        let sealed = node.only().await.payload;
        // Each pause is as long as the message has waited already.
        for seconds in [0, 10, 30, 100, 300] {
            assert_eq!(stranger.run(seconds).await, report(0, 1, 0), "{seconds} s");
            assert_eq!(stranger.run(seconds).await, report(0, 0, 0), "{seconds} s");
            let message = node.only().await;
            assert_eq!((message.status, message.attempts), (Status::Pending, 0));
            assert!(message.payload == sealed);
            assert!(message.last_error.unwrap().contains("master keys"));
        }
        assert_eq!(node.run(1000).await, report(1, 0, 0));
        assert_eq!(node.only().await.attempts, 1);
    }

    /// A node without the key does not end a message whose every try was cut short.
    async fn a_message_without_its_key_keeps_its_payload_after_the_last_try(store: TestStore) {
        let mut config = development();
        config.profile = Profile::Production;
        config.outbox.attempts = 1;
        let stranger = Node::with_key(&store, &config, [8; 32]).await;
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        assert_eq!(node.claim(START, START.plus_seconds(15), 1).await.len(), 1);
        assert_eq!(stranger.run(15).await, report(0, 1, 0));
        let message = node.only().await;
        assert_eq!((message.status, message.attempts), (Status::Pending, 1));
        assert!(!message.payload.is_empty());
    }
}
