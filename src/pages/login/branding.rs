//! How the pages of an app client look, from the settings and pictures of managed login (domain 11.1) or the style
//! sheet and logo of the classic pages (administration 6.2).

mod picture;
mod settings;

use serde_json::Value;

pub use self::picture::{PictureFile, Pictured, picture_headers};
use self::settings::Settings;
use super::assets::TextFile;
use crate::domain::managed_login_branding::Asset;
use crate::domain::ui_customization::Look;

/// The look of the pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Branding {
    /// Light, dark, or as the browser has it.
    pub scheme: Scheme,
    /// Where the form stands from left to right, in languages that are written so.
    pub horizontal: Place,
    /// Where the form stands from top to bottom.
    pub vertical: Place,
    /// Whether identity providers stand after username and password.
    pub providers_last: bool,
    /// The logo of the form.
    pub logo: Option<Pictured>,
    /// Where the logo stands in its line.
    pub logo_place: Place,
    /// Whether the logo stands above the form or below it.
    pub logo_position: Place,
    /// The logo of the line above all; the line is left out without one.
    pub header_logo: Option<Pictured>,
    /// Where that logo stands in its line.
    pub header_place: Place,
    /// The logo of the line below all; the line is left out without one.
    pub footer_logo: Option<Pictured>,
    /// Where that logo stands in its line.
    pub footer_place: Place,
    /// The icon of the browser's tab.
    pub favicon: Option<PictureFile>,
    /// What is styled otherwise than by [`super::assets::STYLE`]; its address is
    /// `<base>/assets/<app client>/branding-<version>.css`.
    pub style: Option<TextFile>,
}

/// Which colours the pages have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// Those that the browser prefers.
    #[default]
    Dynamic,
    /// The light ones.
    Light,
    /// The dark ones.
    Dark,
}

impl Scheme {
    /// What the style knows it by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dynamic => "dynamic",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What a browser is told before it has the style.
    #[must_use]
    pub const fn color_scheme(self) -> &'static str {
        match self {
            Self::Dynamic => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A place on a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// At its beginning.
    Start,
    /// In its middle.
    #[default]
    Center,
    /// At its end.
    End,
}

impl Place {
    /// What the style knows it by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Center => "center",
            Self::End => "end",
        }
    }
}

impl Default for Branding {
    fn default() -> Self {
        Self::managed(None, &[])
    }
}

impl Branding {
    /// The look that the settings and pictures of managed login describe. Settings are those that were stored, without
    /// the defaults laid below them: where they say nothing, or nothing that can be used, the pages look as ours do.
    #[must_use]
    pub fn managed(settings: Option<&Value>, assets: &[Asset]) -> Self {
        let settings = Settings::new(settings.unwrap_or(&Value::Null));
        let scheme = settings.scheme();
        let logo_if = |enabled: bool, category: &str| {
            let pictured = Pictured::find(assets, category, scheme);
            pictured.filter(|_| enabled)
        };
        let background = Pictured::find(assets, "PAGE_BACKGROUND", scheme)
            .filter(|_| settings.is_enabled("/components/pageBackground/image/enabled", true));
        let form_background = Pictured::find(assets, "FORM_BACKGROUND", scheme)
            .filter(|_| settings.is_enabled("/components/form/backgroundImage/enabled", false));
        let style = settings.style(scheme, background.as_ref(), form_background.as_ref());
        Self {
            scheme,
            horizontal: settings.place("/categories/form/location/horizontal", Place::Center),
            vertical: settings.place("/categories/form/location/vertical", Place::Center),
            providers_last: settings.has_providers_last(),
            logo: logo_if(
                settings.is_enabled("/components/form/logo/enabled", false),
                "FORM_LOGO",
            ),
            logo_place: settings.place("/components/form/logo/location", Place::Center),
            logo_position: settings.place("/components/form/logo/position", Place::Start),
            header_logo: logo_if(settings.has_line("pageHeader"), "PAGE_HEADER_LOGO"),
            header_place: settings.place("/components/pageHeader/logo/location", Place::Start),
            footer_logo: logo_if(settings.has_line("pageFooter"), "PAGE_FOOTER_LOGO"),
            footer_place: settings.place("/components/pageFooter/logo/location", Place::Start),
            favicon: settings.favicon(assets),
            style: (!style.is_empty()).then(|| TextFile::new(style)),
        }
    }

    /// The look of the classic pages. A style sheet of theirs knows light colours only, so that the pages then have
    /// no others. `logo_address` is where the domain serves the logo, below its own base path.
    #[must_use]
    pub fn classic(look: &Look, logo_address: &str) -> Self {
        Self {
            scheme: if look.css.is_some() {
                Scheme::Light
            } else {
                Scheme::Dynamic
            },
            logo: look
                .image
                .as_ref()
                .map(|_| Pictured::at(logo_address.to_owned())),
            style: look.css.clone().map(TextFile::new),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests;
