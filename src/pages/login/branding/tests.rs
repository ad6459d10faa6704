use serde_json::json;

use super::*;
use crate::pages::login::assets::STYLE;

fn asset(category: &str, color_mode: &str, extension: &str) -> Asset {
    Asset {
        category: category.to_owned(),
        color_mode: color_mode.to_owned(),
        extension: extension.to_owned(),
        bytes: format!("{category}{color_mode}"),
        resource_id: None,
    }
}

fn style_of(settings: &Value) -> String {
    let branding = Branding::managed(Some(settings), &[]);
    branding
        .style
        .map_or_else(String::new, |style| style.content().to_owned())
}

#[test]
fn a_branding_without_settings_is_ours() {
    assert_eq!(Branding::managed(None, &[]), Branding::default());
}

#[test]
fn colors_radii_and_places_come_from_the_settings() {
    let settings = json!({
        "categories": {
            "auth": { "authMethodOrder": [[{"display": "INPUT", "type": "USERNAME_PASSWORD"}]] },
            "form": { "location": { "horizontal": "END", "vertical": "START" } },
            "global": { "colorSchemeMode": "LIGHT" },
        },
        "componentClasses": { "buttons": { "borderRadius": 4.5 } },
        "components": {
            "primaryButton": {
                "lightMode": { "defaults": { "backgroundColor": "AB0972d3" } },
                "darkMode": { "defaults": { "backgroundColor": "539fe5ff" } },
            },
        },
    });
    let branding = Branding::managed(Some(&settings), &[]);
    assert_eq!(branding.scheme, Scheme::Light);
    assert_eq!(
        (branding.horizontal, branding.vertical),
        (Place::End, Place::Start)
    );
    assert!(branding.providers_last);
    let expected = ":root{--button-radius:4.5px;}\n:root{--primary:#ab0972d3;}\n";
    assert_eq!(style_of(&settings), expected);
}

#[test]
fn colors_of_both_schemes_stand_apart() {
    let settings = json!({ "components": { "form": {
        "lightMode": { "backgroundColor": "ffffffff" },
        "darkMode": { "backgroundColor": "000000ff" },
    } } });
    let expected = "@media(prefers-color-scheme:light){:root{--card:#ffffffff;}}\n\
                    @media(prefers-color-scheme:dark){:root{--card:#000000ff;}}\n";
    assert_eq!(style_of(&settings), expected);
}

#[test]
fn a_value_that_is_no_color_or_number_is_left_out() {
    for hostile in [
        json!("red"),
        json!("fff"),
        json!("#fffffff"),
        json!("ffffff;}"),
        json!("0972d3ffa"),
        json!("url(//a)"),
        json!("fffffffｆ"),
        json!(12_345_678),
        json!(null),
        json!({ "a": "ffffffff" }),
        json!(-1),
        json!(1e300),
        json!("4px;}body{}"),
    ] {
        let settings = json!({
            "components": {
                "form": { "borderRadius": hostile, "lightMode": { "backgroundColor": hostile } },
                "pageBackground": { "darkMode": { "color": hostile } },
            },
            "categories": { "form": { "location": { "horizontal": hostile } } },
        });
        // Where the hostile value is a number, it is none that a radius can be.
        let settings = if hostile == json!(12_345_678) {
            json!({ "components": { "form": { "lightMode": { "backgroundColor": hostile } } } })
        } else {
            settings
        };
        assert_eq!(style_of(&settings), "", "{hostile}");
    }
}

#[test]
fn settings_of_any_shape_are_read() {
    for settings in [json!([]), json!("x"), json!(1), json!({ "components": [] })] {
        let branding = Branding::managed(Some(&settings), &[]);
        assert_eq!(branding, Branding::default(), "{settings}");
    }
}

#[test]
fn each_color_and_radius_is_one_of_the_style() {
    let defaults = include_str!("../../../domain/managed_login_branding/defaults.json");
    let defaults: Value = serde_json::from_str(defaults).unwrap();
    let style = style_of(&defaults);
    assert_eq!(style.matches("--").count(), 41 + 4 + 1, "{style}");
    for declaration in style.split(['{', ';']).filter(|d| d.starts_with("--")) {
        let name = declaration.split(':').next().unwrap();
        assert!(STYLE.content().contains(&format!("{name}: ")), "{name}");
    }
}

#[test]
fn pictures_follow_the_scheme() {
    let assets = [
        asset("FORM_LOGO", "LIGHT", "PNG"),
        asset("FORM_LOGO", "DARK", "SVG"),
        asset("PAGE_BACKGROUND", "DYNAMIC", "WEBP"),
        asset("FAVICON_ICO", "DYNAMIC", "ICO"),
    ];
    let path = |at: usize| PictureFile::of(&assets[at]).unwrap().path();
    let logo = |mode: &str| {
        let settings = json!({
            "categories": { "global": { "colorSchemeMode": mode } },
            "components": { "form": { "logo": { "enabled": true } } },
        });
        Branding::managed(Some(&settings), &assets)
    };
    assert_eq!(logo("LIGHT").logo, Some(Pictured::at(path(0))));
    assert_eq!(logo("DARK").logo, Some(Pictured::at(path(1))));
    let dynamic = logo("DYNAMIC");
    let expected = Pictured {
        path: path(0),
        dark_path: Some(path(1)),
    };
    assert_eq!(dynamic.logo, Some(expected));
    assert_eq!(dynamic.favicon.unwrap().media_type(), "image/x-icon");
    let style = dynamic.style.unwrap();
    let address = path(2).replace("/branding/", "branding/");
    assert!(
        style
            .content()
            .contains(&format!("body{{background-image:url(\"{address}\")"))
    );
}

