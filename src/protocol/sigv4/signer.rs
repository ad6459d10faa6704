//! Signature Version 4 from the side of a client: for calls of AWS Lambda's Invoke API, and of servers that have
//! the same.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};

use super::{
    ALGORITHM, AMZ_DATE, AccessKey, AuthorizationHeader, SignatureError, TERMINATOR, basic_format,
};
use crate::domain::time::Timestamp;
use crate::protocol::SignedRequest;

/// Signs requests to one service of one region.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The access key.
    pub key: AccessKey,
    /// The region of the signature's scope.
    pub region: String,
    /// The service of the signature's scope.
    pub service: &'static str,
}

impl Signer {
    /// Adds `Host`, `X-Amz-Date` and `Authorization` to `headers`, of which `Content-Type` is signed too.
    ///
    /// # Errors
    /// If `uri` has no host, or a value cannot be a header.
    pub fn sign(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let header = |text: &str| HeaderValue::try_from(text).map_err(|_| SignatureError::Mismatch);
        let time = basic_format(now);
        let host = uri.authority().ok_or(SignatureError::Mismatch)?;
        headers.insert(HOST, header(host.as_str())?);
        headers.insert(AMZ_DATE, header(&time)?);
        let signed_headers = if headers.contains_key(CONTENT_TYPE) {
            "content-type;host;x-amz-date"
        } else {
            "host;x-amz-date"
        };
        let day = time.split('T').next().unwrap_or_default().to_owned();
        let scope = AuthorizationHeader {
            access_key_id: &self.key.id,
            date: &day,
            region: &self.region,
            service: self.service,
            terminator: TERMINATOR,
            signed_headers,
            signature: "",
            time,
            at: now,
        };
        let request = SignedRequest {
            method,
            uri,
            headers,
            body,
            now,
            source_address: None,
        };
        let signature = scope.signature_with(&self.key.secret, &request)?;
        let authorization = format!(
            "{ALGORITHM} Credential={}/{day}/{}/{}/{TERMINATOR}, SignedHeaders={signed_headers}, \
             Signature={signature}",
            self.key.id, self.region, self.service
        );
        let authorization = header(&authorization)?;
        headers.insert(AUTHORIZATION, authorization);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `get-vanilla` of the SigV4 test suite that AWS publishes.
    #[test]
    fn signatures_are_those_of_the_published_test_suite() {
        let signer = Signer {
            key: AccessKey {
                id: "AKIDEXAMPLE".to_owned(),
                secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            },
            region: "us-east-1".to_owned(),
            service: "service",
        };
        let uri = Uri::from_static("https://example.amazonaws.com/");
        let mut headers = HeaderMap::new();
        let at = Timestamp::from_millis(1_440_938_160_000);
        signer
            .sign(&Method::GET, &uri, &mut headers, b"", at)
            .unwrap();
        assert_eq!(headers[AMZ_DATE], "20150830T123600Z");
        assert_eq!(
            headers[AUTHORIZATION],
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
    }
}
