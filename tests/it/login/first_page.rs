//! The page that a sign-in begins with: what is filled in, in which language, and whom it refuses in which words
//! (domain 2.1, 10.2, 10.5).

use serde_json::{Value, json};

use crate::support::browser::{Browser, code_query, web_client};
use crate::support::pools::PASSWORD;
use crate::support::users::{call_for_user, confirmed_user};
use crate::support::{AppClient, TestServer, both_stores};

async fn client(server: &TestServer, settings: Value) -> (AppClient, Browser) {
    let pool = server.pool(json!({})).await;
    let app = web_client(&pool, settings).await;
    let browser = Browser::new(&pool).await;
    (app, browser)
}

both_stores! {
    /// The name of the hint is filled in, and is a text and no markup.
    async fn the_hint_is_filled_in(server: TestServer) {
        let (app, mut browser) = client(&server, json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        let hinted = |hint: &str| code_query(&app, &format!("&login_hint={hint}"));
        for is_managed in [false, true] {
            if is_managed {
                browser.use_managed_login(&app).await;
            }
            for (hint, value) in [
                ("ada%40example.com", "ada@example.com"),
                ("%22%3E%3Cscript%3Eada%27%26", "&#34;&#62;&#60;script&#62;ada&#39;&#38;"),
            ] {
                let page = browser.open(&format!("{}?{}", browser.path("login"), hinted(hint))).await;
                assert_eq!(page.status, 200);
                let (_, field) = page.html.split_once("id=\"signInFormUsername\"").expect("the field");
                let (field, _) = field.split_once('>').expect("the field's end");
                assert!(field.contains(&format!("value=\"{value}\"")), "{field}");
                assert!(!page.html.contains("<script>ada"), "{}", page.html);
                assert_eq!(page.html.contains("type=\"password\""), !is_managed);
            }
            let page = browser.open(&format!("{}?{}", browser.path("login"), code_query(&app, ""))).await;
            assert!(!page.html.contains("value=\"ada"), "{}", page.html);
        }
    }

    /// The language is the parameter's or the cookie's, never the browser's; an unknown one is English.
    async fn the_browsers_own_languages_are_not_obeyed(server: TestServer) {
        let (app, browser) = client(&server, json!({})).await;
        browser.use_managed_login(&app).await;
        for (further, tag) in [("", "en"), ("&lang=xx", "en"), ("&lang=fr", "fr"), ("&lang=pt-BR", "pt-BR")] {
            let mut browser = browser.twin().with_header("accept-language", "de-DE,de;q=0.9");
            let page = browser.open(&format!("{}?{}", browser.path("login"), code_query(&app, further))).await;
            assert!(page.html.contains(&format!("<html lang=\"{tag}\"")), "{further}: {}", page.html);
        }
    }

    /// A user who is disabled reads what the JSON API says, with the right password and with a wrong one.
    async fn a_disabled_user_reads_the_words_of_the_api(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (hides, name) in [("ENABLED", "ada"), ("LEGACY", "bob")] {
            let app = web_client(&pool, json!({ "PreventUserExistenceErrors": hides })).await;
            confirmed_user(&pool, name, json!({})).await;
            call_for_user(&pool, "AdminDisableUser", name).await.ok();
            let mut browser = Browser::new(&pool).await;
            for (password, text) in [
                (PASSWORD, "User is disabled."),
                ("Wr0ng-Horse!", "Incorrect username or password."),
            ] {
                app.initiate(name, password).await.fails("NotAuthorizedException", text);
                let page = browser.log_in(&code_query(&app, ""), name, password).await;
                assert_eq!((page.status, page.location.as_str()), (200, ""), "{hides}: {page:?}");
                assert!(page.html.contains(&format!("<p>{text}</p>")), "{hides}: {}", page.html);
                assert!(page.html.contains(&format!("value=\"{name}\"")), "{}", page.html);
                assert!(!page.html.contains(password), "{}", page.html);
                assert_eq!(browser.cookie("cognito"), None);
            }
        }
        let sessions = server.store.ask("SELECT user_id FROM browser_sessions").await;
        assert_eq!(sessions, Vec::<String>::new());
    }
}
