//! The cookies of a domain (domain 7). Domains that are reached by path share an origin, so each has names and a path
//! of its own.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::call::DomainCall;

/// The cookie of the browser's sign-in.
pub(super) const SESSION: &str = "cognito";

/// The cookie that pairs with the field `_csrf` of forms. Its value is kept, so that pages in several tabs work.
pub(super) const CSRF: &str = "XSRF-TOKEN";

/// The cookie of the language that was chosen by the parameter of that name.
pub(super) const LANGUAGE: &str = "lang";

/// The cookie with what one page leaves for the next.
pub(super) const PAGE_DATA: &str = "page-data";

/// The most values of one cookie that are looked at.
const MAX_VALUES: usize = 16;

/// The value of the domain's cookie of this name; `None` if there are several. A host above may have set the other ones,
/// and the server cannot tell which is the domain's own.
pub(super) fn get(call: &DomainCall, headers: &HeaderMap, name: &str) -> Option<SecretString> {
    let mut values = all(call, headers, name);
    let value = values.pop();
    value.filter(|_| values.is_empty())
}

/// The values of the domain's cookie of this name and of those of the same name that hosts above it have set, each once.
/// Other cookies may have any bytes.
pub(super) fn all(call: &DomainCall, headers: &HeaderMap, name: &str) -> Vec<SecretString> {
    let name = call.cookie_name(name);
    let values = headers.get_all(COOKIE).iter();
    let pairs = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let pairs = pairs.map(<[u8]>::trim_ascii);
    let values = pairs.filter_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    let mut found: Vec<&str> = Vec::new();
    for value in values.filter_map(|value| std::str::from_utf8(value).ok()) {
        if found.len() < MAX_VALUES && !found.contains(&value) {
            found.push(value);
        }
    }
    found.into_iter().map(SecretString::from).collect()
}

/// The header that gives the browser the domain's cookie of this name, for as many seconds, or until the browser ends.
pub(super) fn with(call: &DomainCall, name: &str, value: &str, seconds: Option<i64>) -> String {
    let life = seconds.map(|seconds| format!("Max-Age={seconds}; "));
    let life = life.unwrap_or_default();
    format!(
        "{}={value}; {life}{}",
        call.cookie_name(name),
        attributes(call)
    )
}

/// [`with`] a value that is a secret.
pub(super) fn secret(
    call: &DomainCall,
    name: &str,
    value: &SecretString,
    seconds: Option<i64>,
) -> Zeroizing<String> {
    Zeroizing::new(with(call, name, value.expose_secret(), seconds))
}

/// The header that takes the domain's cookie of this name from the browser.
pub(super) fn removal(call: &DomainCall, name: &str) -> String {
    format!(
        "{}=; Max-Age=0; {}",
        call.cookie_name(name),
        attributes(call)
    )
}

/// What every cookie has: no script reads it, and no other site's form sends it.
fn attributes(call: &DomainCall) -> String {
    let path = match call.base.as_str() {
        "" => "/",
        base => base,
    };
    let secure = if call.is_https { "; Secure" } else { "" };
    format!("Path={path}; HttpOnly; SameSite=Lax{secure}")
}
