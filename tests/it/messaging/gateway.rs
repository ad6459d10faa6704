//! An SMS gateway, and a server that answers nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;

/// A server that takes every connection and never says a word.
pub async fn silent_server() -> u16 {
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
pub struct Gateway {
    pub url: String,
    calls: Calls,
}

#[derive(Clone)]
struct GatewayState {
    calls: Calls,
    answer: Arc<dyn Fn(usize) -> Response + Send + Sync>,
    pause: Duration,
}

impl Gateway {
    pub async fn start(answer: impl Fn(usize) -> Response + Send + Sync + 'static) -> Self {
        Self::start_slow(Duration::ZERO, answer).await
    }

    pub async fn start_slow(
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

    pub fn calls(&self) -> Vec<(HeaderMap, Bytes)> {
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
