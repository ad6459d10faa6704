//! The image's two configuration files, on an address that is not loopback.

use std::net::{IpAddr, UdpSocket};
use std::process::{Command, Output};

use cognate::config::Config;
use serde_json::json;

use crate::support::{ServerProcess, TestStore, both_stores};

const DEVELOPMENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/config/development-container.toml"
);
const PRODUCTION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/container.toml");
const MASTER_KEY: &str = "b3f1c27d905e4a6618d2ef7340ab9c5e0c6d83f75a1e29b4d7603f8815cea942";

/// The addresses of this machine from which it would reach others. Nothing is sent.
fn addresses() -> Vec<IpAddr> {
    [
        ("0.0.0.0:0", "192.0.2.1:9"),
        ("[::]:0", "[fd00::1]:9"),
        ("[::]:0", "[2001:db8::1]:9"),
    ]
    .into_iter()
    .filter_map(|(from, to)| {
        let socket = UdpSocket::bind(from).ok()?;
        socket.connect(to).ok()?;
        Some(socket.local_addr().ok()?.ip())
    })
    .filter(|address| !address.is_loopback())
    .collect()
}

/// An address of this machine that is not loopback, and the networks that the development container
/// accepts any credentials from; the machine's own is added where it is none that is private by definition.
fn address_and_networks() -> (IpAddr, String) {
    let file = Config::load(Some(DEVELOPMENT.as_ref()), std::iter::empty()).unwrap();
    let networks = file.admin.accept_any_credentials_from;
    let addresses = addresses();
    let private = addresses
        .iter()
        .find(|address| networks.iter().any(|network| network.contains(*address)));
    let address = *private.unwrap_or_else(|| {
        addresses
            .first()
            .expect("this machine has an address that is not loopback")
    });
    let mut networks: Vec<String> = networks
        .iter()
        .map(|network| format!("'{network}'"))
        .collect();
    if private.is_none() {
        networks.push(format!("'{}'", ipnet::IpNet::from(address)));
    }
    (address, format!("[{}]", networks.join(", ")))
}

/// What `cognate health`, the image's health check, says of the server.
fn health(server: &ServerProcess) -> Output {
    let address = server.url().strip_prefix("http://").unwrap();
    Command::new(env!("CARGO_BIN_EXE_cognate"))
        .arg("health")
        .env_clear()
        .env("COGNATE_CONFIG", DEVELOPMENT)
        .env("COGNATE__SERVER__LISTEN", address)
        .output()
        .unwrap()
}

both_stores! {
    /// Any keys, the inbox and the clock, for clients of the network; nothing for web pages.
    async fn the_development_container_takes_the_place_of_an_emulator(store: TestStore) {
        let (address, networks) = address_and_networks();
        let server = ServerProcess::prepare_on(address, &store, &[
            ("COGNATE_CONFIG", DEVELOPMENT),
            ("COGNATE__ADMIN__ACCEPT_ANY_CREDENTIALS_FROM", &networks),
        ]);
        server.restart().await;
        let input = json!({ "MaxResults": 10 });
        let admin = server.admin.with_keys("local", "local");
        let pools = admin.call("ListUserPools", input.clone()).await.ok();
        assert_eq!(pools["UserPools"][0]["Name"], "starter");
        for path in ["/_cognate/inbox", "/_cognate/inbox.json"] {
            let request = server.client.raw(reqwest::Method::GET, path);
            assert_eq!(request.send().await.unwrap().status(), 200, "{path}");
        }
        server.advance(60).await;
        assert!(health(&server).status.success());

        let body = input.to_string().into_bytes();
        let request = admin.request("ListUserPools", body).header("origin", "https://evil.example");
        let answer = admin.send(request).await;
        answer.fails_as("AccessDeniedException");
        let request = server
            .client
            .raw(reqwest::Method::GET, "/_cognate/inbox.json")
            .header("origin", "https://evil.example");
        assert_eq!(request.send().await.unwrap().status(), 403);
        server.kill();
        let health = health(&server);
        assert_eq!(health.status.code(), Some(1));
        let printed = String::from_utf8(health.stderr).unwrap();
        let start = format!("cognate: no answer from {}/health/ready: ", server.url());
        assert!(printed.starts_with(&start), "{printed}");
    }

    /// The image's own file accepts configured keys only, and shows no inbox.
    async fn the_production_container_refuses_unknown_keys(store: TestStore) {
        let (address, _) = address_and_networks();
        let server = ServerProcess::prepare_on(address, &store, &[
            ("COGNATE_CONFIG", PRODUCTION),
            ("COGNATE__SERVER__PUBLIC_URL", "http://localhost:2646"),
            ("COGNATE__SECRETS__MASTER_KEY", MASTER_KEY),
            ("COGNATE__MAIL__TRANSPORT", "smtp"),
            ("COGNATE__MAIL__HOST", "127.0.0.1"),
            ("COGNATE__SMS__PROVIDER", "log"),
        ]);
        server.restart().await;
        let admin = server.admin.with_keys("local", "local");
        let answer = admin.call("ListUserPools", json!({ "MaxResults": 10 })).await;
        answer.fails(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        );
        let request = server.client.raw(reqwest::Method::GET, "/_cognate/inbox");
        assert_eq!(request.send().await.unwrap().status(), 404);
        server.kill();
        // The development profile's own key is refused by name.
        server.set("COGNATE__ADMIN__ACCEPT_ANY_CREDENTIALS_FROM", "['10.0.0.0/8']");
        server.spawn();
        assert!(!server.ended().await.success());
        let log = server.log();
        assert!(log.contains("admin.accept_any_credentials_from: for development only"), "{log}");
    }
}
