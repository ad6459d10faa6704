//! The scopes that an app client has.

use std::collections::BTreeMap;

use crate::app::App;
use crate::domain::app_client::AppClient;
use crate::domain::resource_server::{CustomScope, ResourceServer};
use crate::flows::Result;
use crate::store;

/// The scopes of the client's settings, without those that are deleted from their resource servers: they come back
/// with them (domain 2.4).
///
/// # Errors
/// If the store fails.
pub(super) async fn active(app: &App, client: &AppClient) -> Result<Vec<String>> {
    let listed = client.settings.oauth.scopes.as_deref().unwrap_or_default();
    let mut servers: BTreeMap<&str, Option<ResourceServer>> = listed
        .iter()
        .filter_map(|scope| CustomScope::read(scope))
        .map(|scope| (scope.identifier, None))
        .collect();
    if !servers.is_empty() {
        let mut conn = app.db.read().await?;
        for (identifier, server) in &mut servers {
            *server = store::resource_servers::find(&mut conn, &client.pool_id, identifier).await?;
        }
    }
    let is_active = |scope: &&String| {
        CustomScope::read(scope).is_none_or(|custom| {
            let server = servers.get(custom.identifier).and_then(Option::as_ref);
            server.is_some_and(|server| server.has_scope(custom.name))
        })
    };
    Ok(listed.iter().filter(is_active).cloned().collect())
}
