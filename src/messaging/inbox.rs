//! The development inbox: every message with its code, as a page and as JSON.

use std::fmt::Write;
use std::sync::Arc;

use aws_lc_rs::digest;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::html::Escaped;
use super::outbox::Payload;
use crate::crypto::Vault;
use crate::domain::time::Timestamp;
use crate::store::outbox::{self, StoredMessage};
use crate::store::{self, Db};

const PAGE: &str = include_str!("../../templates/inbox.html");
const STYLE: &str = include_str!("../../templates/inbox.css");
const SCRIPT: &str = include_str!("../../templates/inbox.js");

/// Messages that are shown when the request does not say how many.
const DEFAULT_LIMIT: i64 = 50;
/// Most messages in one answer.
const MAX_LIMIT: i64 = 1000;

/// The inbox at `/_cognate/inbox` and `/_cognate/inbox.json`. It shows codes and temporary
/// passwords to whoever asks, so mount it in the development profile only.
pub fn router(db: Db, vault: Vault) -> Router {
    let inbox = Arc::new(Inbox {
        db,
        vault,
        policy: content_security_policy(),
    });
    Router::new()
        .route("/_cognate/inbox", get(page))
        .route("/_cognate/inbox.json", get(json))
        .with_state(inbox)
}

struct Inbox {
    db: Db,
    vault: Vault,
    policy: Option<HeaderValue>,
}

/// What can be asked of the inbox; an empty parameter counts as absent.
#[derive(Deserialize)]
struct Question {
    to: Option<String>,
    limit: Option<String>,
}

/// A message as the inbox shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: String,
    medium: &'static str,
    destination: String,
    subject: Option<String>,
    body: String,
    code: Option<String>,
    purpose: String,
    user_pool_id: String,
    username: String,
    created_at: String,
    status: &'static str,
}

impl Inbox {
    async fn newest(&self, to: Option<&str>, limit: i64) -> store::Result<Vec<Shown>> {
        let mut conn = self.db.read().await?;
        let messages = outbox::newest(&mut conn, to, limit).await?;
        drop(conn);
        let show = |message| shown(message, &self.vault);
        Ok(messages.into_iter().map(show).collect())
    }
}

fn shown(message: StoredMessage, vault: &Vault) -> Shown {
    // Empty after a production profile has delivered it.
    let mut payload = Payload::open(vault, &message);
    let payload = payload.as_mut();
    let (subject, body, code) = payload.map_or((None, String::new(), None), |payload| {
        (
            payload.subject.take(),
            std::mem::take(&mut payload.body),
            Some(std::mem::take(&mut payload.code)),
        )
    });
    Shown {
        id: message.message_id,
        medium: message.medium.as_str(),
        destination: message.destination,
        subject,
        body,
        code,
        purpose: message.purpose,
        user_pool_id: message.pool_id,
        username: message.username,
        created_at: iso_8601(message.created_at),
        status: message.status.as_str(),
    }
}

fn iso_8601(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(time.millis()).unwrap_or_default();
    format!("{time:.3}")
}

async fn json(State(inbox): State<Arc<Inbox>>, Query(question): Query<Question>) -> Response {
    let Some(limit) = limit(question.limit.as_deref()) else {
        return (StatusCode::BAD_REQUEST, "limit must be a number").into_response();
    };
    // Neither an address nor a number holds a blank, but both may hold a plus sign, which a query
    // that was written by hand turns into one.
    let to = question.to.map(|to| to.replace(' ', "+"));
    let to = to.as_deref().filter(|to| !to.is_empty());
    match inbox.newest(to, limit).await {
        Ok(messages) => ([(header::CACHE_CONTROL, "no-store")], Json(messages)).into_response(),
        Err(error) => failed(&error),
    }
}

