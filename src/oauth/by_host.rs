//! Domains that have a host name of their own: `<prefix>.<server.domain_suffix>`, or a custom domain.

use axum::http::header::HOST;
use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{Request, Uri};

use crate::domain::pool_domain::prefix_of_host;

/// An extension of requests that came under a domain's own host name.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByHost;

/// Paths that only domains have. Of other paths the host name says nothing.
const PATHS: [&str; 16] = [
    "/assets/",
    "/authorize",
    "/changePassword",
    "/confirm",
    "/confirmUser",
    "/confirmforgotPassword",
    "/error",
    "/forgotPassword",
    "/login",
    "/logout",
    "/oauth2/",
    "/passkeys/add",
    "/preview",
    "/preview/",
    "/resendcode",
    "/signup",
];

/// Directs a request under a domain's host name to the path of that domain. `public_host` is the server's own host
/// name, and `suffix` what the names of prefixes end with.
#[must_use]
pub fn direct<B>(
    mut request: Request<B>,
    public_host: Option<&str>,
    suffix: Option<&str>,
) -> Request<B> {
    let path = request.uri().path();
    let is_of_domain = PATHS
        .iter()
        .any(|known| path == *known || (known.ends_with('/') && path.starts_with(known)));
    if !is_of_domain {
        return request;
    }
    let Some(domain) = domain(&request, public_host, suffix) else {
        return request;
    };
    let query = request.uri().query();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("/{domain}{path}{query}");
    if let Ok(target) = target.parse::<PathAndQuery>() {
        *request.uri_mut() = Uri::from(target);
        request.extensions_mut().insert(ByHost);
    }
    request
}

/// The name of the domain whose host name the request has; `None` if it is the server's own, or an address.
pub(super) fn domain<B>(
    request: &Request<B>,
    public_host: Option<&str>,
    suffix: Option<&str>,
) -> Option<String> {
    let host = request.headers().get(HOST)?.to_str().ok()?;
    let authority = host.parse::<Authority>().ok()?;
    let name = authority.host().to_ascii_lowercase();
    // A host name may end with the dot of the DNS root.
    let name = name.strip_suffix('.').unwrap_or(&name);
    if public_host.is_some_and(|own| own.eq_ignore_ascii_case(name)) {
        return None;
    }
    if let Some(prefix) = suffix.and_then(|suffix| prefix_of_host(name, suffix)) {
        return (!prefix.contains('.')).then(|| prefix.to_owned());
    }
    // A custom domain has three labels at least, and an address is none.
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_address = name.parse::<std::net::Ipv4Addr>().is_ok();
    let is_custom = name.split('.').all(is_label) && name.split('.').count() > 2 && !is_address;
    is_custom.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directed(host: &str, path: &str) -> String {
        let request = Request::get(path).header(HOST, host).body(()).unwrap();
        let request = direct(request, Some("id.example.com"), Some("auth.localhost"));
        let is_by_host = request.extensions().get::<ByHost>().is_some();
        assert_eq!(is_by_host, request.uri() != path);
        request.uri().to_string()
    }

    #[test]
    fn a_host_name_leads_to_its_domain() {
        let path = "/oauth2/authorize?state=%2F+a";
        let of = |domain: &str| format!("/{domain}{path}");
        assert_eq!(directed("acme.auth.localhost:2646", path), of("acme"));
        assert_eq!(directed("ACME.auth.localhost", path), of("acme"));
        assert_eq!(directed("acme.auth.localhost.:2646", path), of("acme"));
        assert_eq!(
            directed("login.example.com.", path),
            of("login.example.com")
        );
        assert_eq!(directed("login.example.com", path), of("login.example.com"));
        for own in [
            "id.example.com",
            "login.acme.auth.localhost",
            "localhost:2646",
            "127.0.0.1:2646",
            "[::1]:2646",
            "example.com",
            "auth.localhost",
            "a..example.com",
            "",
        ] {
            assert_eq!(directed(own, path), path, "{own}");
        }
    }

    #[test]
    fn other_paths_are_what_they_are() {
        for path in ["/", "/acme/oauth2/token", "/logouts", "/health"] {
            assert_eq!(directed("acme.auth.localhost", path), path);
        }
    }
}
