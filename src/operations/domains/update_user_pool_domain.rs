//! UpdateUserPoolDomain (administration 6.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::pool_domain::DomainRequest;
use crate::flows::domains;
use crate::model::{UpdateUserPoolDomainRequest, UpdateUserPoolDomainResponse, ops};
use crate::operations::Error;
use crate::operations::convert::in_same_form;
use crate::protocol::Handler;

impl Handler<App> for ops::UpdateUserPoolDomain {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: UpdateUserPoolDomainRequest,
    ) -> Result<UpdateUserPoolDomainResponse, Error> {
        let request = DomainRequest {
            certificate: in_same_form(input.custom_domain_config)?,
            managed_login_version: input.managed_login_version,
            routing: in_same_form(input.routing)?,
        };
        let (pool_id, name) = (&input.user_pool_id, &input.domain);
        let domain = domains::update(app, context, pool_id, name, request).await?;
        let target = domains::target(app).filter(|_| domain.certificate.is_some());
        Ok(UpdateUserPoolDomainResponse {
            managed_login_version: Some(domain.managed_login_version),
            cloud_front_domain: target,
            routing: in_same_form(domain.routing)?,
        })
    }
}
