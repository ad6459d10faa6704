//! Reads the settings of managed login and writes them as CSS. The settings are a customer's document of any content:
//! nothing of it reaches the style but colours, numbers and words that were read as such.

use std::fmt::Write as _;

use serde_json::Value;

use super::picture::{PictureFile, Pictured};
use super::{Place, Scheme};
use crate::domain::managed_login_branding::Asset;

/// The colours of `login.css` that settings change, and where the settings have them, below the mode's member.
const COLORS: [(&str, &str, &str); 41] = [
    ("page", "components/pageBackground", "color"),
    ("card", "components/form", "backgroundColor"),
    ("card-line", "components/form", "borderColor"),
    ("heading", "components/pageText", "headingColor"),
    ("text", "components/pageText", "bodyColor"),
    ("quiet", "components/pageText", "descriptionColor"),
    ("label", "componentClasses/inputLabel", "textColor"),
    ("hint", "componentClasses/inputDescription", "textColor"),
    (
        "field",
        "componentClasses/input",
        "defaults/backgroundColor",
    ),
    (
        "field-line",
        "componentClasses/input",
        "defaults/borderColor",
    ),
    ("placeholder", "componentClasses/input", "placeholderColor"),
    ("focus", "componentClasses/focusState", "borderColor"),
    ("divider", "componentClasses/divider", "borderColor"),
    ("link", "componentClasses/link", "defaults/textColor"),
    ("link-over", "componentClasses/link", "hover/textColor"),
    (
        "primary",
        "components/primaryButton",
        "defaults/backgroundColor",
    ),
    (
        "primary-text",
        "components/primaryButton",
        "defaults/textColor",
    ),
    (
        "primary-over",
        "components/primaryButton",
        "hover/backgroundColor",
    ),
    (
        "primary-over-text",
        "components/primaryButton",
        "hover/textColor",
    ),
    (
        "second",
        "components/secondaryButton",
        "defaults/backgroundColor",
    ),
    (
        "second-line",
        "components/secondaryButton",
        "defaults/borderColor",
    ),
    (
        "second-text",
        "components/secondaryButton",
        "defaults/textColor",
    ),
    (
        "second-over",
        "components/secondaryButton",
        "hover/backgroundColor",
    ),
    (
        "second-over-line",
        "components/secondaryButton",
        "hover/borderColor",
    ),
    (
        "second-over-text",
        "components/secondaryButton",
        "hover/textColor",
    ),
    (
        "provider",
        "components/idpButton/standard",
        "defaults/backgroundColor",
    ),
    (
        "provider-line",
        "components/idpButton/standard",
        "defaults/borderColor",
    ),
    (
        "provider-text",
        "components/idpButton/standard",
        "defaults/textColor",
    ),
    (
        "provider-over",
        "components/idpButton/standard",
        "hover/backgroundColor",
    ),
    (
        "provider-over-line",
        "components/idpButton/standard",
        "hover/borderColor",
    ),
    (
        "provider-over-text",
        "components/idpButton/standard",
        "hover/textColor",
    ),
    (
        "bad",
        "componentClasses/statusIndicator",
        "error/indicatorColor",
    ),
    ("bad-soft", "components/alert", "error/backgroundColor"),
    ("bad-line", "components/alert", "error/borderColor"),
    (
        "good",
        "componentClasses/statusIndicator",
        "success/indicatorColor",
    ),
    (
        "good-soft",
        "componentClasses/statusIndicator",
        "success/backgroundColor",
    ),
    (
        "good-line",
        "componentClasses/statusIndicator",
        "success/borderColor",
    ),
    ("header", "components/pageHeader", "background/color"),
    ("header-line", "components/pageHeader", "borderColor"),
    ("footer", "components/pageFooter", "background/color"),
    ("footer-line", "components/pageFooter", "borderColor"),
];
/// The radii of `login.css`, in pixels.
const RADII: [(&str, &str); 4] = [
    ("button-radius", "/componentClasses/buttons/borderRadius"),
    ("field-radius", "/componentClasses/input/borderRadius"),
    ("card-radius", "/components/form/borderRadius"),
    ("alert-radius", "/components/alert/borderRadius"),
];
/// The largest radius; more would look the same.
const MAX_RADIUS: f64 = 100.0;

/// The settings of a managed login branding.
pub(super) struct Settings<'a>(&'a Value);

impl<'a> Settings<'a> {
    pub(super) const fn new(settings: &'a Value) -> Self {
        Self(settings)
    }

