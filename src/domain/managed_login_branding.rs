//! The look of the managed login pages: settings and pictures of an app client (administration 6.3, domain 11.1).

use serde_json::Value;

use super::category::Category;
use super::time::Timestamp;

/// The most pictures of a branding.
const MAX_ASSETS: usize = 40;
/// The most characters of base64 that the pictures of a branding have together: files of 8 MiB.
const MAX_CHARACTERS: usize = 8 * 1024 * 1024 / 3 * 4;
/// The settings that hold where a branding says nothing.
const DEFAULTS: &str = include_str!("managed_login_branding/defaults.json");

/// The look of an app client's pages.
#[derive(Clone, Debug)]
pub struct ManagedLoginBranding {
    /// The pool.
    pub pool_id: String,
    /// A UUID.
    pub id: String,
    /// The app client.
    pub client_id: String,
    /// The settings, a JSON object; `None` if the defaults are used.
    pub settings: Option<Value>,
    /// The pictures.
    pub assets: Vec<Asset>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

/// A picture. Category, colour mode and extension have the values of the interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// What it is for.
    pub category: String,
    /// In which colour mode it is shown.
    pub color_mode: String,
    /// The format of the file.
    pub extension: String,
    /// The file in base64.
    pub bytes: String,
    /// A name of the caller's.
    pub resource_id: Option<String>,
}

impl Asset {
    /// Category and colour mode. A branding has one picture of each.
    #[must_use]
    pub fn key(&self) -> (&str, &str) {
        (&self.category, &self.color_mode)
    }
}

/// What a request gives of a branding. An absent member leaves what there is.
#[derive(Clone, Debug, Default)]
pub struct BrandingRequest {
    /// Whether the defaults are to be used.
    pub use_defaults: Option<bool>,
    /// All settings anew.
    pub settings: Option<Value>,
    /// Pictures, which replace those of the same category and colour mode; one without a file is `None`.
    pub assets: Vec<Option<Asset>>,
}

impl BrandingRequest {
    /// A new branding of the app client.
    ///
    /// # Errors
    /// [`BrandingFault`].
    pub fn create(
        self,
        (pool_id, client_id): (&str, &str),
        id: String,
        now: Timestamp,
    ) -> Result<ManagedLoginBranding, BrandingFault> {
        let use_defaults = self.use_defaults.unwrap_or(false);
        if use_defaults == self.settings.is_some() {
            return Err(BrandingFault::DefaultsOrSettings);
        }
        check_settings(self.settings.as_ref())?;
        Ok(ManagedLoginBranding {
            pool_id: pool_id.to_owned(),
            id,
            client_id: client_id.to_owned(),
            settings: self.settings,
            assets: merged(Vec::new(), self.assets)?,
            created_at: now,
            modified_at: now,
        })
    }

    /// The branding with what the request gives.
    ///
    /// # Errors
    /// [`BrandingFault`].
    pub fn update(
        self,
        mut branding: ManagedLoginBranding,
        now: Timestamp,
    ) -> Result<ManagedLoginBranding, BrandingFault> {
        check_settings(self.settings.as_ref())?;
        branding.settings = match (self.use_defaults, self.settings) {
            (Some(true), Some(_)) => return Err(BrandingFault::DefaultsOrSettings),
            (Some(true), None) => None,
            (_, Some(settings)) => Some(settings),
            // Clients that leave out `false` and those that send it mean the same.
            (Some(false) | None, None) => branding.settings,
        };
        branding.assets = merged(branding.assets, self.assets)?;
        branding.modified_at = now;
        Ok(branding)
    }
}

impl ManagedLoginBranding {
    /// The settings with the defaults for what they do not say.
    #[must_use]
    pub fn merged_settings(&self) -> Value {
        let mut settings = serde_json::from_str(DEFAULTS).unwrap_or_default();
        if let Some(own) = &self.settings {
            lay_over(&mut settings, own);
        }
        settings
    }
}

/// Lays one document over another: objects member by member, everything else as a whole.
fn lay_over(base: &mut Value, own: &Value) {
    match (base, own) {
        (Value::Object(base), Value::Object(own)) => {
            for (name, value) in own {
                lay_over(base.entry(name).or_insert(Value::Null), value);
            }
        }
        (base, own) => *base = own.clone(),
    }
}

