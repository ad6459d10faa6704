//! Every page in every language, read as a browser reads it.

mod classic;
mod html;
mod style;

use std::collections::BTreeSet;

use self::html::{Element, Page};
use serde_json::json;

use super::branding::Branding;
use super::language::Language;
use super::samples::{Values, samples};
use super::shell::Shell;
use crate::domain::managed_login_branding::Asset;

/// A value that would add markup, and one that would be run as a link.
const HOSTILE: [&str; 2] = [
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
];

struct Case<'a> {
    language: Language,
    /// What stands wherever a stranger can put something.
    value: &'a str,
    has_problems: bool,
}

fn branding() -> Branding {
    let asset = |category: &str, color_mode: &str| Asset {
        category: category.to_owned(),
        color_mode: color_mode.to_owned(),
        extension: "PNG".to_owned(),
        bytes: color_mode.to_owned(),
        resource_id: None,
    };
    let settings = json!({
        "categories": { "global": { "pageHeader": { "enabled": true } } },
        "components": {
            "form": { "logo": { "enabled": true } },
            "pageHeader": { "logo": { "enabled": true } },
            "pageBackground": { "lightMode": { "color": "eeeeffff" } },
        },
    });
    let assets = [
        asset("FORM_LOGO", "LIGHT"),
        asset("FORM_LOGO", "DARK"),
        asset("PAGE_HEADER_LOGO", "LIGHT"),
    ];
    Branding::managed(Some(&settings), &assets)
}

fn samples_of(case: &Case<'_>) -> Vec<(&'static str, String)> {
    let value = case.value;
    let branding = branding();
    let hidden = [("session", value)];
    let shell = Shell {
        language: case.language,
        base_path: "/acme",
        query: "client_id=a&state=%22%3E&scope=openid+email",
        csrf: value,
        client_id: value,
        client_name: value,
        branding: &branding,
        hidden: &hidden,
        problem: None,
        field_problems: &[],
        notice: None,
    };
    let is_web = value.starts_with("http");
    let values = Values {
        username: value,
        destination: value,
        typed: value,
        provider: value,
        refused: value,
        problem: value,
        link: if is_web {
            value
        } else {
            "https://example.com/?\"><script>"
        },
        secret: value,
        qr_svg: "<svg viewBox=\"0 0 29 29\"><path d=\"M4 4h7v7H4z\"/></svg>",
        options: value,
    };
    samples(&shell, &values, case.has_problems).unwrap()
}

fn each_page(check: impl Fn(&str, &Page)) {
    let values = HOSTILE.into_iter().chain(["ada"]);
    for value in values {
        for language in Language::ALL {
            for has_problems in [true, false] {
                let case = Case {
                    language,
                    value,
                    has_problems,
                };
                for (name, markup) in samples_of(&case) {
                    let name = format!("{name} in {language:?} with {value}");
                    check(&name, &Page::read(&markup));
                }
            }
        }
    }
}

#[test]
fn pages_are_well_formed_in_their_language() {
    let tags: BTreeSet<&str> = Language::ALL.into_iter().map(Language::tag).collect();
    each_page(|name, page| {
        assert_eq!(page.faults, Vec::<String>::new(), "{name}");
        let root = page.all("html");
        assert!(tags.contains(root[0].get("lang")), "{name}");
        assert_eq!(page.all("h1").len(), 1, "{name}");
        assert_eq!(page.all("main").len(), 1, "{name}");
        assert!(!page.all("h1")[0].text.trim().is_empty(), "{name}");
    });
}

#[test]
fn pages_run_only_the_script_and_have_only_the_style_of_ours() {
    each_page(|name, page| {
        let scripts = page.all("script");
        assert_eq!(scripts.len(), 1, "{name}");
        assert_eq!(scripts[0].text, "", "{name}");
        let script = &scripts[0];
        assert!(
            script.get("src").starts_with("/acme/assets/login-"),
            "{name}"
        );
        for element in &page.elements {
            let tag = element.tag.as_str();
            assert!(
                !matches!(tag, "style" | "iframe" | "object" | "base"),
                "{name}: {tag}"
            );
            for (attribute, value) in &element.attributes {
                assert!(
                    !attribute.starts_with("on") && attribute != "style",
                    "{name}: {attribute}"
                );
                if matches!(
                    attribute.as_str(),
                    "href" | "src" | "srcset" | "action" | "formaction"
                ) {
                    let is_ours = ["/acme/", "#", "data:,", "https://"]
                        .iter()
                        .any(|beginning| value.starts_with(beginning));
                    assert!(is_ours, "{name}: {attribute}={value}");
                }
            }
        }
        for file in page.all("link").iter().chain(&scripts) {
            let is_loaded = file.tag == "script" || file.get("rel") == "stylesheet";
            assert_eq!(
                is_loaded,
                file.get("integrity").starts_with("sha256-"),
                "{name}"
            );
        }
    });
}

