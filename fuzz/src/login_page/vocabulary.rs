//! The elements and attributes that the templates of the login pages have (`templates/login/`), and nothing else.

/// An element with its attributes.
type Known = (&'static str, &'static [&'static str]);

/// Attributes of what is typed into.
const FIELD: [&str; 18] = [
    "aria-describedby",
    "aria-invalid",
    "autocapitalize",
    "autocomplete",
    "autocorrect",
    "autofocus",
    "class",
    "id",
    "inputmode",
    "maxlength",
    "name",
    "placeholder",
    "readonly",
    "required",
    "rows",
    "spellcheck",
    "type",
    "value",
];

const ELEMENTS: [Known; 37] = [
    ("a", &["class", "href", "rel", "target"]),
    ("body", &[]),
    (
        "button",
        &[
            "aria-controls",
            "aria-label",
            "aria-pressed",
            "class",
            "disabled",
            "formaction",
            "formnovalidate",
            "hidden",
            "name",
            "type",
            "value",
        ],
    ),
    ("circle", &["cx", "cy", "r"]),
    ("code", &["translate"]),
    ("details", &["class"]),
    (
        "div",
        &["aria-label", "class", "data-logo", "data-place", "role"],
    ),
    ("footer", &["class", "data-place"]),
    (
        "form",
        &[
            "action",
            "data-failed",
            "data-options",
            "data-passkey",
            "data-unsupported",
            "method",
            "name",
        ],
    ),
    ("h1", &["class"]),
    ("h2", &["class"]),
    ("head", &[]),
    ("header", &["class", "data-place"]),
    ("html", &["data-scheme", "lang"]),
    ("img", &["alt", "class", "src"]),
    ("input", &FIELD),
    ("label", &["class", "for"]),
    ("li", &["data-minimum", "data-rule"]),
    ("link", &["href", "integrity", "rel", "type"]),
    ("main", &["data-horizontal", "data-vertical"]),
    ("meta", &["charset", "content", "name"]),
    ("noscript", &[]),
    ("p", &["class", "hidden", "id", "role"]),
    ("path", &["class", "d", "fill"]),
    ("picture", &[]),
    ("pre", &[]),
    ("rect", &["fill", "height", "rx", "width", "x", "y"]),
    ("script", &["defer", "integrity", "src"]),
    ("section", &["class"]),
    ("small", &[]),
    ("source", &["media", "srcset"]),
    ("span", &["class"]),
    ("summary", &[]),
    (
        "svg",
        &[
            "aria-hidden",
            "class",
            "height",
            "shape-rendering",
            "version",
            "viewBox",
            "width",
            "xmlns",
        ],
    ),
    ("textarea", &FIELD),
    ("title", &[]),
    (
        "ul",
        &["class", "data-met", "data-not-met", "data-rules", "id"],
    ),
];

/// The attributes that a template gives this element; `None` if no template has the element.
pub(super) fn attributes(tag: &str) -> Option<&'static [&'static str]> {
    let found = ELEMENTS.iter().find(|(known, _)| *known == tag);
    found.map(|(_, attributes)| *attributes)
}
