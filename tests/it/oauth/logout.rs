//! The end of the browser's session (domain 5).

use reqwest::Url;
use serde_json::json;

use super::{CALLBACK, Domain, SIGNED_OUT, encoded};
use crate::support::tokens::assert_valid;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, TestServer, both_stores};

async fn client(server: &TestServer) -> (Domain, AppClient) {
    let domain = Domain::start(server).await;
    let app = domain.web(json!({})).await;
    (domain, app)
}

fn logout(app: &AppClient, more: &[(&str, &str)]) -> String {
    let mut query = vec![("client_id", app.id.as_str())];
    query.extend(more);
    format!("/logout?{}", encoded(&query))
}

/// The parameters of a URL, decoded and sorted.
fn parameters(url: &str) -> Vec<(String, String)> {
    let url = Url::parse(url).unwrap();
    let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
    pairs.sort();
    pairs
}

both_stores! {
    /// Nothing is added to the address, whatever else is sent. It may be where another client's users sign in.
    async fn the_browser_is_sent_to_the_address_as_it_was_sent(server: TestServer) {
        let domain = Domain::start(&server).await;
        let other = domain.web(json!({ "CallbackURLs": ["https://other.example.com/in"] })).await;
        let query = format!("client_id={}&redirect_uri=https%3a%2F%2Fother.example.com%2Fin", other.id);
        let login = format!("https://login.example.com/login?response_type=code&{query}&scope=openid+email&state=");
        let uris = [
            SIGNED_OUT, "https://app.example.com/out?a=1&b=%20", "https://app.example.com", "myapp://out", &login,
        ];
        let app = domain.web(json!({ "LogoutURLs": uris })).await;
        for uri in uris {
            for more in [&[][..], &[("state", "x"), ("scope", "openid"), ("nothing", "1")][..]] {
                let mut query = vec![("logout_uri", uri)];
                query.extend(more);
                let answer = domain.get(&logout(&app, &query)).await;
                assert_eq!(answer.status, 302, "{answer}");
                assert_eq!(answer.header("location"), Some(uri));
                assert_eq!(answer.text, "");
            }
        }
    }

    /// Tokens are the application's, not the browser's.
    async fn tokens_outlive_the_browsers_session(server: TestServer) {
        let (domain, app) = client(&server).await;
        confirmed_user(&domain.pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let location = domain.location(&logout(&app, &[("logout_uri", SIGNED_OUT)])).await;
        assert_eq!(location, SIGNED_OUT);
        assert_valid(&app, &tokens).await;
    }

    /// An address that is not registered, in any way that differs, and one that is registered for callbacks only.
    async fn an_unregistered_address_leads_to_the_error_page(server: TestServer) {
        let (domain, app) = client(&server).await;
        for uri in [
            "https://evil.example.com/", "https://app.example.com/out/", "https://app.example.com/out?a=1",
            "https://APP.example.com/out", "https://app.example.com/outside", CALLBACK, "",
        ] {
            let path = logout(&app, &[("logout_uri", uri), ("state", "x")]);
            let query = path.strip_prefix("/logout?").unwrap();
            domain.leads_to_error_page(&path, query).await;
        }
    }

    /// A client alone does not say where to go.
    async fn a_client_without_an_address_leads_to_the_error_page(server: TestServer) {
        let (domain, app) = client(&server).await;
        let path = logout(&app, &[]);
        domain.leads_to_error_page(&path, &format!("client_id={}", app.id)).await;
    }

    /// A sign-out address of nobody.
    async fn a_missing_client_leads_to_the_error_page(server: TestServer) {
        let (domain, _) = client(&server).await;
        for uri in [SIGNED_OUT, "https://evil.example.com/"] {
            let query = encoded(&[("logout_uri", uri)]);
            domain.leads_to_error_page(&format!("/logout?{query}"), &query).await;
        }
    }

    /// Another client's sign-out address is not this one's.
    async fn an_address_of_another_client_is_not_followed(server: TestServer) {
        let (domain, app) = client(&server).await;
        let theirs = "https://other.example.com/out";
        let other = domain.web(json!({ "LogoutURLs": [theirs] })).await;
        let path = logout(&app, &[("logout_uri", theirs)]);
        let query = path.strip_prefix("/logout?").unwrap();
        domain.leads_to_error_page(&path, query).await;
        let path = logout(&other, &[("logout_uri", theirs)]);
        assert_eq!(domain.location(&path).await, theirs);
    }

    /// A client that does not exist has no addresses, and the page says that it does not.
    async fn an_unknown_client_leads_to_the_error_page(server: TestServer) {
        let (domain, _) = client(&server).await;
        let unknown = ("client_id", "1example23456789abcdefghij");
        let out = encoded(&[unknown, ("logout_uri", SIGNED_OUT)]);
        let again = encoded(&[unknown, ("redirect_uri", CALLBACK), ("response_type", "code")]);
        let not_found = encoded(&[("error", "client_not_found"), unknown]);
        for (query, error) in [(&out, &out), (&again, &not_found)] {
            domain.leads_to_error_page(&format!("/logout?{query}"), error).await;
            let page = domain.get(&format!("/error?{error}")).await;
            assert_eq!(page.status, 400, "{page}");
            assert!(page.text.contains(">Client does not exist</p>"), "{page}");
        }
    }

    /// Form B, with the scope that was asked for.
    async fn signing_in_again_leads_to_the_login_page(server: TestServer) {
        let (domain, app) = client(&server).await;
        let path = logout(&app, &[
            ("redirect_uri", CALLBACK), ("response_type", "code"), ("state", "a b+c"), ("scope", "openid"),
        ]);
        let location = domain.location(&path).await;
        assert!(location.starts_with(&domain.url("/login?")), "{location}");
        assert_eq!(parameters(&location), parameters(&domain.url(&path)));
    }

    /// Form B without a scope gets all of the client's.
    async fn signing_in_again_asks_for_all_scopes_by_default(server: TestServer) {
        let (domain, app) = client(&server).await;
        let path = logout(&app, &[("redirect_uri", CALLBACK), ("response_type", "code"), ("state", "x")]);
        let location = domain.location(&path).await;
        assert!(location.starts_with(&domain.url("/login?")), "{location}");
        let mut expected = parameters(&domain.url(&path));
        expected.push(("scope".into(), "openid email orders/read".into()));
        expected.sort();
        assert_eq!(parameters(&location), expected);
        // Without a type of answer the page says so at the application, as authorize does.
        let path = logout(&app, &[("redirect_uri", CALLBACK), ("state", "x")]);
        let query = path.strip_prefix("/logout?").unwrap();
        let login = format!("/login?{query}&scope=openid+email+orders%2Fread");
        assert_eq!(domain.location(&path).await, domain.url(&login));
        for page in [login, format!("/oauth2/authorize?{query}")] {
            assert_eq!(domain.location(&page).await, format!("{CALLBACK}?state=x&error=invalid_request"));
        }
    }

    /// Form B goes to no address that authorize would not go to.
    async fn signing_in_again_needs_a_registered_callback(server: TestServer) {
        let (domain, app) = client(&server).await;
        let path = logout(&app, &[("redirect_uri", SIGNED_OUT), ("response_type", "code")]);
        let query = format!("error=redirect_mismatch&client_id={}", app.id);
        domain.leads_to_error_page(&path, &query).await;
    }

    /// What OpenID Connect calls it, which Amazon's does not know.
    async fn the_standard_parameter_works_with_a_client(server: TestServer) {
        let (domain, app) = client(&server).await;
        let path = logout(&app, &[("post_logout_redirect_uri", SIGNED_OUT)]);
        assert_eq!(domain.location(&path).await, SIGNED_OUT);
        let path = logout(&app, &[("post_logout_redirect_uri", "https://evil.example.com/")]);
        let location = domain.location(&path).await;
        assert!(location.starts_with(&domain.url("/error?")), "{location}");
    }

    /// The hint's audience stands for the client.
    async fn the_standard_parameter_works_with_a_hint(server: TestServer) {
        let (domain, app) = client(&server).await;
        confirmed_user(&domain.pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let hinted = |uri: &str| {
            let query = [("id_token_hint", tokens.id.as_str()), ("post_logout_redirect_uri", uri)];
            format!("/logout?{}", encoded(&query))
        };
        assert_eq!(domain.location(&hinted(SIGNED_OUT)).await, SIGNED_OUT);
        let location = domain.location(&hinted("https://evil.example.com/")).await;
        assert!(location.starts_with(&domain.url("/")), "{location}");
        let without = encoded(&[("post_logout_redirect_uri", SIGNED_OUT)]);
        domain.leads_to_error_page(&format!("/logout?{without}"), &without).await;
    }
}
