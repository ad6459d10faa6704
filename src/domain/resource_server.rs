//! Resource servers: the APIs of a pool, and the scopes by which app clients ask for access to them.

use serde::{Deserialize, Serialize};

use super::category::Category;
use super::time::Timestamp;

/// The most resource servers of a pool (behaviour 8).
pub const MAX_RESOURCE_SERVERS: i64 = 25;

/// The scopes that every pool has (domain 2.4).
const BUILT_IN_SCOPES: [&str; 5] = [
    "openid",
    "email",
    "phone",
    "profile",
    "aws.cognito.signin.user.admin",
];

/// A resource server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceServer {
    /// The pool it belongs to.
    pub pool_id: String,
    /// What its scopes begin with; unique within the pool.
    pub identifier: String,
    /// The name that administrators see.
    pub name: String,
    /// Its scopes, in the order in which they were given.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A scope of a resource server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The name, without the resource server's identifier.
    pub name: String,
    /// What it permits.
    pub description: String,
}

impl ResourceServer {
    /// Whether this is one of its scopes.
    #[must_use]
    pub fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.name == name)
    }
}

/// The scope as app clients name it: the name after its resource server's identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomScope<'a> {
    /// The resource server's identifier.
    pub identifier: &'a str,
    /// The scope's own name.
    pub name: &'a str,
}

impl<'a> CustomScope<'a> {
    /// Reads a scope that a resource server may have; `None` for one without an identifier.
    #[must_use]
    pub fn read(scope: &'a str) -> Option<Self> {
        // Identifiers are often URLs, while the name of a scope has no slash.
        let (identifier, name) = scope.rsplit_once('/')?;
        Some(Self { identifier, name })
    }
}

/// Whether every pool has this scope.
#[must_use]
pub fn is_built_in(scope: &str) -> bool {
    BUILT_IN_SCOPES.contains(&scope)
}

/// The first scope whose name comes twice.
#[must_use]
pub fn repeated_scope(scopes: &[Scope]) -> Option<&Scope> {
    let mut seen = std::collections::BTreeSet::new();
    scopes.iter().find(|scope| !seen.insert(&scope.name))
}

/// Why something is not done with a resource server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceServerFault {
    /// The pool has no resource server with this identifier.
    NotFound(String),
    /// The pool has one with this identifier.
    Exists {
        /// The identifier.
        identifier: String,
        /// The pool's id.
        pool_id: String,
    },
    /// A scope of this name is given twice.
    ScopeRepeated(String),
}

impl ResourceServerFault {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn category(&self) -> Category {
        match self {
            Self::NotFound(_) => Category::NotFound,
            Self::Exists { .. } => Category::AlreadyExists,
            Self::ScopeRepeated(_) => Category::InvalidInput,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_scope_is_what_follows_the_last_slash() {
        let read = |scope| CustomScope::read(scope).map(|read| (read.identifier, read.name));
        assert_eq!(
            read("https://orders.example.com/read"),
            Some(("https://orders.example.com", "read"))
        );
        assert_eq!(read("orders/read"), Some(("orders", "read")));
        assert_eq!(read("orders//read"), Some(("orders/", "read")));
        assert_eq!(read("read"), None);
    }

    #[test]
    fn a_name_that_comes_twice_is_found() {
        let scopes = |names: &[&str]| -> Vec<Scope> {
            let scope = |name: &&str| Scope {
                name: (*name).to_owned(),
                description: "d".to_owned(),
            };
            names.iter().map(scope).collect()
        };
        let repeated = |names: &[&str]| repeated_scope(&scopes(names)).map(|s| s.name.clone());
        assert_eq!(repeated(&["a", "b", "A"]), None);
        assert_eq!(repeated(&["a", "b", "b", "a"]), Some("b".to_owned()));
    }
}
