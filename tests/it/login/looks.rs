//! How pages look follows what administrators set (section 11), though a node remembers it for a moment.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::browser::{Browser, code_query, web_client};
use crate::support::{AppClient, TestServer, TestStore, both_stores, several_nodes, wait};

/// `<svg …/>` with this id, as an administrator sends it and as a browser gets it.
fn picture(id: &str) -> (String, String) {
    use base64::Engine as _;
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"{id}\"/>");
    (base64::prelude::BASE64_STANDARD.encode(&svg), svg)
}

/// A branding with this colour of buttons and this logo.
fn branding(color: &str, logo: &str) -> Value {
    let settings = json!({ "components": {
        "form": { "logo": { "enabled": true } },
        "primaryButton": { "lightMode": { "defaults": { "backgroundColor": color } } },
    } });
    let logo = json!({ "Category": "FORM_LOGO", "ColorMode": "DYNAMIC", "Extension": "SVG", "Bytes": picture(logo).0 });
    json!({ "Settings": settings, "Assets": [logo] })
}

/// Where the login page is.
fn login(browser: &Browser, app: &AppClient) -> String {
    format!("{}?{}", browser.path("login"), code_query(app, ""))
}

/// The addresses of the client's own files that the login page names: its style and its logo, if it has them.
async fn files(browser: &mut Browser, app: &AppClient) -> Vec<String> {
    let page = browser.open(&login(browser, app)).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let own = browser.path(&format!("assets/{}/", app.id));
    let texts = page.html.split('"').filter(|text| text.starts_with(&own));
    texts.map(str::to_owned).collect()
}

/// The login page has a style with this text, and this logo.
async fn assert_looks(browser: &mut Browser, app: &AppClient, style: &str, logo: &str) {
    let named = files(browser, app).await;
    assert_eq!(named.len(), 2, "{named:?}");
    let file = browser.open(&named[0]).await;
    assert!(
        file.status == 200 && file.html.contains(style),
        "{style}: {}",
        file.html
    );
    let file = browser.open(&named[1]).await;
    assert_eq!((file.status, file.html), (200, picture(logo).1));
}

