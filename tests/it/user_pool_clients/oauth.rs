//! The settings of OAuth that an app client can have, and what is refused (domain 9).

use serde_json::{Value, json};

use super::{described, plain, refused, refused_with, update};
use crate::support::{AppClient, Pool, TestServer, both_stores};

const INVALID_FLOW: &str = "InvalidOAuthFlowException";
const CALLBACK: &str = "https://app.example.com/in";

/// A pool with a scope that app clients can have for themselves.
async fn pool_with_orders(server: &TestServer) -> Pool {
    let pool = server.pool(json!({})).await;
    let scopes = json!([{ "ScopeName": "read", "ScopeDescription": "See orders" }]);
    let orders = json!({ "Identifier": "orders", "Name": "Orders", "Scopes": scopes });
    pool.admin("CreateResourceServer", orders).await.ok();
    pool
}

/// Settings with which users sign in at the domain; `changed` has others.
fn signing_users_in(changed: Value) -> Value {
    let settings = json!({
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code", "implicit"],
        "AllowedOAuthScopes": ["openid", "email"],
        "CallbackURLs": [CALLBACK],
    });
    with(settings, changed)
}

fn with(mut settings: Value, mut changed: Value) -> Value {
    let changed = changed.as_object_mut().unwrap();
    settings.as_object_mut().unwrap().append(changed);
    settings
}

/// The client can be updated with these settings once each of these faults is mended, which are named one by one: type,
/// text, and the settings that mend it.
async fn are_refused_in_turn(app: &AppClient, mut settings: Value, faults: &[(&str, &str, Value)]) {
    for (kind, text, mended) in faults {
        update(app, settings.clone()).await.fails(kind, text);
        settings = with(settings, mended.clone());
    }
    update(app, settings).await.ok();
}

