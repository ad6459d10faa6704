//! Sessions as the interface describes them.

use crate::domain::session_tracking::{TrackedKind, TrackedSession};
use crate::flows::session_tracking::Listed;
use crate::model::{SessionDescriptionType, SessionLocationType, SessionTypeType};
use crate::operations::convert;

/// The sessions of a list, and the token of its next page. Where a session was used from is not looked up, so that
/// its country is `unknown`.
pub fn described(listed: Listed) -> (Vec<SessionDescriptionType>, Option<String>) {
    let current = listed.current;
    let sessions = listed.sessions.into_iter();
    let sessions = sessions.map(|session| describe(session, current.as_deref()));
    (sessions.collect(), listed.next_token)
}

fn describe(session: TrackedSession, current: Option<&str>) -> SessionDescriptionType {
    let last = session.last_activity;
    let (session_type, session_id, origin) = match session.kind {
        TrackedKind::Tokens {
            session_id,
            origin_id,
        } => (SessionTypeType::Token, Some(session_id), origin_id),
        TrackedKind::Browser => (SessionTypeType::Sso, None, None),
    };
    SessionDescriptionType {
        session_id: Some(session.listed_id),
        session_type: Some(session_type),
        client_id: Some(session.client_id),
        create_date: Some(convert::epoch(session.created_at)),
        last_active_date: Some(convert::epoch(last.at)),
        device_type: Some(last.device_type),
        last_ip_address: last.address.map(|address| address.to_string()),
        last_location: Some(SessionLocationType {
            city: None,
            country: Some("unknown".to_owned()),
        }),
        origin_session_id: origin,
        is_current_session: Some(current.is_some() && current == session_id.as_deref()),
    }
}
