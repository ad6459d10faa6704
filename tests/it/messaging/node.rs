//! One server's side of the outbox, and what it is given to send.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use cognate::clock::Clock;
use cognate::config::{Config, MailTls, MailTransport, Profile, SmsProvider};
use cognate::crypto::{MasterKey, Vault};
use cognate::domain::attribute::{Contact, Medium};
use cognate::domain::pool_domain::DomainNames;
use cognate::domain::sender_call::SenderCall;
use cognate::domain::time::Timestamp;
use cognate::domain::user_pool::{PoolSettings, UserPool};
use cognate::entropy::Entropy;
use cognate::messaging::{
    CallFuture, DeliveryReport, EnqueuedMessage, FunctionCaller, MessageKind, Outbox,
    OutgoingMessage, Recipient, Slot,
};
use cognate::outbound::Outbound;
use cognate::pages::inbox;
use cognate::store::outbox::{self, StoredMessage, Try};
use cognate::store::{Db, OpenOptions};
use serde_json::Value;
use tower::ServiceExt;

use crate::support::TestStore;

pub const ADA: &str = "ada@example.com";
pub const PHONE: &str = "+15555550100";
pub const CODE: &str = "481516";
/// An arbitrary moment; the tests count from here.
pub const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// One server's side of the outbox.
pub struct Node {
    pub db: Db,
    pub vault: Vault,
    pub clock: Clock,
    pub outbox: Outbox,
}

/// For messages that no function sends.
struct NoFunctions;

impl FunctionCaller for NoFunctions {
    fn call<'a>(&'a self, call: &'a SenderCall, _: &'a str) -> CallFuture<'a> {
        Box::pin(async { Err(format!("no function {}", call.arn)) })
    }
}

impl Node {
    pub async fn new(store: &TestStore, config: &Config) -> Self {
        Self::with_key(store, config, [7; 32]).await
    }

    pub async fn with_key(store: &TestStore, config: &Config, key: [u8; 32]) -> Self {
        let options = OpenOptions {
            max_connections: 8,
            acquire_timeout: Duration::from_secs(30),
            statement_cache: 100,
        };
        let db = Db::open(&store.url, &options).await.unwrap();
        db.migrate().await.unwrap();
        let vault = Vault::new(&MasterKey::from_bytes(key), &[], Entropy).unwrap();
        let clock = Clock::default();
        let outbound = Outbound::for_config(config).unwrap();
        let outbox = Outbox::new(
            config,
            (&outbound, Arc::new(NoFunctions)),
            db.clone(),
            vault.clone(),
            clock.clone(),
            Entropy,
        );
        Self {
            db,
            vault,
            clock,
            outbox: outbox.unwrap(),
        }
    }

    /// Commits `message` at `now`, as an operation does, and returns its id. The worker is not told.
    pub async fn commit(&self, message: &OutgoingMessage, now: Timestamp) -> String {
        let queued = self.write(message, now, None).await;
        queued.message_id().to_owned()
    }

    /// Commits `message` at `now`, as an operation does that has `place` for it.
    pub async fn write(
        &self,
        message: &OutgoingMessage,
        now: Timestamp,
        place: Option<Slot>,
    ) -> EnqueuedMessage {
        let mut tx = self.db.begin().await.unwrap();
        let queued = self.outbox.enqueue(&mut tx, now, message, place).await;
        let queued = queued.unwrap();
        tx.commit().await.unwrap();
        queued
    }

    /// Delivers what is due `seconds` after the start.
    pub async fn run(&self, seconds: i64) -> DeliveryReport {
        self.outbox
            .run_due(START.plus_seconds(seconds))
            .await
            .unwrap()
    }

    /// Claims what is due at `now`, up to `limit` e-mails of [`pool`], as a worker does.
    pub async fn claim(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Vec<StoredMessage> {
        let pool_id = pool().id;
        let mut conn = self.db.write().await.unwrap();
        let mut claimed = Vec::new();
        for kind in Try::ALL {
            let due =
                outbox::candidates(&mut conn, Medium::Email, kind, &pool_id, now, limit).await;
            for candidate in due.unwrap() {
                let id = &candidate.message_id;
                let message = outbox::claim(&mut conn, &pool_id, id, now, until).await;
                claimed.extend(message.unwrap());
            }
        }
        claimed
    }

    pub async fn stored(&self) -> Vec<StoredMessage> {
        let mut conn = self.db.read().await.unwrap();
        let listed = outbox::newest(&mut conn, None, 1000).await.unwrap();
        listed.into_iter().map(|listed| listed.message).collect()
    }

    pub async fn only(&self) -> StoredMessage {
        let mut stored = self.stored().await;
        assert_eq!(stored.len(), 1);
        stored.remove(0)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).await
    }

    pub async fn request(&self, method: Method, path: &str) -> Response {
        let request = Request::builder().method(method).uri(path);
        inbox::router(self.db.clone(), self.vault.clone(), self.clock.clone())
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    pub async fn inbox(&self, query: &str) -> Vec<Value> {
        let response = self.get(&format!("/_cognate/inbox.json{query}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_str(&text_of(response).await).unwrap()
    }
}

pub async fn text_of(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub const fn report(delivered: usize, retried: usize, failed: usize) -> DeliveryReport {
    DeliveryReport {
        delivered,
        retried,
        failed,
    }
}

pub fn pool() -> UserPool {
    UserPool {
        id: "us-east-1_Mailbox01".to_owned(),
        region: "us-east-1".to_owned(),
        name: "messages".to_owned(),
        settings: PoolSettings {
            auto_verified: vec![Contact::Email],
            ..PoolSettings::default()
        },
        domains: DomainNames::default(),
        created_at: START,
        modified_at: START,
        version: 1,
    }
}

pub fn to(pool: &UserPool, contact: Contact, address: &str) -> OutgoingMessage {
    let recipient = Recipient {
        user_id: "0b5d9b52-0000-4000-8000-000000000001",
        username: "ada",
        sign_in_name: "ada",
        contact,
        address,
    };
    OutgoingMessage::new(pool, recipient, MessageKind::SignUpCode, &CODE.into())
}

pub fn email() -> OutgoingMessage {
    to(&pool(), Contact::Email, ADA)
}

pub fn sms() -> OutgoingMessage {
    to(&pool(), Contact::PhoneNumber, PHONE)
}

/// Development without a mail server.
pub fn development() -> Config {
    Config::development()
}

/// Production with the mail server on `port`.
pub fn smtp(port: u16) -> Config {
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
pub fn webhook(url: &str) -> Config {
    let mut config = Config::development();
    config.profile = Profile::Production;
    config.sms.provider = Some(SmsProvider::Webhook);
    config.sms.webhook.url = url.to_owned().into();
    config.sms.webhook.secret_header = "x-cognate-signature".to_owned();
    config.sms.webhook.secret = Some("a shared secret".into());
    config.sms.webhook.timeout_seconds = 10;
    config
}
