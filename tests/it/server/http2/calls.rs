//! Calls of operations over HTTP/2, with prior knowledge and by ALPN, beside HTTP/1.1.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Method, Request, Version};
use h2::client::SendRequest;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::support::client::{JSON_1_1, amz_date};
use crate::support::http2::{
    self, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, RawConnection, frame,
};
use crate::support::server::Endpoint;
use crate::support::sigv4::{Signer, Subject};
use crate::support::{TestServer, TestStore, both_stores};

const TARGET: &str = "AWSCognitoIdentityProviderService";
const KEY_ID: &str = "AKIDHTTP2TESTS00";
const SECRET: &str = "a secret of the administrator of these tests";

/// A call over HTTP/2.
struct Call<'a> {
    authority: &'a str,
    headers: Vec<(&'a str, String)>,
    body: String,
}

impl<'a> Call<'a> {
    fn new(authority: &'a str, operation: &str, input: &Value) -> Self {
        Self {
            authority,
            headers: vec![
                ("content-type", JSON_1_1.to_owned()),
                ("x-amz-target", format!("{TARGET}.{operation}")),
            ],
            body: input.to_string(),
        }
    }

    /// Signs it, with `host` among what is signed.
    fn signed_for(mut self, host: &str, secret: &str) -> Self {
        let date = amz_date(0);
        let signer = Signer {
            key_id: KEY_ID.into(),
            secret: secret.into(),
            token: None,
            region: "us-east-1".into(),
            service: "cognito-idp".into(),
        };
        self.headers.push(("x-amz-date", date.clone()));
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        headers.push(("host".to_owned(), host.to_owned()));
        let authorization = signer.authorization(&Subject {
            method: "POST",
            path: "/",
            headers: &headers,
            body: self.body.as_bytes(),
            date: &date,
        });
        self.headers.push(("authorization", authorization));
        self
    }

    fn signed(self) -> Self {
        let authority = self.authority;
        self.signed_for(authority, SECRET)
    }

