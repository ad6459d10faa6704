//! The host names under which a server of the development profile answers what it shows to nobody else.
//!
//! A web page can make its own name resolve to the developer's machine (DNS rebinding) and then reads
//! what the server answers under that name. So the name in the `Host` header has to be one that no such
//! page can have.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;

/// The last labels of names that the public DNS does not have (RFC 6761, RFC 6762, and `internal`,
/// which ICANN keeps for private use). Docker and Kubernetes use some of them.
const PRIVATE_SUFFIXES: [&str; 3] = [".internal", ".local", ".test"];

/// The permitted host names.
#[derive(Clone, Debug, Default)]
pub struct LocalHosts {
    /// Whether the server also listens on addresses of other machines' networks, which reach it by
    /// these addresses and by the names of their own network, such as a container's.
    pub beyond_loopback: bool,
    /// The host name of the public URL, which is permitted besides those of loopback.
    pub public_host: Option<String>,
}

impl LocalHosts {
    /// Whether the `Host` header names this machine.
    #[must_use]
    pub fn permit(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
            return false;
        };
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let name = authority.host();
        let is_own = self.public_host.as_ref();
        if is_own.is_some_and(|own| own.eq_ignore_ascii_case(name)) {
            return true;
        }
        let address = name.trim_start_matches('[').trim_end_matches(']');
        match address.parse::<IpAddr>() {
            Ok(address) => self.beyond_loopback || address.is_loopback(),
            Err(_) => self.permit_name(&name.to_ascii_lowercase()),
        }
    }

    fn permit_name(&self, name: &str) -> bool {
        let is_private =
            || !name.contains('.') || PRIVATE_SUFFIXES.iter().any(|end| name.ends_with(end));
        name == "localhost"
            || name.ends_with(".localhost")
            || (self.beyond_loopback && !name.is_empty() && is_private())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server beyond loopback also answers under addresses and private names, but no public names.
    #[test]
    fn a_public_name_is_not_permitted() {
        let permits = |beyond_loopback: bool, host: &str| {
            let hosts = LocalHosts {
                beyond_loopback,
                public_host: Some("id.example.com".to_owned()),
            };
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            hosts.permit(&headers)
        };
        for host in [
            "127.0.0.1:2646",
            "[::1]:2646",
            "localhost",
            "pool.LOCALHOST:2646",
            "ID.example.com",
        ] {
            assert!(permits(false, host) && permits(true, host), "{host}");
        }
        for host in [
            "192.168.1.7:2646",
            "[fd00::1]:2646",
            "cognate:2646",
            "host.docker.internal:2646",
            "cognate.default.svc.cluster.local",
        ] {
            assert!(!permits(false, host) && permits(true, host), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example:2646",
            "a.internal.com",
            "",
        ] {
            assert!(!permits(false, host) && !permits(true, host), "{host}");
        }
        assert!(!LocalHosts::default().permit(&HeaderMap::new()));
        let own_address = LocalHosts {
            beyond_loopback: false,
            public_host: Some("192.168.1.7".to_owned()),
        };
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "192.168.1.7:8443".parse().unwrap());
        assert!(own_address.permit(&headers));
    }
}
