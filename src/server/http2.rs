//! What an HTTP/2 connection may take, and the form of HTTP/1.1 for its requests.
//!
//! [ADR 24](../../docs/adr/0024-http2.md) says where each number comes from.

use std::time::Duration;

use axum::http::header::HOST;
use axum::http::{HeaderValue, Request, Uri};
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto;

/// Streams that one connection may have open at once; further ones are refused. RFC 9113 (6.5.2) advises
/// against fewer.
pub const MAX_STREAMS: u32 = 100;
/// The bytes of request bodies that a client may send ahead of what the server has read, on one stream
/// and on all streams of a connection together. A connection always begins with this much.
const WINDOW_BYTES: u32 = 65_535;
/// The largest frame of a request, the smallest that the protocol permits. It also bounds what a header
/// list takes before it is decoded: h2 closes a connection whose list has more than five CONTINUATION
/// frames.
const MAX_FRAME_BYTES: u32 = 16 * 1024;
/// The most bytes of an answer that a stream hands to the connection before the client has taken them,
/// besides the piece that was handed over last.
pub const SEND_BUFFER_BYTES: usize = 4 * 1024;
/// Streams that a client resets before the server has looked at them; one more in a row, and the
/// connection is closed (CVE-2023-44487). A client that changes its mind does so for a few at once.
const MAX_PENDING_RESETS: usize = 20;
/// Streams that the server resets over the life of a connection because the client broke the protocol or
/// opened too many; one more, and the connection is closed. A client may open more than [`MAX_STREAMS`]
/// before it has read how many it may, which must not close its connection.
const MAX_ERROR_RESETS: usize = 1024;

/// Bounds the HTTP/2 connections of `builder`. The head of a request may take `max_head_bytes`.
pub fn bound<E>(builder: &mut auto::Builder<E>, max_head_bytes: u32, idle_timeout: Duration) {
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_ERROR_RESETS)
        .max_header_list_size(max_head_bytes)
        .max_frame_size(MAX_FRAME_BYTES)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        // A client that is gone is noticed when it has been silent for the idle timeout, also while it
        // waits for an answer.
        .keep_alive_interval(idle_timeout / 2)
        .keep_alive_timeout(idle_timeout / 2);
}

/// The request names two hosts, or its authority is not only a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmbiguousHost;

/// Gives a request the form that it would have in HTTP/1.1: the host in the `Host` header and the target
/// without it. Signatures, and the checks of which host a browser has asked for, read that header.
///
/// # Errors
/// If there is a `Host` header that differs from the authority (RFC 9113, 8.3.1).
pub fn authority_to_host<B>(request: &mut Request<B>) -> Result<(), AmbiguousHost> {
    let Some(authority) = request.uri().authority() else {
        return Ok(());
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
