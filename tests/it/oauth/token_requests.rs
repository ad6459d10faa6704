//! Requests that the token endpoint does not take, whoever sends them (domain 3, 3.4).

use reqwest::Method;
use serde_json::json;

use super::{CALLBACK, Domain, FORM, TOKEN, basic, denied, granted, refused, secret};
use crate::support::{AppClient, TestServer, both_stores};

/// A form of `app`, with its credentials.
async fn posted(domain: &Domain, app: &AppClient, form: &[(&str, &str)], error: &str) {
    denied(&domain.post_as(app, TOKEN, form).await, error);
}

both_stores! {
    /// A form without `grant_type`, or with one that there is not.
    async fn the_grant_has_to_be_one_of_three(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        posted(&domain, &app, &[], "invalid_request").await;
        posted(&domain, &app, &[("scope", "orders/read")], "invalid_request").await;
        for unknown in [
            "password", "implicit", "CLIENT_CREDENTIALS", "client_credentials ",
            "urn:ietf:params:oauth:grant-type:device_code",
        ] {
            posted(&domain, &app, &[("grant_type", unknown)], "unsupported_grant_type").await;
        }
        granted(domain.post_as(&app, TOKEN, &[("grant_type", "client_credentials")]).await);
    }

    /// The grant is looked at before the client.
    async fn an_unknown_grant_comes_before_an_unknown_client(server: TestServer) {
        let domain = Domain::start(&server).await;
        let unknown = ("client_id", "1example23456789abcdefghij");
        let answer = domain.post(TOKEN, &[("grant_type", "password"), unknown]).await;
        denied(&answer, "unsupported_grant_type");
        denied(&domain.post(TOKEN, &[unknown]).await, "invalid_request");
    }

    /// The client is looked at before what else the grant needs.
    async fn an_unknown_client_comes_before_a_missing_parameter(server: TestServer) {
        let domain = Domain::start(&server).await;
        let unknown = ("client_id", "1example23456789abcdefghij");
        for grant in ["authorization_code", "refresh_token"] {
            let answer = domain.post(TOKEN, &[("grant_type", grant), unknown]).await;
            denied(&answer, "invalid_client");
        }
    }

    /// A code needs itself and the address that it was sent to, a refresh needs the token.
    async fn each_grant_needs_its_parameters(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        let id = ("client_id", app.id.as_str());
        let code = ("grant_type", "authorization_code");
        for form in [
            vec![code, id],
            vec![code, id, ("code", "5b8ee7e8-8b4b-4b5c-9a45-6c8f2b0f3d11")],
            vec![code, id, ("redirect_uri", CALLBACK)],
            vec![("grant_type", "refresh_token"), id],
        ] {
            denied(&domain.post(TOKEN, &form).await, "invalid_request");
        }
    }

    /// A code that was never given out.
    async fn an_unknown_code_is_refused(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.web(json!({})).await;
        for code in ["5b8ee7e8-8b4b-4b5c-9a45-6c8f2b0f3d11", "x"] {
            let form = [
                ("grant_type", "authorization_code"),
                ("client_id", app.id.as_str()),
                ("code", code),
                ("redirect_uri", CALLBACK),
            ];
            denied(&domain.post(TOKEN, &form).await, "invalid_grant");
        }
    }

    /// A client whose only flow is its own token exchanges no codes. What the grant needs is looked at before.
    async fn a_machine_exchanges_no_codes(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", "5b8ee7e8-8b4b-4b5c-9a45-6c8f2b0f3d11"),
            ("redirect_uri", CALLBACK),
        ];
        posted(&domain, &app, &form, "unauthorized_client").await;
        for incomplete in [&form[..1], &form[..2], &[form[0], form[2]]] {
            posted(&domain, &app, incomplete, "invalid_request").await;
        }
    }

    /// RFC 6749, 3.2: no parameter twice, equal or not.
    async fn a_repeated_parameter_is_refused(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let own = ("grant_type", "client_credentials");
        posted(&domain, &app, &[own, own], "invalid_request").await;
        posted(&domain, &app, &[own, ("grant_type", "refresh_token")], "invalid_request").await;
        let [read, write] = [("scope", "orders/read"), ("scope", "orders/write")];
        posted(&domain, &app, &[own, read, write], "invalid_request").await;
        let id = ("client_id", app.id.as_str());
        posted(&domain, &app, &[own, id, id], "invalid_request").await;
    }

    /// JSON, a form that says it is something else, and no type at all; each with credentials that are good.
    async fn only_forms_are_taken(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let form = "grant_type=client_credentials";
        for (media, body) in [
            (Some("application/json"), r#"{"grant_type":"client_credentials"}"#),
            (Some("application/json"), form),
            (Some("text/plain"), form),
            (None, form),
        ] {
            let mut request = domain.request(Method::POST, TOKEN).body(body);
            if let Some(media) = media {
                request = request.header("content-type", media);
            }
            let request = request.header("authorization", basic(&app.id, secret(&app)));
            denied(&domain.send(request).await, "invalid_request");
        }
    }

    /// A type with a parameter is still a form's.
    async fn a_form_may_name_its_character_set(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let media = format!("{FORM}; charset=UTF-8");
        let request = domain
            .request(Method::POST, TOKEN)
            .header("content-type", media)
            .header("authorization", basic(&app.id, secret(&app)))
            .body("grant_type=client_credentials");
        granted(domain.send(request).await);
    }

    /// The parameters are in the body, and only there.
    async fn a_query_is_not_a_form(server: TestServer) {
        let domain = Domain::start(&server).await;
        let app = domain.machine(json!({})).await;
        let path = format!("{TOKEN}?grant_type=client_credentials");
        refused(&domain.post_as(&app, &path, &[]).await, 400, "invalid_request");
    }
}
