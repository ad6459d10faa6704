//! What `config/production.toml` says of the connection to PostgreSQL: nobody gets the server's name and
//! password who has no certificate of a known authority for the host's name.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cognate::config::{Config, StoreUrl};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::store::StoreKind;
use crate::support::{TestStore, application};

/// PostgreSQL's SSLRequest.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Something that answers in the database's place, with a certificate of its own for some names.
struct Impostor {
    port: u16,
    /// The certificate, as PEM.
    certificate: String,
    /// How often somebody told it a user's name.
    logins: Arc<AtomicUsize>,
}

impl Impostor {
    async fn start(names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let logins = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&logins);
        tokio::spawn(async move {
            while let Ok((peer, _)) = listener.accept().await {
                tokio::spawn(answer(peer, acceptor.clone(), Arc::clone(&counted)));
            }
        });
        Self {
            port,
            certificate: made.cert.pem(),
            logins,
        }
    }

    /// Why a server does not start on the database at `host`, and whether it said its user's name.
    async fn refusal(&self, store: &TestStore, host: &str, parameters: &str) -> (String, bool) {
        let before = self.logins.load(Ordering::SeqCst);
        let port = self.port;
        let url = format!("postgres://cognate:hunter2@{host}:{port}/cognate?{parameters}");
        let mut config: Config = application::test_config(store);
        config.store.url = Some(StoreUrl::parse(&url).unwrap());
        config.store.acquire_timeout_seconds = 2;
        let error = application::refusal(config).await;
        assert!(!error.contains("hunter2"), "{error}");
        (error, self.logins.load(Ordering::SeqCst) > before)
    }
}

async fn answer(mut peer: TcpStream, acceptor: TlsAcceptor, logins: Arc<AtomicUsize>) {
    let mut request = [0; 8];
    if peer.read_exact(&mut request).await.is_err() || request != SSL_REQUEST {
        return;
    }
    peer.write_all(b"S").await.unwrap();
    let Ok(mut stream) = acceptor.accept(peer).await else {
        return;
    };
    let mut start = vec![0; 512];
    let size = stream.read(&mut start).await.unwrap_or(0);
    if start[..size]
        .windows(12)
        .any(|window| window == b"user\0cognate")
    {
        logins.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn verify_full_tells_nothing_to_whoever_is_not_the_database() {
    let store = TestStore::new(StoreKind::Sqlite).await;
    let (database, other) = (
        Impostor::start(&["localhost"]).await,
        Impostor::start(&["localhost"]).await,
    );
    let file = |name: &str, certificate: &str| {
        let path = store.directory().join(name);
        std::fs::write(&path, certificate).unwrap();
        path.display().to_string()
    };
    let (right, wrong) = (
        file("right.pem", &database.certificate),
        file("wrong.pem", &other.certificate),
    );
    let verify = |file: &str| format!("sslmode=verify-full&sslrootcert={file}");

    let (_, told) = database.refusal(&store, "localhost", &verify(&right)).await;
    assert!(told, "the right certificate is accepted");
    for (host, parameters) in [
        ("localhost", verify(&wrong)),
        // The certificate is for another name.
        ("127.0.0.1", verify(&right)),
        // Only the authorities that browsers trust.
        ("localhost", "sslmode=verify-full".to_owned()),
    ] {
        let (error, told) = database.refusal(&store, host, &parameters).await;
        assert!(!told, "{host} {parameters}");
        assert!(error.to_lowercase().contains("certificate"), "{error}");
    }
    // What the page warns of: without a mode, anybody will do.
    let (_, told) = database.refusal(&store, "127.0.0.1", "").await;
    assert!(told);
}

/// The example that operators start from.
#[test]
fn the_production_file_verifies_the_databases_certificate() {
    let file = include_str!("../../../config/production.toml");
    let urls: Vec<&str> = file
        .lines()
        .filter(|line| line.contains("postgres://"))
        .collect();
    assert_eq!(urls.len(), 2);
    for url in urls {
        assert!(url.contains("sslmode=verify-full&sslrootcert="), "{url}");
    }
}
