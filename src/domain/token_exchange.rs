//! Tokens that no sign-in issues: an app client's own (administration 10.2), and those that are derived from a user's
//! (administration 10.3, RFC 8693).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::attribute::SUB;
use super::category::Category;
use super::resource_server::CustomScope;
use super::user_pool::TokenUse;

/// The most actors that a chain of derived tokens names, so that no token grows without end.
const MAX_ACTORS: usize = 10;

/// Why no token is derived, or none issued to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenExchangeFault {
    /// The subject's token is none of the pool's, not of the named type, or of no use any more.
    SubjectToken,
    /// The actor's token is none of the pool's, not of the named type, or of no use any more.
    ActorToken,
    /// An actor's token, its type or its provider is given without the others.
    ActorIncomplete,
    /// The token is one of an identity provider's.
    ForeignToken,
    /// Both an audience and a resource server are given.
    AudienceAndResource,
    /// The chain of actors would be longer than it may be.
    TooManyActors,
    /// No scope is left of those that were asked for.
    NoScope,
}

impl TokenExchangeFault {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::SubjectToken | Self::ActorToken | Self::ForeignToken => Category::Unauthenticated,
            Self::ActorIncomplete | Self::AudienceAndResource | Self::TooManyActors => {
                Category::InvalidInput
            }
            Self::NoScope => Category::Forbidden,
        }
    }
}

/// The claims that a token which is to be exchanged is judged by.
#[derive(Clone, Debug, Deserialize)]
pub struct PresentedClaims {
    /// The user; of a client's own token, the client.
    pub sub: String,
    /// The pool's issuer.
    pub iss: String,
    /// `access` or `id`.
    pub token_use: String,
    /// Blank-separated scopes; an ID token has none.
    pub scope: Option<String>,
    /// The session; a client's own token has none.
    pub event_id: Option<String>,
    /// The actors that the token was derived for, the last one outermost.
    pub act: Option<Value>,
    /// End of its life, in seconds.
    pub exp: i64,
}

impl PresentedClaims {
    /// Whether it is a valid token of this issuer, use and time.
    #[must_use]
    pub fn is_valid(&self, issuer: &str, token_use: TokenUse, now_seconds: i64) -> bool {
        self.iss == issuer && self.token_use == token_use.as_str() && now_seconds < self.exp
    }
}

/// The scopes of a client's own token: those that it asks for, or all, as far as they are of resource servers and the
/// client may have them; each once.
#[must_use]
pub fn own_scopes(requested: Option<&[String]>, client: &[String]) -> Vec<String> {
    let is_own = |scope: &&String| CustomScope::read(scope).is_some() && client.contains(scope);
    let mut scopes = Vec::new();
    for scope in requested.unwrap_or(client).iter().filter(is_own) {
        if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    scopes
}

/// The scopes of a derived access token: those of the subject's token or, where some are asked for, those of them that
/// the subject's token has and the client may have.
#[must_use]
pub fn derived_scopes(
    requested: Option<&[String]>,
    subject: Vec<String>,
    client: &[String],
) -> Vec<String> {
    let Some(requested) = requested else {
        return subject;
    };
    let is_granted = |scope: &&String| subject.contains(scope) && client.contains(scope);
    requested.iter().filter(is_granted).cloned().collect()
}

/// The `act` claim of a derived token: the actor, behind which come those that the subject's token names. Without an
/// actor these are kept, since a further exchange does not make the token the user's own again.
///
/// # Errors
/// [`TokenExchangeFault::TooManyActors`].
pub fn actors(
    actor: Option<&str>,
    before: Option<Value>,
) -> Result<Option<Value>, TokenExchangeFault> {
    let Some(actor) = actor else {
        return Ok(before);
    };
    let mut act = Map::from_iter([(SUB.to_owned(), json!(actor))]);
    if let Some(before) = before {
        let chain = std::iter::successors(Some(&before), |act| act.get("act"));
        if chain.take(MAX_ACTORS).count() >= MAX_ACTORS {
            return Err(TokenExchangeFault::TooManyActors);
        }
        act.insert("act".to_owned(), before);
    }
    Ok(Some(Value::Object(act)))
}

/// The claims of a client's own access token, as those of the client credentials grant (domain 8).
pub struct ClientTokenClaims<'a> {
    /// The client.
    pub client_id: &'a str,
    /// `iss`.
    pub issuer: &'a str,
    /// The scopes.
    pub scopes: &'a [String],
    /// The token's id.
    pub jti: &'a str,
    /// Now, in seconds.
    pub issued_at: i64,
    /// Seconds that it lives.
    pub lifetime: i64,
}

impl ClientTokenClaims<'_> {
    /// The claims, in the order of AWS's.
    #[must_use]
    pub fn claims(&self) -> Map<String, Value> {
        Map::from_iter([
            (SUB.to_owned(), json!(self.client_id)),
            ("token_use".to_owned(), json!(TokenUse::Access.as_str())),
            ("scope".to_owned(), json!(self.scopes.join(" "))),
            ("auth_time".to_owned(), json!(self.issued_at)),
            ("iss".to_owned(), json!(self.issuer)),
            ("exp".to_owned(), json!(self.issued_at + self.lifetime)),
            ("iat".to_owned(), json!(self.issued_at)),
            ("version".to_owned(), json!(2)),
            ("jti".to_owned(), json!(self.jti)),
            ("client_id".to_owned(), json!(self.client_id)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_client_gets_scopes_of_resource_servers_that_it_may_have() {
        let client = names(&["openid", "orders/read", "https://b.example/write"]);
        assert_eq!(
            own_scopes(None, &client),
            ["orders/read", "https://b.example/write"]
        );
        for (requested, expected) in [
            (&["orders/read"][..], &["orders/read"][..]),
            (&["orders/write", "orders/read"], &["orders/read"]),
            (&["openid"], &[]),
        ] {
            assert_eq!(own_scopes(Some(&names(requested)), &client), expected);
        }
    }

    #[test]
    fn a_derived_token_has_no_scope_that_subject_or_client_lack() {
        let subject = names(&["orders/read", "orders/write", "openid"]);
        let client = names(&["orders/read", "stock/read", "openid"]);
        assert_eq!(derived_scopes(None, subject.clone(), &client), subject);
        for (requested, expected) in [
            (
                &["orders/read", "openid"][..],
                &["orders/read", "openid"][..],
            ),
            (&["orders/write", "orders/read"], &["orders/read"]),
            (&["stock/read"], &[]),
        ] {
            let granted = derived_scopes(Some(&names(requested)), subject.clone(), &client);
            assert_eq!(granted, expected);
        }
    }

    #[test]
    fn actors_are_named_from_the_last_to_the_first_and_are_never_lost() {
        let first = actors(Some("a"), None).unwrap();
        assert_eq!(first, Some(json!({ "sub": "a" })));
        let second = actors(Some("b"), first).unwrap();
        assert_eq!(second, Some(json!({ "sub": "b", "act": { "sub": "a" } })));
        assert_eq!(actors(None, second.clone()).unwrap(), second);
        assert_eq!(actors(None, None).unwrap(), None);
        let mut chain = None;
        for _ in 0..MAX_ACTORS {
            chain = actors(Some("x"), chain).unwrap();
        }
        assert_eq!(
            actors(Some("x"), chain),
            Err(TokenExchangeFault::TooManyActors)
        );
    }
}
