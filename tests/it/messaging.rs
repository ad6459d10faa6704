//! The outbox and the ways out of it: each test has a store and real servers to deliver to, and
//! moves time instead of waiting.

mod foreign_key;
mod scripted;
mod smtp_server;
mod worker;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use cognate::clock::Clock;
use cognate::config::{Config, MailTls, MailTransport, Profile, SmsProvider};
use cognate::crypto::{MasterKey, Vault};
use cognate::domain::attribute::{Contact, Medium};
use cognate::domain::time::Timestamp;
use cognate::domain::user_pool::{PoolSettings, UserPool};
use cognate::entropy::Entropy;
use cognate::messaging::{
    DeliveryReport, EnqueuedMessage, MessageKind, Outbox, OutgoingMessage, Recipient, Slot,
    enqueue, inbox,
};
use cognate::store::outbox::{self, Status, StoredMessage};
use cognate::store::{Db, OpenOptions};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{MailCatcher, SmtpOptions, TestStore, both_stores, wait};

const ADA: &str = "ada@example.com";
const PHONE: &str = "+15555550100";
const CODE: &str = "481516";
/// An arbitrary moment; the tests count from here.
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// One server's side of the outbox.
struct Node {
    db: Db,
    vault: Vault,
    clock: Clock,
    outbox: Outbox,
}

impl Node {
    async fn new(store: &TestStore, config: &Config) -> Self {
        Self::with_key(store, config, [7; 32]).await
    }

    async fn with_key(store: &TestStore, config: &Config, key: [u8; 32]) -> Self {
        let options = OpenOptions {
            max_connections: 8,
            acquire_timeout: Duration::from_secs(30),
            statement_cache: 100,
        };
        let db = Db::open(&store.url, &options).await.unwrap();
        db.migrate().await.unwrap();
        let vault = Vault::new(&MasterKey::from_bytes(key), &[], Entropy).unwrap();
        let clock = Clock::default();
        let outbox = Outbox::new(config, db.clone(), vault.clone(), clock.clone(), Entropy);
        Self {
            db,
            vault,
            clock,
            outbox: outbox.unwrap(),
        }
    }

    /// Commits `message` at `now`, as an operation does, and returns its id. The worker is not told.
    async fn commit(&self, message: &OutgoingMessage, now: Timestamp) -> String {
        let queued = self.write(message, now, None).await;
        queued.message_id().to_owned()
    }

    /// Commits `message` at `now`, as an operation does that has `place` for it.
    async fn write(
        &self,
        message: &OutgoingMessage,
        now: Timestamp,
        place: Option<Slot>,
    ) -> EnqueuedMessage {
        let mut tx = self.db.begin().await.unwrap();
        let queued = enqueue(&mut tx, &self.vault, Entropy, now, message, place)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        queued
    }

    /// Delivers what is due `seconds` after the start.
    async fn run(&self, seconds: i64) -> DeliveryReport {
        self.outbox
            .run_due(START.plus_seconds(seconds))
            .await
            .unwrap()
    }

    async fn stored(&self) -> Vec<StoredMessage> {
        let mut conn = self.db.read().await.unwrap();
        outbox::newest(&mut conn, None, 1000).await.unwrap()
    }

    async fn only(&self) -> StoredMessage {
        let mut stored = self.stored().await;
        assert_eq!(stored.len(), 1);
        stored.remove(0)
    }

    async fn get(&self, path: &str) -> Response {
        let request = Request::get(path).body(Body::empty()).unwrap();
        inbox::router(self.db.clone(), self.vault.clone())
            .oneshot(request)
            .await
            .unwrap()
    }

