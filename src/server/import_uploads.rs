//! Files with users: `PUT /user-imports/{account}/{pool id}/{job id}?X-Amz-…` (administration 9.2). Requests and answers
//! have the form of Amazon S3, which the scripts of administrators are written for.
//!
//! These routes have limits of their own, since a file is larger than any other body, and never in memory as a whole.
//! Nothing is stored, nor anything of the body read, before the signature is known to be right.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Path, Query as QueryOf, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use http_body_util::BodyExt;
use serde::Deserialize;
use tokio::time::{Duration, Instant, timeout_at};
use uuid::Uuid;

use super::fair_share::FairShare;
use super::limits::{RequestLimits, discard};
use crate::app::App;
use crate::context::SourceAddress;
use crate::domain::source_network::SourceNetwork;
use crate::domain::time::Timestamp;
use crate::domain::user_import::{MAX_FILE_BYTES, UPLOAD_SECONDS};
use crate::flows;
use crate::flows::import_jobs::upload::{self, Query, Upload, UploadFault};

/// The most files that arrive at once. One source can have as many as it leaves to the others.
const MAX_UPLOADS: usize = 16;
/// The header that the signature covers, and its value.
const ENCRYPTION: (&str, &str) = ("x-amz-server-side-encryption", "aws:kms");
/// The header with the id of the request.
const REQUEST_ID: &str = "x-amz-request-id";

struct Uploads {
    app: Arc<App>,
    limits: Arc<RequestLimits>,
    running: Arc<FairShare>,
}

