//! Managed login brandings on the wire (administration 6.3).

use serde_json::value::RawValue;

use crate::domain::managed_login_branding::{Asset, ManagedLoginBranding};
use crate::flows;
use crate::model::{
    AssetCategoryType, AssetExtensionType, AssetType, ColorSchemeModeType, ManagedLoginBrandingType,
};
use crate::operations::convert;

/// The pictures of a request; `None` for one without a file.
pub fn given(assets: Option<Vec<AssetType>>) -> Vec<Option<Asset>> {
    let assets = assets.unwrap_or_default().into_iter();
    assets
        .map(|asset| {
            Some(Asset {
                category: asset.category.as_str().to_owned(),
                color_mode: asset.color_mode.as_str().to_owned(),
                extension: asset.extension.as_str().to_owned(),
                bytes: asset.bytes.filter(|bytes| !bytes.is_empty())?,
                resource_id: asset.resource_id,
            })
        })
        .collect()
}

/// A branding; where it is `merged`, its settings come with the defaults for what they do not say.
///
/// # Errors
/// If a picture is of a kind that this version does not know, or the settings are no JSON.
pub fn described(
    branding: ManagedLoginBranding,
    merged: bool,
) -> flows::Result<ManagedLoginBrandingType> {
    let settings = if merged {
        Some(branding.merged_settings())
    } else {
        branding.settings.clone()
    };
    let settings = settings.map(|settings| RawValue::from_string(settings.to_string()));
    let settings = settings.transpose();
    let assets: Option<Vec<AssetType>> = branding.assets.into_iter().map(picture).collect();
    let assets = assets.ok_or_else(|| flows::Error::internal("a picture of an unknown kind"))?;
    Ok(ManagedLoginBrandingType {
        managed_login_branding_id: Some(branding.id),
        user_pool_id: Some(branding.pool_id),
        use_cognito_provided_values: Some(branding.settings.is_none()),
        settings: settings.map_err(|error| flows::Error::Internal(error.into()))?,
        assets: (!assets.is_empty()).then_some(assets),
        creation_date: Some(convert::epoch(branding.created_at)),
        last_modified_date: Some(convert::epoch(branding.modified_at)),
    })
}

fn picture(asset: Asset) -> Option<AssetType> {
    Some(AssetType {
        category: AssetCategoryType::from_wire(&asset.category)?,
        color_mode: ColorSchemeModeType::from_wire(&asset.color_mode)?,
        extension: AssetExtensionType::from_wire(&asset.extension)?,
        bytes: Some(asset.bytes),
        resource_id: asset.resource_id,
    })
}
