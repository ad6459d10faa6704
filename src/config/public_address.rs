//! The parts of the public URL that are asked for at every request, so that it is parsed once.

/// Where clients reach the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicAddress {
    /// The host name or address; `None` where the URL has none.
    pub host: Option<String>,
    /// The path without a slash at its end, which a proxy takes away before a request comes here; mostly empty.
    pub path: String,
    /// Whether clients speak HTTPS.
    pub is_https: bool,
}

impl PublicAddress {
    /// The parts of `url`.
    #[must_use]
    pub fn of(url: &str) -> Self {
        let parsed = url::Url::parse(url).ok();
        let host = parsed.as_ref().and_then(url::Url::host_str);
        let path = parsed.as_ref().map(url::Url::path).unwrap_or_default();
        Self {
            host: host.map(str::to_owned),
            path: path.trim_end_matches('/').to_owned(),
            is_https: url.starts_with("https://"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        for (url, host, path, is_https) in [
            ("https://id.example.com", "id.example.com", "", true),
            ("https://example.com/id/", "example.com", "/id", true),
            ("http://localhost:2646", "localhost", "", false),
            ("http://[::1]:2646", "[::1]", "", false),
        ] {
            let expected = PublicAddress {
                host: Some(host.to_owned()),
                path: path.to_owned(),
                is_https,
            };
            assert_eq!(PublicAddress::of(url), expected, "{url}");
        }
    }
}
