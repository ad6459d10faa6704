//! A request whose body is wiped from memory when it is done with, since it may hold a password or a token.
//!
//! What is wiped is the buffer that the limits collect the body in. What was there before it (the connection's
//! buffer, the TLS library's, the kernel's) is not in the server's hand and is overwritten by what comes next; the
//! JSON parser's copies of secrets become `SecretString`s, which are wiped too, but may have been moved before.

use std::mem;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http;
use zeroize::Zeroize;

/// A request with its whole body, which is wiped when this is dropped, answered or not.
pub struct WipedRequest(http::Request<Bytes>);

impl WipedRequest {
    /// The request with this head and body.
    pub fn new(head: http::request::Parts, body: Bytes) -> Self {
        Self(Request::from_parts(head, body))
    }

    /// The request.
    pub const fn get(&self) -> &http::Request<Bytes> {
        &self.0
    }
}

impl Drop for WipedRequest {
    fn drop(&mut self) {
        wipe(mem::take(self.0.body_mut()));
    }
}

/// Wipes `body`, unless somebody else still has it; `false` then.
fn wipe(body: Bytes) -> bool {
    match body.try_into_mut() {
        Ok(mut bytes) => {
            bytes.as_mut().zeroize();
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt;

    use super::*;

    /// Collected as the limits and the API do it, a body has one owner, so that it can be wiped.
    #[tokio::test]
    async fn a_collected_body_can_be_wiped() {
        let body = Body::from(b"{\"Password\":\"secret\"}".to_vec());
        let collected = body.collect().await.unwrap().to_bytes();
        assert_eq!(collected.len(), 21);
        assert!(wipe(collected));
        let shared = Bytes::from(b"secret".to_vec());
        let other = shared.clone();
        assert!(!wipe(shared));
        assert_eq!(other, "secret");
    }
}
