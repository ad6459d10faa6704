//! The development profile's indifference to credentials, and where it ends.

use axum::http::header::ORIGIN;
use ipnet::IpNet;

use super::SignatureError;
use crate::protocol::SignedRequest;
use crate::protocol::local_hosts::LocalHosts;

/// Who may use any credentials.
#[derive(Clone, Debug)]
pub struct AnyCredentials {
    /// The networks that the request must come from.
    pub networks: Vec<IpNet>,
    /// The host names that the request must be for.
    pub hosts: LocalHosts,
}

impl AnyCredentials {
    /// # Errors
    /// [`SignatureError::WebPage`] if a web page may have sent the request: the browser says so
    /// (`Origin`, `Sec-Fetch-Site`), or the host name is none of this machine's, as after DNS rebinding.
    /// [`SignatureError::ForeignNetwork`] if it comes from another network, or it is not known from where.
    pub(super) fn permit(&self, received: &SignedRequest<'_>) -> Result<(), SignatureError> {
        let headers = received.headers;
        let cross_site = headers
            .get("sec-fetch-site")
            .is_some_and(|site| site != "same-origin" && site != "none");
        if headers.contains_key(ORIGIN) || cross_site || !self.hosts.permit(headers) {
            return Err(SignatureError::WebPage);
        }
        let is_near = received.source_address.is_some_and(|source| {
            self.networks
                .iter()
                .any(|network| network.contains(&source))
        });
        if is_near {
            Ok(())
        } else {
            Err(SignatureError::ForeignNetwork(received.source_address))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method, Uri};

    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn requests_from_the_named_networks_are_permitted_and_no_others() {
        let any = AnyCredentials {
            networks: vec!["127.0.0.0/8".parse().unwrap()],
            hosts: LocalHosts::default(),
        };
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost:2646".parse().unwrap());
        for (source, is_permitted) in [
            (Some("127.8.9.1"), true),
            (Some("::1"), false),
            (Some("192.0.2.7"), false),
            (None, false),
        ] {
            let permitted = any.permit(&SignedRequest {
                method: &Method::POST,
                uri: &Uri::from_static("/"),
                headers: &headers,
                body: b"",
                now: Timestamp::from_millis(0),
                source_address: source.map(|address| address.parse().unwrap()),
            });
            assert_eq!(permitted.is_ok(), is_permitted, "{source:?}");
            if let Err(refusal) = permitted {
                assert_eq!(refusal.code().as_str(), "AccessDeniedException");
                let text = refusal.to_string();
                assert!(text.contains("admin.access_keys"), "{text}");
                assert!(
                    text.contains(source.unwrap_or("an unknown address")),
                    "{text}"
                );
            }
        }
    }
}
