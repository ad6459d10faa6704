//! `[server]`: addresses, identity and bounds of the HTTP server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::https_listen::{DEFAULT_HTTPS_PORT, HttpsListen};
use super::listen_address::parse_listen_address;

/// The port of `listen` where none is configured.
const DEFAULT_PORT: u16 = 2646;

/// Addresses, identity and bounds of the HTTP server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port to listen on; port 0 takes a free one. `localhost` is 127.0.0.1.
    #[serde(deserialize_with = "listen_address")]
    pub listen: SocketAddr,
    /// A second address, where the server speaks HTTPS: `auto`, `off`, or an address and a port. `auto` is
    /// port 2648 in development, while `listen` has port 2646 and speaks HTTP.
    pub https_listen: HttpsListen,
    /// The URL under which clients reach the server, used in token issuers and discovery. Derived
    /// from the bound address when absent; [`crate::server::Application`] fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// What the host names of user pools' prefix domains end with: `auth.example.com` makes `acme` reachable as
    /// `acme.auth.example.com`. Absent, production serves them by path alone, and the development profile under
    /// `auth.localhost`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_suffix: Option<String>,
    /// Permits production a public URL with http beyond loopback and without a trusted proxy.
    pub accept_http_public_url: bool,
    /// The region of requests that name none.
    pub region: String,
    /// Whether every request belongs to `region`, whatever the scope of its signature.
    pub only_region: bool,
    /// The account id in ARNs, 12 digits.
    pub account_id: String,
    /// The networks of the proxies that clients reach the server through, as `10.0.0.0/8`. Only a
    /// request from one of them may name its source address in `forwarded_header`.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which these proxies append the address of their peer.
    pub forwarded_header: ForwardedHeader,
    /// Open connections at once; further ones wait in the kernel's queue.
    pub max_connections: usize,
    /// Open connections of one peer, which is an IPv4 address or the /64 of an IPv6 address; further ones
    /// are closed at once. Trusted proxies are not counted.
    pub max_connections_per_peer: usize,
    /// API requests in flight at once; further ones are answered TooManyRequestsException. One source can
    /// have as many of them as are left for the others.
    pub max_requests_in_flight: usize,
    /// The largest request body, in bytes, but for signed operations that take files (`docs/security.md`).
    pub max_body_bytes: usize,
    /// The largest body of a request for an operation that needs no signature, or at a domain, in bytes;
    /// `max_body_bytes` counts where that is less.
    pub max_open_body_bytes: usize,
    /// Seconds that a client may take to send the head of a request, may be idle between two requests,
    /// and may go without reading more of a response.
    pub idle_timeout_seconds: u64,
    /// Seconds that a request's body may take to arrive.
    pub body_timeout_seconds: u64,
    /// Seconds that a request's body may be slower than `min_body_bytes_per_second`.
    pub body_grace_seconds: u64,
    /// Bytes of a request's body that have to arrive in each second, taken over `body_grace_seconds`.
    pub min_body_bytes_per_second: usize,
    /// Seconds from the arrival of a request to its response.
    pub request_timeout_seconds: u64,
    /// Seconds that requests in flight have to finish at shutdown.
    pub shutdown_grace_seconds: u64,
    /// Permits the development profile on an address that other machines can reach.
    pub development_listens_beyond_loopback: bool,
    /// Whether the development profile creates a user pool and an app client in an empty store.
    pub starter_pool: bool,
    /// TLS of `https_listen` where that is an address, of `listen` otherwise.
    pub tls: TlsConfig,
}

impl ServerConfig {
    /// Whether `listen` speaks HTTPS.
    #[must_use]
    pub fn listen_speaks_https(&self) -> bool {
        self.tls.is_enabled() && !matches!(self.https_listen, HttpsListen::On(_))
    }

    /// Where the server speaks HTTPS beside `listen`.
    #[must_use]
    pub fn https_address(&self, is_development: bool) -> Option<SocketAddr> {
        match self.https_listen {
            HttpsListen::On(address) => Some(address),
            HttpsListen::Off => None,
            HttpsListen::Auto => {
                // Each address waits for its next connection with one of `max_connections`.
                let wanted = is_development
                    && !self.tls.is_enabled()
                    && self.listen.port() == DEFAULT_PORT
                    && self.max_connections > 1;
                wanted.then(|| SocketAddr::new(self.listen.ip(), DEFAULT_HTTPS_PORT))
            }
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
            https_listen: HttpsListen::default(),
            public_url: None,
            domain_suffix: None,
            accept_http_public_url: false,
            region: "us-east-1".to_owned(),
            only_region: false,
            account_id: "000000000000".to_owned(),
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            max_connections: 4096,
            max_connections_per_peer: 512,
            max_requests_in_flight: 512,
            max_body_bytes: 256 * 1024,
            max_open_body_bytes: 160 * 1024,
            idle_timeout_seconds: 30,
            body_timeout_seconds: 10,
            body_grace_seconds: 3,
            min_body_bytes_per_second: 1024,
            request_timeout_seconds: 30,
            shutdown_grace_seconds: 20,
            development_listens_beyond_loopback: false,
            starter_pool: true,
            tls: TlsConfig::default(),
        }
    }
}

fn listen_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_listen_address(&text).ok_or_else(|| {
        D::Error::custom(
            "expected an address and a port, as 127.0.0.1:2646, localhost:2646, [::1]:2646, or \
             0.0.0.0:2646 for every address of the machine",
        )
    })
}

/// The header in which a proxy names the address that a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, which most proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// TLS of an API listener. Off unless a certificate is given or to be generated.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM file with the certificate chain, the server's certificate first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// PEM file with the private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// Development only: generate a self-signed certificate for localhost in the data directory.
    pub generate: bool,
}

impl TlsConfig {
    /// Where the generated certificate lies.
    #[must_use]
    pub fn generated_certificate(data_dir: &Path) -> PathBuf {
        data_dir.join("tls").join("certificate.pem")
    }

    /// Whether there is a certificate.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.generate || self.certificate.is_some()
    }
}