    fn word(&self, pointer: &str) -> Option<&'a str> {
        self.0.pointer(pointer).and_then(Value::as_str)
    }

    pub(super) fn is_enabled(&self, pointer: &str, default: bool) -> bool {
        let value = self.0.pointer(pointer).and_then(Value::as_bool);
        value.unwrap_or(default)
    }

    pub(super) fn scheme(&self) -> Scheme {
        match self.word("/categories/global/colorSchemeMode") {
            Some("LIGHT") => Scheme::Light,
            Some("DARK") => Scheme::Dark,
            _ => Scheme::Dynamic,
        }
    }

    pub(super) fn place(&self, pointer: &str, default: Place) -> Place {
        match self.word(pointer) {
            Some("START" | "TOP") => Place::Start,
            Some("CENTER") => Place::Center,
            Some("END" | "BOTTOM") => Place::End,
            _ => default,
        }
    }

    /// Whether the line `pageHeader` or `pageFooter` is shown, with its logo.
    pub(super) fn has_line(&self, line: &str) -> bool {
        self.is_enabled(&format!("/categories/global/{line}/enabled"), false)
            && self.is_enabled(&format!("/components/{line}/logo/enabled"), false)
    }

    /// Whether the first method is the password. The methods are in a list of lists.
    pub(super) fn has_providers_last(&self) -> bool {
        let order = self.0.pointer("/categories/auth/authMethodOrder");
        let groups = order.and_then(Value::as_array).into_iter().flatten();
        let mut methods = groups.filter_map(Value::as_array).flatten();
        let first = methods.find_map(|method| method.pointer("/type").and_then(Value::as_str));
        first == Some("USERNAME_PASSWORD")
    }

    /// The icon: an SVG where there is one, since it is sharp at any size.
    pub(super) fn favicon(&self, assets: &[Asset]) -> Option<PictureFile> {
        let types = self.0.pointer("/components/favicon/enabledTypes");
        let is_enabled = |name: &str| {
            types
                .and_then(Value::as_array)
                .is_none_or(|types| types.iter().any(|kind| kind == name))
        };
        ["SVG", "ICO"]
            .into_iter()
            .filter(|name| is_enabled(name))
            .find_map(|name| {
                let category = format!("FAVICON_{name}");
                let asset = assets.iter().find(|asset| asset.category == category)?;
                PictureFile::of(asset)
            })
    }

    /// The style that these settings and pictures make.
    pub(super) fn style(
        &self,
        scheme: Scheme,
        background: Option<&Pictured>,
        form_background: Option<&Pictured>,
    ) -> String {
        let mut style = String::new();
        let radii: String = RADII
            .into_iter()
            .filter_map(|(name, pointer)| {
                let radius = self.0.pointer(pointer)?.as_f64()?;
                (0.0..=MAX_RADIUS)
                    .contains(&radius)
                    .then(|| format!("--{name}:{radius}px;"))
            })
            .collect();
        push_rule(&mut style, ":root", &radii);
        let (light, dark) = (self.colors("lightMode"), self.colors("darkMode"));
        match scheme {
            Scheme::Light => push_rule(&mut style, ":root", &light),
            Scheme::Dark => push_rule(&mut style, ":root", &dark),
            Scheme::Dynamic => {
                push_media(&mut style, "light", ":root", &light);
                push_media(&mut style, "dark", ":root", &dark);
            }
        }
        for (selector, picture) in [
            ("body", background),
            (".background-customizable", form_background),
        ] {
            let Some(picture) = picture else { continue };
            push_rule(&mut style, selector, &image(&picture.path));
            if let Some(dark) = &picture.dark_path {
                push_media(&mut style, "dark", selector, &image(dark));
            }
        }
        style
    }

    /// The colours of a mode that can be used.
    fn colors(&self, mode: &str) -> String {
        let mut declarations = String::new();
        for (name, component, member) in COLORS {
            let pointer = format!("/{component}/{mode}/{member}");
            let Some(color) = self.word(&pointer).and_then(color) else {
                continue;
            };
            // A page of another colour has none of the shimmer that goes with ours.
            let shimmer = if name == "page" { "--glow:#0000;" } else { "" };
            let _infallible = write!(declarations, "--{name}:{color};{shimmer}");
        }
        declarations
    }
}

/// A colour of eight hex digits, as CSS writes it.
fn color(digits: &str) -> Option<String> {
    let is_color = digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_color.then(|| format!("#{}", digits.to_ascii_lowercase()))
}

/// A picture as a background. The address is relative to the style's own.
fn image(path: &str) -> String {
    let relative = path.strip_prefix('/').unwrap_or(path);
    format!(
        "background-image:url(\"{relative}\");background-size:cover;background-position:center;"
    )
}

fn push_rule(style: &mut String, selector: &str, declarations: &str) {
    if !declarations.is_empty() {
        let _infallible = writeln!(style, "{selector}{{{declarations}}}");
    }
}

fn push_media(style: &mut String, scheme: &str, selector: &str, declarations: &str) {
    if !declarations.is_empty() {
        let _infallible = writeln!(
            style,
            "@media(prefers-color-scheme:{scheme}){{{selector}{{{declarations}}}}}"
        );
    }
}
