//! Does the harness itself do what it promises?

use serde_json::json;
use sqlx::{Connection, PgConnection};

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

/// Each test has a database of its own, whose dump shows its content, binary values too.
#[tokio::test(flavor = "multi_thread")]
async fn each_test_has_its_own_database() {
    // Not UTF-8, with what SQL, PostgreSQL's two ways to write bytes, and C might trip over; and
    // longer than a page of SQLite.
    let binary = b"\xff\x00\\x41'\x80\xc3\"\n".to_vec();
    let long: Vec<u8> = (0..5_000_u32)
        .flat_map(|n| n.wrapping_mul(n).to_be_bytes())
        .collect();
    let text = "in the clear: \"Grüße\", \\".as_bytes().to_vec();
    let kept = [binary, long, text];
    for kind in [StoreKind::Sqlite, StoreKind::Postgres] {
        let one = TestStore::new(kind).await;
        let other = TestStore::new(kind).await;
        assert_ne!(one.url, other.url);
        one.keep_in_the_clear(&kept).await;
        other.keep_in_the_clear(&[]).await;
        let (of_one, of_other) = (one.dump().await, other.dump().await);
        for secret in &kept {
            let is_in = |dump: &[u8]| dump.windows(secret.len()).any(|bytes| bytes == secret);
            assert!(is_in(&of_one), "{kind:?} does not show {secret:?}");
            assert!(!is_in(&of_other), "{kind:?} shows {secret:?} to another");
        }
        one.remove().await;
        other.remove().await;
        if kind == StoreKind::Postgres {
            assert!(
                PgConnection::connect(&one.url).await.is_err(),
                "it is not gone"
            );
        }
    }
}

/// The catcher receives mail from an ordinary SMTP client.
#[tokio::test(flavor = "multi_thread")]
async fn the_mail_catcher_receives_mail() {
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
    async fn a_server_starts_and_answers(server: TestServer) {
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
