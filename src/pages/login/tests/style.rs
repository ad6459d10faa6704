//! Our colours can be read, and our script knows what the server does.

use std::collections::BTreeMap;

use regex::Regex;

use crate::domain::password;
use crate::domain::user_pool::PasswordPolicy;
use crate::pages::login::assets::{SCRIPT, STYLE};

/// The colours of the light or of the dark pages.
fn colors(is_dark: bool) -> BTreeMap<String, [f64; 3]> {
    let pair =
        Regex::new(r"--([a-z-]+): var\(--L, #([0-9a-f]{6})\) var\(--D, #([0-9a-f]{6})\)").unwrap();
    let found = pair.captures_iter(STYLE.content()).map(|found| {
        let digits = &found[if is_dark { 3 } else { 2 }];
        let channel = |at| f64::from(u8::from_str_radix(&digits[at..at + 2], 16).unwrap()) / 255.0;
        (found[1].to_owned(), [channel(0), channel(2), channel(4)])
    });
    found.collect()
}

/// Relative luminance (WCAG 2.2).
fn luminance(color: [f64; 3]) -> f64 {
    let linear = color.map(|c| {
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn our_colors_have_the_contrast_of_wcag_aa() {
    const TEXTS: [(&str, &str); 22] = [
        ("heading", "card"),
        ("text", "card"),
        ("text", "page"),
        ("quiet", "card"),
        ("quiet", "page"),
        ("label", "card"),
        ("label", "field"),
        ("hint", "card"),
        ("placeholder", "field"),
        ("link", "card"),
        ("link", "second"),
        ("link", "second-over"),
        ("link-over", "card"),
        ("primary-text", "primary"),
        ("primary-over-text", "primary-over"),
        ("second-text", "second"),
        ("second-over-text", "second-over"),
        ("quiet", "second-over"),
        ("bad", "bad-soft"),
        ("bad", "card"),
        ("good", "good-soft"),
        ("good", "card"),
    ];
    const EDGES: [(&str, &str); 6] = [
        ("field-line", "card"),
        ("field-line", "field"),
        ("second-line", "card"),
        ("focus", "card"),
        ("focus", "page"),
        ("bad-line", "field"),
    ];
    for is_dark in [false, true] {
        let colors = colors(is_dark);
        for (pairs, least) in [(&TEXTS[..], 4.5), (&EDGES[..], 3.0)] {
            for (over, under) in pairs {
                let ratio = contrast(colors[*over], colors[*under]);
                assert!(
                    ratio >= least,
                    "{over} over {under}, dark {is_dark}: {ratio:.2}"
                );
            }
        }
    }
}

#[test]
fn the_script_counts_the_symbols_that_the_server_counts() {
    let line = Regex::new("const symbols = (\".*\");").unwrap();
    let symbols = line.captures(SCRIPT.content()).unwrap()[1].to_owned();
    let symbols: String = serde_json::from_str(&symbols).unwrap();
    let policy = PasswordPolicy::default();
    for character in '!'..='~' {
        let counts = password::fault(&policy, &format!("Aaaaaaa1{character}")).is_none();
        assert_eq!(symbols.contains(character), counts, "{character}");
    }
}

#[test]
fn the_style_is_braced_and_names_no_color_that_is_not_defined() {
    let style = STYLE.content();
    assert_eq!(style.matches('{').count(), style.matches('}').count());
    let defined = Regex::new(r"--([a-zA-Z-]+):").unwrap();
    let defined: Vec<&str> = defined
        .captures_iter(style)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    for used in Regex::new(r"var\(--([a-zA-Z-]+)")
        .unwrap()
        .captures_iter(style)
    {
        assert!(defined.contains(&&used[1]), "{}", &used[1]);
    }
}