both_stores! {
    /// Every kind of address that an application can have is stored as it was given.
    async fn addresses_of_applications_are_stored(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let uris = json!([
            CALLBACK, "http://localhost:3000/", "http://127.0.0.1:8080/in?a=1", "http://[::1]/in", "myapp://in",
            "HTTPS://APP.example.com",
        ]);
        let settings = signing_users_in(json!({
            "CallbackURLs": uris, "LogoutURLs": uris, "DefaultRedirectURI": "myapp://in",
        }));
        let created = pool.client(settings.clone()).await;
        let updated = plain(&pool).await;
        update(&updated, settings.clone()).await.ok();
        for app in [created, updated] {
            let found = described(&app).await;
            for (member, value) in settings.as_object().unwrap() {
                assert_eq!(&found[member], value, "{member}");
            }
        }
    }

    /// Domain 2.3, for callbacks and for addresses after sign-out, whether OAuth is on or not.
    async fn addresses_that_no_browser_may_be_sent_to_are_refused(server: TestServer) {
        let app = plain(&server.pool(json!({})).await).await;
        for (uri, text) in [
            ("http://localhost.com/", "http://localhost.com/ cannot use the HTTP protocol."),
            ("http://localhost@app.example.com/", "http://localhost@app.example.com/ cannot use the HTTP protocol."),
            ("http://127.0.0.2/", "http://127.0.0.2/ cannot use the HTTP protocol."),
            ("https://app.example.com/#/in", "https://app.example.com/#/in cannot use fragment"),
            ("myapp://in#there", "myapp://in#there cannot use fragment"),
            ("app.example.com/in", "app.example.com/in must contain a scheme"),
            ("/in", "/in must contain a scheme"),
            ("https://", "https:// is not a valid URL"),
        ] {
            refused(&app, signing_users_in(json!({ "CallbackURLs": [CALLBACK, uri] })), text).await;
            refused(&app, signing_users_in(json!({ "LogoutURLs": [CALLBACK, uri] })), text).await;
            refused(&app, json!({ "CallbackURLs": [uri] }), text).await;
        }
    }

    /// The service model bounds the lists and their entries.
    async fn what_the_model_does_not_allow_is_refused(server: TestServer) {
        let app = plain(&server.pool(json!({})).await).await;
        let error = "1 validation error detected: Value";
        let constraint = "failed to satisfy constraint: Member must";
        let member = format!("{constraint} satisfy constraint: [Member must");
        let text = format!(
            "{error} '[token]' at 'allowedOAuthFlows' {member} satisfy enum value set: [implicit, \
             client_credentials, code]]"
        );
        refused(&app, signing_users_in(json!({ "AllowedOAuthFlows": ["token"] })), &text).await;

        let long = format!("{CALLBACK}{}", "n".repeat(1024));
        let each = "have length less than or equal to 1024, Member must have length greater than or equal to 1, \
                    Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+]";
        let many: Vec<String> = (0..=100).map(|n| format!("{CALLBACK}/{n}")).collect();
        let all = format!("[{}]", many.join(", "));
        // An error repeats 1,024 characters of a value.
        let (shown, all) = (&format!("[{long}]")[..1024], &all[..1024]);
        for (list, name) in [("CallbackURLs", "callbackURLs"), ("LogoutURLs", "logoutURLs")] {
            let text = format!("{error} '{shown}…' at '{name}' {member} {each}");
            refused(&app, signing_users_in(json!({ list: [long] })), &text).await;
            let text = format!("{error} '{all}…' at '{name}' {constraint} have length less than or equal to 100");
            refused(&app, signing_users_in(json!({ list: many })), &text).await;
        }
        let scopes: Vec<String> = (0..=50).map(|n| format!("s{n}")).collect();
        let shown = format!("[{}]", scopes.join(", "));
        let text = format!(
            "{error} '{shown}' at 'allowedOAuthScopes' {constraint} have length less than or equal to 50"
        );
        refused(&app, signing_users_in(json!({ "AllowedOAuthScopes": scopes })), &text).await;
        let hundred = many.get(..100).unwrap();
        let settings = signing_users_in(json!({ "CallbackURLs": hundred, "LogoutURLs": hundred }));
        update(&app, settings).await.ok();
        assert_eq!(described(&app).await["LogoutURLs"], json!(hundred));
    }

    /// The default is one of the callbacks, letter by letter.
    async fn the_default_redirect_uri_is_a_callback(server: TestServer) {
        let app = plain(&server.pool(json!({})).await).await;
        for other in ["https://app.example.com/in/", "https://app.example.com/IN", "myapp://in"] {
            let text = format!("The default redirect URI {other} is not in the callback URIs list.");
            refused(&app, signing_users_in(json!({ "DefaultRedirectURI": other })), &text).await;
            refused(&app, json!({ "DefaultRedirectURI": other }), &text).await;
        }
    }

    /// An empty list is as if it was not given.
    async fn oauth_needs_a_grant_and_a_scope(server: TestServer) {
        let app = plain(&server.pool(json!({})).await).await;
        let text = "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use \
                    OAuth flows.";
        for list in ["AllowedOAuthFlows", "AllowedOAuthScopes"] {
            for missing in [json!(null), json!([])] {
                refused(&app, signing_users_in(json!({ list: missing })), text).await;
            }
        }
        let off = signing_users_in(json!({
            "AllowedOAuthFlowsUserPoolClient": false, "AllowedOAuthScopes": null,
        }));
        update(&app, off).await.ok();
        assert_eq!(described(&app).await["AllowedOAuthFlows"], json!(["code", "implicit"]));
    }

    /// While OAuth is off, a client may have the grants already.
    async fn a_grant_that_redirects_needs_a_callback(server: TestServer) {
        let app = plain(&server.pool(json!({})).await).await;
        let text = "CallbackUrls can not be empty when code flow or implicit flow is selected";
        for flow in ["code", "implicit"] {
            for missing in [json!(null), json!([])] {
                let input = json!({ "AllowedOAuthFlows": [flow], "CallbackURLs": missing });
                refused_with(&app, signing_users_in(input), INVALID_FLOW, text).await;
            }
        }
        let off = signing_users_in(json!({
            "AllowedOAuthFlowsUserPoolClient": false, "CallbackURLs": null,
        }));
        update(&app, off).await.ok();
        assert_eq!(described(&app).await["AllowedOAuthScopes"], json!(["openid", "email"]));
    }

    /// The scopes of every pool are about users, of whom there are none in that grant.
    async fn client_credentials_are_for_a_client_with_a_secret_alone(server: TestServer) {
        let pool = pool_with_orders(&server).await;
        let own = |changed: Value| {
            let settings = json!({
                "AllowedOAuthFlowsUserPoolClient": true,
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": ["orders/read"],
            });
            with(settings, changed)
        };
        let public = plain(&pool).await;
        // Whether OAuth is on does not matter.
        let off = |settings: &Value| with(settings.clone(), json!({ "AllowedOAuthFlowsUserPoolClient": false }));
        let without = "client_credentials flow can not be selected if client does not have a client secret.";
        refused_with(&public, own(json!({})), INVALID_FLOW, without).await;
        refused_with(&public, off(&own(json!({}))), INVALID_FLOW, without).await;
        let deleted = json!({ "ClientId": public.id });
        pool.admin("DeleteUserPoolClient", deleted).await.ok();

        let app = pool.client(own(json!({ "GenerateSecret": true }))).await;
        update(&app, own(json!({ "ClientName": "service" }))).await.ok();
        let found = described(&app).await;
        assert_eq!(found["ClientName"], "service");
        assert_eq!(found["AllowedOAuthFlows"], json!(["client_credentials"]));
        assert_eq!(found["AllowedOAuthScopes"], json!(["orders/read"]));
        let along = "client_credentials flow can not be selected along with code flow or implicit flow.";
        for other in ["code", "implicit"] {
            let both = own(json!({
                "AllowedOAuthFlows": [other, "client_credentials"], "AllowedOAuthScopes": ["openid"],
                "CallbackURLs": [CALLBACK],
            }));
            refused_with(&app, off(&both), INVALID_FLOW, along).await;
            refused_with(&app, both, INVALID_FLOW, along).await;
        }
        for scope in ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"] {
            let text = format!("{scope} is not supported with client_credentials flow");
            let scopes = own(json!({ "AllowedOAuthScopes": ["orders/read", scope] }));
            refused_with(&app, off(&scopes), INVALID_FLOW, &text).await;
            refused_with(&app, scopes, INVALID_FLOW, &text).await;
        }
    }

    /// An update that does not send them takes them all away.
    async fn an_update_resets_what_it_does_not_send(server: TestServer) {
        let settings = signing_users_in(json!({
            "LogoutURLs": [CALLBACK], "DefaultRedirectURI": CALLBACK, "SupportedIdentityProviders": ["COGNITO"],
        }));
        let app = server.pool(json!({})).await.client(settings.clone()).await;
        let before = described(&app).await;
        for (member, value) in settings.as_object().unwrap() {
            assert_eq!(&before[member], value, "{member}");
        }
        update(&app, json!({})).await.ok();
        let after = described(&app).await;
        assert_eq!(after["AllowedOAuthFlowsUserPoolClient"], false);
        for member in [
            "AllowedOAuthFlows", "AllowedOAuthScopes", "CallbackURLs", "LogoutURLs", "DefaultRedirectURI",
            "SupportedIdentityProviders",
        ] {
            assert_eq!(after.get(member), None, "{member}");
        }
    }

    /// What the pool lacks is named before what does not fit together.
    async fn unknown_providers_and_scopes_are_refused_first(server: TestServer) {
        let app = plain(&server.pool(json!({})).await).await;
        let relative = json!(["/in"]);
        let text = format!("The provider Okta does not exist for User Pool {}.", app.pool.id);
        let providers = json!({
            "SupportedIdentityProviders": ["COGNITO", "Okta"], "AllowedOAuthScopes": ["Cognito"],
            "CallbackURLs": relative,
        });
        refused(&app, signing_users_in(providers), &text).await;
        let scopes = json!({ "AllowedOAuthScopes": ["openid", "Cognito"], "CallbackURLs": relative });
        let text = "Invalid scope requested: Cognito";
        refused_with(&app, signing_users_in(scopes), "ScopeDoesNotExistException", text).await;
    }

    /// Of many faults the first of section 9's order is named; each that is mended uncovers the next.
    async fn faults_are_named_in_their_order(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let public = plain(&pool).await;
        let settings = json!({
            "SupportedIdentityProviders": ["Okta"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials", "code"],
            "AllowedOAuthScopes": ["openid", "Cognito"],
            "CallbackURLs": ["/in"],
            "DefaultRedirectURI": "https://app.example.com/other",
        });
        let invalid = "InvalidParameterException";
        let of_pool = format!("The provider Okta does not exist for User Pool {}.", pool.id);
        let scope = "Invalid scope requested: Cognito";
        let default = "The default redirect URI https://app.example.com/other is not in the callback URIs list.";
        let missing = "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use \
                       OAuth flows.";
        let along = "client_credentials flow can not be selected along with code flow or implicit flow.";
        let secretless = "client_credentials flow can not be selected if client does not have a client secret.";
        are_refused_in_turn(&public, settings, &[
            (invalid, &of_pool, json!({ "SupportedIdentityProviders": ["COGNITO"] })),
            // Of the scopes that are left there is none.
            ("ScopeDoesNotExistException", scope, json!({ "AllowedOAuthScopes": [] })),
            (invalid, "/in must contain a scheme", json!({ "CallbackURLs": ["https://a.example.com/#x"] })),
            (invalid, "https://a.example.com/#x cannot use fragment", json!({ "CallbackURLs": ["http://a.example.com/"] })),
            (
                invalid, "http://a.example.com/ cannot use the HTTP protocol.",
                json!({ "CallbackURLs": ["https://a.example.com/"] }),
            ),
            (invalid, default, json!({ "DefaultRedirectURI": "https://a.example.com/" })),
            (invalid, missing, json!({ "AllowedOAuthScopes": ["openid"] })),
            (INVALID_FLOW, along, json!({ "AllowedOAuthFlows": ["client_credentials"] })),
            // Neither is `openid` a scope of that grant.
            (INVALID_FLOW, secretless, json!({ "AllowedOAuthFlows": ["code"] })),
        ]).await;

        let confidential = pool.client(json!({ "GenerateSecret": true })).await;
        let settings = json!({
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": [],
            "AllowedOAuthScopes": ["email"],
            "DefaultRedirectURI": "https://app.example.com/other",
        });
        let scope = "email is not supported with client_credentials flow";
        let nowhere = "CallbackUrls can not be empty when code flow or implicit flow is selected";
        are_refused_in_turn(&confidential, settings, &[
            // Also where a callback is missing.
            (invalid, default, json!({ "DefaultRedirectURI": null })),
            (invalid, missing, json!({ "AllowedOAuthFlows": ["client_credentials", "code"] })),
            (INVALID_FLOW, along, json!({ "AllowedOAuthFlows": ["client_credentials"] })),
            (INVALID_FLOW, scope, json!({ "AllowedOAuthFlows": ["code"] })),
            (INVALID_FLOW, nowhere, json!({ "CallbackURLs": [CALLBACK] })),
        ]).await;
    }
}
