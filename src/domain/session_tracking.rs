//! What a pool that tracks its users' sessions knows of each (administration 10.1).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::category::Category;
use super::time::Timestamp;

/// Whether a pool tracks sessions, and how many a user may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionTracking {
    /// Whether sessions are tracked. Sessions that begin while they are not are never listed.
    pub enabled: bool,
    /// The most tracked sessions of a user, 1 to 100: a sign-in beyond it ends those that were not used for longest.
    pub max_per_user: i32,
}

impl Default for SessionTracking {
    /// The configuration of a pool whose configuration was never set.
    fn default() -> Self {
        Self {
            enabled: false,
            max_per_user: 20,
        }
    }
}

/// The greatest age, in minutes, of a browser's sign-in at a pool's domain that an app client takes whose configuration was
/// never set.
pub const SSO_SESSION_MINUTES: i32 = 60;

/// Who used a session, as far as the request tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// When.
    pub at: Timestamp,
    /// The browser or application and its operating system; `unknown`.
    pub device_type: String,
    /// The address.
    pub address: Option<IpAddr>,
}

/// What a tracked session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrackedKind {
    /// A session of tokens.
    Tokens {
        /// The session's id, the tokens' `event_id`.
        session_id: String,
        /// The id by which the browser's sign-in is listed that it comes from.
        origin_id: Option<String>,
    },
    /// The sign-in of a browser at the pool's domain.
    Browser,
}

impl TrackedKind {
    /// What the id begins with that a session of this kind is listed by.
    #[must_use]
    pub const fn id_prefix(&self) -> &'static str {
        match self {
            Self::Tokens { .. } => "tkn",
            Self::Browser => "sso",
        }
    }
}

/// A tracked session that has neither ended nor been revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedSession {
    /// The id that it is listed and revoked by.
    pub listed_id: String,
    /// What it is.
    pub kind: TrackedKind,
    /// The app client.
    pub client_id: String,
    /// When it began.
    pub created_at: Timestamp,
    /// The sign-in, or the last use: a refresh, or a code that the browser got.
    pub last_activity: Activity,
}

/// Why a session is not revoked, or not configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackingFault {
    /// The user has no such session.
    NotFound,
    /// A user cannot revoke the session that it calls with.
    Current,
    /// The pool does not track sessions.
    Off,
}

impl TrackingFault {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::NotFound => Category::NotFound,
            Self::Current => Category::InvalidInput,
            Self::Off => Category::NotEnabled,
        }
    }
}

/// The longest `DeviceType` of the interface, in characters.
const LONGEST_DEVICE_TYPE: usize = 1024;

/// The browser or application and the operating system that a `User-Agent` names; `unknown` if it names neither.
#[must_use]
pub fn device_type(user_agent: Option<&str>) -> String {
    let parsed = user_agent.and_then(|agent| woothee::parser::Parser::new().parse(agent));
    let known = |name: &str| !matches!(name, "" | "UNKNOWN");
    let text = match parsed {
        Some(parsed) if known(parsed.name) && known(parsed.os) => {
            format!("{} on {}", parsed.name, parsed.os)
        }
        Some(parsed) if known(parsed.name) => parsed.name.to_owned(),
        Some(parsed) if known(parsed.os) => parsed.os.to_owned(),
        _ => "unknown".to_owned(),
    };
    text.chars().take(LONGEST_DEVICE_TYPE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_name_devices() {
        let rows = [
            (
                Some("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"),
                "Firefox on Linux",
            ),
            (
                Some(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                     Version/17.5 Mobile/15E148 Safari/604.1",
                ),
                "Safari on iPhone",
            ),
            (
                Some(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/131.0.0.0 Safari/537.36",
                ),
                "Chrome on Windows 10",
            ),
            (Some("made up"), "unknown"),
            (Some(""), "unknown"),
            (None, "unknown"),
        ];
        for (agent, expected) in rows {
            assert_eq!(device_type(agent), expected, "{agent:?}");
        }
    }
}
