//! The pages say what AWS's say, and can be styled as its classic ones.

use std::collections::BTreeSet;

use super::html::Page;
use super::{Case, samples_of};
use crate::domain::style_sheet::CLASSES;
use crate::pages::login::assets::SCRIPT;
use crate::pages::login::language::Language;

/// The texts of domain 10.4, in English, by page: an element, and all of its text.
const TEXTS: [(&str, &[(&str, &str)]); 10] = [
    (
        "sign-in",
        &[
            ("h1", "Sign in with your username and password"),
            ("label", "Username"),
            ("label", "Password"),
            ("a", "Forgot your password?"),
            ("button", "Sign in"),
            ("p", "Need an account? Sign up"),
            ("a", "Sign up"),
            ("h2", "Sign In with your social account"),
            (
                "p",
                "We won't post to any of your accounts without asking first",
            ),
            ("span", "or"),
        ],
    ),
    (
        "sign-up",
        &[
            ("h1", "Sign up with a new account"),
            ("li", "Password must contain a lower case letter"),
            ("li", "Password must contain an upper case letter"),
            ("li", "Password must contain a number"),
            ("li", "Password must contain a special character"),
            ("li", "Password must contain at least 8 characters"),
            ("button", "Sign up"),
            ("p", "Already have an account? Sign in"),
            ("a", "Sign in"),
            (
                "p",
                "By signing up, you agree to our Terms of use and Privacy policy.",
            ),
            ("a", "Terms of use"),
            ("a", "Privacy policy"),
        ],
    ),
    (
        "confirm",
        &[
            ("h1", "Confirm your account"),
            (
                "p",
                "We have sent a code by email to s***@g***. Enter it below to confirm your account.",
            ),
            ("label", "Verification code"),
            ("button", "Confirm account"),
            ("button", "Send a new code"),
        ],
    ),
    (
        "forgot-password",
        &[
            ("h1", "Forgot your password?"),
            (
                "p",
                "Enter your Username below and we will send a message to reset your password",
            ),
            ("label", "Username"),
            ("button", "Reset my password"),
        ],
    ),
    (
        "reset-password",
        &[
            (
                "p",
                "We have sent a password reset code by email to s***@g***. Enter it below to reset your password.",
            ),
            ("label", "Code"),
            ("label", "New Password"),
            ("label", "Enter New Password Again"),
            ("button", "Change Password"),
        ],
    ),
    (
        "mfa",
        &[("h1", "Choose a multi-factor authentication (MFA) method")],
    ),
    (
        "totp",
        &[
            ("h1", "Set up authenticator app MFA"),
            ("summary", "Show secret key"),
            ("button", "Back"),
        ],
    ),
    ("contact", &[("h1", "Set up SMS MFA"), ("button", "Back")]),
    // Those of version 2.
    ("username", &[("button", "Next")]),
    (
        "code-by-sms",
        &[("button", "Continue"), ("button", "Send a new code")],
    ),
];

fn english() -> Vec<(&'static str, String)> {
    samples_of(&Case {
        language: Language::default(),
        value: "s***@g***",
        has_problems: false,
    })
}

#[test]
fn pages_have_the_texts_of_the_classic_ones() {
    let pages = english();
    for (name, texts) in TEXTS {
        let of_name = pages.iter().filter(|(page, _)| *page == name);
        let pages: Vec<Page> = of_name.map(|(_, markup)| Page::read(markup)).collect();
        assert!(!pages.is_empty(), "{name}");
        for (tag, text) in texts {
            let is = |page: &Page| page.all(tag).iter().any(|e| e.text.trim() == *text);
            assert!(pages.iter().any(is), "{name}: {tag} {text}");
        }
    }
    let (_, sign_up) = pages.iter().find(|(page, _)| *page == "sign-up").unwrap();
    let page = Page::read(sign_up);
    let email = page.by_id("attribute-email");
    assert_eq!(email.get("placeholder"), "name@host.com");
}

/// Domain 11.2, in both directions: what a style sheet may style is there, and nothing else has such a name.
#[test]
fn the_classes_of_classic_style_sheets_are_those_of_the_pages() {
    let mut pages = english();
    pages.extend(samples_of(&Case {
        language: Language::default(),
        value: "ada",
        has_problems: true,
    }));
    let mut found = BTreeSet::new();
    for (_, markup) in &pages {
        for element in Page::read(markup).elements {
            let classes = element.get("class").split_whitespace();
            found.extend(classes.map(ToOwned::to_owned));
        }
    }
    // The script ticks the rules of passwords.
    let of_script = SCRIPT.content().split('"');
    found.extend(of_script.map(ToOwned::to_owned));
    found.retain(|class| class.ends_with("-customizable"));
    let without_state = |class: &&str| class.split(':').next().unwrap_or_default().to_owned();
    let allowed: BTreeSet<String> = CLASSES.iter().map(without_state).collect();
    let allowed = allowed.iter().map(|class| class.trim_start_matches('.'));
    assert_eq!(
        found.iter().collect::<Vec<_>>(),
        allowed.collect::<Vec<_>>()
    );
}
