//! The claims of ID and access tokens (behaviour 4.1).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::attribute::{Contact, IDENTITIES, SUB};
use super::grant::{Grant, GroupOverride};
use super::group::Group;
use super::identity_link;
use super::oauth_scopes::{OPENID, shows_in_id_token};
use super::schema::DataType;
use super::session::USER_ADMIN_SCOPE;
use super::user_pool::UserPool;

/// The `version` of access tokens that are issued through OAuth.
pub const ACCESS_TOKEN_VERSION: i64 = 2;

/// What the claims of both tokens follow from.
pub struct TokenClaims<'a> {
    /// What the user was granted.
    pub grant: &'a Grant,
    /// The pool.
    pub pool: &'a UserPool,
    /// `iss`.
    pub issuer: &'a str,
    /// Whether the tokens carry `jti` and `origin_jti`.
    pub revocable: bool,
    /// Now, in seconds.
    pub issued_at: i64,
}

impl TokenClaims<'_> {
    /// The access token's claims. `lifetime` is in seconds.
    #[must_use]
    pub fn access(&self, jti: &str, lifetime: i64) -> Map<String, Value> {
        let Grant { user, session, .. } = self.grant;
        let mut claims = Map::new();
        claims.insert(SUB.into(), json!(user.id));
        if let Some(device_key) = &session.device_key {
            claims.insert("device_key".into(), json!(device_key));
        }
        self.add_groups(&mut claims);
        claims.insert("iss".into(), json!(self.issuer));
        claims.insert("client_id".into(), json!(session.client_id));
        let overridden = self.grant.overrides.scopes.as_ref();
        let scopes = overridden.unwrap_or(&session.scopes);
        claims.insert("scope".into(), json!(scopes.join(" ")));
        self.add_shared(&mut claims, "access", jti, lifetime);
        claims.insert("username".into(), json!(user.username));
        if let Some(oauth) = &session.oauth {
            claims.insert("version".into(), json!(ACCESS_TOKEN_VERSION));
            if let Some(resource) = &oauth.resource {
                claims.insert("aud".into(), json!(resource));
            }
        }
        self.grant.overrides.access.apply(&mut claims);
        claims
    }

    /// The ID token's claims, with the attributes that `readable` lets through. `lifetime` is in
    /// seconds.
    #[must_use]
    pub fn id(
        &self,
        jti: &str,
        lifetime: i64,
        readable: impl Fn(&str) -> bool,
    ) -> Map<String, Value> {
        let Grant { user, session, .. } = self.grant;
        let mut claims = Map::new();
        for (name, value) in &user.attributes {
            let is_shown = readable(name) && shows_in_id_token(&session.scopes, name);
            let claim = self.attribute_claim(name, value).filter(|_| is_shown);
            if let Some(claim) = claim {
                claims.insert(name.clone(), claim);
            }
        }
        claims.insert(SUB.into(), json!(user.id));
        self.add_groups(&mut claims);
        let GroupOverride {
            roles,
            preferred_role,
            ..
        } = self.groups();
        if !roles.is_empty() {
            claims.insert("cognito:roles".into(), json!(roles));
        }
        if let Some(role) = preferred_role {
            claims.insert("cognito:preferred_role".into(), json!(role));
        }
        claims.insert("iss".into(), json!(self.issuer));
        claims.insert("cognito:username".into(), json!(user.username));
        if let Some(nonce) = &session.nonce {
            claims.insert("nonce".into(), json!(nonce));
        }
        claims.insert("aud".into(), json!(session.client_id));
        self.add_shared(&mut claims, "id", jti, lifetime);
        self.grant.overrides.id.apply(&mut claims);
        claims
    }

    fn add_groups(&self, claims: &mut Map<String, Value>) {
        let GroupOverride { groups, .. } = self.groups();
        if !groups.is_empty() {
            claims.insert("cognito:groups".into(), json!(groups));
        }
    }

    /// The groups and roles that the tokens name.
    fn groups(&self) -> GroupOverride {
        let overridden = self.grant.overrides.groups.clone();
        overridden.unwrap_or_else(|| of_groups(&self.grant.groups))
    }

    fn add_shared(
        &self,
        claims: &mut Map<String, Value>,
        token_use: &str,
        jti: &str,
        lifetime: i64,
    ) {
        let session = &self.grant.session;
        if self.revocable {
            claims.insert("origin_jti".into(), json!(session.origin_jti));
            claims.insert("jti".into(), json!(jti));
        }
        if let Some(acr) = &session.acr {
            claims.insert("acr".into(), json!(acr));
            claims.insert("amr".into(), json!(session.factors.amr()));
        }
        claims.insert("event_id".into(), json!(session.id));
        claims.insert("token_use".into(), json!(token_use));
        claims.insert("auth_time".into(), json!(session.auth_time.seconds()));
        claims.insert("iat".into(), json!(self.issued_at));
        claims.insert("exp".into(), json!(self.issued_at + lifetime));
    }

    /// An attribute as a claim: verified flags are booleans, the address an object, `updated_at` a
    /// number, `identities` a list; everything else, custom attributes of any type included, is text.
    /// Developer-only attributes are in no token.
    fn attribute_claim(&self, name: &str, value: &str) -> Option<Value> {
        let definition = self.pool.settings.schema.get(name)?;
        if definition.developer_only {
            None
        } else if Contact::flagged(name).is_some() {
            Some(json!(value == "true"))
        } else if name == "address" {
            Some(json!({ "formatted": value }))
        } else if name == IDENTITIES {
            identity_link::claim(value)
        } else if definition.is_standard() && definition.data_type == DataType::Number {
            let number = value.parse::<serde_json::Number>();
            Some(number.map_or_else(|_| json!(value), Value::Number))
        } else {
            Some(json!(value))
        }
    }
}