    async fn inbox(&self, query: &str) -> Vec<Value> {
        let response = self.get(&format!("/_cognate/inbox.json{query}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_str(&text_of(response).await).unwrap()
    }
}

async fn text_of(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

const fn report(delivered: usize, retried: usize, failed: usize) -> DeliveryReport {
    DeliveryReport {
        delivered,
        retried,
        failed,
    }
}

fn pool() -> UserPool {
    UserPool {
        id: "us-east-1_Mailbox01".to_owned(),
        region: "us-east-1".to_owned(),
        name: "messages".to_owned(),
        settings: PoolSettings {
            auto_verified: vec![Contact::Email],
            ..PoolSettings::default()
        },
        created_at: START,
        modified_at: START,
        version: 1,
    }
}

fn to(pool: &UserPool, contact: Contact, address: &str) -> OutgoingMessage {
    let recipient = Recipient {
        user_id: "0b5d9b52-0000-4000-8000-000000000001",
        username: "ada",
        sign_in_name: "ada",
        contact,
        address,
    };
    OutgoingMessage::new(pool, recipient, MessageKind::SignUpCode, &CODE.into())
}

fn email() -> OutgoingMessage {
    to(&pool(), Contact::Email, ADA)
}

fn sms() -> OutgoingMessage {
    to(&pool(), Contact::PhoneNumber, PHONE)
}

/// Development without a mail server.
fn development() -> Config {
    Config::development()
}

/// Production with the mail server on `port`.
fn smtp(port: u16) -> Config {
    let mut config = Config::development();
    config.profile = Profile::Production;
    config.mail.transport = MailTransport::Smtp;
    config.mail.host = "127.0.0.1".to_owned();
    config.mail.port = Some(port);
    config.mail.tls = MailTls::None;
    config.mail.timeout_seconds = 10;
    config
}

/// Production with the SMS webhook at `url`.
fn webhook(url: &str) -> Config {
    let mut config = Config::development();
    config.profile = Profile::Production;
    config.sms.provider = Some(SmsProvider::Webhook);
    config.sms.webhook.url = url.to_owned().into();
    config.sms.webhook.secret_header = "x-cognate-signature".to_owned();
    config.sms.webhook.secret = Some("a shared secret".into());
    config.sms.webhook.timeout_seconds = 10;
    config
}

/// A server that takes every connection and never says a word.
async fn silent_server() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            open.push(connection);
        }
    });
    port
}

/// What the SMS gateway was sent.
type Calls = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// An SMS gateway that answers each call as `answer` says, which gets the number of the call.
struct Gateway {
    url: String,
    calls: Calls,
}

#[derive(Clone)]
struct GatewayState {
    calls: Calls,
    answer: Arc<dyn Fn(usize) -> Response + Send + Sync>,
    pause: Duration,
}

impl Gateway {
    async fn start(answer: impl Fn(usize) -> Response + Send + Sync + 'static) -> Self {
        Self::start_slow(Duration::ZERO, answer).await
    }

    async fn start_slow(
        pause: Duration,
        answer: impl Fn(usize) -> Response + Send + Sync + 'static,
    ) -> Self {
        let calls = Calls::default();
        let state = GatewayState {
            calls: Arc::clone(&calls),
            answer: Arc::new(answer),
            pause,
        };
        let router = Router::new()
            .route("/send", post(take))
            .route("/elsewhere", post(take))
            .with_state(state);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/send", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, calls }
    }

    fn calls(&self) -> Vec<(HeaderMap, Bytes)> {
        self.calls.lock().unwrap().clone()
    }
}

async fn take(State(state): State<GatewayState>, headers: HeaderMap, body: Bytes) -> Response {
    let number = {
        let mut calls = state.calls.lock().unwrap();
        calls.push((headers, body));
        calls.len()
    };
    tokio::time::sleep(state.pause).await;
    (state.answer)(number)
}

