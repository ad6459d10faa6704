//! The server around the operations: limits, health, development routes, TLS, shutdown.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;

struct Server {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    client: Client,
    stop: oneshot::Sender<()>,
    run: JoinHandle<anyhow::Result<()>>,
    data: tempfile::TempDir,
}

impl Server {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut config = Config::development();
        config.server.listen = "127.0.0.1:0".parse().unwrap();
        config.metrics.listen = MetricsListen::On("127.0.0.1:0".parse().unwrap());
        config.store.data_dir = data.path().to_owned();
        change(&mut config);
        let application = Application::build(config).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        Self {
            address: application.address(),
            metrics: application.metrics_address(),
            client: Client::builder().no_proxy().build().unwrap(),
            stop,
            run: tokio::spawn(application.run_until(async {
                let _ = stopped.await;
            })),
            data,
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(self.request(Method::GET, path)).await
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `head` and `body` as they are and reads until the server closes.
    async fn raw(&self, text: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.stop.send(()).unwrap();
        self.run.await.unwrap()
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// The head of a request for an operation that needs no signature.
fn head(further: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-amz-json-1.1\r\n\
         x-amz-target: AWSCognitoIdentityProviderService.GetUser\r\n{further}\r\n\r\n"
    )
}

#[tokio::test]
async fn health_metrics_and_unknown_paths_answer() {
    let server = Server::start(|_| {}).await;
    assert_eq!(
        server.get("/health/live").await,
        (StatusCode::OK, json!({"status": "live"}))
    );
    assert_eq!(
        server.get("/health/ready").await,
        (StatusCode::OK, json!({"status": "ready"}))
    );
    let (status, body) = server.get("/nowhere").await;
    assert_eq!(status, 404);
    assert_eq!(body["__type"], "UnknownOperationException");

    let metrics = format!("http://{}", server.metrics.unwrap());
    let page = server
        .client
        .get(format!("{metrics}/metrics"))
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("cognate_connections "), "{page}");
    let ready = answer(server.client.get(format!("{metrics}/health/ready"))).await;
    assert_eq!(ready.0, 200);
    assert_eq!(
        server
            .request(Method::GET, "/metrics")
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    server.stop().await.unwrap();
}

#[tokio::test]
async fn errors_before_dispatch_have_the_form_of_the_api() {
    let server = Server::start(|config| {
        config.server.max_body_bytes = 64 * 1024;
        // How long it takes to send them is the machine's affair.
        config.server.body_timeout_seconds = 60;
        config.server.idle_timeout_seconds = 60;
    })
    .await;
    let response = server
        .request(Method::POST, "/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSCognitoIdentityProviderService.GetUser")
        .body(vec![b'x'; 100 * 1024 * 1024])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["__type"], "RequestEntityTooLargeException");

    // Without a Content-Length, and longer than is read.
    let mut chunks = head("transfer-encoding: chunked").into_bytes();
    for _ in 0..20 {
        chunks.extend_from_slice(b"1000\r\n");
        chunks.extend_from_slice(&[b'x'; 4096]);
        chunks.extend_from_slice(b"\r\n");
    }
    let answer = server.raw(&chunks).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    // Shorter than announced.
    let answer = server
        .raw((head("content-length: 10") + "{}").as_bytes())
        .await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(
        answer.contains(r#"{"__type":"SerializationException"}"#),
        "{answer}"
    );
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_body_that_arrives_too_slowly_is_refused() {
    let server = Server::start(|config| config.server.body_timeout_seconds = 1).await;
    let mut stream = server.connect().await;
    stream
        .write_all((head("content-length: 10\r\nconnection: close") + "{").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("did not arrive in time"), "{answer}");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn idle_connections_are_closed_and_do_not_block_others() {
    let server = Server::start(|config| {
        config.server.idle_timeout_seconds = 1;
        config.server.max_connections = 600;
    })
    .await;
    let started = Instant::now();
    let mut silent = Vec::new();
    for _ in 0..500 {
        silent.push(server.connect().await);
    }
    assert_eq!(server.get("/health/ready").await.0, 200);
    for stream in &mut silent {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    }
    // After the one second that was set, not after the thirty that are the default.
    assert!(started.elapsed() < Duration::from_secs(25));
    server.stop().await.unwrap();
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let server = Server::start(|config| {
        config.server.max_connections = 1;
        config.server.idle_timeout_seconds = 1;
    })
    .await;
    let _silent = server.connect().await;
    // Served once the silent one is closed.
    assert_eq!(server.get("/health/live").await.0, 200);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_web_page_cannot_move_the_clock() {
    let server = Server::start(|_| {}).await;
    let own = format!("http://{}", server.address);
    let clock = || {
        server
            .request(Method::POST, "/_cognate/clock")
            .body(r#"{"advanceSeconds":3600}"#)
    };
    let before = answer(clock()).await.1["nowMillis"].as_i64().unwrap();
    let after = answer(clock().header("origin", &own)).await.1["nowMillis"]
        .as_i64()
        .unwrap();
    assert!((3_600_000..3_660_000).contains(&(after - before)));
    for (name, value) in [
        ("origin", "http://localhost:5173"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("host", "rebound.example.com"),
    ] {
        let (status, _) = answer(clock().header(name, value)).await;
        assert_eq!(status, 403, "{name}: {value}");
    }
    let bad = server.request(Method::POST, "/_cognate/clock").body("{}");
    assert_eq!(answer(bad).await.0, 400);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn production_has_no_development_routes() {
    let server = Server::start(|config| {
        config.profile = crate::config::Profile::Production;
        config.server.public_url = Some("https://id.example.com".to_owned());
        config.secrets.master_key = Some(
            "b3f1c27d905e4a6618d2ef7340ab9c5e0c6d83f75a1e29b4d7603f8815cea942"
                .to_owned()
                .into(),
        );
        config.mail.transport = crate::config::MailTransport::Smtp;
        config.mail.host = "localhost".to_owned();
        config.sms.provider = Some(crate::config::SmsProvider::Log);
    })
    .await;
    let clock = server
        .request(Method::POST, "/_cognate/clock")
        .body(r#"{"advanceSeconds":1}"#);
    assert_eq!(answer(clock).await.0, 404);
    assert_eq!(server.get("/_cognate/inbox.json").await.0, 404);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn development_does_not_listen_beyond_loopback_unasked() {
    let mut config = Config::development();
    config.server.listen = "0.0.0.0:0".parse().unwrap();
    config.metrics.listen = MetricsListen::Off;
    let error = Application::build(config.clone()).await.err().unwrap();
    assert!(
        error
            .to_string()
            .contains("development_listens_beyond_loopback"),
        "{error}"
    );
    let data = tempfile::tempdir().unwrap();
    config.store.data_dir = data.path().to_owned();
    config.server.development_listens_beyond_loopback = true;
    let application = Application::build(config).await.unwrap();
    assert!(application.address().ip().is_unspecified());
    assert!(application.metrics_address().is_none());
}

/// Where no store is configured, its URL follows from the data directory.
#[tokio::test]
async fn the_greeting_has_an_absolute_path_of_the_store() {
    let data = tempfile::tempdir().unwrap();
    let mut config = Config::development();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    config.metrics.listen = MetricsListen::Off;
    config.store.data_dir = data.path().join("./own");
    let application = Application::build(config).await.unwrap();
    let greeting = application.greeting().unwrap();
    let own = data.path().join("own").display().to_string();
    let data_line = format!("  data        {own}\n");
    let store_line = format!("  store       sqlite://{own}/cognate.db\n");
    assert!(
        greeting.contains(&data_line) && greeting.contains(&store_line),
        "{greeting}"
    );
}

#[tokio::test]
async fn the_error_names_an_address_in_use() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = Config::development();
    config.server.listen = taken.local_addr().unwrap();
    let error = Application::build(config).await.err().unwrap();
    let expected = format!(
        "cannot listen on {} (server.listen)",
        taken.local_addr().unwrap()
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn tls_works_with_a_generated_certificate() {
    let server = Server::start(|config| config.server.tls.generate = true).await;
    let pem = std::fs::read(server.data.path().join("tls/certificate.pem")).unwrap();
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/health/live", server.address.port());
    assert_eq!(answer(client.get(url)).await.0, 200);
    drop(client);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_request_in_flight_finishes_at_shutdown() {
    let server = Server::start(|_| {}).await;
    let mut stream = server.connect().await;
    let head = head("content-length: 2\r\nexpect: 100-continue");
    stream.write_all(head.as_bytes()).await.unwrap();
    // The request has begun when the server asks for its body, and is complete only after the end
    // has come.
    let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 "));
    let address = server.address;
    let stopping = tokio::spawn(server.stop());
    while TcpStream::connect(address).await.is_ok() {
        assert!(!stopping.is_finished(), "it did not wait");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stream.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("accessToken"), "{answer}");
    stopping.await.unwrap().unwrap();
}