#[test]
fn a_logo_that_is_not_enabled_is_not_shown() {
    let assets = [asset("FORM_LOGO", "LIGHT", "PNG")];
    assert_eq!(Branding::managed(None, &assets).logo, None);
}

#[test]
fn a_classic_style_sheet_has_light_pages() {
    let css = ".logo-customizable { max-width: 60%; }".to_owned();
    let look = Look::new(Some(css.clone()), None).unwrap();
    let branding = Branding::classic(&look, "/logo.png");
    assert_eq!(branding.scheme, Scheme::Light);
    assert_eq!(branding.logo, None);
    assert_eq!(branding.style.unwrap().content(), css);
}

#[test]
fn pictures_are_shown_where_they_are_enabled() {
    let assets = [
        asset("FORM_BACKGROUND", "LIGHT", "PNG"),
        asset("PAGE_BACKGROUND", "LIGHT", "PNG"),
        asset("PAGE_HEADER_LOGO", "LIGHT", "PNG"),
        asset("PAGE_FOOTER_LOGO", "LIGHT", "PNG"),
    ];
    let path = |at: usize| PictureFile::of(&assets[at]).unwrap().path();
    let with = |enabled: bool| {
        let on = json!({ "enabled": enabled });
        let settings = json!({
            "categories": { "global": { "pageHeader": on, "pageFooter": on } },
            "components": {
                "form": { "backgroundImage": on },
                "pageBackground": { "image": on },
                "pageHeader": { "logo": on },
                "pageFooter": { "logo": on },
            },
        });
        Branding::managed(Some(&settings), &assets)
    };
    let shown = with(true);
    assert_eq!(shown.header_logo, Some(Pictured::at(path(2))));
    assert_eq!(shown.footer_logo, Some(Pictured::at(path(3))));
    let style = shown.style.unwrap();
    for (at, selector) in [(0, ".background-customizable"), (1, "body")] {
        let address = path(at).replace("/branding/", "branding/");
        let rule = format!("{selector}{{background-image:url(\"{address}\")");
        assert!(style.content().contains(&rule), "{}", style.content());
    }
    assert_eq!(with(false), Branding::default());
}

#[test]
fn logos_and_lines_follow_the_settings() {
    let line = |location: &str, light: &str, dark: &str| {
        json!({
            "logo": { "location": location },
            "lightMode": { "borderColor": light },
            "darkMode": { "borderColor": dark },
        })
    };
    let settings = json!({ "components": {
        "form": { "logo": { "location": "END", "position": "BOTTOM" } },
        "pageHeader": line("CENTER", "010203ff", "040506ff"),
        "pageFooter": line("END", "070809ff", "0a0b0cff"),
    } });
    let of = |branding: &Branding| {
        [
            branding.logo_place,
            branding.logo_position,
            branding.header_place,
            branding.footer_place,
        ]
    };
    let set = Branding::managed(Some(&settings), &[]);
    assert_eq!(
        of(&set),
        [Place::End, Place::End, Place::Center, Place::End]
    );
    let ours = [Place::Center, Place::Start, Place::Start, Place::Start];
    assert_eq!(of(&Branding::default()), ours);
    let expected = "@media(prefers-color-scheme:light){:root{--header-line:#010203ff;--footer-line:#070809ff;}}\n\
                    @media(prefers-color-scheme:dark){:root{--header-line:#040506ff;--footer-line:#0a0b0cff;}}\n";
    assert_eq!(set.style.unwrap().content(), expected);
    for used in [
        "border-bottom: 1px solid var(--header-line)",
        "border-top: 1px solid var(--footer-line)",
    ] {
        assert!(STYLE.content().contains(used), "{used}");
    }
}

#[test]
fn the_icon_is_an_svg_where_that_is_enabled() {
    let assets = [
        asset("FAVICON_ICO", "DYNAMIC", "ICO"),
        asset("FAVICON_SVG", "DYNAMIC", "SVG"),
    ];
    let icon = |types: Value| {
        let settings = json!({ "components": { "favicon": { "enabledTypes": types } } });
        let favicon = Branding::managed(Some(&settings), &assets).favicon;
        favicon.map(|icon| icon.media_type())
    };
    assert_eq!(icon(Value::Null), Some("image/svg+xml"));
    assert_eq!(icon(json!(["ICO", "SVG"])), Some("image/svg+xml"));
    assert_eq!(icon(json!(["ICO"])), Some("image/x-icon"));
    assert_eq!(icon(json!([])), None);
}

#[test]
fn members_that_are_only_stored_change_nothing() {
    let settings = json!({
        "categories": {
            "form": {
                "displayGraphics": false,
                "instructions": { "enabled": true },
                "languageSelector": { "enabled": true },
                "sessionTimerDisplay": "STATIC",
            },
            "global": { "spacingDensity": "COMPACT" },
            "signUp": { "acceptanceElements": [{ "enforcement": "NONE", "textKey": "en" }] },
        },
        "components": { "phoneNumberSelector": { "displayType": "TEXT" } },
        "unknown": { "lightMode": { "color": "102030ff" } },
    });
    assert_eq!(Branding::managed(Some(&settings), &[]), Branding::default());
}
