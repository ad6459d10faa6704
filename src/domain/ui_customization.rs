//! The look of the classic login pages: a style sheet and a logo (administration 6.2).

use super::category::Category;
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
    /// [`CustomizationFault::NoImage`], and what [`check_css`] refuses.
    pub fn new(css: Option<String>, image: Option<Vec<u8>>) -> Result<Self, CustomizationFault> {
        let css = css.filter(|css| !css.is_empty());
        if let Some(css) = &css {
            check_css(css)?;
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

/// The selectors of a style sheet.
const CLASSES: [&str; 18] = [
    ".logo-customizable",
    ".banner-customizable",
    ".label-customizable",
    ".textDescription-customizable",
    ".idpDescription-customizable",
    ".legalText-customizable",
    ".submitButton-customizable",
    ".submitButton-customizable:hover",
    ".errorMessage-customizable",
    ".inputField-customizable",
    ".inputField-customizable:focus",
    ".idpButton-customizable",
    ".idpButton-customizable:hover",
    ".socialButton-customizable",
    ".redirect-customizable",
    ".passwordCheck-notValid-customizable",
    ".passwordCheck-valid-customizable",
    ".background-customizable",
];
/// Texts by which a style sheet would run a script or end its element, in small letters. A backslash could hide them.
const SCRIPTS: [&str; 5] = ["<", "javascript:", "expression(", "behavior:", "\\"];

/// Whether a style sheet styles the permitted classes only, without rules that begin with `@`, and runs no script.
///
/// # Errors
/// [`CustomizationFault`].
pub fn check_css(css: &str) -> Result<(), CustomizationFault> {
    let css = without_comments(css)?;
    let small = css.to_ascii_lowercase();
    if SCRIPTS.into_iter().any(|text| small.contains(text)) {
        return Err(CustomizationFault::Script);
    }
    let mut rest = css.trim();
    while !rest.is_empty() {
        if rest.starts_with('@') {
            let end =
                |character: char| !character.is_ascii_alphanumeric() && !"@-".contains(character);
            let rule = rest.split(end).next().unwrap_or_default();
            return Err(CustomizationFault::AtRule(rule.to_owned()));
        }
        let (selectors, behind) = rest.split_once('{').ok_or(CustomizationFault::Malformed)?;
        let (declarations, behind) = behind
            .split_once('}')
            .ok_or(CustomizationFault::Malformed)?;
        let is_declaration = |text: &str| {
            let text = text.trim();
            text.is_empty() || (text.contains(':') && !text.contains(['{', '@']))
        };
        if !declarations.split(';').all(is_declaration) {
            return Err(CustomizationFault::Malformed);
        }
        for selector in selectors.split(',') {
            let selector = selector.trim();
            if !CLASSES.contains(&selector) {
                return Err(CustomizationFault::Class(selector.to_owned()));
            }
        }
        rest = behind.trim_start();
    }
    Ok(())
}

fn without_comments(css: &str) -> Result<String, CustomizationFault> {
    let mut kept = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        // A comment separates what stands around it.
        kept.push(' ');
        (_, rest) = comment
            .split_once("*/")
            .ok_or(CustomizationFault::Malformed)?;
    }
    kept.push_str(rest);
    Ok(kept)
}

/// Why a look is not set, or not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomizationFault {
    /// The pool has no domain, so that it has no pages.
    NoDomain,
    /// The file is no PNG or JPEG.
    NoImage,
    /// The style sheet styles something that is not one of the classes.
    Class(String),
    /// The style sheet has a rule that begins with `@`.
    AtRule(String),
    /// The style sheet runs a script.
    Script,
    /// The style sheet cannot be read.
    Malformed,
}

impl CustomizationFault {
    /// The kind of this refusal.
    #[must_use]
    pub const fn category(&self) -> Category {
        match self {
            Self::NoDomain => Category::NotEnabled,
            Self::NoImage | Self::Class(_) | Self::AtRule(_) | Self::Script | Self::Malformed => {
                Category::InvalidInput
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_of_the_classes_are_good() {
        for css in [
            "",
            "  ",
            ".logo-customizable {}",
            ".logo-customizable { max-width: 60%; max-height: 30% }",
            "/* @media { */ .banner-customizable/**/{color:red;;background-color: #fff;}",
            ".submitButton-customizable:hover,\n.idpButton-customizable:hover { color: #fff; }
             .inputField-customizable:focus{border-color:#66afe9}",
            ".banner-customizable { background: url(https://example.com/a.png) }",
        ] {
            assert_eq!(check_css(css), Ok(()), "{css}");
        }
    }

    #[test]
    fn other_style_sheets_are_refused() {
        let class = |text: &str| CustomizationFault::Class(text.to_owned());
        let rule = |text: &str| CustomizationFault::AtRule(text.to_owned());
        let malformed = CustomizationFault::Malformed;
        let script = CustomizationFault::Script;
        for (css, fault) in [
            ("body { color: red }", class("body")),
            (".logo { color: red }", class(".logo")),
            (".logo-customizable, .x { color: red }", class(".x")),
            (
                ".logo-customizable:hover { color: red }",
                class(".logo-customizable:hover"),
            ),
            (
                ".logo-customizable .banner-customizable {}",
                class(".logo-customizable .banner-customizable"),
            ),
            ("@import url(https://example.com/a.css);", rule("@import")),
            ("@media screen { .logo-customizable {} }", rule("@media")),
            (
                ".logo-customizable {} @font-face { src: x }",
                rule("@font-face"),
            ),
            ("/* */ @page{}", rule("@page")),
            (".logo-customizable", malformed.clone()),
            (".logo-customizable {", malformed.clone()),
            (".logo-customizable { color: red } }", malformed.clone()),
            (
                ".logo-customizable { .banner-customizable { color: red } }",
                malformed.clone(),
            ),
            (".logo-customizable { color }", malformed.clone()),
            ("/* .logo-customizable {}", malformed.clone()),
            (".logo-customizable { color: red } x", malformed),
            (
                ".logo-customizable { color: red }</style><script>",
                script.clone(),
            ),
            (
                ".logo-customizable { background: url(JavaScript:alert(1)) }",
                script.clone(),
            ),
            (
                ".logo-customizable { width: expression(alert(1)) }",
                script.clone(),
            ),
            (
                ".logo-customizable { background: url(java\\73 cript:alert(1)) }",
                script.clone(),
            ),
            (
                ".logo-customizable { width: expr/**/ession(alert(1)) < }",
                script,
            ),
        ] {
            assert_eq!(check_css(css), Err(fault), "{css}");
        }
    }

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
