//! Types and texts of the refusals of resource servers (administration 5).

use crate::domain::resource_server::ResourceServerFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) fn resource_server(fault: &ResourceServerFault) -> (Code, String) {
    match fault {
        ResourceServerFault::NotFound(identifier) => (
            Code::ResourceNotFoundException,
            format!("Resource server {identifier} does not exist."),
        ),
        ResourceServerFault::Exists {
            identifier,
            pool_id,
        } => (
            Code::InvalidParameterException,
            format!("{identifier} already exists in user pool {pool_id}."),
        ),
        ResourceServerFault::ScopeRepeated(name) => (
            Code::InvalidParameterException,
            format!("Scope {name} is given more than once."),
        ),
    }
}
