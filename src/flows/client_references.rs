//! Reads what of its pool an app client's settings name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::domain::app_client_request::ClientRequest;
use crate::domain::client_references::{KnownReferences, lists_own_users};
use crate::domain::resource_server::CustomScope;
use crate::flows::Result;
use crate::store::{self, Conn};

/// What the request names and the pool has. The caller holds the pool's lock, so that it stays until the commit.
///
/// # Errors
/// If the database fails.
pub async fn known(
    conn: &mut Conn,
    pool_id: &str,
    request: &ClientRequest,
) -> Result<KnownReferences> {
    let mut known = KnownReferences::default();
    let mut providers = request.identity_providers.iter().flatten();
    if providers.any(|name| !lists_own_users(name)) {
        let names = store::identity_providers::names(conn, pool_id).await?;
        known.providers = names.into_iter().collect();
    }
    let mut servers = BTreeMap::new();
    for scope in request.oauth.scopes.iter().flatten() {
        let Some(custom) = CustomScope::read(scope) else {
            continue;
        };
        let server = match servers.entry(custom.identifier) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => unread
                .insert(store::resource_servers::find(conn, pool_id, custom.identifier).await?),
        };
        if server
            .as_ref()
            .is_some_and(|server| server.has_scope(custom.name))
        {
            known.scopes.insert(scope.clone());
        }
    }
    Ok(known)
}
