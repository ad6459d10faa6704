//! How domains are described (administration 6.1).

use crate::app::App;
use crate::domain::pool_domain::PoolDomain;
use crate::flows::{self, domains};
use crate::model::{DomainDescriptionType, DomainStatusType};
use crate::operations::convert::{self, in_same_form};

/// A domain, which is in use as soon as it is stored. There is no bucket behind it, so none is named.
///
/// # Errors
/// If what is stored does not have the interface's form.
pub fn domain(app: &App, domain: PoolDomain) -> flows::Result<DomainDescriptionType> {
    Ok(DomainDescriptionType {
        user_pool_id: Some(domain.pool_id),
        aws_account_id: Some(app.config.server.account_id.clone()),
        domain: Some(domain.name),
        s3_bucket: None,
        cloud_front_distribution: domains::target(app),
        version: Some(convert::version(domain.modified_at)),
        status: Some(DomainStatusType::Active),
        custom_domain_config: in_same_form(domain.certificate)?,
        managed_login_version: Some(domain.managed_login_version),
        routing: in_same_form(domain.routing)?,
    })
}
