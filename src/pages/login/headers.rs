//! The headers that protect a login page.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, HeaderValue, header};
use url::{Host, Url};

/// Schemes that no application answers to, and that a browser would not leave the page for.
const NO_TARGETS: [&str; 7] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "javascript",
    "vbscript",
];
/// How long browsers remember that the domain is reached by HTTPS only: a year.
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// Where forms of a page may lead besides the domain itself: browsers apply `form-action` to redirects too, and the
/// answer to a form sends the browser back to the application or on to an identity provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormTargets(BTreeSet<String>);

impl FormTargets {
    /// The targets that these addresses are at. One that is no absolute URL, or whose scheme runs script, is left out.
    #[must_use]
    pub fn new<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Self {
        Self(addresses.into_iter().filter_map(source).collect())
    }
}

/// What a policy calls the origin of an address: nothing that could end its directive or be a wildcard.
fn source(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    // The parser admits letters, digits and `+-.` in a scheme, and nothing else.
    let scheme = url.scheme();
    if NO_TARGETS.contains(&scheme) {
        return None;
    }
    if !matches!(scheme, "https" | "http") {
        return Some(format!("{scheme}:"));
    }
    // A program on the user's own machine may listen at another port than the registered one (RFC 8252, 7.3).
    let is_own_machine = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    let port = match url.port() {
        _ if scheme == "http" && is_own_machine => ":*".to_owned(),
        Some(port) => format!(":{port}"),
        None => String::new(),
    };
    match url.host()? {
        // A host may have other characters in a URL, such as `*` and `;`, than a policy takes.
        Host::Domain(name) => {
            let is_plain =
                |character: char| character.is_ascii_alphanumeric() || "-._".contains(character);
            name.chars()
                .all(is_plain)
                .then(|| format!("{scheme}://{name}{port}"))
        }
        Host::Ipv4(address) => Some(format!("{scheme}://{address}{port}")),
        // A policy has no way to write such a host. It is loopback, as no other one can be registered with HTTP.
        Host::Ipv6(_) => Some(format!("{scheme}:")),
    }
}

/// The headers of a login page.
#[must_use]
pub fn of_page(targets: &FormTargets, is_https: bool) -> HeaderMap {
    let mut form_action = String::from("'self'");
    for target in &targets.0 {
        form_action.push(' ');
        form_action.push_str(target);
    }
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; frame-ancestors 'none'; form-action {form_action}"
    );
    let fixed = HeaderValue::from_static;
    let mut headers = HeaderMap::from_iter([
        (header::CACHE_CONTROL, fixed("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (header::X_FRAME_OPTIONS, fixed("DENY")),
        // With `no-referrer` a browser would send the form of this very page with `Origin: null`. No other origin
        // learns the query either way.
        (header::REFERRER_POLICY, fixed("same-origin")),
        // Targets are ASCII without control characters, so that the second policy is never needed; without targets
        // a page is safe, if of less use.
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::try_from(policy).unwrap_or_else(|_invalid| fixed("default-src 'none'")),
        ),
    ]);
    if is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, fixed(STRICT_TRANSPORT));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(addresses: &[&str]) -> String {
        let headers = of_page(&FormTargets::new(addresses.iter().copied()), true);
        let policy = headers.get(header::CONTENT_SECURITY_POLICY).unwrap();
        policy.to_str().unwrap().to_owned()
    }

    #[test]
    fn forms_lead_to_the_domain_and_to_the_origins_of_the_app() {
        let policy = policy(&[
            "https://app.example.com/callback?a=b;c",
            "https://app.example.com/other",
            "http://localhost:3000/",
            "http://127.0.0.1:8080/cb",
            "com.example.app:/callback",
        ]);
        let (before, targets) = policy.split_once("form-action ").unwrap();
        let expected = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                        connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; ";
        assert_eq!(before, expected);
        let expected = "'self' com.example.app: http://127.0.0.1:* http://localhost:* \
                        https://app.example.com";
        assert_eq!(targets, expected);
    }

    #[test]
    fn an_address_changes_nothing_but_the_targets() {
        for address in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://*.example.com/",
            "https://a;script-src *",
            "https://a.example;script-src/",
            "https://exa,mple.com/",
            "https://'unsafe-inline'/",
            "//example.com/",
            "/path",
            "",
        ] {
            assert!(
                policy(&[address]).ends_with("form-action 'self'"),
                "{address}"
            );
        }
    }

    #[test]
    fn a_numeric_loopback_host_of_version_6_is_reached_by_its_scheme() {
        assert!(policy(&["http://[::1]:3000/"]).ends_with("form-action 'self' http:"));
    }

    #[test]
    fn only_https_promises_to_stay_so() {
        let header_of = |is_https| {
            let headers = of_page(&FormTargets::default(), is_https);
            headers.get(header::STRICT_TRANSPORT_SECURITY).cloned()
        };
        assert!(header_of(true).is_some());
        assert_eq!(header_of(false), None);
    }

    #[test]
    fn a_page_is_neither_stored_nor_framed_nor_sniffed() {
        let headers = of_page(&FormTargets::default(), false);
        for (name, value) in [
            (header::CACHE_CONTROL, "no-store"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "same-origin"),
        ] {
            assert_eq!(headers.get(&name).unwrap(), value, "{name}");
        }
    }
}
