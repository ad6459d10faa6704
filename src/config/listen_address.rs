//! Addresses to listen on.

use std::net::{Ipv4Addr, SocketAddr};

/// An address and port, or `localhost` and a port. Other names are not looked up: what a server listens
/// on should not depend on the answer of a name server.
pub(super) fn parse_listen_address(text: &str) -> Option<SocketAddr> {
    match text.split_once(':') {
        Some((host, port)) if host.eq_ignore_ascii_case("localhost") => {
            Some((Ipv4Addr::LOCALHOST, port.parse().ok()?).into())
        }
        _ => text.parse().ok(),
    }
}
