//! The settings of an app client: their defaults, how they change, and what is refused.

use serde_json::json;

use super::{INVALID, create, described, plain, refused, update};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// Administration 14: everything is described, with AWS's defaults.
    async fn a_plain_client_has_the_defaults(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({ "ClientName": "My app", "ExplicitAuthFlows": null })).await;
        assert_eq!(app.id.len(), 26);
        assert!(app.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        let mut found = described(&app).await;
        assert_eq!(found, app.created);
        for date in ["CreationDate", "LastModifiedDate"] {
            let date = found.as_object_mut().unwrap().remove(date).unwrap();
            assert!(date.as_f64().unwrap() > 1.7e9);
        }
        assert_eq!(
            found,
            json!({
                "UserPoolId": pool.id,
                "ClientId": app.id,
                "ClientName": "My app",
                "RefreshTokenValidity": 30,
                "TokenValidityUnits": {},
                "AllowedOAuthFlowsUserPoolClient": false,
                "EnableTokenRevocation": true,
                "EnablePropagateAdditionalUserContextData": false,
                "AuthSessionValidity": 3,
            })
        );
    }

    /// Behaviour 9: a secret is generated, given, or not there, and stays through updates.
    async fn a_secret_is_generated_or_given_and_stays(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let generated = pool.client(json!({ "GenerateSecret": true })).await;
        let secret = generated.secret.clone().unwrap();
        assert!((51..=52).contains(&secret.len()), "{secret}");
        assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(described(&generated).await["ClientSecret"], secret);
        let updated = update(&generated, json!({})).await.ok();
        assert_eq!(updated["UserPoolClient"]["ClientSecret"], secret);
        assert_ne!(pool.client(json!({ "GenerateSecret": true })).await.secret, Some(secret));

        let given = "our_own_secret_of_24_char";
        let own = pool.client(json!({ "ClientSecret": given })).await;
        assert_eq!(own.secret.as_deref(), Some(given));
        assert_eq!(described(&own).await["ClientSecret"], given);
        create(&pool, json!({ "ClientSecret": given, "GenerateSecret": true })).await
            .fails(INVALID, "ClientSecret and GenerateSecret cannot be given together.");
        assert_eq!(pool.client(json!({ "GenerateSecret": false })).await.secret, None);
    }

    /// Every setting that can be given is described as it was given.
    async fn settings_are_described_as_given(server: TestServer) {
        let pool = server.pool(json!({
            "Schema": [{ "Name": "team", "AttributeDataType": "String", "Mutable": false }],
        })).await;
        let given = json!({
            "RefreshTokenValidity": 12,
            "AccessTokenValidity": 10,
            "IdTokenValidity": 20,
            "TokenValidityUnits": {
                "AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours",
            },
            "ReadAttributes": ["email", "email_verified", "custom:team"],
            "WriteAttributes": ["email", "custom:team"],
            "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
            "SupportedIdentityProviders": ["COGNITO"],
            "CallbackURLs": ["https://example.com/in"],
            "LogoutURLs": ["https://example.com/out"],
            "DefaultRedirectURI": "https://example.com/in",
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "PreventUserExistenceErrors": "ENABLED",
            "EnableTokenRevocation": false,
            "EnablePropagateAdditionalUserContextData": true,
            "AuthSessionValidity": 15,
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 },
        });
        let app = pool.client(given.clone()).await;
        let found = described(&app).await;
        for (name, value) in given.as_object().unwrap() {
            assert_eq!(&found[name], value, "{name}");
        }
    }

    /// Administration 14.1: Terraform sends an empty list for each that was never set.
    async fn an_empty_list_is_as_if_it_was_not_given(server: TestServer) {
        let pool = server.pool(json!({
            "Schema": [{ "Name": "email", "Required": true, "Mutable": true }],
        })).await;
        let empty = json!({
            "ReadAttributes": [],
            "WriteAttributes": [],
            "ExplicitAuthFlows": [],
            "SupportedIdentityProviders": [],
            "CallbackURLs": [],
            "LogoutURLs": [],
            "AllowedOAuthFlows": [],
            "AllowedOAuthScopes": [],
        });
        let mut changed = plain(&pool).await;
        changed.created = update(&changed, empty.clone()).await.ok()["UserPoolClient"].clone();
        for app in [pool.client(empty.clone()).await, changed] {
            let found = described(&app).await;
            assert_eq!(found, app.created);
            for name in empty.as_object().unwrap().keys() {
                assert!(found.get(name).is_none(), "{name}");
            }
        }

        // Such a client's users may still read and write everything.
        let flows = json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
        let app = pool.client(json!({ "ExplicitAuthFlows": flows })).await;
        update(&app, json!({
            "ExplicitAuthFlows": flows, "ReadAttributes": [], "WriteAttributes": [],
        })).await.ok();
        let user = SignedInUser::join(&app, "ada", json!({ "email": "ada@example.com" })).await;
        user.update(json!({ "name": "Ada" })).await.ok();
        assert_eq!(user.own().await, json!({ "email": "ada@example.com", "name": "Ada" }));
    }

    /// Administration 14: what an update leaves out goes back to its default.
    async fn an_update_replaces_everything(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({
            "ClientName": "before",
            "RefreshTokenValidity": 60,
            "AccessTokenValidity": 2,
            "ReadAttributes": ["email"],
            "WriteAttributes": ["email"],
            "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
            "CallbackURLs": ["https://example.com/in"],
            "PreventUserExistenceErrors": "ENABLED",
            "EnableTokenRevocation": false,
            "AuthSessionValidity": 10,
            "RefreshTokenRotation": { "Feature": "ENABLED" },
        })).await;
        // The grace period is described as 0 when it was not given.
        assert_eq!(
            app.created["RefreshTokenRotation"],
            json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": 0 })
        );
        server.advance(60).await;
        let answered = update(&app, json!({})).await.ok()["UserPoolClient"].clone();
        let found = described(&app).await;
        assert_eq!(answered, found);
        let fresh = plain(&pool).await.created;
        for name in [
            "RefreshTokenValidity", "AccessTokenValidity", "ReadAttributes", "WriteAttributes",
            "ExplicitAuthFlows", "CallbackURLs", "PreventUserExistenceErrors",
            "EnableTokenRevocation", "AuthSessionValidity", "TokenValidityUnits",
        ] {
            assert_eq!(found.get(name), fresh.get(name), "{name}");
        }
        assert_eq!(found["ClientName"], "before");
        assert_eq!(found["CreationDate"], app.created["CreationDate"]);
        assert!(found["LastModifiedDate"].as_f64() > app.created["LastModifiedDate"].as_f64());
        // Rotation that was set once is described as disabled.
        assert_eq!(
            found["RefreshTokenRotation"],
            json!({ "Feature": "DISABLED", "RetryGracePeriodSeconds": 0 })
        );
        update(&app, json!({ "ClientName": "after" })).await.ok();
        assert_eq!(described(&app).await["ClientName"], "after");
    }

    /// Behaviour 2.3: the lists of readable and writable attributes.
    async fn lists_with_attributes_that_cannot_be_listed_are_refused(server: TestServer) {
        let pool = server.pool(json!({ "Schema": [
            { "Name": "email", "AttributeDataType": "String", "Required": true },
            { "Name": "fixed", "AttributeDataType": "String", "Mutable": false },
            { "Name": "note", "AttributeDataType": "String", "DeveloperOnlyAttribute": true },
        ] })).await;
        let app = plain(&pool).await;
        for (list, names) in [
            ("WriteAttributes", json!(["name"])),
            ("WriteAttributes", json!(["email", "custom:unheard_of"])),
            ("WriteAttributes", json!(["email", "fixed"])),
            ("WriteAttributes", json!(["email", "sub"])),
            ("WriteAttributes", json!(["email", "email_verified"])),
            ("WriteAttributes", json!(["email", "phone_number_verified"])),
            ("WriteAttributes", json!(["email", "dev:custom:note"])),
            ("ReadAttributes", json!(["custom:unheard_of"])),
            ("ReadAttributes", json!(["dev:custom:note"])),
        ] {
            let kind = if list == "ReadAttributes" { "read" } else { "write" };
            let input = json!({ list: names });
            create(&pool, input.clone()).await.fails(
                INVALID,
                &format!("Invalid {kind} attributes specified while creating a client"),
            );
            update(&app, input).await.fails(
                INVALID,
                &format!("Invalid {kind} attributes specified while updating a client"),
            );
        }
        assert_eq!(described(&app).await, app.created);
        // Immutable attributes may be written: at sign-up.
        let lists = json!({
            "WriteAttributes": ["email", "custom:fixed"],
            "ReadAttributes": ["sub", "email", "email_verified", "custom:fixed", "oidc:profile"],
        });
        update(&app, lists.clone()).await.ok();
        let found = described(&app).await;
        for name in ["WriteAttributes", "ReadAttributes"] {
            assert_eq!(found[name], lists[name]);
        }
    }

    /// Behaviour 2.5: attributes that are added later are not in a list that was given.
    async fn a_list_does_not_grow_with_the_schema(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({ "ReadAttributes": ["email"] })).await;
        let added = json!([{ "Name": "team", "AttributeDataType": "String" }]);
        pool.admin("AddCustomAttributes", json!({ "CustomAttributes": added })).await.ok();
        assert_eq!(described(&app).await["ReadAttributes"], json!(["email"]));
        update(&app, json!({ "ReadAttributes": ["email", "custom:team"] })).await.ok();
    }

    /// Behaviour 4.5.
    async fn a_token_validity_out_of_range_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = plain(&pool).await;
        let text = "Invalid range for token validity.";
        for input in [
            json!({ "AccessTokenValidity": 25 }),
            json!({ "IdTokenValidity": 25 }),
            json!({ "AccessTokenValidity": 299, "TokenValidityUnits": { "AccessToken": "seconds" } }),
            json!({ "IdTokenValidity": 4, "TokenValidityUnits": { "IdToken": "minutes" } }),
            json!({ "AccessTokenValidity": 2, "TokenValidityUnits": { "AccessToken": "days" } }),
            json!({ "RefreshTokenValidity": 3651 }),
            json!({ "RefreshTokenValidity": 59, "TokenValidityUnits": { "RefreshToken": "minutes" } }),
            // Units without their values.
            json!({ "TokenValidityUnits": { "AccessToken": "minutes" } }),
            json!({ "TokenValidityUnits": { "IdToken": "seconds" } }),
            // Refresh tokens have to outlive the others.
            json!({ "RefreshTokenValidity": 60, "TokenValidityUnits": { "RefreshToken": "minutes" } }),
            json!({ "RefreshTokenValidity": 1, "AccessTokenValidity": 24 }),
        ] {
            refused(&app, input, text).await;
        }
        for input in [
            json!({ "AccessTokenValidity": 24, "IdTokenValidity": 24 }),
            json!({ "AccessTokenValidity": 300, "TokenValidityUnits": { "AccessToken": "seconds" } }),
            json!({ "RefreshTokenValidity": 3650 }),
            json!({ "RefreshTokenValidity": 61, "TokenValidityUnits": { "RefreshToken": "minutes" } }),
        ] {
            update(&app, input.clone()).await.ok();
            let found = described(&app).await;
            for (name, value) in input.as_object().unwrap() {
                match value.as_object() {
                    // Units are described together, with the defaults of those that are not given.
                    Some(units) => {
                        for (token, unit) in units {
                            assert_eq!(&found[name][token], unit, "{name}.{token}");
                        }
                    }
                    None => assert_eq!(&found[name], value, "{name}"),
                }
            }
        }
    }

    /// Behaviour 5.2 and 4.4: flows that do not go together.
    async fn flows_that_exclude_each_other_are_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = plain(&pool).await;
        refused(
            &app,
            json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"] }),
            "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
        ).await;
        refused(
            &app,
            json!({
                "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                "RefreshTokenRotation": { "Feature": "ENABLED" },
            }),
            "ALLOW_REFRESH_TOKEN_AUTH cannot be enabled while refresh token rotation is enabled.",
        ).await;
        for good in [
            json!({ "ExplicitAuthFlows": ["USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] }),
            json!({ "RefreshTokenRotation": { "Feature": "ENABLED" } }),
        ] {
            update(&app, good).await.ok();
        }
    }

    /// A pool has the identity providers that were made in it.
    async fn an_unknown_identity_provider_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = plain(&pool).await;
        refused(
            &app,
            json!({ "SupportedIdentityProviders": ["COGNITO", "Google"] }),
            &format!("The provider Google does not exist for User Pool {}.", pool.id),
        ).await;
    }
}
