//! Sessions.

use super::time::Timestamp;

/// A sign-in and what descends from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The request id of the sign-in, which its tokens carry as `event_id`.
    pub id: String,
    /// The `jti` that its tokens carry as `origin_jti`.
    pub origin_jti: String,
    /// The app client that signed in.
    pub client_id: String,
    /// When.
    pub auth_time: Timestamp,
    /// The end of its refresh tokens' life; rotation does not move it (behaviour 4.4).
    pub expires_at: Timestamp,
    /// Since when it is revoked.
    pub revoked_at: Option<Timestamp>,
}
