//! `[metrics]`: the Prometheus listener.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::listen_address::parse_listen_address;

/// The Prometheus listener, which serves `/metrics`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Address and port, or `off`; port 0 takes a free one.
    pub listen: MetricsListen,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 2647);
        Self {
            listen: MetricsListen::On(address),
        }
    }
}

/// Whether and where metrics are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsListen {
    /// Not at all.
    Off,
    /// At this address.
    On(SocketAddr),
}

impl Serialize for MetricsListen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_str("off"),
            Self::On(address) => serializer.collect_str(address),
        }
    }
}

impl<'de> Deserialize<'de> for MetricsListen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(Self::Off);
        }
        parse_listen_address(&text).map(Self::On).ok_or_else(|| {
            serde::de::Error::custom("expected `off` or an address and a port, as 127.0.0.1:2647")
        })
    }
}
