//! What holds for every answer of a domain.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::response::Parts;
use axum::http::{HeaderName, StatusCode};

use crate::login_page::check::{MARKER, foreign_parts, is_page};
use crate::login_pool::CALLBACK;

/// The names of cookies, which have the domain's appended where it is reached by path.
const COOKIES: [&str; 5] = [
    "cognito",
    "XSRF-TOKEN",
    "lang",
    "page-data",
    "passkey-later",
];

/// An answer.
pub(super) struct Answer {
    pub parts: Parts,
    pub body: String,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let value = self.parts.headers.get(name)?;
        Some(value.to_str().expect("ASCII"))
    }

    /// The names and values of the cookies that are set.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let cookies = self.parts.headers.get_all(SET_COOKIE).iter();
        cookies.map(|cookie| {
            let cookie = cookie.to_str().expect("ASCII");
            let pair = cookie.split(';').next().unwrap_or_default();
            pair.split_once('=').expect("a name and a value")
        })
    }

    /// Whether it is HTML.
    pub fn is_page(&self) -> bool {
        let media_type = self.header(&CONTENT_TYPE);
        media_type.is_some_and(|media_type| media_type.starts_with("text/html"))
    }

    /// Panics if the server has failed, leads elsewhere, or shows what it was sent as markup. `base` is what the paths of
    /// the domain begin with.
    pub fn check(&self, what: &str, base: &str) {
        let Self { parts, body } = self;
        let status = parts.status;
        assert!(!status.is_server_error(), "{what}: {status} {body}");
        for name in parts.headers.keys() {
            assert!(!name.as_str().contains(MARKER), "{what}: a header {name}");
        }
        if let Some(location) = self.header(&LOCATION) {
            let is_line = location.bytes().all(|byte| byte.is_ascii_graphic());
            let is_known = is_page(location, base) || is_callback(location);
            assert!(is_line && is_known, "{what} leads to {location}");
        }
        self.check_cookies(what, base);
        if self.is_page() {
            self.check_page(what, base);
        } else if status != StatusCode::NO_CONTENT {
            let is_json = || {
                let media_type = self.header(&CONTENT_TYPE).unwrap_or_default();
                media_type.starts_with("application/json")
            };
            // A browser that takes a text for HTML would run it.
            assert!(!body.contains("<zqzx") || is_json(), "{what}: {body}");
        }
    }

    fn check_cookies(&self, what: &str, base: &str) {
        for cookie in self.parts.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("ASCII");
            let name = cookie.split('=').next().unwrap_or_default();
            let is_named = |known: &&str| {
                name.strip_prefix(*known).is_some_and(|rest| {
                    let domain = base.rsplit('/').next().unwrap_or_default();
                    rest.is_empty() == base.is_empty()
                        && rest.strip_prefix('-').unwrap_or_default() == domain
                })
            };
            let path = if base.is_empty() { "/" } else { base };
            let end = format!("; Path={path}; HttpOnly; SameSite=Lax");
            let is_right = COOKIES.iter().any(is_named) && cookie.ends_with(&end);
            assert!(
                is_right && !cookie.contains(MARKER),
                "{what}: the cookie {cookie}"
            );
        }
    }

    fn check_page(&self, what: &str, base: &str) {
        let policy = self.header(&CONTENT_SECURITY_POLICY).unwrap_or_default();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';")
                && !policy.contains(MARKER),
            "{what}: the policy {policy}"
        );
        assert_eq!(
            self.header(&X_CONTENT_TYPE_OPTIONS),
            Some("nosniff"),
            "{what}"
        );
        // The answer to HEAD has no body.
        if self.body.is_empty() {
            return;
        }
        let found = foreign_parts(&self.body, base);
        assert!(
            found.is_empty(),
            "{what}: {}\n{}",
            found.join("\n"),
            self.body
        );
    }
}

/// Whether this is the address of the application, with or without parameters.
fn is_callback(location: &str) -> bool {
    let parameters = location.strip_prefix(CALLBACK);
    parameters.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#']))
}
