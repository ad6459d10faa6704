//! HTTPS beside HTTP in the development profile.

use std::net::SocketAddr;

use cognate::config::HttpsListen;
use cognate::server::Application;
use reqwest::{Certificate, Client};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::application::test_config;
use crate::support::{TestStore, both_stores};

const POOL: &str = "us-east-1_Https1";

/// A server with both listeners.
struct Server {
    http: SocketAddr,
    https: SocketAddr,
    greeting: String,
    certificate: std::path::PathBuf,
    client: Client,
    stop: oneshot::Sender<()>,
    run: JoinHandle<anyhow::Result<()>>,
}

impl Server {
    async fn start(store: &TestStore) -> Self {
        let mut config = test_config(store);
        config.server.https_listen = HttpsListen::On("127.0.0.1:0".parse().unwrap());
        let pools = json!([{ "id": POOL, "name": "Team" }]);
        config.user_pools = serde_json::from_value(pools).unwrap();
        let certificate = std::path::absolute(config.store.data_dir.join("tls/certificate.pem"));
        let certificate = certificate.unwrap();
        let application = Application::build(config).await.unwrap();
        let (http, https) = (application.address(), application.https_address().unwrap());
        let trusted = Certificate::from_pem(&std::fs::read(&certificate).unwrap()).unwrap();
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([trusted])
            .resolve("localhost", https)
            .resolve("team.auth.localhost", https)
            .build()
            .unwrap();
        let (stop, stopped) = oneshot::channel();
        Self {
            http,
            https,
            greeting: application.greeting().unwrap().to_owned(),
            certificate,
            client,
            stop,
            run: tokio::spawn(application.run_until(async {
                let _ = stopped.await;
            })),
        }
    }

    /// What `GET` answers at this path below each URL of the server.
    async fn everywhere(&self, path: &str) -> Vec<Value> {
        let port = self.https.port();
        let mut answers = Vec::new();
        for base in [
            format!("http://{}", self.http),
            format!("https://127.0.0.1:{port}"),
            format!("https://localhost:{port}"),
            format!("https://team.auth.localhost:{port}"),
        ] {
            let answer = self
                .client
                .get(format!("{base}{path}"))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200, "{base}{path}");
            answers.push(answer.json().await.unwrap());
        }
        answers
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.run.await.unwrap().unwrap();
    }
}

both_stores! {
    /// Whichever address answers, a pool has one issuer.
    async fn both_addresses_answer_with_one_issuer(store: TestStore) {
        let server = Server::start(&store).await;
        let issuer = format!("http://{}/{POOL}", server.http);
        let discovery = format!("/{POOL}/.well-known/openid-configuration");
        for found in server.everywhere(&discovery).await {
            assert_eq!(found["issuer"], issuer);
            assert_eq!(found["jwks_uri"], format!("{issuer}/.well-known/jwks.json"));
        }
        // What is for the developer's own machine only is shown at both, too.
        for found in server.everywhere("/_cognate/inbox.json").await {
            assert_eq!(found, json!([]));
        }
        server.stop().await;
    }

    /// Connections that are open and idle do not keep it.
    async fn a_stop_closes_both_addresses(store: TestStore) {
        let server = Server::start(&store).await;
        server.everywhere("/health/ready").await;
        let addresses = [server.http, server.https];
        for address in addresses {
            assert!(TcpStream::connect(address).await.is_ok());
        }
        server.stop().await;
        for address in addresses {
            assert!(TcpStream::connect(address).await.is_err(), "{address}");
        }
    }

    /// Each way to trust the certificate names its file.
    async fn the_greeting_says_how_to_trust_the_certificate(store: TestStore) {
        let server = Server::start(&store).await;
        let file = server.certificate.display();
        let url = format!("https://localhost:{}", server.https.port());
        for line in [
            format!("  https       {url}\n"),
            format!("  certificate {file}\n"),
            format!("  export NODE_EXTRA_CA_CERTS=\"{file}\"\n"),
            format!("  curl --cacert \"{file}\" {url}/health/live\n"),
            format!("  sudo cp \"{file}\" /usr/local/share/ca-certificates/cognate.crt"),
            "  sudo security add-trusted-cert ".to_owned(),
        ] {
            assert!(server.greeting.contains(&line), "{line} in {}", server.greeting);
        }
        server.stop().await;
    }

    /// A free port is no default one, beside which the server would speak HTTPS by itself.
    async fn servers_on_free_ports_speak_http_only(store: TestStore) {
        let application = Application::build(test_config(&store)).await.unwrap();
        assert_eq!(application.https_address(), None);
        assert!(!application.greeting().unwrap().contains("https"));
        application.run_until(std::future::ready(())).await.unwrap();
    }
}