    fn header(mut self, name: &'a str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    async fn send(self, client: &SendRequest<Bytes>) -> (u16, Value) {
        let uri = format!("http://{}/", self.authority);
        let mut request = Request::builder().method(Method::POST).uri(uri);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let mut client = client.clone().ready().await.unwrap();
        let request = request.version(Version::HTTP_2).body(()).unwrap();
        let (response, mut body) = client.send_request(request, false).unwrap();
        body.send_data(self.body.into(), true).unwrap();
        let response = response.await.unwrap();
        assert_eq!(response.version(), Version::HTTP_2);
        let status = response.status().as_u16();
        let mut body = response.into_body();
        let mut bytes = Vec::new();
        while let Some(data) = body.data().await {
            let data = data.unwrap();
            body.flow_control().release_capacity(data.len()).unwrap();
            bytes.extend_from_slice(&data);
        }
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

/// Speaks HTTP/2 on a connection that is open.
async fn speak_http2(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> SendRequest<Bytes> {
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    client
}

fn authority(server: &Endpoint) -> &str {
    server.url().split_once("://").unwrap().1
}

/// A server that accepts one access key only, so that a signature counts.
async fn start(store: &TestStore, change: impl FnOnce(&mut cognate::config::Config)) -> TestServer {
    TestServer::start(store, |config| {
        config.admin.access_keys = vec![cognate::config::AccessKey {
            id: KEY_ID.into(),
            secret: SECRET.into(),
            description: String::new(),
            policy: String::new(),
        }];
        change(config);
    })
    .await
}

/// What an administrator, an application and a stranger are answered.
async fn assert_calls(client: &SendRequest<Bytes>, authority: &str) {
    let pool = json!({ "PoolName": "http2" });
    let (status, created) = Call::new(authority, "CreateUserPool", &pool)
        .signed()
        .send(client)
        .await;
    assert_eq!(status, 200, "{created}");
    assert_eq!(created["UserPool"]["Name"], "http2");
    let token = json!({ "AccessToken": "abc" });
    let (status, refused) = Call::new(authority, "GetUser", &token).send(client).await;
    assert_eq!(status, 400);
    assert_eq!(refused["message"], "Invalid Access Token");
    let (status, refused) = Call::new(authority, "CreateUserPool", &pool)
        .send(client)
        .await;
    assert_eq!(status, 400);
    assert_eq!(refused["__type"], "MissingAuthenticationTokenException");
}

both_stores! {
    /// With prior knowledge, on the port on which HTTP/1.1 is spoken as well.
    async fn operations_answer_over_http2_with_prior_knowledge(store: TestStore) {
        let server = start(&store, |_| {}).await;
        let authority = authority(&server).to_owned();
        let client = speak_http2(TcpStream::connect(&authority).await.unwrap()).await;
        assert_calls(&client, &authority).await;
        let request = server.client.raw(Method::GET, "/health/live");
        let response = request.send().await.unwrap();
        assert_eq!(response.version(), Version::HTTP_11);
        assert_eq!(response.status(), 200);
        let admin = server.admin.with_keys(KEY_ID, SECRET);
        let listed = admin.call("ListUserPools", json!({ "MaxResults": 10 })).await.ok();
        assert_eq!(listed["UserPools"][0]["Name"], "http2");
        server.stop().await;
    }

    /// By ALPN; a client that offers only HTTP/1.1 gets that.
    async fn operations_answer_over_http2_by_alpn(store: TestStore) {
        let server = start(&store, |config| config.server.tls.generate = true).await;
        let authority = authority(&server).to_owned();
        let pem = store.directory().join("data/tls/certificate.pem");
        let certificate = CertificateDer::from_pem_file(&pem).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate).unwrap();
        let mut tls = rustls::ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let stream = tokio_rustls::TlsConnector::from(Arc::new(tls))
            .connect(
                ServerName::try_from("127.0.0.1").unwrap(),
                TcpStream::connect(&authority).await.unwrap(),
            )
            .await
            .unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let client = speak_http2(stream).await;
        assert_calls(&client, &authority).await;

        let pem = std::fs::read(pem).unwrap();
        let http1 = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
            .build()
            .unwrap();
        let url = format!("https://{authority}/health/live");
        let response = http1.get(url).send().await.unwrap();
        assert_eq!(response.version(), Version::HTTP_11);
        assert_eq!(response.status(), 200);
        server.stop().await;
    }

    /// The host that is signed is the authority, or the Host header where there is one as well.
    async fn the_authority_is_what_the_signature_calls_host(store: TestStore) {
        let server = start(&store, |_| {}).await;
        let authority = authority(&server).to_owned();
        let client = speak_http2(TcpStream::connect(&authority).await.unwrap()).await;
        let list = || Call::new(&authority, "ListUserPools", &json!({ "MaxResults": 1 }));
        let (status, answer) = list().signed().header("host", &authority).send(&client).await;
        assert_eq!(status, 200, "{answer}");
        for refused in [
            list().signed_for("id.example.com", SECRET),
            list().signed_for(&authority, "not the administrator's secret"),
        ] {
            let (status, answer) = refused.send(&client).await;
            assert_eq!((status, &answer["__type"]), (400, &json!("InvalidSignatureException")));
        }
        // Signed for the one and sent to the other.
        let (status, answer) = list()
            .signed_for("id.example.com", SECRET)
            .header("host", "id.example.com")
            .send(&client)
            .await;
        assert_eq!(status, 400, "{answer}");
        assert_eq!(
            answer["message"],
            "The request does not name one host."
        );
        server.stop().await;
    }

    /// After DNS rebinding a browser names a host that is not of this machine.
    async fn the_authority_is_the_host_that_a_browser_has_asked_for(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let authority = authority(&server).to_owned();
        let client = speak_http2(TcpStream::connect(&authority).await.unwrap()).await;
        let list = json!({ "MaxResults": 1 });
        let (status, _) = Call::new(&authority, "ListUserPools", &list).signed().send(&client).await;
        assert_eq!(status, 200);
        let (status, answer) =
            Call::new("rebound.example.com", "ListUserPools", &list).signed().send(&client).await;
        assert_eq!((status, &answer["__type"]), (400, &json!("AccessDeniedException")));
        server.stop().await;
    }

    /// The client is told to go elsewhere, and gets the answer it waits for.
    async fn a_stream_in_flight_ends_at_shutdown(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let mut connection = RawConnection::open(&server).await;
        let headers = frame(HEADERS, END_HEADERS, 1, &http2::get_user());
        connection.send(&headers).await;
        connection.settle().await;
        let stopping = tokio::spawn({
            let server = server.clone();
            async move { server.stop().await }
        });
        let goaway = connection.find(|frame| frame.kind == GOAWAY).await.unwrap();
        assert_eq!(goaway.error(), 0);
        let body = json!({ "AccessToken": "abc" }).to_string();
        connection.send(&frame(DATA, END_STREAM, 1, body.as_bytes())).await;
        // The last byte comes in a frame of its own.
        let mut answer = connection.find(|frame| frame.kind == DATA).await.unwrap().payload;
        answer.extend(connection.find(|frame| frame.kind == DATA).await.unwrap().payload);
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["message"], "Invalid Access Token");
        assert!(connection.until_closed().await.iter().all(|code| *code == 0));
        stopping.await.unwrap();
    }
}
