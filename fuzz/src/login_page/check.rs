//! Whether a page is made of what the templates of the login pages have, whatever a stranger has sent to it.

use super::vocabulary::attributes;
use super::{Element, Page};

/// What every piece of markup that a stranger sends has in it, and no page of ours.
pub(crate) const MARKER: &str = "zqzx";

/// Attributes in which a page shows what it was sent.
const SHOWN_IN: [&str; 6] = [
    "action",
    "aria-label",
    "data-options",
    "formaction",
    "href",
    "value",
];
/// Elements of which a page has one.
const ONCE: [&str; 5] = ["html", "head", "title", "body", "main"];
/// Elements that belong into the head. One elsewhere shows that something has ended the head before its end.
const OF_HEAD: [&str; 4] = ["title", "meta", "link", "script"];
/// What a page is told by `meta` elements that have a name.
const META_NAMES: [&str; 3] = ["viewport", "color-scheme", "robots"];

/// What is in the page that no template has put there. `base` is what the paths of the domain begin with: none under a
/// host name of its own.
pub(crate) fn foreign_parts(markup: &str, base: &str) -> Vec<String> {
    // A page that repeats a value of a query may repeat U+0000, which a browser drops from texts, and takes for U+FFFD
    // elsewhere. For the parser it is a fault, which would hide nothing else.
    let markup = markup.replace('\0', "\u{fffd}");
    let with_scripts = of_page(&Page::read(&markup, true), base);
    let without_scripts = of_page(&Page::read(&markup, false), base);
    with_scripts.into_iter().chain(without_scripts).collect()
}

fn of_page(page: &Page, base: &str) -> Vec<String> {
    let faults = page.faults.iter();
    let faults = faults.map(|fault| format!("not well-formed: {fault}"));
    let comments = page.comments.iter();
    let comments = comments.map(|comment| format!("a comment: {comment}"));
    let elements = page.elements.iter();
    let elements = elements.flat_map(|element| of_element(element, base));
    let counts = ONCE.iter().filter_map(|tag| {
        let count = page.elements.iter().filter(|e| e.tag == *tag).count();
        (count != 1).then(|| format!("{count} elements {tag}"))
    });
    faults
        .chain(comments)
        .chain(elements)
        .chain(counts)
        .collect()
}

fn of_element(element: &Element, base: &str) -> Vec<String> {
    let tag = element.tag.as_str();
    let Some(known) = attributes(tag) else {
        return vec![format!("an element {tag}")];
    };
    let mut found = Vec::new();
    if OF_HEAD.contains(&tag) && element.parent != "head" {
        found.push(format!("an element {tag} in {}", element.parent));
    }
    if tag == "script" {
        if element.find("src").is_none() {
            found.push("a script without src".to_owned());
        }
        if !element.text.is_empty() {
            found.push(format!("a script with a text: {}", element.text));
        }
    }
    for (name, value) in &element.attributes {
        if !known.contains(&name.as_str()) {
            found.push(format!("an attribute {name} of {tag}"));
        }
        if value.contains(MARKER) && !SHOWN_IN.contains(&name.as_str()) {
            found.push(format!("{name} of {tag} is {value}"));
        }
        if !is_own_value(element, name, value, base) {
            found.push(format!("{name} of {tag} is {value}"));
        }
    }
    found
}

/// Whether a template would give the element's attribute this value: where it is an address, it has to be one that a
/// template writes.
fn is_own_value(element: &Element, name: &str, value: &str, base: &str) -> bool {
    match (element.tag.as_str(), name) {
        ("script" | "img", "src") | ("source", "srcset") => is_asset(value, base),
        ("link", "href") => value == "data:," || is_asset(value, base),
        ("a", "href") => {
            value.starts_with('#') || is_page(value, base) || is_document(element, value)
        }
        ("form", "action") | ("button", "formaction") => is_page(value, base),
        ("meta", "name") => META_NAMES.contains(&value),
        (_, _) => true,
    }
}

/// Whether an address is a path below the domain. Browsers take a backslash for a slash, and drop tabs and line feeds,
/// so that neither may be in it.
pub(crate) fn is_page(address: &str, base: &str) -> bool {
    let Some(path) = address.strip_prefix(base) else {
        return false;
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !address.chars().any(|c| c.is_ascii_control() || c == ' ')
}

fn is_asset(address: &str, base: &str) -> bool {
    let path = address.strip_prefix(base);
    is_page(address, base) && path.is_some_and(|path| path.starts_with("/assets/"))
}

/// Whether a link leads to the terms of use or the privacy policy, which the administrator keeps elsewhere.
fn is_document(link: &Element, address: &str) -> bool {
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    is_web
        && !address.contains(MARKER)
        && link.get("target") == "_blank"
        && link.get("rel") == "noopener noreferrer"
}