both_stores! {
    /// A dump of the database shows no code, before delivery and after.
    async fn a_message_is_sealed(store: TestStore) {
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
        let queued = enqueue(&mut tx, &node.vault, Entropy, START, &email(), None).await.unwrap();
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
            workers.spawn(async move {
                let mut mine = Vec::new();
                // A worker that lost every row to others comes back empty-handed once in a while.
                let mut empty = 0;
                while empty < 20 {
                    let mut conn = db.write().await.unwrap();
                    let claimed = outbox::claim(&mut conn, Medium::Email, START, START.plus_seconds(60), 3).await;
                    drop(conn);
                    let claimed = claimed.unwrap();
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
    async fn two_nodes_share_the_work(store: TestStore) {
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

    /// A worker that was killed in the middle leaves its message to others, after a while.
    async fn a_dead_workers_message_is_taken_over(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        let id = node.commit(&email(), START).await;
        let mut conn = node.db.write().await.unwrap();
        let claimed = outbox::claim(&mut conn, Medium::Email, START, START.plus_seconds(15), 10).await.unwrap();
        drop(conn);
        assert_eq!(claimed.len(), 1);
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
    async fn a_lost_claim_disturbs_nobody(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        let id = node.commit(&email(), START).await;
        let pool = pool().id;
        let mut conn = node.db.write().await.unwrap();
        for (now, until) in [(0, 15), (15, 30)] {
            let (now, until) = (START.plus_seconds(now), START.plus_seconds(until));
            assert_eq!(outbox::claim(&mut conn, Medium::Email, now, until, 10).await.unwrap().len(), 1);
        }
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

    /// A message whose every try kills the worker does not go round for ever.
    async fn a_message_that_is_never_finished_is_given_up(store: TestStore) {
        let mut config = development();
        config.outbox.attempts = 2;
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        for at in [0, 15] {
            let (now, until) = (START.plus_seconds(at), START.plus_seconds(at + 15));
            let mut conn = node.db.write().await.unwrap();
            outbox::claim(&mut conn, Medium::Email, now, until, 1).await.unwrap();
        }
        assert_eq!(node.run(30).await, report(0, 0, 1));
        assert_eq!(node.only().await.last_error.as_deref(), Some("every try was cut short"));
    }

    /// The inbox's JSON, as issue 2 fixes it.
    async fn the_inbox_shows_every_message(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        assert!(node.inbox("").await.is_empty());
        let id = node.commit(&email(), START).await;
        let expected = |status: &str| json!({
            "id": id,
            "medium": "EMAIL",
            "destination": ADA,
            "subject": "Your verification code",
            "body": "Your verification code is 481516. ",
            "code": CODE,
            "purpose": "sign_up",
            "userPoolId": "us-east-1_Mailbox01",
            "username": "ada",
            "createdAt": "2027-01-15T08:00:00.000Z",
            "status": status,
        });
        assert_eq!(node.inbox("").await, [expected("pending")]);
        assert_eq!(node.run(0).await, report(1, 0, 0));
        assert_eq!(node.inbox("").await, [expected("delivered")]);

        node.commit(&sms(), START.plus_seconds(1)).await;
        let all = node.inbox("?to=&limit=").await;
        assert_eq!(all.len(), 2);
        assert_eq!(all[0]["medium"], "SMS");
        assert_eq!(all[0]["subject"], Value::Null);
        assert_eq!(node.inbox("?limit=1").await, all[..1]);
        assert_eq!(node.inbox("?limit=5000").await, all);
        assert_eq!(node.inbox("?to=+15555550100").await, all[..1]);
        assert_eq!(node.inbox("?to=%2B15555550100").await, all[..1]);
        assert_eq!(node.inbox(&format!("?to={ADA}")).await, all[1..]);
        assert!(node.inbox("?to=ADA%40example.com").await.is_empty());
        let refused = node.get("/_cognate/inbox.json?limit=x").await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    }

    /// The inbox's page needs nothing from anywhere else, and lets nothing else in.
    async fn the_inbox_is_a_page(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        node.commit(&email(), START).await;
        node.commit(&sms(), START.plus_seconds(1)).await;
        let response = node.get("/_cognate/inbox").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        let page = text_of(response).await;
        let (mail, text) = (page.find(ADA).unwrap(), page.find(PHONE).unwrap());
        assert!(text < mail, "newest first");
        assert_eq!(page.matches(&format!("<span class=\"code\">{CODE}</span>")).count(), 2);
        assert!(!page.contains("http://") && !page.contains("https://"));
    }

    /// A mail is HTML from the pool's own sender. Its code leaves the database with it.
    async fn a_mail_arrives(store: TestStore) {
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
    async fn the_configured_sender_is_used(store: TestStore) {
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

    /// A server whose certificate nobody vouches for gets neither a login nor a mail.
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

    /// A server that offers no STARTTLS is not spoken to in the clear instead.
    async fn starttls_is_not_given_up(store: TestStore) {
        let catcher = MailCatcher::start(&SmtpOptions::default());
        let mut config = smtp(catcher.port);
        config.mail.tls = MailTls::Starttls;
        let node = Node::new(&store, &config).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 1, 0));
        assert!(catcher.mails().is_empty());
    }

    /// A wrong password is our fault and not the message's: it waits until that is corrected.
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

    /// 4xx: come back later, and not before the pause is over.
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

    /// 5xx: the server will never take it.
    async fn a_refused_mail_is_given_up(store: TestStore) {
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

    /// A server that hangs costs one time-out, and its message is tried again until enough is
    /// enough.
    async fn a_silent_mail_server_does_not_hold_us(store: TestStore) {
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

    /// Nobody listens there at all.
    async fn an_absent_mail_server_is_tried_again(store: TestStore) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let node = Node::new(&store, &smtp(port)).await;
        node.commit(&email(), START).await;
        assert_eq!(node.run(0).await, report(0, 1, 0));
    }

    /// The webhook's request: JSON, and a signature that only the secret's owners can make.
    async fn a_text_message_reaches_the_webhook(store: TestStore) {
        let gateway = Gateway::start(|_| StatusCode::ACCEPTED.into_response()).await;
        let node = Node::new(&store, &webhook(&gateway.url)).await;
        let id = node.commit(&sms(), START).await;
        assert_eq!(node.run(0).await, report(1, 0, 0));
        let calls = gateway.calls();
        assert_eq!(calls.len(), 1);
        let (headers, body) = &calls[0];
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(
            serde_json::from_slice::<Value>(body).unwrap(),
            json!({
                "to": PHONE,
                "text": "Your verification code is 481516. ",
                "messageId": id,
            })
        );
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"a shared secret");
        let signed = [b"1800000000.", body.as_ref()].concat();
        let tag = hex::encode(aws_lc_rs::hmac::sign(&key, &signed));
        let expected = format!("t=1800000000,v1={tag}");
        assert_eq!(headers["x-cognate-signature"], expected.as_str());
    }

    /// What the webhook answers decides; where it redirects to is not asked.
    async fn the_webhooks_answer_decides(store: TestStore) {
        for (answer, expected) in [
            (StatusCode::BAD_REQUEST, report(0, 0, 1)),
            (StatusCode::SERVICE_UNAVAILABLE, report(0, 1, 0)),
            (StatusCode::TEMPORARY_REDIRECT, report(0, 1, 0)),
        ] {
            let gateway = Gateway::start(move |_| {
                (answer, [("location", "/elsewhere")], format!("no: {CODE}")).into_response()
            })
            .await;
            let node = Node::new(&store, &webhook(&gateway.url)).await;
            node.commit(&sms(), START).await;
            assert_eq!(node.run(0).await, expected, "{answer}");
            assert_eq!(gateway.calls().len(), 1);
            let text = format!("the webhook answered {}", answer.as_u16());
            let stored = node.stored().await;
            assert!(stored.iter().any(|m| m.last_error.as_deref() == Some(&text)), "{answer}");
        }
    }

    /// An answer without an end is not read, and a silent webhook costs one time-out.
    async fn a_webhook_cannot_hold_us(store: TestStore) {
        let gateway = Gateway::start(|_| Response::new(Body::new(Endless))).await;
        let node = Node::new(&store, &webhook(&gateway.url)).await;
        node.commit(&sms(), START).await;
        assert_eq!(node.run(0).await, report(1, 0, 0));

        let mut config = webhook(&format!("http://127.0.0.1:{}/send", silent_server().await));
        config.sms.webhook.timeout_seconds = 1;
        let node = Node::new(&store, &config).await;
        node.commit(&sms(), START).await;
        assert_eq!(node.run(0).await, report(0, 1, 0));
    }

    /// Finished messages go after their retention; one that still waits stays.
    async fn finished_messages_are_purged(store: TestStore) {
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

/// A body that never yields and never ends.
struct Endless;

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}
