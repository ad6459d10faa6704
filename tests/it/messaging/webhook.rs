//! Text messages over the webhook.

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::gateway::{Gateway, silent_server};
use super::node::{CODE, Node, PHONE, START, report, sms, webhook};
use crate::support::{TestStore, both_stores};

both_stores! {
    /// The webhook's request: JSON, and a signature that only the secret's owners can make.
    async fn a_text_message_reaches_the_webhook_signed(store: TestStore) {
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

    /// The status decides; redirects are not followed.
    async fn the_webhooks_status_decides_between_retry_and_failure(store: TestStore) {
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
    async fn an_endless_answer_is_not_read_and_a_silent_webhook_times_out(store: TestStore) {
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
