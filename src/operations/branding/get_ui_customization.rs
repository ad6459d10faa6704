//! GetUICustomization (administration 6.2).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::ui_customization;
use crate::model::{GetUICustomizationRequest, GetUICustomizationResponse, ops};
use crate::operations::Error;
use crate::operations::branding::{client, description};
use crate::protocol::Handler;

impl Handler<App> for ops::GetUICustomization {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: GetUICustomizationRequest,
    ) -> Result<GetUICustomizationResponse, Error> {
        let of = (
            input.user_pool_id.as_str(),
            client(input.client_id.as_deref()),
        );
        let customization = ui_customization::get(app, context, of).await?;
        Ok(GetUICustomizationResponse {
            ui_customization: description::ui_customization(app, customization),
        })
    }
}
