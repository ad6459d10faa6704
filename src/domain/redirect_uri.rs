//! The addresses that a browser may be sent back to after sign-in and sign-out (domain 2.3).

use url::{Host, Url};

/// What is wrong with an address of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectUriFault {
    /// It is relative, or has no scheme for another reason.
    NoScheme,
    /// It is a URL of the web that no browser can read.
    Unreadable,
    /// It has a fragment, where the implicit grant puts its tokens.
    Fragment,
    /// It is reached over plain HTTP, and not on the user's own machine.
    PlainHttp,
}

/// Whether a browser may be sent to this address.
///
/// # Errors
/// [`RedirectUriFault`].
pub fn check(uri: &str) -> Result<(), RedirectUriFault> {
    let scheme = scheme(uri).ok_or(RedirectUriFault::NoScheme)?;
    if uri.contains('#') {
        return Err(RedirectUriFault::Fragment);
    }
    let is_http = scheme.eq_ignore_ascii_case("http");
    if !is_http && !scheme.eq_ignore_ascii_case("https") {
        return Ok(());
    }
    // As browsers read it, to whom `http://localhost@example.com` is example.com.
    let url = Url::parse(uri).map_err(|_| RedirectUriFault::Unreadable)?;
    if is_http && !is_local(&url) {
        return Err(RedirectUriFault::PlainHttp);
    }
    Ok(())
}

/// What stands before the first colon, if it has the form of a scheme (RFC 3986, 3.1).
fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let has_form = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    has_form.then_some(scheme)
}

/// The three names of the user's own machine that AWS knows.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_on_the_web_and_on_devices_have_addresses() {
        for good in [
            "https://app.example.com",
            "https://app.example.com/in?tenant=1",
            "https://192.0.2.1:8443/in",
            "HTTPS://APP.EXAMPLE.COM/",
            "http://localhost",
            "http://localhost:3000/in",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/in",
            "myapp://in",
            "myapp://",
            "com.example.my-app+1:/in",
            "exp://localhost:8081",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn an_address_is_absolute() {
        for relative in [
            "",
            "/in",
            "in",
            "//app.example.com/in",
            "app.example.com/in",
            "?code=1",
            ":8080/in",
            "1app://in",
            "my_app://in",
            "/in?next=https://app.example.com",
        ] {
            assert_eq!(
                check(relative),
                Err(RedirectUriFault::NoScheme),
                "{relative}"
            );
        }
        for unreadable in ["https://", "https://app.example.com:99999/", "http://[::1/"] {
            assert_eq!(
                check(unreadable),
                Err(RedirectUriFault::Unreadable),
                "{unreadable}"
            );
        }
    }

    #[test]
    fn an_address_has_no_fragment() {
        for uri in [
            "https://app.example.com/#/in",
            "https://app.example.com/in#",
            "http://localhost:3000/#in",
            "myapp://in#there",
        ] {
            assert_eq!(check(uri), Err(RedirectUriFault::Fragment), "{uri}");
        }
    }

    #[test]
    fn plain_http_is_for_the_users_own_machine() {
        for uri in [
            "http://app.example.com",
            "http://localhost.com/",
            "http://app.localhost:3000/",
            "http://localhost@app.example.com/",
            "http://127.0.0.2/",
            "http://192.168.1.50:3000/in",
            "http://[::2]/",
            "http://0.0.0.0:3000/",
            "HTTP://app.example.com/",
        ] {
            assert_eq!(check(uri), Err(RedirectUriFault::PlainHttp), "{uri}");
        }
    }
}