async fn page(State(inbox): State<Arc<Inbox>>) -> Response {
    let messages = match inbox.newest(None, DEFAULT_LIMIT).await {
        Ok(messages) => messages,
        Err(error) => return failed(&error),
    };
    let mut response = Html(page_of(&messages)).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(policy) = inbox.policy.clone() {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn failed(error: &store::Error) -> Response {
    tracing::error!(%error, "cannot read the inbox");
    (StatusCode::INTERNAL_SERVER_ERROR, "the store failed").into_response()
}

/// How many messages to show, [`MAX_LIMIT`] at most; `None` if `text` is not a number.
fn limit(text: Option<&str>) -> Option<i64> {
    match text.filter(|text| !text.is_empty()) {
        None => Some(DEFAULT_LIMIT),
        Some(text) => text.parse().ok().map(|n: u32| i64::from(n).min(MAX_LIMIT)),
    }
}

fn page_of(messages: &[Shown]) -> String {
    let mut list = String::new();
    for message in messages {
        // Writing to a string does not fail.
        let _ = article(&mut list, message);
    }
    if messages.is_empty() {
        list.push_str("<p class=\"empty\">No message yet.</p>");
    }
    // The messages come last, so that nothing in them is taken for a place of the template.
    PAGE.replace("{{style}}", STYLE)
        .replace("{{script}}", SCRIPT)
        .replace("{{messages}}", &list)
}

fn article(out: &mut String, message: &Shown) -> std::fmt::Result {
    write!(
        out,
        "<article><div class=\"to\">{to}",
        to = Escaped(&message.destination),
    )?;
    if let Some(code) = &message.code {
        write!(out, "<span class=\"code\">{}</span>", Escaped(code))?;
    }
    write!(
        out,
        "</div><p class=\"meta\">{medium} · {purpose} · {username} · {pool} · \
         <time>{time}</time> · <span class=\"{status}\">{status}</span></p>",
        medium = message.medium,
        purpose = Escaped(&message.purpose),
        username = Escaped(&message.username),
        pool = Escaped(&message.user_pool_id),
        time = Escaped(&message.created_at),
        status = message.status,
    )?;
    if let Some(subject) = &message.subject {
        write!(out, "<p><strong>{}</strong></p>", Escaped(subject))?;
    }
    // An e-mail is HTML and is shown as its source: nothing that a template holds runs here.
    write!(out, "<pre>{}</pre></article>", Escaped(&message.body))
}

/// Nothing but our own script and style, named by their hashes, and requests to ourselves.
fn content_security_policy() -> Option<HeaderValue> {
    let hash = |text: &str| {
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        format!("'sha256-{}'", BASE64_STANDARD.encode(digest))
    };
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(SCRIPT),
        hash(STYLE),
    );
    HeaderValue::from_str(&policy).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Shown {
        Shown {
            id: "1".into(),
            medium: "EMAIL",
            destination: "<ada@example.com>".into(),
            subject: Some("<s>".into()),
            body: "<script>alert(1)</script>{{script}}".into(),
            code: Some("<1>".into()),
            purpose: "sign_up".into(),
            user_pool_id: "us-east-1_A".into(),
            username: "\"><img src=x>".into(),
            created_at: iso_8601(Timestamp::from_millis(1_700_000_000_120)),
            status: "pending",
        }
    }

    #[test]
    fn the_page_runs_nothing_that_a_message_holds() {
        let page = page_of(&[message()]);
        assert_eq!(page.matches("<script>").count(), 1);
        assert_eq!(page.matches("<img").count(), 0);
        assert!(page.contains("&lt;1&gt;"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;{{script}}"));
        assert!(page.contains(&format!("<script>{SCRIPT}</script>")));
        assert!(page.contains(&format!("<style>{STYLE}</style>")));
        assert!(page_of(&[]).contains("No message yet"));
    }

    #[test]
    fn times_are_iso_8601_in_utc_with_milliseconds() {
        assert_eq!(message().created_at, "2023-11-14T22:13:20.120Z");
    }

    #[test]
    fn limits() {
        assert_eq!(limit(None), Some(50));
        assert_eq!(limit(Some("")), Some(50));
        assert_eq!(limit(Some("1000")), Some(1000));
        assert_eq!(limit(Some("1001")), Some(1000));
        for bad in ["-1", "x"] {
            assert_eq!(limit(Some(bad)), None);
        }
    }
}
