//! What a mail server's replies do to the mail they are about, and to no other.

use std::time::Duration;

use cognate::messaging::DeliveryReport;

use super::node::{Node, START, email, report, smtp};
use super::scripted::{Say, Script, Scripted};
use crate::support::{TestStore, both_stores, wait};

both_stores! {
    /// A reply that comes after its time-out is discarded: the next mail is not taken for accepted
    /// by it.
    async fn a_late_reply_does_not_count_for_the_next_mail(store: TestStore) {
        let server = Scripted::start(|step, number| match (step, number) {
            (".", 1) => Some(Say::Late("250 taken after all")),
            (".", _) => Some(Say::Now("554 never")),
            _ => None,
        })
        .await;
        let mut config = smtp(server.port);
        config.mail.timeout_seconds = 1;
        config.mail.acceptance_timeout_seconds = 1;
        config.outbox.attempts = 1;
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 0, 1));
        server.release();
        node.commit(&email(), START.plus_seconds(1)).await;
        assert_eq!(node.run(1).await, report(0, 0, 1));
        let newest = node.stored().await.remove(0);
        assert!(newest.last_error.unwrap().contains("554"));
        assert_eq!(server.count("."), 2);
    }

    /// The time-out of a command does not end the mail server's scan of the mail.
    async fn a_slow_scan_has_its_own_timeout(store: TestStore) {
        let server = Scripted::start(|step, number| match (step, number) {
            ("MAIL", 2) => Some(Say::Late("250 too late")),
            (".", _) => Some(Say::Late("250 clean")),
            _ => None,
        })
        .await;
        let mut config = smtp(server.port);
        config.mail.timeout_seconds = 1;
        let node = Node::new(&store, &config).await;
        for _ in 0..2 {
            node.commit(&email(), START).await;
        }
        let (report_of_run, ()) = tokio::join!(node.run(0), async {
            // By then the mail that is scanned has had the time of a command as well.
            wait::until("a command's end", Duration::from_secs(20), || async {
                let stored = node.stored().await;
                stored.iter().any(|m| m.last_error.is_some()).then_some(())
            })
            .await;
            server.release();
        });
        assert_eq!(report_of_run, report(1, 1, 0));
    }

    /// 5xx ends a message only where it is about the message, and not about this server or its
    /// sender.
    async fn only_a_refusal_of_the_message_ends_it(store: TestStore) {
        let cases: [(Script, DeliveryReport); 8] = [
            (|step, _| (step == "greeting").then_some(Say::Now("554 not you")), report(0, 1, 0)),
            (|step, _| (step == "EHLO").then_some(Say::Now("550 not you")), report(0, 1, 0)),
            (
                |step, _| match step {
                    "EHLO" => Some(Say::Now("250-localhost\r\n250 AUTH PLAIN")),
                    "AUTH" => Some(Say::Now("554 not now")),
                    _ => None,
                },
                report(0, 1, 0),
            ),
            (|step, _| (step == "MAIL").then_some(Say::Now("550 not from you")), report(0, 1, 0)),
            (|step, _| (step == "RCPT").then_some(Say::Now("530 log in first")), report(0, 1, 0)),
            (|step, _| (step == "RCPT").then_some(Say::Now("550 unknown")), report(0, 0, 1)),
            (|step, _| (step == "DATA").then_some(Say::Now("554 no")), report(0, 0, 1)),
            (|step, _| (step == ".").then_some(Say::Now("554 spam")), report(0, 0, 1)),
        ];
        for (number, (script, expected)) in cases.into_iter().enumerate() {
            let server = Scripted::start(script).await;
            let mut config = smtp(server.port);
            config.mail.username = (number == 2).then(|| "cognate".to_owned());
            config.mail.password = (number == 2).then(|| "secret".into());
            let node = Node::new(&store, &config).await;
            node.commit(&email(), START).await;
            assert_eq!(node.run(0).await, expected, "case {number}");
        }
        // Patience has its end nevertheless.
        let server = Scripted::start(cases[0].0).await;
        let mut config = smtp(server.port);
        config.outbox.attempts = 1;
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 0, 1));
    }

    /// 354 is no success of any command but DATA.
    async fn a_354_accepts_nothing_but_data(store: TestStore) {
        let server = Scripted::start(|step, _| match step {
            "." => Some(Say::Now("354 go on")),
            _ => None,
        })
        .await;
        let node = Node::new(&store, &smtp(server.port)).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 1, 0));
        assert!(node.only().await.last_error.unwrap().contains("354"));
    }

    /// A mail server that replies late to QUIT does not delay the success of the mail.
    async fn a_late_reply_to_quit_does_not_delay_the_mail(store: TestStore) {
        let server = Scripted::start(|step, _| match step {
            "QUIT" => Some(Say::Late("221 bye")),
            _ => None,
        })
        .await;
        let node = Node::new(&store, &smtp(server.port)).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(1, 0, 0));
    }
}
