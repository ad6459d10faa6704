//! Section 4.5: how long access and ID tokens last.

use serde_json::json;

use crate::support::pools::PASSWORD;
use crate::support::refusals::{invalid_parameter, not_authorized};
use crate::support::tokens::{get_user, numeric_claim};
use crate::support::users::confirmed_user;
use crate::support::{TestServer, Tokens, both_stores};

both_stores! {
    /// In the given units, by default hours; ExpiresIn is the access token's.
    async fn tokens_live_as_long_as_the_client_says(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let minutes = json!({ "AccessToken": "minutes", "IdToken": "minutes" });
        let in_seconds = json!({ "AccessToken": "seconds", "IdToken": "seconds" });
        for (settings, access, id) in [
            (json!({}), 3600, 3600),
            (json!({ "AccessTokenValidity": 2, "IdTokenValidity": 3 }), 7200, 10_800),
            (json!({ "AccessTokenValidity": 24, "IdTokenValidity": 24 }), 86_400, 86_400),
            (
                json!({ "AccessTokenValidity": 5, "IdTokenValidity": 10, "TokenValidityUnits": minutes }),
                300,
                600,
            ),
            (
                json!({ "AccessTokenValidity": 300, "IdTokenValidity": 86_400, "TokenValidityUnits": in_seconds }),
                300,
                86_400,
            ),
        ] {
            let app = pool.client(settings).await;
            let body = app.initiate("ada", PASSWORD).await.ok();
            assert_eq!(body["AuthenticationResult"]["ExpiresIn"], access);
            let tokens = Tokens::from(&body);
            for (claims, validity) in [(tokens.access_claims(), access), (tokens.id_claims(), id)] {
                assert_eq!(numeric_claim(&claims, "exp") - numeric_claim(&claims, "iat"), validity);
            }
            let refreshed = app.refresh(&tokens.refresh).await.ok();
            assert_eq!(refreshed["AuthenticationResult"]["ExpiresIn"], access);
        }
    }

    /// A token is refused from its `exp` on.
    async fn a_token_ends_at_its_exp(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let app = pool.client(json!({
            "AccessTokenValidity": 5, "TokenValidityUnits": { "AccessToken": "minutes" },
        })).await;
        let tokens = app.sign_in("ada").await;
        server.advance(280).await;
        get_user(&app, &tokens.access).await.ok();
        server.advance(21).await;
        not_authorized(&get_user(&app, &tokens.access).await, "Access Token has expired");
    }

    /// Values out of range, also because a unit was given without a value.
    async fn a_validity_out_of_range_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (member, value, unit) in [
            ("AccessToken", json!(4), "minutes"),
            ("AccessToken", json!(299), "seconds"),
            ("AccessToken", json!(25), "hours"),
            ("AccessToken", json!(2), "days"),
            ("AccessToken", json!(null), "minutes"),
            ("IdToken", json!(4), "minutes"),
            ("IdToken", json!(1441), "minutes"),
            ("IdToken", json!(null), "seconds"),
            ("RefreshToken", json!(59), "minutes"),
            ("RefreshToken", json!(3651), "days"),
        ] {
            let mut input = json!({ "ClientName": "test", "TokenValidityUnits": { member: unit } });
            if !value.is_null() {
                input[format!("{member}Validity")] = value.clone();
            }
            let answer = pool.admin("CreateUserPoolClient", input).await;
            let text = "Invalid range for token validity.";
            assert_eq!(answer.message.as_deref(), Some(text), "{member} {value} {unit}: {answer}");
            invalid_parameter(&answer, text);
        }
    }

    /// A refresh token that would not outlive the others.
    async fn a_refresh_token_that_would_not_outlive_the_others_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for member in ["AccessToken", "IdToken"] {
            let input = json!({
                "ClientName": "test",
                "RefreshTokenValidity": 2,
                format!("{member}Validity"): 3,
                "TokenValidityUnits": { "RefreshToken": "hours" },
            });
            let answer = pool.admin("CreateUserPoolClient", input).await;
            answer.fails_as("InvalidParameterException");
        }
    }
}
