//! Signature Version 4 from the client's side, written apart from the server's verifier so that the
//! two check each other.

use aws_lc_rs::{digest, hmac};

/// Who signs, for which region.
#[derive(Clone, Debug)]
pub struct Signer {
    /// Access key id.
    pub key_id: String,
    /// Secret access key.
    pub secret: String,
    /// Temporary credentials' token, sent and signed as `x-amz-security-token`.
    pub token: Option<String>,
    /// Region of the signature's scope.
    pub region: String,
    /// Service of the signature's scope.
    pub service: String,
}

/// What is signed. Headers in lower case; `host` and `x-amz-date` must be among them.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// `POST`.
    pub method: &'a str,
    /// Absolute path, already encoded.
    pub path: &'a str,
    /// Names and values of every header that is to be signed.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
    /// `20240101T000000Z`.
    pub date: &'a str,
}

impl Signer {
    /// The value of the `Authorization` header.
    pub fn authorization(&self, subject: &Subject<'_>) -> String {
        self.authorization_over(subject, &sha256(subject.body))
    }

    /// The value of the `Authorization` header, with this in the place of the body's hash.
    pub fn authorization_over(&self, subject: &Subject<'_>, payload: &str) -> String {
        let mut headers: Vec<_> = subject.headers.to_vec();
        headers.sort();
        let names = headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(";");
        let lines: String = headers
            .iter()
            .map(|(name, value)| {
                let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
                format!("{name}:{value}\n")
            })
            .collect();
        let canonical = format!(
            "{}\n{}\n\n{lines}\n{names}\n{payload}",
            subject.method, subject.path
        );
        let day = &subject.date[..8];
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!(
            "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
            subject.date,
            sha256(canonical.as_bytes())
        );
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [day, &self.region, &self.service, "aws4_request"] {
            key = hmac_sha256(&key, part.as_bytes());
        }
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.key_id,
            hex::encode(hmac_sha256(&key, text.as_bytes()))
        )
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

fn hmac_sha256(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes)
        .as_ref()
        .to_vec()
}
