//! Mail over SMTP: what arrives, over which connection, and what is tried again.

use cognate::config::MailTls;
use cognate::domain::attribute::Contact;
use cognate::messaging::{MessageKind, OutgoingMessage, Recipient};
use cognate::store::outbox::Status;
use serde_json::{Value, json};

use super::gateway::silent_server;
use super::node::{ADA, CODE, Node, START, email, pool, report, smtp, to};
use crate::support::{MailCatcher, SmtpOptions, TestStore, both_stores};

both_stores! {
    /// A mail is HTML from the pool's own sender. Its code is erased from the database.
    async fn a_mail_arrives_from_the_pools_sender_and_its_payload_is_erased(store: TestStore) {
        let catcher = MailCatcher::start(&SmtpOptions::default());
        let node = Node::new(&store, &smtp(catcher.port)).await;
        let mut pool = pool();
        pool.settings.verification_message.email = Some("<p>{username}: {####} ü</p>".to_owned());
        pool.settings.verification_message.email_subject = Some("Grüße, {username}".to_owned());
        pool.settings.email.from = Some("Der Laden <shop@example.com>".to_owned());
        pool.settings.email.reply_to = Some("help@example.com".to_owned());
        let recipient = Recipient {
            user_id: "0b5d9b52-0000-4000-8000-000000000001",
            username: "u",
            sign_in_name: "<b>\r\nBcc: eve@example.com",
            contact: Contact::Email,
            address: ADA,
        };
        node.commit(&OutgoingMessage::new(&pool, recipient, MessageKind::ResendCode, &CODE.into()), START).await;
        assert_eq!(node.run(0).await, report(1, 0, 0));
        let mails = catcher.mails();
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(mail.sender, "shop@example.com");
        assert!(mail.from.contains("Der Laden"), "{}", mail.from);
        assert_eq!(mail.recipients, [ADA]);
        assert_eq!(mail.to, ADA);
        assert_eq!(mail.subject, "Grüße, <b>  Bcc: eve@example.com");
        assert_eq!(mail.mime_version, "1.0");
        assert_eq!(mail.content_type, "text/html");
        let body = mail.body.replace("\r\n", "\n");
        assert_eq!(body.trim_end(), "<p>&lt;b&gt;\nBcc: eve@example.com: 481516 ü</p>");
        let message = node.only().await;
        assert_eq!(message.status, Status::Delivered);
        assert!(message.payload.is_empty());
        // Its row remains to be seen, without its text.
        let shown = node.inbox("").await;
        assert_eq!((&shown[0]["code"], &shown[0]["body"]), (&Value::Null, &json!("")));
    }

    /// A pool without a sender of its own, or with an impossible one, has the configured one.
    async fn without_a_usable_sender_of_the_pool_the_configured_one_is_used(store: TestStore) {
        let catcher = MailCatcher::start(&SmtpOptions::default());
        let mut config = smtp(catcher.port);
        config.mail.from = "Accounts <accounts@example.org>".to_owned();
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        let mut pool = pool();
        pool.settings.email.from = Some("a@b.c\r\nBcc: eve@example.com".to_owned());
        pool.settings.email.reply_to = Some("x".to_owned());
        node.commit(&to(&pool, Contact::Email, ADA), START).await;
        assert_eq!(node.run(0).await, report(2, 0, 0));
        for mail in catcher.mails() {
            assert_eq!(mail.sender, "accounts@example.org");
            assert_eq!(mail.recipients, [ADA]);
        }
    }

    /// STARTTLS with a login, and TLS from the first byte.
    async fn mail_travels_over_tls(store: TestStore) {
        for (tls, configured) in [("starttls", MailTls::Starttls), ("implicit", MailTls::Implicit)] {
            let catcher = MailCatcher::start(&SmtpOptions {
                tls,
                login: (tls == "starttls").then_some(("cognate", "päss word")),
                ..SmtpOptions::default()
            });
            let mut config = smtp(catcher.port);
            config.mail.tls = configured;
            config.mail.ca_file = Some(catcher.ca_file.clone());
            if tls == "starttls" {
                config.mail.username = Some("cognate".to_owned());
                config.mail.password = Some("päss word".into());
            }
            let node = Node::new(&store, &config).await;
            node.commit(&email(), START).await;
            assert_eq!(node.run(0).await, report(1, 0, 0), "{tls}");
            let mail = catcher.mails().remove(0);
            assert!(mail.tls, "{tls}");
            assert_eq!(mail.login.is_some(), tls == "starttls");
        }
    }

    /// A mail server whose certificate is not trusted gets neither a login nor a mail.
    async fn an_unknown_certificate_is_not_trusted(store: TestStore) {
        let catcher = MailCatcher::start(&SmtpOptions { tls: "starttls", ..SmtpOptions::default() });
        let mut config = smtp(catcher.port);
        config.mail.tls = MailTls::Starttls;
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 1, 0));
        assert!(catcher.mails().is_empty());
        // Unless a developer said so.
        config.mail.accept_invalid_certificates = true;
        let node = Node::new(&store, &config).await;
        assert_eq!(node.run(60).await, report(1, 0, 0));
    }

    /// A mail server that offers no STARTTLS is not used in the clear instead.
    async fn a_server_without_starttls_gets_no_mail(store: TestStore) {
        let catcher = MailCatcher::start(&SmtpOptions::default());
        let mut config = smtp(catcher.port);
        config.mail.tls = MailTls::Starttls;
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 1, 0));
        assert!(catcher.mails().is_empty());
    }

    /// A refused login is no fault of the message: it waits until the configuration is corrected.
    async fn a_refused_login_is_tried_again(store: TestStore) {
        let login = Some(("cognate", "right"));
        let catcher = MailCatcher::start(&SmtpOptions { login, ..SmtpOptions::default() });
        let mut config = smtp(catcher.port);
        config.mail.username = Some("cognate".to_owned());
        config.mail.password = Some("wrong".into());
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 1, 0));
        assert!(!node.only().await.last_error.unwrap().contains("wrong"));
        config.mail.password = Some("right".into());
        let node = Node::new(&store, &config).await;
        assert_eq!(node.run(60).await, report(1, 0, 0));
    }

    /// 4xx: the mail is tried again, and not before its pause is over.
    async fn a_deferred_mail_is_sent_later(store: TestStore) {
        let catcher = MailCatcher::start(&SmtpOptions { defer: 2, ..SmtpOptions::default() });
        let node = Node::new(&store, &smtp(catcher.port)).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 1, 0));
        let message = node.only().await;
        assert_eq!((message.status, message.attempts), (Status::Pending, 1));
        assert!(message.last_error.unwrap().contains("451"));
        assert_eq!(node.run(4).await, report(0, 0, 0));
        assert_eq!(node.run(30).await, report(0, 1, 0));
        // The second pause is twice as long.
        assert_eq!(node.run(39).await, report(0, 0, 0));
        assert_eq!(node.run(90).await, report(1, 0, 0));
        let message = node.only().await;
        assert_eq!((message.status, message.attempts), (Status::Delivered, 3));
        assert_eq!(message.last_error, None);
        assert_eq!(catcher.mails().len(), 1);
    }

    /// 5xx: the mail server will never take the mail.
    async fn a_refused_mail_fails_for_good(store: TestStore) {
        let refuse = Some(ADA);
        let catcher = MailCatcher::start(&SmtpOptions { refuse, ..SmtpOptions::default() });
        let node = Node::new(&store, &smtp(catcher.port)).await;
        node.commit(&email(), START).await;
        node.commit(&to(&pool(), Contact::Email, "bob@example.com"), START).await;
        assert_eq!(node.run(0).await, report(1, 0, 1));
        let stored = node.stored().await;
        let failed = stored.iter().find(|m| m.status == Status::Failed).unwrap();
        assert_eq!(failed.destination, ADA);
        assert!(failed.last_error.as_ref().unwrap().contains("550"));
        assert!(failed.payload.is_empty());
        assert_eq!(node.run(86_400).await, report(0, 0, 0));
    }

    /// A mail server that hangs costs one time-out, and its message fails after the configured
    /// tries.
    async fn a_silent_mail_server_costs_one_timeout_per_try(store: TestStore) {
        let mut config = smtp(silent_server().await);
        config.mail.timeout_seconds = 1;
        config.outbox.attempts = 2;
        let node = Node::new(&store, &config).await;
        for _ in 0..3 {
            node.commit(&email(), START).await;
        }
        assert_eq!(node.run(0).await, report(0, 3, 0));
        assert_eq!(node.run(60).await, report(0, 0, 3));
        assert!(node.stored().await.iter().all(|m| m.attempts == 2));
    }

    /// Nothing listens on the mail server's port.
    async fn an_absent_mail_server_is_tried_again(store: TestStore) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let node = Node::new(&store, &smtp(port)).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 1, 0));
    }
}
