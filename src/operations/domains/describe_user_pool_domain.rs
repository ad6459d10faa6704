//! DescribeUserPoolDomain (administration 6.1).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::domains;
use crate::model::{
    DescribeUserPoolDomainRequest, DescribeUserPoolDomainResponse, DomainDescriptionType, ops,
};
use crate::operations::Error;
use crate::operations::domains::description;
use crate::protocol::Handler;

impl Handler<App> for ops::DescribeUserPoolDomain {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: DescribeUserPoolDomainRequest,
    ) -> Result<DescribeUserPoolDomainResponse, Error> {
        let description = match domains::find(app, context, &input.domain).await? {
            Some(domain) => description::domain(app, domain)?,
            None => DomainDescriptionType::default(),
        };
        Ok(DescribeUserPoolDomainResponse {
            domain_description: Some(description),
        })
    }
}
