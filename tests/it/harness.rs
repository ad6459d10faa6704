//! Does the harness itself do what it promises?

use serde_json::json;

use crate::support::postgres;
use crate::support::sigv4::{Signer, Subject};
use crate::support::{
    MailCatcher, ServerProcess, SmtpOptions, StoreKind, TestServer, TestStore, both_stores,
};

/// `get-vanilla` of the SigV4 test suite that AWS publishes.
#[test]
fn signatures_are_those_of_the_published_test_suite() {
    let signer = Signer {
        key_id: "AKIDEXAMPLE".into(),
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        token: None,
        region: "us-east-1".into(),
        service: "service".into(),
    };
    let authorization = signer.authorization(&Subject {
        method: "GET",
        path: "/",
        headers: &[
            ("host".into(), "example.amazonaws.com".into()),
            ("x-amz-date".into(), "20150830T123600Z".into()),
        ],
        body: b"",
        date: "20150830T123600Z",
    });
    assert_eq!(
        authorization,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=host;x-amz-date, \
         Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    );
}

/// Each test has a database of its own, which is gone afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn databases_are_apart() {
    use sqlx::{Connection, PgConnection};

    let one = TestStore::new(StoreKind::Postgres).await;
    let other = TestStore::new(StoreKind::Postgres).await;
    assert_ne!(one.url, other.url);
    let mut connection = PgConnection::connect(&one.url).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept (secret BYTEA); INSERT INTO kept VALUES ('in the clear')")
        .execute(&mut connection)
        .await
        .unwrap();
    let contains = |dump: Vec<u8>| String::from_utf8(dump).unwrap().contains("in the clear");
    assert!(contains(postgres::dump(&one.url).await));
    assert!(!contains(postgres::dump(&other.url).await));
    one.remove().await;
    other.remove().await;
    assert!(PgConnection::connect(&one.url).await.is_err());
}

/// The catcher takes mail from a client that knows nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn mail_is_caught() {
    use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

    let catcher = MailCatcher::start(&SmtpOptions::default());
    let message = Message::builder()
        .from("no-reply@example.com".parse().unwrap())
        .to("ada@example.com".parse().unwrap())
        .subject("Grüße")
        .header(lettre::message::header::ContentType::TEXT_PLAIN)
        .body("Your code is 123456 ✓".to_owned())
        .unwrap();
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(catcher.port)
        .build()
        .send(message)
        .await
        .unwrap();
    let mail = catcher.wait_for("ada@example.com", 1).await;
    assert_eq!(mail.subject, "Grüße");
    assert_eq!(mail.body.trim_end(), "Your code is 123456 ✓");
    assert!(!mail.tls);
}

both_stores! {
    /// A server starts on each store, and an administrator makes a pool on it.
    async fn a_server_answers(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let answer = pool.admin("DescribeUserPool", json!({})).await;
        assert_eq!(answer.ok()["UserPool"]["Id"], json!(pool.id));
    }

    /// The real binary comes back on its port and data after a kill, and ends well when asked to.
    async fn a_killed_server_comes_back(server: ServerProcess) {
        let pool = server.pool(json!({})).await;
        server.kill();
        server.restart().await;
        let answer = pool.admin("DescribeUserPool", json!({})).await;
        assert_eq!(answer.ok()["UserPool"]["Id"], json!(pool.id));
        assert!(server.stop().await.success());
    }
}