/// The groups and roles that follow from the groups of a user.
#[must_use]
pub fn of_groups(groups: &[Group]) -> GroupOverride {
    GroupOverride {
        groups: groups.iter().map(|group| group.name.clone()).collect(),
        roles: groups
            .iter()
            .filter_map(|group| group.role_arn.clone())
            .collect(),
        preferred_role: preferred_role(groups).map(str::to_owned),
    }
}

/// The only role there is, or else that of the group that ranks first; none if several that rank
/// first have different ones. A group without a precedence ranks last.
fn preferred_role(groups: &[Group]) -> Option<&str> {
    let ranked = || {
        groups.iter().filter_map(|group| {
            let rank = group.precedence.unwrap_or(i64::MAX);
            group.role_arn.as_deref().map(|role| (rank, role))
        })
    };
    let (lowest, first) = ranked().min_by_key(|(rank, _)| *rank)?;
    ranked()
        .all(|(rank, role)| rank != lowest || role == first)
        .then_some(first)
}

/// The claims of an access token that the server reads.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AccessClaims {
    /// The user.
    pub sub: String,
    /// The pool's issuer.
    pub iss: String,
    /// The app client.
    pub client_id: String,
    /// Must be `access`.
    pub token_use: String,
    /// Blank-separated scopes.
    #[serde(default)]
    pub scope: String,
    /// Who it is for, where it was derived for somebody (administration 10.3), or is for a resource (domain 2.1).
    pub aud: Option<String>,
    /// The session; a client's own token has none.
    pub event_id: Option<String>,
    /// End of its life, in seconds.
    pub exp: i64,
}

impl AccessClaims {
    /// Whether it is for another service than the JSON API: derived for it, or issued for it through OAuth. A function
    /// may name the client.
    #[must_use]
    pub fn is_for_another_audience(&self) -> bool {
        self.aud
            .as_ref()
            .is_some_and(|audience| *audience != self.client_id)
    }

    /// Whether it may be used on a user's own account.
    #[must_use]
    pub fn has_user_admin_scope(&self) -> bool {
        self.has_scope(USER_ADMIN_SCOPE)
    }

    /// Whether it may be shown to the userInfo endpoint.
    #[must_use]
    pub fn has_openid_scope(&self) -> bool {
        self.has_scope(OPENID)
    }

    fn has_scope(&self, wanted: &str) -> bool {
        self.scope.split(' ').any(|scope| scope == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn group(name: &str, precedence: Option<i64>, role: Option<&str>) -> Group {
        Group {
            pool_id: String::new(),
            name: name.into(),
            description: None,
            precedence,
            role_arn: role.map(Into::into),
            created_at: Timestamp::default(),
            modified_at: Timestamp::default(),
        }
    }

    #[test]
    fn the_preferred_role_is_that_of_the_lowest_precedence() {
        let groups = [
            group("a", Some(2), Some("r2")),
            group("b", Some(1), Some("r1")),
            group("c", None, Some("r")),
        ];
        assert_eq!(preferred_role(&groups), Some("r1"));
    }

    #[test]
    fn the_only_role_is_preferred_whatever_its_rank() {
        let groups = [group("a", Some(1), None), group("b", None, Some("r"))];
        assert_eq!(preferred_role(&groups), Some("r"));
        let groups = [group("a", None, Some("r")), group("b", None, Some("r"))];
        assert_eq!(preferred_role(&groups), Some("r"));
        let groups = [group("a", None, Some("r")), group("b", None, Some("s"))];
        assert_eq!(preferred_role(&groups), None);
        assert_eq!(preferred_role(&[group("a", Some(1), None)]), None);
    }

    #[test]
    fn a_shared_lowest_precedence_with_different_roles_prefers_none() {
        let groups = [
            group("a", Some(1), Some("r2")),
            group("b", Some(1), Some("r1")),
        ];
        assert_eq!(preferred_role(&groups), None);
        let groups = [
            group("a", Some(1), Some("r1")),
            group("b", Some(1), Some("r1")),
        ];
        assert_eq!(preferred_role(&groups), Some("r1"));
    }
}
