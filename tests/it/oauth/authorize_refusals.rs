//! What authorize refuses, in the order of its checks, and where the browser goes then (domain 2.3, 2.6 to 2.8).

use serde_json::{Value, json};

use super::{CALLBACK, Domain, PREFIX, encoded};
use crate::support::{AppClient, TestServer, both_stores};

const AUTHORIZE: &str = "/oauth2/authorize";
const EVIL: &str = "https://evil.example.com/";
const NO_OAUTH: &str = "Client+is+not+enabled+for+OAuth2.0+flows+";

async fn client(server: &TestServer, settings: Value) -> (Domain, AppClient) {
    let domain = Domain::start(server).await;
    let app = domain.web(settings).await;
    (domain, app)
}

/// Where a request with these parameters, and behind them `raw`, leads to.
async fn sent_to(domain: &Domain, query: &[(&str, &str)], raw: &str) -> String {
    domain
        .location(&format!("{AUTHORIZE}?{}{raw}", encoded(query)))
        .await
}

/// The same for a client and its callback, with everything else in `more`.
async fn called_back(domain: &Domain, app: &AppClient, more: &[(&str, &str)]) -> String {
    let mut query = vec![("client_id", app.id.as_str()), ("redirect_uri", CALLBACK)];
    query.extend(more);
    sent_to(domain, &query, "").await
}

