//! The host that a request is for.

use axum::http::header::HOST;
use axum::http::{HeaderValue, Request, Uri};

/// The request names two hosts, or its authority is not only a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmbiguousHost;

/// Gives a request the usual form of HTTP/1.1: the host in the `Host` header and the target without it. Signatures, and
/// the checks of which host a browser has asked for, read that header. In HTTP/1.1 the target of a request to a proxy
/// has an authority, too.
///
/// # Errors
/// If there are several `Host` headers or one that is not only a host (RFC 9112, 3.2), or one that differs from the
/// authority (RFC 9113, 8.3.1). HTTP/1.1 would have the authority count then (RFC 9112, 3.2.2); refusing it is ours, since
/// another program on the way may have gone by the header.
pub fn authority_to_host<B>(request: &mut Request<B>) -> Result<(), AmbiguousHost> {
    let Some(authority) = request.uri().authority() else {
        let mut hosts = request.headers().get_all(HOST).iter();
        let is_host = |host: &HeaderValue| !host.as_bytes().contains(&b'@');
        let is_clear = hosts.next().is_none_or(is_host) && hosts.next().is_none();
        return if is_clear { Ok(()) } else { Err(AmbiguousHost) };
    };
    if authority.as_str().contains('@') {
        return Err(AmbiguousHost);
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => {
            let host = HeaderValue::from_str(authority.as_str()).map_err(|_| AmbiguousHost)?;
            request.headers_mut().insert(HOST, host);
        }
        (Some(host), None)
            if host
                .as_bytes()
                .eq_ignore_ascii_case(authority.as_str().as_bytes()) => {}
        (Some(_), _) => return Err(AmbiguousHost),
    }
    if let Some(target) = request.uri().path_and_query() {
        *request.uri_mut() = Uri::from(target.clone());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(uri: &str, hosts: &[&str]) -> Result<(Option<String>, String), AmbiguousHost> {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let mut request = request.body(()).unwrap();
        authority_to_host(&mut request)?;
        let host = request.headers().get(HOST);
        let host = host.map(|host| host.to_str().unwrap().to_owned());
        Ok((host, request.uri().to_string()))
    }

    #[test]
    fn the_authority_becomes_the_host() {
        let host = Some("localhost:2646".to_owned());
        assert_eq!(
            converted("http://localhost:2646/a?b=c", &[]),
            Ok((host.clone(), "/a?b=c".to_owned()))
        );
        assert_eq!(
            converted("http://localhost:2646/", &["localhost:2646"]),
            Ok((host, "/".to_owned()))
        );
        // The signature was made over the header as it is.
        assert_eq!(
            converted("http://localhost/", &["LocalHost"]),
            Ok((Some("LocalHost".to_owned()), "/".to_owned()))
        );
    }

    #[test]
    fn without_an_authority_the_request_stays_as_it_is() {
        assert_eq!(converted("/", &[]), Ok((None, "/".to_owned())));
        assert_eq!(
            converted("/", &["localhost"]),
            Ok((Some("localhost".to_owned()), "/".to_owned()))
        );
    }

    #[test]
    fn two_hosts_and_one_with_a_user_are_refused() {
        for hosts in [
            &["localhost", "localhost"][..],
            &["localhost", "rebound.example.com"],
            &["localhost@rebound.example.com"],
        ] {
            assert_eq!(converted("/", hosts), Err(AmbiguousHost), "{hosts:?}");
        }
    }

    #[test]
    fn a_host_that_differs_from_the_authority_is_refused() {
        for hosts in [
            &["rebound.example.com"][..],
            &["localhost:80"],
            &[""],
            &["localhost", "localhost"],
            &["localhost", "rebound.example.com"],
        ] {
            assert_eq!(
                converted("http://localhost/", hosts),
                Err(AmbiguousHost),
                "{hosts:?}"
            );
        }
        assert_eq!(
            converted("http://localhost@rebound.example.com/", &[]),
            Err(AmbiguousHost)
        );
    }
}