fn check_settings(settings: Option<&Value>) -> Result<(), BrandingFault> {
    match settings {
        Some(settings) if !settings.is_object() => Err(BrandingFault::SettingsNoObject),
        _ => Ok(()),
    }
}

/// The present pictures with those of a request.
fn merged(present: Vec<Asset>, given: Vec<Option<Asset>>) -> Result<Vec<Asset>, BrandingFault> {
    let mut new: Vec<Asset> = Vec::with_capacity(given.len());
    for asset in given {
        let asset = asset.ok_or(BrandingFault::AssetWithoutBytes)?;
        if asset.extension == "ICO" && asset.category != "FAVICON_ICO" {
            return Err(BrandingFault::IconElsewhere);
        }
        if new.iter().any(|other| other.key() == asset.key()) {
            return Err(BrandingFault::AssetRepeated);
        }
        new.push(asset);
    }
    let mut assets = present;
    for asset in new {
        match assets.iter_mut().find(|other| other.key() == asset.key()) {
            Some(other) => *other = asset,
            None => assets.push(asset),
        }
    }
    if assets.len() > MAX_ASSETS {
        return Err(BrandingFault::TooManyAssets);
    }
    if assets.iter().map(|asset| asset.bytes.len()).sum::<usize>() > MAX_CHARACTERS {
        return Err(BrandingFault::AssetsTooLarge);
    }
    Ok(assets)
}

/// Why something is not done with a branding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrandingFault {
    /// The pool has no such branding, or the app client none.
    NotFound,
    /// The app client has one.
    Exists,
    /// Either the defaults or settings are used.
    DefaultsOrSettings,
    /// The settings are no JSON object.
    SettingsNoObject,
    /// A picture has no file.
    AssetWithoutBytes,
    /// Two pictures have the same category and colour mode.
    AssetRepeated,
    /// Only the favicon can be an ICO file.
    IconElsewhere,
    /// There would be more pictures than a branding may have.
    TooManyAssets,
    /// The pictures would be larger than those of a branding may be together.
    AssetsTooLarge,
}

impl BrandingFault {
    /// The kind of this refusal.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::NotFound => Category::NotFound,
            Self::Exists => Category::AlreadyExists,
            Self::TooManyAssets | Self::AssetsTooLarge => Category::LimitReached,
            Self::DefaultsOrSettings
            | Self::SettingsNoObject
            | Self::AssetWithoutBytes
            | Self::AssetRepeated
            | Self::IconElsewhere => Category::InvalidInput,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_laid_over_the_defaults() {
        let defaults: Value = serde_json::from_str(DEFAULTS).unwrap();
        let request = BrandingRequest {
            settings: Some(json!({
                "categories": { "global": { "colorSchemeMode": "DARK" } },
                "components": { "favicon": { "enabledTypes": ["SVG"] } },
                "ours": [1],
            })),
            ..BrandingRequest::default()
        };
        let branding = request.create(("p", "c"), "id".to_owned(), Timestamp::default());
        let mut expected = defaults;
        expected["categories"]["global"]["colorSchemeMode"] = json!("DARK");
        expected["components"]["favicon"]["enabledTypes"] = json!(["SVG"]);
        expected["ours"] = json!([1]);
        assert_eq!(branding.unwrap().merged_settings(), expected);
    }

    #[test]
    fn the_pictures_of_a_branding_are_bounded_together() {
        let asset = |category: &str, characters| {
            Some(Asset {
                category: category.to_owned(),
                color_mode: "LIGHT".to_owned(),
                extension: "PNG".to_owned(),
                bytes: "A".repeat(characters),
                resource_id: None,
            })
        };
        let most = merged(Vec::new(), vec![asset("PAGE_BACKGROUND", MAX_CHARACTERS)]).unwrap();
        let one_more = merged(most.clone(), vec![asset("FORM_LOGO", 1)]);
        assert_eq!(one_more, Err(BrandingFault::AssetsTooLarge));
        let smaller = merged(
            most,
            vec![asset("PAGE_BACKGROUND", 4), asset("FORM_LOGO", 1)],
        );
        assert_eq!(smaller.unwrap().len(), 2);
    }
}
