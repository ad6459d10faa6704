//! Those who call the API: anybody, and an administrator who signs.

use serde_json::Value;

use super::answer::Answer;
use super::sigv4::{Signer, Subject};

/// Content type of every request and answer.
pub const JSON_1_1: &str = "application/x-amz-json-1.1";
const TARGET: &str = "AWSCognitoIdentityProviderService";

/// Calls without a signature, as an application does.
#[derive(Clone, Debug)]
pub struct Client {
    /// `http://127.0.0.1:port`.
    pub endpoint: String,
    http: reqwest::Client,
}

impl Client {
    /// A client of the server at `endpoint`.
    pub fn new(endpoint: &str) -> Self {
        Self::from_address(endpoint, None)
    }

    /// A client that connects from `address`, which is one of this machine's.
    pub fn from_address(endpoint: &str, address: Option<std::net::IpAddr>) -> Self {
        let http = reqwest::Client::builder()
            .local_address(address)
            .timeout(std::time::Duration::from_secs(60))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            endpoint: endpoint.to_owned(),
            http,
        }
    }

    /// The same server, called from another address: one of 127.0.0.0/8, or one that a trusted proxy on
    /// 127.0.0.1 names.
    pub fn at_source(&self, address: std::net::IpAddr) -> Self {
        self.on_device(address, None)
    }

    /// As [`Client::at_source`], with this `User-Agent`.
    pub fn on_device(&self, address: std::net::IpAddr, agent: Option<&str>) -> Self {
        let builder = reqwest::Client::builder()
            .timeout(std::time::Duration::from_secs(60))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        let builder = if address.is_loopback() {
            builder.local_address(address)
        } else {
            let name = reqwest::header::HeaderName::from_static("x-forwarded-for");
            let value = address.to_string().parse().unwrap();
            builder.default_headers([(name, value)].into_iter().collect())
        };
        let builder = match agent {
            Some(agent) => builder.user_agent(agent),
            None => builder,
        };
        Self {
            endpoint: self.endpoint.clone(),
            http: builder.build().unwrap(),
        }
    }

    /// Calls an operation.
    pub async fn call(&self, operation: &str, input: Value) -> Answer {
        let response = self
            .request(operation)
            .body(input.to_string())
            .send()
            .await
            .unwrap_or_else(|error| panic!("{operation} got no answer: {error:?}"));
        Answer::read(operation, response).await
    }

    /// A call's request line and headers, for a test that sends a body of its own.
    pub fn request(&self, operation: &str) -> reqwest::RequestBuilder {
        self.http
            .post(format!("{}/", self.endpoint))
            .header("content-type", JSON_1_1)
            .header("x-amz-target", format!("{TARGET}.{operation}"))
    }

    /// Any request, path included, with no headers set.
    pub fn raw(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.endpoint))
    }

    /// Sends any request and reads its answer, without checking it against the model.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::read("", request.send().await.expect("the server answers")).await
    }
}

/// Calls with a Signature Version 4, as the AWS SDKs do for an administrator.
#[derive(Clone, Debug)]
pub struct Admin {
    client: Client,
    /// Who signs, and for which region.
    pub signer: Signer,
}

impl Admin {
    /// An administrator of the server at `endpoint`, with keys that the development profile accepts
    /// as it accepts any.
    pub fn new(endpoint: &str) -> Self {
        Self {
            client: Client::new(endpoint),
            signer: Signer {
                key_id: "AKIDTEST".into(),
                secret: "test-secret".into(),
                token: None,
                region: "us-east-1".into(),
                service: "cognito-idp".into(),
            },
        }
    }

    /// The same administrator in another region.
    pub fn in_region(&self, region: &str) -> Self {
        let mut admin = self.clone();
        region.clone_into(&mut admin.signer.region);
        admin
    }

    /// The same server with other access keys.
    pub fn with_keys(&self, key_id: &str, secret: &str) -> Self {
        let mut admin = self.clone();
        key_id.clone_into(&mut admin.signer.key_id);
        secret.clone_into(&mut admin.signer.secret);
        admin
    }

    /// Calls an operation.
    pub async fn call(&self, operation: &str, input: Value) -> Answer {
        let response = self
            .request(operation, input.to_string().into_bytes())
            .send()
            .await
            .unwrap_or_else(|error| panic!("{operation} got no answer: {error:?}"));
        Answer::read(operation, response).await
    }

    /// A signed request with any body, signed now.
    pub fn request(&self, operation: &str, body: Vec<u8>) -> reqwest::RequestBuilder {
        self.request_at(operation, body, &amz_date(0))
    }

    /// A request signed at `date` (`20240101T000000Z`), see [`amz_date`].
    pub fn request_at(
        &self,
        operation: &str,
        body: Vec<u8>,
        date: &str,
    ) -> reqwest::RequestBuilder {
        let host = self
            .client
            .endpoint
            .split_once("://")
            .map_or("", |(_, host)| host);
        let mut headers = vec![
            ("content-type".to_owned(), JSON_1_1.to_owned()),
            ("host".to_owned(), host.to_owned()),
            ("x-amz-date".to_owned(), date.to_owned()),
            ("x-amz-target".to_owned(), format!("{TARGET}.{operation}")),
        ];
        if let Some(token) = &self.signer.token {
            headers.push(("x-amz-security-token".to_owned(), token.clone()));
        }
        let authorization = self.signer.authorization(&Subject {
            method: "POST",
            path: "/",
            headers: &headers,
            body: &body,
            date,
        });
        let mut request = self
            .client
            .http
            .post(format!("{}/", self.client.endpoint))
            .header("authorization", authorization);
        // reqwest writes `host` itself.
        for (name, value) in headers.into_iter().filter(|(name, _)| name != "host") {
            request = request.header(name, value);
        }
        request.body(body)
    }

    /// Sends any request and reads its answer, without checking it against the model.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.client.send(request).await
    }
}

/// The real time plus `offset_seconds` as SigV4 writes it. Clients sign with their own clock, which
/// the server's development clock does not move.
pub fn amz_date(offset_seconds: i64) -> String {
    now(offset_seconds).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The real time plus `offset_seconds`.
#[expect(
    clippy::disallowed_methods,
    reason = "a client of the server has a clock of its own"
)]
pub fn now(offset_seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::now()
        .saturating_add(jiff::SignedDuration::from_secs(offset_seconds))
        .unwrap()
}
