//! How resource servers are read and described (administration 5).

use crate::domain::resource_server::{ResourceServer, Scope};
use crate::flows::resource_servers::Given;
use crate::model::{ResourceServerScopeType, ResourceServerType};

/// What a request gives.
pub fn given(
    identifier: String,
    name: String,
    scopes: Option<Vec<ResourceServerScopeType>>,
) -> Given {
    let scope = |scope: ResourceServerScopeType| Scope {
        name: scope.scope_name,
        description: scope.scope_description,
    };
    Given {
        identifier,
        name,
        scopes: scopes.unwrap_or_default().into_iter().map(scope).collect(),
    }
}

/// A resource server; the list of scopes is left out when it has none.
pub fn resource_server(server: ResourceServer) -> ResourceServerType {
    let scope = |scope: Scope| ResourceServerScopeType {
        scope_name: scope.name,
        scope_description: scope.description,
    };
    let scopes: Vec<_> = server.scopes.into_iter().map(scope).collect();
    ResourceServerType {
        user_pool_id: Some(server.pool_id),
        identifier: Some(server.identifier),
        name: Some(server.name),
        scopes: Some(scopes).filter(|scopes| !scopes.is_empty()),
        managed_by: None,
    }
}