both_stores! {
    /// A missing client comes before everything else.
    async fn a_missing_client_leads_to_the_error_page(server: TestServer) {
        let (domain, _) = client(&server, json!({})).await;
        for query in [
            encoded(&[("response_type", "code")]),
            encoded(&[("response_type", "code"), ("redirect_uri", EVIL), ("state", "x")]),
            encoded(&[("client_id", ""), ("redirect_uri", CALLBACK)]),
        ] {
            domain.leads_to_error_page(&format!("{AUTHORIZE}?{query}"), &query).await;
        }
    }

    /// A missing address comes before an unknown client.
    async fn a_missing_address_leads_to_the_error_page(server: TestServer) {
        let (domain, app) = client(&server, json!({})).await;
        for id in [app.id.as_str(), "1example23456789abcdefghij"] {
            let query = encoded(&[("response_type", "code"), ("client_id", id), ("state", "x")]);
            domain.leads_to_error_page(&format!("{AUTHORIZE}?{query}"), &query).await;
        }
    }

    /// A client of nobody and one of another pool.
    async fn an_unknown_client_leads_to_the_error_page(server: TestServer) {
        let (domain, _) = client(&server, json!({})).await;
        let elsewhere = server.pool(json!({})).await.client(json!({ "CallbackURLs": [CALLBACK] })).await;
        for id in ["1example23456789abcdefghij", &elsewhere.id] {
            let query = [("response_type", "code"), ("client_id", id), ("redirect_uri", CALLBACK)];
            let location = sent_to(&domain, &query, "").await;
            let error = domain.url("/error?");
            assert!(location.starts_with(&error), "{location}");
        }
    }

    /// Every difference counts, also with a client that is not enabled.
    async fn an_unregistered_address_leads_to_the_error_page(server: TestServer) {
        let settings = json!({ "CallbackURLs": [CALLBACK, "https://app.example.com/query?a=1", "myapp://in"] });
        let (domain, app) = client(&server, settings).await;
        let off = domain.web(json!({ "AllowedOAuthFlowsUserPoolClient": false })).await;
        for (app, uri) in [
            (&app, EVIL), (&app, "https://app.example.com/in/"), (&app, "https://app.example.com/In"),
            (&app, "https://APP.example.com/in"), (&app, "https://app.example.com/in?a=1"),
            (&app, "https://app.example.com/in#a"), (&app, "http://app.example.com/in"),
            (&app, "https://app.example.com:443/in"), (&app, "https://app.example.com/query"),
            (&app, "https://app.example.com/query?a=2"), (&app, "myapp://out"), (&off, EVIL),
        ] {
            let query = encoded(&[
                ("response_type", "nothing"), ("client_id", &app.id), ("redirect_uri", uri), ("scope", "nothing"),
            ]);
            let error = format!("error=redirect_mismatch&client_id={}", app.id);
            let path = format!("{AUTHORIZE}?{query}");
            domain.leads_to_error_page(&path, &error).await;
        }
    }

    /// A client that may not use OAuth hears so, whatever else is wrong.
    async fn a_client_without_oauth_is_refused_at_its_callback(server: TestServer) {
        let settings = json!({ "AllowedOAuthFlowsUserPoolClient": false });
        let (domain, app) = client(&server, settings).await;
        for more in [
            &[("response_type", "code")][..],
            &[][..],
            &[("response_type", "nothing"), ("scope", "nothing"), ("code_challenge_method", "plain")][..],
        ] {
            let location = called_back(&domain, &app, more).await;
            assert_eq!(location, format!("{CALLBACK}?error_description={NO_OAUTH}&error=invalid_request"));
        }
    }

    /// A response type that is none, or more than one.
    async fn a_response_type_is_code_or_token(server: TestServer) {
        let (domain, app) = client(&server, json!({})).await;
        let expected = format!("{CALLBACK}?error=invalid_request");
        assert_eq!(called_back(&domain, &app, &[]).await, expected);
        for response_type in ["", "nothing", "Code", "code token", "id_token"] {
            let more = [("response_type", response_type), ("scope", "nothing")];
            assert_eq!(called_back(&domain, &app, &more).await, expected, "{response_type}");
        }
    }

    /// A flow that the client does not have comes before its scopes; for `token` the answer is in the fragment.
    async fn a_flow_that_the_client_does_not_have_is_refused(server: TestServer) {
        let (domain, code) = client(&server, json!({ "AllowedOAuthFlows": ["code"] })).await;
        let more = [("response_type", "token"), ("scope", "nothing"), ("state", "x")];
        let location = called_back(&domain, &code, &more).await;
        assert_eq!(location, format!("{CALLBACK}#state=x&error=unauthorized_client"));
        let implicit = domain.web(json!({ "AllowedOAuthFlows": ["implicit"] })).await;
        let more = [("response_type", "code"), ("scope", "nothing"), ("state", "x")];
        let location = called_back(&domain, &implicit, &more).await;
        assert_eq!(location, format!("{CALLBACK}?state=x&error=unauthorized_client"));
    }

    /// Section 2.4: the form that was observed, which comes before PKCE.
    async fn a_scope_that_is_not_the_clients_is_refused(server: TestServer) {
        let (domain, app) = client(&server, json!({})).await;
        for scope in ["offline_access", "openid groups", "orders/write", "profile", "OPENID"] {
            for (response_type, mark) in [("code", '?'), ("token", '#')] {
                let more = [
                    ("response_type", response_type), ("scope", scope), ("state", "x"),
                    ("code_challenge_method", "plain"), ("code_challenge", "abc"),
                ];
                assert_eq!(
                    called_back(&domain, &app, &more).await,
                    format!("{CALLBACK}{mark}error_description=invalid_scope&state=x&error=invalid_request"),
                    "{scope}",
                );
            }
        }
    }

    /// Another method than S256, a challenge without a method, a method without a challenge, and what is no challenge of
    /// RFC 7636; before the provider that is named, and before the session.
    async fn faults_of_pkce_are_refused(server: TestServer) {
        let (domain, app) = client(&server, json!({})).await;
        domain.use_managed_login(&app).await;
        let text = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let (challenge, method) = (("code_challenge", text), ("code_challenge_method", "S256"));
        let (longest, too_long) = ("~".repeat(128), "~".repeat(129));
        let (foreign, padded) = (text.replace('-', "+"), format!("{text}="));
        for fault in [
            &[challenge][..],
            &[challenge, ("code_challenge_method", "plain")],
            &[challenge, ("code_challenge_method", "s256")],
            &[method],
            &[method, ("code_challenge", "")],
            &[method, ("code_challenge", &text[1..])],
            &[method, ("code_challenge", too_long.as_str())],
            &[method, ("code_challenge", foreign.as_str())],
            &[method, ("code_challenge", padded.as_str())],
        ] {
            for next in [("prompt", "none"), ("identity_provider", "Google")] {
                let mut more = vec![("response_type", "code"), next, ("state", "x")];
                more.extend(fault);
                let location = called_back(&domain, &app, &more).await;
                assert_eq!(location, format!("{CALLBACK}?state=x&error=invalid_request"), "{fault:?}");
            }
        }
        for challenge in [text, longest.as_str()] {
            let more = [("response_type", "code"), ("prompt", "none"), method, ("code_challenge", challenge)];
            let location = called_back(&domain, &app, &more).await;
            assert_eq!(location, format!("{CALLBACK}?error=login_required"), "{challenge}");
        }
    }

    /// Section 2.1: what the other parameters may not be; before the provider that is named.
    async fn malformed_parameters_are_refused(server: TestServer) {
        let (domain, app) = client(&server, json!({})).await;
        domain.use_managed_login(&app).await;
        let long_resource = format!("https://{}", "a".repeat(1017));
        let long_nonce = "n".repeat(1025);
        for fault in [
            ("resource", "api.example.com"), ("resource", "http://api.example.com"),
            ("resource", "http://localhost.example.com"), ("resource", "https://api.example.com/#a"),
            ("resource", "https://api.example.com/a b"), ("resource", long_resource.as_str()),
            ("nonce", long_nonce.as_str()), ("nonce", "a\nb"), ("nonce", "a\0b"),
            ("max_age", "-1"), ("max_age", "+5"), ("max_age", "1.5"), ("max_age", "an hour"),
            ("prompt", "foo"), ("prompt", "none login"), ("prompt", "login none"), ("prompt", "none none"),
        ] {
            let more = [("response_type", "code"), ("state", "x"), ("identity_provider", "Google"), fault];
            let location = called_back(&domain, &app, &more).await;
            assert_eq!(location, format!("{CALLBACK}?state=x&error=invalid_request"), "{fault:?}");
            let more = [("response_type", "token"), fault];
            let location = called_back(&domain, &app, &more).await;
            assert_eq!(location, format!("{CALLBACK}#error=invalid_request"), "{fault:?}");
        }
        for good in [
            ("resource", &long_resource[..1024]), ("nonce", &long_nonce[..1024]), ("max_age", "0"), ("nonce", "\u{e9}"),
        ] {
            let more = [("response_type", "code"), ("prompt", "none"), good];
            let location = called_back(&domain, &app, &more).await;
            assert_eq!(location, format!("{CALLBACK}?error=login_required"), "{good:?}");
        }
        let classic = json!({ "Domain": PREFIX, "ManagedLoginVersion": 1 });
        domain.pool.admin("UpdateUserPoolDomain", classic).await.ok();
        let more = [("response_type", "code"), ("prompt", "foo")];
        let location = called_back(&domain, &app, &more).await;
        assert!(location.starts_with(&domain.url("/login?")), "{location}");
    }

    /// RFC 6749, 3.1: none twice, equal or not, with a value or without; before the flow is looked at. Of two addresses the
    /// browser is sent to none.
    async fn a_repeated_parameter_is_refused(server: TestServer) {
        let (domain, app) = client(&server, json!({ "AllowedOAuthFlows": ["code"] })).await;
        let query = [("response_type", "token"), ("client_id", app.id.as_str()), ("redirect_uri", CALLBACK)];
        let expected = format!("{CALLBACK}#state=x&error=invalid_request");
        for name in [
            "response_type", "client_id", "state", "scope", "code_challenge", "code_challenge_method", "nonce",
            "identity_provider", "idp_identifier", "login_hint", "lang", "prompt", "acr_values", "resource", "max_age",
            "id_token_hint",
        ] {
            let once = match name {
                "response_type" | "client_id" | "state" => String::new(),
                _ => format!("&{name}=a"),
            };
            let location = sent_to(&domain, &query, &format!("&state=x{once}")).await;
            assert_eq!(location, format!("{CALLBACK}#state=x&error=unauthorized_client"), "{name}");
            for again in ["a", "b", ""] {
                let location = sent_to(&domain, &query, &format!("&state=x{once}&{name}={again}")).await;
                assert_eq!(location, expected, "{name}={again}");
            }
        }
        for again in [CALLBACK, EVIL, ""] {
            let path = format!("{AUTHORIZE}?{}&{}", encoded(&query), encoded(&[("redirect_uri", again)]));
            let error = format!("error=redirect_mismatch&client_id={}", app.id);
            domain.leads_to_error_page(&path, &error).await;
        }
    }

    /// The state comes back byte for byte, between the description and the error.
    async fn the_state_comes_back_byte_for_byte(server: TestServer) {
        let (domain, app) = client(&server, json!({})).await;
        let off = domain.web(json!({ "AllowedOAuthFlowsUserPoolClient": false })).await;
        for state in ["%7B%22a%22%3A1%7D+x", "a%2fb%2Fc", "a%20b", "-._~!*()", "%C3%A9", "a=b", "%252F"] {
            let raw = format!("&state={state}");
            let query = |app: &AppClient, response_type: &'static str| {
                [("response_type", response_type.to_owned()), ("client_id", app.id.clone()),
                    ("redirect_uri", CALLBACK.to_owned()), ("scope", "nothing".to_owned())]
            };
            let sent = async |app: &AppClient, response_type: &'static str| {
                let query = query(app, response_type);
                let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
                sent_to(&domain, &query, &raw).await
            };
            assert_eq!(
                sent(&off, "code").await,
                format!("{CALLBACK}?error_description={NO_OAUTH}&state={state}&error=invalid_request"),
            );
            assert_eq!(
                sent(&app, "code").await,
                format!("{CALLBACK}?error_description=invalid_scope&state={state}&error=invalid_request"),
            );
            assert_eq!(
                sent(&app, "token").await,
                format!("{CALLBACK}#error_description=invalid_scope&state={state}&error=invalid_request"),
            );
        }
        // RFC 6749, 3.1: an empty one is none.
        let query = [
            ("response_type", "code"), ("client_id", app.id.as_str()), ("redirect_uri", CALLBACK), ("scope", "nothing"),
        ];
        for raw in ["&state=", "&state"] {
            let location = sent_to(&domain, &query, raw).await;
            assert_eq!(location, format!("{CALLBACK}?error_description=invalid_scope&error=invalid_request"));
        }
    }

    /// The callback's own query is kept.
    async fn a_callbacks_query_is_kept(server: TestServer) {
        let uri = "https://app.example.com/in?a=1&b=%20";
        let (domain, app) = client(&server, json!({ "CallbackURLs": [uri, "myapp://in"] })).await;
        let refused = async |uri: &str, response_type: &str| {
            let query = [
                ("response_type", response_type), ("client_id", app.id.as_str()), ("redirect_uri", uri),
                ("scope", "nothing"), ("state", "x"),
            ];
            sent_to(&domain, &query, "").await
        };
        let error = "error_description=invalid_scope&state=x&error=invalid_request";
        assert_eq!(refused(uri, "code").await, format!("{uri}&{error}"));
        assert_eq!(refused(uri, "token").await, format!("{uri}#{error}"));
        assert_eq!(refused("myapp://in", "code").await, format!("myapp://in?{error}"));
    }

    /// An identity provider that the client does not have, and a client that has none.
    async fn an_option_that_is_not_there_leads_to_the_login_page(server: TestServer) {
        let (domain, app) = client(&server, json!({})).await;
        let none = domain.web(json!({ "SupportedIdentityProviders": null })).await;
        let code = ("response_type", "code");
        for (app, more) in [
            (&app, &[code, ("identity_provider", "Google")][..]),
            (&app, &[code, ("identity_provider", "Nobody")][..]),
            (&app, &[code, ("idp_identifier", "example.com")][..]),
            (&none, &[code][..]),
        ] {
            let location = called_back(&domain, app, more).await;
            assert!(location.starts_with(&domain.url("/login?")), "{location}");
        }
    }

    /// A request that is refused changes nothing.
    async fn a_refused_request_changes_nothing(server: TestServer) {
        let (domain, app) = client(&server, json!({})).await;
        let before = server.store.rows().await;
        called_back(&domain, &app, &[("response_type", "code"), ("scope", "nothing")]).await;
        called_back(&domain, &app, &[("response_type", "code"), ("prompt", "none")]).await;
        sent_to(&domain, &[("client_id", &app.id), ("redirect_uri", EVIL)], "").await;
        let after = server.store.rows().await;
        assert_eq!(after.changes_since(&before).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