/// The route of every file.
pub fn router(app: Arc<App>, limits: Arc<RequestLimits>) -> Router {
    let path = format!("/{}/{{account}}/{{pool_id}}/{{job_id}}", upload::PATH);
    Router::new()
        .route(&path, put(answer))
        .with_state(Arc::new(Uploads {
            app,
            limits,
            running: FairShare::new(MAX_UPLOADS),
        }))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Given {
    #[serde(rename = "X-Amz-Algorithm")]
    algorithm: String,
    #[serde(rename = "X-Amz-Credential")]
    credential: String,
    #[serde(rename = "X-Amz-Date")]
    date: String,
    #[serde(rename = "X-Amz-Expires")]
    expires: String,
    #[serde(rename = "X-Amz-SignedHeaders")]
    signed_headers: String,
    #[serde(rename = "X-Amz-Signature")]
    signature: String,
}

/// Why a file is not taken.
enum Refusal {
    /// There is no signature.
    Unsigned,
    /// A flow refuses it.
    Upload(UploadFault),
    /// It is larger than a file may be; with the size, as far as it is known.
    TooLarge(u64),
    /// It did not arrive in time, or too slowly.
    TooSlow,
    /// It ended early.
    Incomplete,
    /// Too many files arrive.
    TooMany,
}

impl From<UploadFault> for Refusal {
    fn from(fault: UploadFault) -> Self {
        Self::Upload(fault)
    }
}

async fn answer(
    State(uploads): State<Arc<Uploads>>,
    Path((account, pool_id, job_id)): Path<(String, String, String)>,
    query: Result<QueryOf<Given>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Response {
    let (head, mut body) = request.into_parts();
    let given = query.map(|QueryOf(given)| given).unwrap_or_default();
    let path = (account.as_str(), pool_id.as_str(), job_id.as_str());
    let taken = match uploads.check(path, given, &head) {
        Ok(()) => uploads.take(&pool_id, &job_id, &head, &mut body).await,
        Err(refusal) => Err(refusal),
    };
    let request_id = uploads.app.entropy.uuid();
    match taken {
        Ok(()) => (StatusCode::OK, [(REQUEST_ID, request_id.to_string())]).into_response(),
        Err(refusal) => {
            if !matches!(refusal, Refusal::TooSlow) {
                discard(body);
            }
            refused(&refusal, request_id, uploads.app.clock.now())
        }
    }
}

impl Uploads {
    fn check(&self, path: (&str, &str, &str), given: Given, head: &Parts) -> Result<(), Refusal> {
        if given.signature.is_empty() {
            return Err(Refusal::Unsigned);
        }
        let query = Query {
            algorithm: given.algorithm,
            credential: given.credential,
            date: given.date,
            expires: given.expires,
            signed_headers: given.signed_headers,
            signature: given.signature,
        };
        let checked = upload::check(&self.app, path, &query, self.app.clock.now());
        let (name, value) = ENCRYPTION;
        let is_given = head
            .headers
            .get(name)
            .is_some_and(|given| given.as_bytes() == value.as_bytes());
        match checked {
            Ok(()) | Err(UploadFault::Expired(_)) if !is_given => {
                Err(UploadFault::WrongSignature.into())
            }
            checked => Ok(checked?),
        }
    }

    async fn take(
        &self,
        pool_id: &str,
        job_id: &str,
        head: &Parts,
        body: &mut Body,
    ) -> Result<(), Refusal> {
        let source = head
            .extensions
            .get::<SourceAddress>()
            .map(|source| SourceNetwork::of(source.0));
        let _running = self.running.take(source, 1).ok_or(Refusal::TooMany)?;
        let announced = body.size_hint().lower();
        if announced > MAX_FILE_BYTES {
            return Err(Refusal::TooLarge(announced));
        }
        let mut upload = Upload::begin(&self.app, pool_id, job_id).await?;
        match self.read(&mut upload, body).await {
            Ok(()) => Ok(upload.finish().await?),
            Err(refusal) => {
                if let Err(error) = upload.abandon().await {
                    tracing::warn!(?error, "a file that was cut off is deleted later");
                }
                Err(refusal)
            }
        }
    }

    async fn read(&self, upload: &mut Upload<'_>, body: &mut Body) -> Result<(), Refusal> {
        let most = Duration::from_secs(upload::MAX_SECONDS);
        let mut pace = self.limits.pace_within(most, Instant::now());
        let mut size: u64 = 0;
        loop {
            let frame = timeout_at(pace.deadline(), body.frame()).await;
            let Some(frame) = frame.map_err(|_| Refusal::TooSlow)? else {
                return Ok(());
            };
            let data = frame.map_err(|_| Refusal::Incomplete)?.into_data();
            let data = data.unwrap_or_default();
            size = size.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
            if size > MAX_FILE_BYTES {
                return Err(Refusal::TooLarge(size));
            }
            upload.write(&data).await?;
            pace.arrived(data.len(), Instant::now());
        }
    }
}

/// The answer to a file that is not taken.
fn refused(refusal: &Refusal, request_id: Uuid, now: Timestamp) -> Response {
    let denied = |text| (StatusCode::FORBIDDEN, "AccessDenied", text, String::new());
    let (status, code, message, more) = match refusal {
        Refusal::Unsigned | Refusal::Upload(UploadFault::NotWaiting) => denied("Access Denied"),
        Refusal::Upload(UploadFault::Expired(end)) => (
            StatusCode::FORBIDDEN,
            "AccessDenied",
            "Request has expired",
            format!(
                "<X-Amz-Expires>{UPLOAD_SECONDS}</X-Amz-Expires><Expires>{}</Expires>\
                 <ServerTime>{}</ServerTime>",
                shown(*end),
                shown(now)
            ),
        ),
        Refusal::Upload(UploadFault::WrongSignature) => (
            StatusCode::FORBIDDEN,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key \
             and signing method.",
            String::new(),
        ),
        Refusal::TooLarge(size) => (
            StatusCode::BAD_REQUEST,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
            format!(
                "<ProposedSize>{size}</ProposedSize><MaxSizeAllowed>{MAX_FILE_BYTES}</MaxSizeAllowed>"
            ),
        ),
        Refusal::TooSlow => (
            StatusCode::BAD_REQUEST,
            "RequestTimeout",
            "Your socket connection to the server was not read from or written to within the timeout \
             period. Idle connections will be closed.",
            String::new(),
        ),
        Refusal::Incomplete => (
            StatusCode::BAD_REQUEST,
            "IncompleteBody",
            "The request body terminated unexpectedly",
            String::new(),
        ),
        Refusal::TooMany
        | Refusal::Upload(UploadFault::TooMany | UploadFault::Failed(flows::Error::Busy)) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "SlowDown",
            "Please reduce your request rate.",
            String::new(),
        ),
        Refusal::Upload(UploadFault::Failed(error)) => {
            tracing::error!(?error, %request_id, "a file with users could not be stored");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalError",
                "We encountered an internal error. Please try again.",
                String::new(),
            )
        }
    };
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         {more}<RequestId>{request_id}</RequestId></Error>"
    );
    let headers = [(header::CONTENT_TYPE, "application/xml")];
    let id = [(REQUEST_ID, request_id.to_string())];
    (status, headers, id, text).into_response()
}

/// `2026-11-29T12:00:00Z`.
fn shown(time: Timestamp) -> String {
    jiff::Timestamp::from_second(time.seconds())
        .map(|time| time.to_string())
        .unwrap_or_default()
}
