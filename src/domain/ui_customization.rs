//! The look of the classic login pages: a style sheet and a logo (administration 6.2).

use super::customization_fault::CustomizationFault;
use super::style_sheet;
use super::time::Timestamp;

/// The look of a pool's pages, or of an app client's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UiCustomization {
    /// The pool.
    pub pool_id: String,
    /// The app client; `None` for all that have no look of their own.
    pub client_id: Option<String>,
    /// What it consists of.
    pub look: Look,
    /// When the first one was set.
    pub created_at: Timestamp,
    /// When this one was set.
    pub modified_at: Timestamp,
}

/// A style sheet and a logo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The style sheet.
    pub css: Option<String>,
    /// The logo.
    pub image: Option<Image>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its format.
    pub format: ImageFormat,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFormat {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

impl ImageFormat {
    /// The type of the file on the web.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The format that the file begins like.
    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else {
            None
        }
    }
}

impl Look {
    /// The look with this style sheet and logo, where an empty one is none.
    ///
    /// # Errors
    /// [`CustomizationFault::NoImage`], and what [`style_sheet::check`] refuses.
    pub fn new(css: Option<String>, image: Option<Vec<u8>>) -> Result<Self, CustomizationFault> {
        let css = css.filter(|css| !css.is_empty());
        if let Some(css) = &css {
            style_sheet::check(css)?;
        }
        let image = image.filter(|bytes| !bytes.is_empty()).map(|bytes| {
            let format = ImageFormat::of(&bytes).ok_or(CustomizationFault::NoImage)?;
            Ok(Image { format, bytes })
        });
        Ok(Self {
            css,
            image: image.transpose()?,
        })
    }

    /// Whether there is neither a style sheet nor a logo.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.css.is_none() && self.image.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_png_or_jpeg() {
        let format = |bytes: &[u8]| {
            Look::new(None, Some(bytes.to_vec())).map(|look| look.image.map(|image| image.format))
        };
        assert_eq!(format(b"\x89PNG\r\n\x1a\nrest"), Ok(Some(ImageFormat::Png)));
        assert_eq!(format(b"\xff\xd8\xff\xe0rest"), Ok(Some(ImageFormat::Jpeg)));
        assert_eq!(format(b""), Ok(None));
        for wrong in [&b"GIF89a"[..], b"<svg/>", b"\x89PNG"] {
            assert_eq!(format(wrong), Err(CustomizationFault::NoImage));
        }
    }
}
