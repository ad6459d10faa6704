//! What happened to users' accounts.

use std::net::IpAddr;

use super::statement::{execute, fetch_all};
use super::{Conn, Error, Result};
use crate::domain::auth_event::{AuthEvent, EventKind, Feedback, Outcome};
use crate::domain::time::Timestamp;

const TABLE: &str = "auth_events";

#[derive(sqlx::FromRow)]
struct Row {
    event_id: String,
    kind: String,
    outcome: String,
    challenges: String,
    client_id: Option<String>,
    source_address: Option<String>,
    user_agent: Option<String>,
    request_id: String,
    occurred_at: i64,
    feedback: Option<String>,
}

impl TryFrom<Row> for AuthEvent {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unknown = |column| Error::UnknownValue { column };
        let address = row.source_address.map(|text| {
            text.parse()
                .map_err(|_| unknown("auth_events.source_address"))
        });
        let feedback = row.feedback.map(|text| super::from_json(TABLE, &text));
        Ok(Self {
            event_id: row.event_id,
            kind: EventKind::named(&row.kind).ok_or_else(|| unknown("auth_events.kind"))?,
            outcome: Outcome::named(&row.outcome).ok_or_else(|| unknown("auth_events.outcome"))?,
            challenges: super::from_json(TABLE, &row.challenges)?,
            client_id: row.client_id,
            source_address: address.transpose()?,
            user_agent: row.user_agent,
            request_id: row.request_id,
            occurred_at: Timestamp::from_millis(row.occurred_at),
            feedback: feedback.transpose()?,
        })
    }
}

/// Stores an event of the user until `expires_at`.
///
/// # Errors
/// If the database fails.
pub async fn insert(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    event: &AuthEvent,
    expires_at: Timestamp,
) -> Result<()> {
    let challenges = super::to_json(TABLE, &event.challenges)?;
    execute!(
        "db.auth_events.insert",
        conn,
        "INSERT INTO auth_events
           (pool_id, user_id, occurred_at, event_id, kind, outcome, challenges, client_id,
            source_address, user_agent, request_id, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        pool_id,
        user_id,
        event.occurred_at.millis(),
        &event.event_id,
        event.kind.as_str(),
        event.outcome.as_str(),
        &challenges,
        event.client_id.as_deref(),
        event.source_address.as_ref().map(IpAddr::to_string),
        event.user_agent.as_deref(),
        &event.request_id,
        expires_at.millis(),
    );
    Ok(())
}

/// The place of an event in a user's list: when it occurred in milliseconds, and its id.
pub type Place = (i64, String);

/// Up to `limit` sign-ins, sign-ups, recoveries and changes of password of the user before the place `before`, the
/// newest first.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    before: Option<&Place>,
    limit: i64,
) -> Result<Vec<AuthEvent>> {
    let (occurred_at, event_id) = match before {
        Some((occurred_at, event_id)) => (*occurred_at, event_id.as_str()),
        None => (i64::MAX, ""),
    };
    fetch_all!(
        "db.auth_events.page",
        Row,
        conn,
        "SELECT event_id, kind, outcome, challenges, client_id, source_address, user_agent, request_id,
           occurred_at, feedback
         FROM auth_events
         WHERE pool_id = $1 AND user_id = $2 AND (occurred_at, event_id) < ($3, $4)
           AND kind IN ('sign_in', 'sign_up', 'forgot_password', 'password_change')
         ORDER BY occurred_at DESC, event_id DESC LIMIT $5 + 0",
        pool_id,
        user_id,
        occurred_at,
        event_id,
        limit,
    )
    .into_iter()
    .map(AuthEvent::try_from)
    .collect()
}

/// Writes down what was said about an event of the user, in place of what was said before; `false` if the user has no
/// such event.
///
/// # Errors
/// If the database fails.
pub async fn set_feedback(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    event_id: &str,
    feedback: &Feedback,
) -> Result<bool> {
    let feedback = super::to_json(TABLE, feedback)?;
    let rows = execute!(
        "db.auth_events.set_feedback",
        conn,
        "UPDATE auth_events SET feedback = $4
         WHERE pool_id = $1 AND user_id = $2 AND event_id = $3",
        pool_id,
        user_id,
        event_id,
        &feedback,
    );
    Ok(rows > 0)
}
