//! How looks are described (administration 6.2).

use super::ALL;
use crate::app::App;
use crate::domain::ui_customization::UiCustomization;
use crate::model::UICustomizationType;
use crate::operations::convert;

/// A look; without members where none was set. The logo is at an address of this server.
pub fn ui_customization(app: &App, customization: Option<UiCustomization>) -> UICustomizationType {
    let Some(customization) = customization else {
        return UICustomizationType::default();
    };
    let client_id = customization.client_id.unwrap_or_else(|| ALL.to_owned());
    let pool_id = customization.pool_id;
    let version = convert::version(customization.modified_at);
    let image_url = customization.look.image.map(|_| {
        let url = &app.public_url;
        format!("{url}/{pool_id}/{client_id}/{version}/assets/images/image.jpg")
    });
    UICustomizationType {
        image_url,
        css: customization.look.css,
        css_version: Some(version),
        last_modified_date: Some(convert::epoch(customization.modified_at)),
        creation_date: Some(convert::epoch(customization.created_at)),
        user_pool_id: Some(pool_id),
        client_id: Some(client_id),
    }
}
