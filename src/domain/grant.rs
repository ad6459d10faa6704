//! What tokens are made from.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::device::DeviceKeys;
use super::group::Group;
use super::session::Session;
use super::user::User;

/// What a user was granted by signing in: everything that the claims of its tokens follow from, beside
/// the settings of pool and client. Flows put it together before they write, and make the tokens from
/// it once, outside any retry.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The user, as its tokens describe it.
    pub user: User,
    /// The user's groups in order of precedence.
    pub groups: Vec<Group>,
    /// The session: client, scopes, method, device and nonce.
    pub session: Session,
    /// The keys that the sign-in issues to a device that it has not met before.
    pub new_device: Option<DeviceKeys>,
    /// Claims that differ from what follows from the rest.
    pub overrides: ClaimOverrides,
    /// The id under which the browser's sign-in is listed that the session begins with; `None` if there is none, or the
    /// pool does not track it.
    pub origin_id: Option<String>,
}

/// Claims that a trigger adds, replaces or takes away.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ClaimOverrides {
    /// In the access token.
    pub access: TokenOverrides,
    /// In the ID token.
    pub id: TokenOverrides,
    /// The groups of both tokens; `None` where they stay those of the user.
    pub groups: Option<GroupOverride>,
    /// The scopes of the access token; `None` where they stay those of the session.
    pub scopes: Option<Vec<String>>,
}

/// Groups and roles in the place of those that follow from the user's groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupOverride {
    /// The names of the groups.
    pub groups: Vec<String>,
    /// The ARNs of the roles.
    pub roles: Vec<String>,
    /// The preferred role.
    pub preferred_role: Option<String>,
}

/// The overrides of one token.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TokenOverrides {
    /// Claims that are added, or replaced where they are there.
    pub set: Map<String, Value>,
    /// Claims that are taken away.
    pub suppress: BTreeSet<String>,
}

impl TokenOverrides {
    /// Applies the overrides to the claims of a token; what is both set and suppressed is suppressed
    /// (behaviour 6).
    pub fn apply(&self, claims: &mut Map<String, Value>) {
        for (name, value) in &self.set {
            claims.insert(name.clone(), value.clone());
        }
        for name in &self.suppress {
            claims.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_set_claim_replaces_and_a_suppressed_one_is_removed() {
        let overrides = TokenOverrides {
            set: Map::from_iter([
                ("tenant".to_owned(), json!("a")),
                ("email".to_owned(), json!(1)),
            ]),
            suppress: BTreeSet::from(["email".to_owned()]),
        };
        let mut claims = Map::from_iter([
            ("email".to_owned(), json!("a@x.io")),
            ("sub".to_owned(), json!("id")),
        ]);
        overrides.apply(&mut claims);
        assert_eq!(Value::Object(claims), json!({ "sub": "id", "tenant": "a" }));
    }
}