#[test]
fn ids_are_unique_and_what_refers_to_them_finds_them() {
    each_page(|name, page| {
        let ids: Vec<&str> = page.elements.iter().filter_map(|e| e.find("id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
        for element in &page.elements {
            for attribute in ["for", "aria-controls", "aria-describedby", "data-rules"] {
                for id in element
                    .find(attribute)
                    .unwrap_or_default()
                    .split_whitespace()
                {
                    assert!(unique.contains(id), "{name}: {attribute}={id}");
                }
            }
        }
    });
}

#[test]
fn fields_have_a_label_and_buttons_say_what_they_do() {
    each_page(|name, page| {
        let labels: BTreeSet<&str> = page.all("label").iter().map(|l| l.get("for")).collect();
        let fields = page.elements.iter().filter(|e| is_field(e));
        for field in fields {
            assert!(
                labels.contains(field.get("id")),
                "{name}: {}",
                field.get("name")
            );
            assert!(
                field.find("autocomplete").is_some(),
                "{name}: {}",
                field.get("name")
            );
            let is_wrong = field.find("aria-invalid").is_some();
            let explained = field.get("aria-describedby").contains("-problem");
            assert_eq!(is_wrong, explained, "{name}: {}", field.get("name"));
        }
        for button in page.all("button") {
            let says = button.text.trim().is_empty() != button.find("aria-label").is_none();
            let says = says || !button.text.trim().is_empty();
            assert!(says, "{name}: {}", button.get("name"));
        }
        for picture in page.all("img") {
            assert!(picture.find("alt").is_some(), "{name}");
        }
    });
}

fn is_field(element: &Element) -> bool {
    element.tag == "textarea" || (element.tag == "input" && element.get("type") != "hidden")
}

#[test]
fn forms_are_posted_with_the_query_and_the_token() {
    each_page(|name, page| {
        for form in page.all("form") {
            assert_eq!(form.get("method"), "post", "{name}");
            assert!(
                form.get("action")
                    .ends_with("?client_id=a&state=%22%3E&scope=openid+email")
            );
            for field in ["_csrf", "cognitoAsfData"] {
                let found = page.in_form(form).filter(|e| e.get("name") == field);
                assert_eq!(found.count(), 1, "{name}: {field}");
            }
        }
    });
}

#[test]
fn values_arrive_as_they_were() {
    for value in HOSTILE {
        let case = Case {
            language: Language::English,
            value,
            has_problems: true,
        };
        let pages = samples_of(&case);
        let sign_in = Page::read(&pages[0].1);
        assert_eq!(sign_in.by_id("signInFormUsername").get("value"), value);
        let alert = sign_in.elements.iter().find(|e| e.get("role") == "alert");
        assert!(alert.unwrap().text.contains(value));
        let (_, error) = pages.iter().find(|(name, _)| *name == "error").unwrap();
        let error = Page::read(error);
        assert!(error.all("pre")[0].text.contains(value));
    }
}

/// The forms of domain 10.3: page, form, and fields with their ids.
type FormOfPage<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
const FORMS: [FormOfPage<'_>; 6] = [
    (
        "sign-in",
        "cognitoSignInForm",
        &[
            ("username", "signInFormUsername"),
            ("password", "signInFormPassword"),
            ("signInSubmitButton", ""),
        ],
    ),
    (
        "sign-up",
        "signupform",
        &[
            ("username", "signUpFormUsername"),
            ("requiredAttributes[email]", "attribute-email"),
            ("requiredAttributes[given_name]", "attribute-given_name"),
            ("requiredAttributes[custom:team]", "attribute-custom:team"),
            ("password", "signUpFormPassword"),
            ("signUpButton", ""),
        ],
    ),
    (
        "confirm",
        "confirm",
        &[
            ("code", "verification_code"),
            ("username", ""),
            ("sub", ""),
            ("destination", ""),
            ("deliveryMedium", ""),
            ("confirm", ""),
        ],
    ),
    (
        "forgot-password",
        "forgotpasswordform",
        &[("username", "username"), ("reset_my_password", "")],
    ),
    (
        "reset-password",
        "confirmforgotpasswordform",
        &[
            ("username", ""),
            ("destination", ""),
            ("deliveryMedium", ""),
            ("code", "forgot_password_code"),
            ("password", "new_password"),
            ("confirmPassword", "confirm_password"),
            ("reset_password", ""),
        ],
    ),
    (
        "sign-in-password",
        "cognitoSignInForm",
        &[
            ("username", "signInFormUsername"),
            ("password", "signInFormPassword"),
        ],
    ),
];

#[test]
fn forms_have_the_names_of_the_classic_pages() {
    let case = Case {
        language: Language::German,
        value: "ada",
        has_problems: false,
    };
    let pages = samples_of(&case);
    for (name, form, fields) in FORMS {
        let (_, markup) = pages.iter().find(|(page, _)| *page == name).unwrap();
        let page = Page::read(markup);
        let forms = page.all("form");
        let form = forms.iter().find(|e| e.get("name") == form).unwrap();
        for (field, id) in fields {
            let mut found = page.in_form(form).filter(|e| e.get("name") == *field);
            let element = found.next().unwrap_or_else(|| panic!("{name}: {field}"));
            assert_eq!(element.get("id"), *id, "{name}: {field}");
            assert!(found.next().is_none(), "{name}: {field} twice");
        }
    }
}

#[test]
fn sign_in_page_and_style_are_small() {
    let case = Case {
        language: Language::Japanese,
        value: "ada",
        has_problems: true,
    };
    let page = samples_of(&case).swap_remove(0).1.len();
    let style = super::assets::STYLE.content().len();
    assert!(page + style < 30_000, "{page} + {style}");
}
