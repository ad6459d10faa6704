//! Section 3.1: a user whose code cannot be delivered exists nevertheless.

use std::time::Duration;

use cognate::config::{Config, MailTls, MailTransport};
use cognate::store::outbox::{self, Status, StoredMessage};
use cognate::store::{Db, OpenOptions};
use serde_json::json;

use crate::support::sign_up::{confirm_sign_up, email_pool};
use crate::support::{MailCatcher, SmtpOptions, TestServer, TestStore, both_stores, wait};

const ADA: &str = "ada@example.com";

fn smtp(port: u16) -> impl FnOnce(&mut Config) {
    move |config| {
        config.mail.transport = MailTransport::Smtp;
        config.mail.host = "127.0.0.1".to_owned();
        config.mail.port = Some(port);
        config.mail.tls = MailTls::None;
    }
}

/// A port on which nobody listens.
fn dead_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The message to Ada as soon as it has got as far as `far` says.
async fn message(store: &TestStore, far: impl Fn(&StoredMessage) -> bool) -> StoredMessage {
    let options = OpenOptions {
        max_connections: 1,
        acquire_timeout: Duration::from_secs(30),
        statement_cache: 10,
    };
    let db = Db::open(&store.url, &options).await.unwrap();
    let found = wait::until(
        "the delivery's failure",
        Duration::from_secs(30),
        || async {
            let mut conn = db.read().await.unwrap();
            let mut stored = outbox::newest(&mut conn, Some(ADA), 10).await.unwrap();
            assert_eq!(stored.len(), 1);
            Some(stored.remove(0).message).filter(&far)
        },
    )
    .await;
    db.close().await;
    found
}

/// Signs up as if all was well, and returns once the message is as `far` says.
async fn signs_up(server: &TestServer, far: impl Fn(&StoredMessage) -> bool) -> StoredMessage {
    let pool = server.pool(email_pool(json!({}))).await;
    let app = pool.client(json!({})).await;
    let answer = app.sign_up("ada", json!({ "email": ADA })).await.ok();
    assert_eq!(answer["UserConfirmed"], false);
    assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "a***@e***");
    let message = message(&server.store, far).await;
    let user = pool.user("ada").await.ok();
    assert_eq!(user["UserStatus"], "UNCONFIRMED");
    // The code is good, had it only come.
    let code = server.inbox(ADA).code().await;
    confirm_sign_up(&app, "ada", &code).await.ok();
    message
}

both_stores! {
    /// Nothing listens: the code is sent again and again.
    async fn an_absent_mail_server_does_not_fail_a_sign_up(store: TestStore) {
        let server = TestServer::start(&store, smtp(dead_port())).await;
        let first = signs_up(&server, |message| message.last_error.is_some()).await;
        assert_eq!((first.status, first.attempts), (Status::Pending, 1));
        server.advance(60).await;
        let second = message(&store, |message| message.attempts > 1).await;
        assert_eq!((second.status, second.attempts), (Status::Pending, 2));
        server.stop().await;
    }

    /// The address is refused: that ends the message, and can be seen.
    async fn a_refused_address_does_not_fail_a_sign_up(store: TestStore) {
        let refuse = Some(ADA);
        let catcher = MailCatcher::start(&SmtpOptions { refuse, ..SmtpOptions::default() });
        let server = TestServer::start(&store, smtp(catcher.port)).await;
        let message = signs_up(&server, |message| message.status != Status::Pending).await;
        assert_eq!(message.status, Status::Failed);
        assert!(message.last_error.unwrap().contains("550"));
        assert!(catcher.mails().is_empty());
        server.stop().await;
    }
}
