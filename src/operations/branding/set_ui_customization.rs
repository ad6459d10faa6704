//! SetUICustomization (administration 6.2).

use crate::app::App;
use crate::context::RequestContext;
use crate::flows::ui_customization;
use crate::model::{SetUICustomizationRequest, SetUICustomizationResponse, ops};
use crate::operations::branding::{client, description};
use crate::operations::{Error, convert};
use crate::protocol::Handler;

impl Handler<App> for ops::SetUICustomization {
    async fn handle(
        app: &App,
        context: &RequestContext,
        input: SetUICustomizationRequest,
    ) -> Result<SetUICustomizationResponse, Error> {
        let of = (
            input.user_pool_id.as_str(),
            client(input.client_id.as_deref()),
        );
        let image = input
            .image_file
            .as_deref()
            .map(convert::bytes)
            .transpose()?;
        let customization = ui_customization::set(app, context, of, input.css, image).await?;
        Ok(SetUICustomizationResponse {
            ui_customization: description::ui_customization(app, customization),
        })
    }
}
