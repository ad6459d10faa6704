//! GetSigningCertificate (administration 11).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::saml_certificate;
use crate::model::{GetSigningCertificateRequest, GetSigningCertificateResponse, ops};
use crate::operations::Error;
use crate::protocol::Handler;

impl Handler<App> for ops::GetSigningCertificate {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetSigningCertificateRequest,
    ) -> Result<GetSigningCertificateResponse, Error> {
        let certificate = saml_certificate::get(app, context, &input.user_pool_id).await?;
        Ok(GetSigningCertificateResponse {
            certificate: Some(certificate),
        })
    }
}