both_stores! {
    /// Sections 2.7 and 11.1: a branding that is made, changed or deleted shows at the next page.
    async fn a_changed_branding_shows_at_once(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let other = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        browser.use_managed_login(&other).await;
        let of = |id: Value, values: Value| {
            let mut input = values;
            input["ManagedLoginBrandingId"] = id;
            input
        };
        for round in ["1", "2"] {
            let page = browser.open(&login(&browser, &app)).await;
            assert_eq!(page.status, 400);
            assert!(page.html.contains("Login pages unavailable"), "{}", page.html);
            let first = format!("first-{round}");
            let mut input = branding("010203ff", &first);
            input["ClientId"] = json!(app.id);
            let made = pool.admin("CreateManagedLoginBranding", input).await.ok();
            let id = made["ManagedLoginBranding"]["ManagedLoginBrandingId"].clone();
            assert_looks(&mut browser, &app, "#010203ff", &first).await;
            let former = files(&mut browser, &app).await;
            let changed = of(id.clone(), branding("040506ff", "second"));
            pool.admin("UpdateManagedLoginBranding", changed).await.ok();
            assert_looks(&mut browser, &app, "#040506ff", "second").await;
            for file in &former {
                assert_eq!(browser.open(file).await.status, 404, "{file}");
            }
            let changed = of(id.clone(), json!({ "Settings": branding("070809ff", "")["Settings"] }));
            pool.admin("UpdateManagedLoginBranding", changed).await.ok();
            assert_looks(&mut browser, &app, "#070809ff", "second").await;
            let last = files(&mut browser, &app).await;
            pool.admin("DeleteManagedLoginBranding", of(id, json!({}))).await.ok();
            for file in &last {
                assert_eq!(browser.open(file).await.status, 404, "{file}");
            }
            assert_eq!(files(&mut browser, &other).await, Vec::<String>::new());
        }
        // Where logos stand, and the lines of header and footer.
        let line = |location: &str, color: &str| json!({
            "logo": { "enabled": true, "location": location }, "lightMode": { "borderColor": color },
        });
        let picture = |category: &str| json!({
            "Category": category, "ColorMode": "DYNAMIC", "Extension": "SVG", "Bytes": picture(category).0,
        });
        let input = json!({
            "ClientId": app.id,
            "Settings": {
                "categories": { "global": {
                    "colorSchemeMode": "LIGHT", "pageHeader": { "enabled": true }, "pageFooter": { "enabled": true },
                } },
                "components": {
                    "form": { "logo": { "enabled": true, "location": "START", "position": "BOTTOM" } },
                    "pageHeader": line("CENTER", "010203ff"),
                    "pageFooter": line("END", "040506ff"),
                },
            },
            "Assets": [picture("FORM_LOGO"), picture("PAGE_HEADER_LOGO"), picture("PAGE_FOOTER_LOGO")],
        });
        pool.admin("CreateManagedLoginBranding", input).await.ok();
        let page = browser.open(&login(&browser, &app)).await;
        for markup in [
            "<header class=\"line head\" data-place=\"center\">", "<footer class=\"line foot\" data-place=\"end\">",
            "<div class=\"card background-customizable\" data-logo=\"end\">",
            "<div class=\"banner-customizable\" data-place=\"start\">",
        ] {
            assert!(page.html.contains(markup), "{markup}: {}", page.html);
        }
        let named = files(&mut browser, &app).await;
        assert_eq!(named.len(), 4, "{named:?}");
        let style = browser.open(&named[0]).await.html;
        assert_eq!(style, ":root{--header-line:#010203ff;--footer-line:#040506ff;}\n");
    }

    /// Section 11.2: the classic look is the client's own, else the pool's, as it is now.
    async fn a_changed_classic_look_shows_at_once(server: TestServer) {
        const PNG: &str = "iVBORw0KGgpub3QgbXVjaCBvZiBhIHBpY3R1cmU=";
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let css = |color: &str| json!(format!(".submitButton-customizable {{ background-color: {color}; }}"));
        let set = async |input: Value| pool.admin("SetUICustomization", input).await.ok();
        assert_eq!(files(&mut browser, &app).await, Vec::<String>::new());
        let logo = browser.path(&format!("assets/{}/logo", app.id));
        for (input, color, has_logo) in [
            (json!({ "CSS": css("#111111") }), Some("#111111"), false),
            (json!({ "CSS": css("#222222"), "ImageFile": PNG }), Some("#222222"), true),
            (json!({ "ClientId": app.id, "CSS": css("#333333") }), Some("#333333"), false),
            (json!({ "CSS": css("#444444"), "ImageFile": PNG }), Some("#333333"), false),
            (json!({ "ClientId": app.id }), Some("#444444"), true),
            (json!({}), None, false),
        ] {
            set(input).await;
            let named = files(&mut browser, &app).await;
            assert_eq!(named.len(), usize::from(color.is_some()) + usize::from(has_logo), "{named:?}");
            assert_eq!(named.contains(&logo), has_logo, "{named:?}");
            if let Some(color) = color {
                assert!(browser.open(&named[0]).await.html.contains(color), "{color}");
            }
            let request = server.client.raw(Method::GET, &logo);
            let status = request.send().await.unwrap().status();
            assert_eq!(status, if has_logo { 200 } else { 404 });
        }
    }

    /// Section 2.7: another generation of the pages shows at once, and back again.
    async fn another_generation_of_pages_shows_at_once(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        let mut input = branding("010203ff", "logo");
        input["ClientId"] = json!(app.id);
        pool.admin("CreateManagedLoginBranding", input).await.ok();
        for version in [1, 2, 1, 2] {
            let input = json!({ "Domain": browser.domain, "ManagedLoginVersion": version });
            pool.admin("UpdateUserPoolDomain", input).await.ok();
            if version == 2 {
                assert_looks(&mut browser, &app, "#010203ff", "logo").await;
            } else {
                assert_eq!(files(&mut browser, &app).await, Vec::<String>::new());
            }
        }
    }
}

several_nodes! {
    /// Another node's change shows soon, and what its pages name is found everywhere at once.
    async fn another_nodes_branding_shows_soon(store: TestStore) {
        let first = TestServer::start(&store, |_| {}).await;
        let second = TestServer::start(&store, |_| {}).await;
        let pool = first.pool(json!({})).await;
        let app = web_client(&pool, json!({})).await;
        let mut browser = Browser::new(&pool).await;
        browser.use_managed_login(&app).await;
        let by_client = json!({ "ClientId": app.id });
        let described = pool.admin("DescribeManagedLoginBrandingByClient", by_client).await.ok();
        let id = described["ManagedLoginBranding"]["ManagedLoginBrandingId"].clone();
        let path = login(&browser, &app);
        let at_second = async |path: &str| second.client.send(second.client.raw(Method::GET, path)).await;
        let page = at_second(&path).await;
        assert_eq!(page.status, 200, "{page}");
        let mut changed = branding("010203ff", "logo");
        changed["ManagedLoginBrandingId"] = id;
        pool.admin("UpdateManagedLoginBranding", changed).await.ok();
        assert_looks(&mut browser, &app, "#010203ff", "logo").await;
        let named = files(&mut browser, &app).await;
        for file in &named {
            let answer = at_second(file).await;
            assert_eq!(answer.status, 200, "{file}: {answer}");
        }
        wait::until("the other node to show it", std::time::Duration::from_secs(10), || async {
            let page = at_second(&path).await;
            named.iter().all(|file| page.text.contains(file.as_str())).then_some(())
        })
        .await;
        first.stop().await;
        second.stop().await;
    }
}
