//! The pictures of a branding and their addresses.

use aws_lc_rs::digest;
use axum::http::{HeaderMap, HeaderValue, header};

use super::Scheme;
use crate::domain::managed_login_branding::Asset;
use crate::pages::login::assets;

/// A picture as a domain serves it, at `<base>/assets/<app client>/branding/<id>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureFile {
    id: String,
    media_type: &'static str,
}

impl PictureFile {
    /// The file of an asset; `None` for a format that pages do not show.
    #[must_use]
    pub fn of(asset: &Asset) -> Option<Self> {
        let (extension, media_type) = match asset.extension.as_str() {
            "ICO" => ("ico", "image/x-icon"),
            "JPEG" => ("jpeg", "image/jpeg"),
            "PNG" => ("png", "image/png"),
            "SVG" => ("svg", "image/svg+xml"),
            "WEBP" => ("webp", "image/webp"),
            _ => return None,
        };
        let digest = digest::digest(&digest::SHA256, asset.bytes.as_bytes());
        let version = assets::version(digest.as_ref());
        Some(Self {
            id: format!("{version}.{extension}"),
            media_type,
        })
    }

    /// The part of its address that tells it from others: digits of its content's digest, and its format.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The type of the file on the web.
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// Its address below what the domain serves for the app client: `<base>/assets/<app client>`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/branding/{}", self.id)
    }
}

/// The headers of a picture's response. An SVG that is opened by itself must not run the script in it as the domain's.
#[must_use]
pub fn picture_headers(picture: &PictureFile) -> HeaderMap {
    let fixed = HeaderValue::from_static;
    HeaderMap::from_iter([
        (header::CONTENT_TYPE, fixed(picture.media_type)),
        (
            header::CACHE_CONTROL,
            fixed("public, max-age=31536000, immutable"),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (
            header::CONTENT_SECURITY_POLICY,
            fixed("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ),
    ])
}

/// A picture on a page, which may be another one where the page is dark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pictured {
    /// The path, as [`PictureFile::path`] has it, of the one that is shown at first.
    pub path: String,
    /// The path of the one that is shown where the browser prefers dark pages.
    pub dark_path: Option<String>,
}

impl Pictured {
    /// A picture that is the same everywhere.
    #[must_use]
    pub const fn at(path: String) -> Self {
        Self {
            path,
            dark_path: None,
        }
    }

    /// The picture of a category as this scheme shows it.
    pub(super) fn find(assets: &[Asset], category: &str, scheme: Scheme) -> Option<Self> {
        let of = |modes: &[&str]| {
            modes.iter().find_map(|mode| {
                let asset = assets
                    .iter()
                    .find(|asset| asset.key() == (category, mode))?;
                PictureFile::of(asset).map(|file| file.path())
            })
        };
        match scheme {
            Scheme::Light => of(&["LIGHT", "DYNAMIC", "DARK"]).map(Self::at),
            Scheme::Dark => of(&["DARK", "DYNAMIC", "LIGHT"]).map(Self::at),
            Scheme::Dynamic => {
                let path = of(&["LIGHT", "DYNAMIC", "DARK"])?;
                let dark_path = of(&["DARK"]).filter(|dark| *dark != path);
                Some(Self { path, dark_path })
            }
        }
    }
}
