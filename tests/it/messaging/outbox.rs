//! The outbox: what is sealed, claimed, taken over and purged. Each test moves time instead of
//! waiting.

use std::collections::HashSet;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use cognate::domain::attribute::Medium;
use cognate::store::outbox::{self, Status, Try};

use super::gateway::Gateway;
use super::node::{ADA, CODE, Node, START, development, email, pool, report, sms, smtp, webhook};
use crate::support::{MailCatcher, SmtpOptions, TestStore, both_stores};

both_stores! {
    /// A dump of the database shows no code, before delivery and after.
    async fn a_message_is_sealed_in_the_database(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        node.commit(&email(), START).await;
        for _ in 0..2 {
            let dump = store.dump().await;
            let holds = |text: &str| dump.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(holds(ADA), "the dump is one of this table");
            assert!(!holds(CODE));
            assert!(!holds("verification code"));
            node.run(0).await;
        }
    }

    /// A message is sent if and only if the change that caused it commits.
    async fn a_change_that_does_not_commit_sends_nothing(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        let mut tx = node.db.begin().await.unwrap();
        let queued = node.outbox.enqueue(&mut tx, START, &email(), None).await.unwrap();
        drop((tx, queued));
        assert_eq!(node.run(0).await, report(0, 0, 0));
        assert!(node.stored().await.is_empty());
    }

    /// Many workers at once: each message is claimed by one of them.
    async fn a_message_is_claimed_once(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        let mut written = HashSet::new();
        for _ in 0..40 {
            written.insert(node.commit(&email(), START).await);
        }
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let db = node.db.clone();
            let pool_id = pool().id;
            workers.spawn(async move {
                let mut mine = Vec::new();
                // A worker that lost every row to others comes back empty-handed once in a while.
                let mut empty = 0;
                while empty < 20 {
                    let mut conn = db.write().await.unwrap();
                    let due = outbox::candidates(&mut conn, Medium::Email, Try::First, &pool_id, START, 3).await;
                    let mut claimed = Vec::new();
                    for candidate in due.unwrap() {
                        let (id, until) = (&candidate.message_id, START.plus_seconds(60));
                        claimed.extend(outbox::claim(&mut conn, &pool_id, id, START, until).await.unwrap());
                    }
                    drop(conn);
                    assert!(claimed.len() <= 3);
                    empty = if claimed.is_empty() { empty + 1 } else { 0 };
                    mine.extend(claimed.into_iter().map(|message| message.message_id));
                }
                mine
            });
        }
        let claimed = workers.join_all().await.concat();
        assert_eq!(claimed.len(), 40);
        assert_eq!(claimed.into_iter().collect::<HashSet<_>>(), written);
    }

    /// Two nodes share the work, and no text message is sent twice.
    async fn two_nodes_send_each_message_once(store: TestStore) {
        let gateway = Gateway::start(|_| StatusCode::OK.into_response()).await;
        let (one, other) = (
            Node::new(&store, &webhook(&gateway.url)).await,
            Node::new(&store, &webhook(&gateway.url)).await,
        );
        for _ in 0..30 {
            one.commit(&sms(), START).await;
        }
        let (first, second) = tokio::join!(one.run(0), other.run(0));
        let rest = one.run(0).await;
        assert_eq!(first.delivered + second.delivered + rest.delivered, 30);
        assert_eq!(gateway.calls().len(), 30);
        assert!(one.stored().await.iter().all(|m| m.status == Status::Delivered));
    }

    /// The message of a killed worker is taken over by others, once its claim has ended.
    async fn a_dead_workers_message_is_taken_over(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        let id = node.commit(&email(), START).await;
        assert_eq!(node.claim(START, START.plus_seconds(15), 10).await.len(), 1);
        assert_eq!(node.run(14).await, report(0, 0, 0));
        assert_eq!(node.run(15).await, report(1, 0, 0));

        // The dead one turns out to be only slow: it finds nothing to change.
        let pool = pool().id;
        let mut conn = node.db.write().await.unwrap();
        let later = START.plus_seconds(99);
        assert!(!outbox::extend(&mut conn, &pool, &id, 1, later).await.unwrap());
        assert!(!outbox::reschedule(&mut conn, &pool, &id, 1, later, "").await.unwrap());
        assert!(!outbox::mark_failed(&mut conn, &pool, &id, 1, "", true, later).await.unwrap());
        assert!(!outbox::mark_delivered(&mut conn, &pool, &id, true, later).await.unwrap());
        drop(conn);
        assert_eq!(node.only().await.status, Status::Delivered);
    }

    /// The failure of a claim that was lost does not end the claim that holds.
    async fn a_lost_claim_does_not_end_the_claim_that_holds(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        let id = node.commit(&email(), START).await;
        let pool = pool().id;
        for (now, until) in [(0, 15), (15, 30)] {
            let (now, until) = (START.plus_seconds(now), START.plus_seconds(until));
            assert_eq!(node.claim(now, until, 10).await.len(), 1);
        }
        let mut conn = node.db.write().await.unwrap();
        let next = START.plus_seconds(16);
        assert!(!outbox::reschedule(&mut conn, &pool, &id, 1, next, "late").await.unwrap());
        assert!(outbox::extend(&mut conn, &pool, &id, 2, START.plus_seconds(40)).await.unwrap());
        drop(conn);
        assert_eq!(node.run(39).await, report(0, 0, 0));
        let message = node.only().await;
        assert_eq!((message.attempts, message.last_error), (2, None));
        // A success counts, whoever had it.
        let mut conn = node.db.write().await.unwrap();
        assert!(outbox::mark_delivered(&mut conn, &pool, &id, true, next).await.unwrap());
    }

    /// A message whose every try ends with the worker fails after the configured tries.
    async fn a_message_whose_every_try_is_cut_short_fails(store: TestStore) {
        let mut config = development();
        config.outbox.attempts = 2;
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        for at in [0, 15] {
            let (now, until) = (START.plus_seconds(at), START.plus_seconds(at + 15));
            assert_eq!(node.claim(now, until, 1).await.len(), 1);
        }
        assert_eq!(node.run(30).await, report(0, 0, 1));
        assert_eq!(node.only().await.last_error.as_deref(), Some("every try was cut short"));
    }

    /// Finished messages are deleted after their retention; one that still waits stays.
    async fn finished_messages_are_purged_after_their_retention(store: TestStore) {
        let catcher = MailCatcher::start(&SmtpOptions { defer: 1, ..SmtpOptions::default() });
        let mut config = smtp(catcher.port);
        config.outbox.retention_hours = 1;
        let node = Node::new(&store, &config).await;
        let waiting = node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 1, 0));
        for second in [1, 2] {
            node.commit(&email(), START.plus_seconds(second)).await;
            assert_eq!(node.run(second).await, report(1, 0, 0));
        }
        let purge = async |seconds| node.outbox.purge(START.plus_seconds(seconds)).await.unwrap();
        assert_eq!(purge(3600).await, 0);
        assert_eq!(purge(7200).await, 2);
        assert_eq!(node.only().await.message_id, waiting);
    }
}
