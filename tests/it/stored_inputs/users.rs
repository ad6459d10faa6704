//! Users, their attributes and passwords.

use serde_json::{Value, json};

use super::{CREDENTIAL, INSTRUCTION, NAMES, Proof, TRIGGERS_ONLY, named, restarted, started};
use crate::support::pools::PASSWORD;
use crate::support::sign_in::tokens_of;
use crate::support::users::{confirmed_user, signed_in_ada, status};
use crate::support::{Pool, TestStore, both_stores};

const TEMPORARY: &str = "Temp0rary-Donkey?";
const SIGNED_IN_WITH: &str = "secret: a sign-in proves it";

/// The user with these of its attributes.
async fn user(pool: &Pool, username: &str, names: &[&str]) -> Value {
    let mut user = pool.user(username).await.ok();
    user["UserAttributes"] = named(&user["UserAttributes"], names);
    user
}

fn attributes(pairs: &[(&str, &str)]) -> Value {
    let attribute = |(name, value): &(&str, &str)| json!({ "Name": name, "Value": value });
    pairs.iter().map(attribute).collect()
}

both_stores! {
    async fn users_that_the_administrator_makes(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let names = ["name", "email", "email_verified", "updated_at"];
        let created = json!({
            "UserPoolId": pool.id, "Username": "ada",
            "UserAttributes": attributes(&[
                ("name", "Ada"), ("email", "ada@example.com"), ("email_verified", "true"), ("updated_at", "7"),
            ]),
            "ValidationData": attributes(&[("invited by", "Bob")]),
            "TemporaryPassword": TEMPORARY, "ForceAliasCreation": true, "MessageAction": "SUPPRESS",
            "ClientMetadata": { "campaign": "spring" },
        });
        pool.admin("AdminCreateUser", created.clone()).await.ok();
        // An invitation is sent where it is not suppressed.
        let invited = json!({
            "Username": "bob", "UserAttributes": attributes(&[("email", "bob@example.com")]),
            "DesiredDeliveryMediums": ["EMAIL"],
        });
        pool.admin("AdminCreateUser", invited).await.ok();
        pool.inbox("bob@example.com").next().await;

        let server = restarted(server, &store).await;
        let (pool, app) = (pool.on(&server), app.at(&server));
        let made = user(&pool, "ada", &names).await;
        let challenge = app.initiate("ada", TEMPORARY).await.ok();
        assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let mut proof = Proof::of("AdminCreateUser")
            .except(&["UserPoolId"], NAMES)
            .except(&["ValidationData.Name", "ValidationData.Value", "ClientMetadata"], TRIGGERS_ONLY)
            .except(&["ForceAliasCreation", "MessageAction", "DesiredDeliveryMediums"], INSTRUCTION)
            .except(&["TemporaryPassword"], SIGNED_IN_WITH);
        proof.shown(&created, &json!({}), &made);
        proof.end();

        let updated = json!({
            "UserPoolId": pool.id, "Username": "ada",
            "UserAttributes": attributes(&[
                ("nickname", "Countess"), ("email", "countess@example.com"), ("email_verified", "false"),
                ("updated_at", "8"),
            ]),
            "ClientMetadata": { "campaign": "summer" },
        });
        pool.admin("AdminUpdateUserAttributes", updated.clone()).await.ok();
        let server = restarted(server, &store).await;
        let names = ["nickname", "email", "email_verified", "updated_at"];
        let changed = user(&pool.on(&server), "ada", &names).await;
        let mut proof = Proof::of("AdminUpdateUserAttributes")
            .except(&["UserPoolId"], NAMES)
            .alike(&["Username"], NAMES)
            .except(&["ClientMetadata"], TRIGGERS_ONLY);
        proof.shown(&updated, &made, &changed);
        proof.end();
        server.stop().await;
    }

    /// The kind of the password is seen in the user's status.
    async fn passwords_that_the_administrator_sets(store: TestStore) {
        let mut server = started(&store).await;
        let mut pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let kind = |status: String| match status.as_str() {
            "CONFIRMED" => json!({ "Permanent": true }),
            "FORCE_CHANGE_PASSWORD" => json!({ "Permanent": false }),
            _ => json!({ "Permanent": status }),
        };
        let mut proof = Proof::of("AdminSetUserPassword")
            .except(&["UserPoolId", "Username"], NAMES)
            .except(&["Password"], SIGNED_IN_WITH);
        for (password, permanent) in [(TEMPORARY, false), ("Perm4nent-Donkey?", true)] {
            let before = kind(status(&pool, "ada").await);
            let input = json!({
                "UserPoolId": pool.id, "Username": "ada", "Password": password, "Permanent": permanent,
            });
            pool.admin("AdminSetUserPassword", input.clone()).await.ok();
            server = restarted(server, &store).await;
            pool = pool.on(&server);
            proof.shown(&input, &before, &kind(status(&pool, "ada").await));
            let answer = app.at(&server).initiate("ada", password).await.ok();
            assert_eq!(answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED", !permanent, "{answer}");
        }
        proof.end();
        server.stop().await;
    }

    async fn users_that_sign_up(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({ "GenerateSecret": true })).await;
        let input = json!({
            "ClientId": app.id, "SecretHash": app.secret_hash("ada"), "Username": "ada",
            "Password": PASSWORD, "UserAttributes": attributes(&[("name", "Ada"), ("locale", "en_GB")]),
            "ValidationData": attributes(&[("form", "short")]),
            "AnalyticsMetadata": { "AnalyticsEndpointId": "endpoint" },
            "UserContextData": { "IpAddress": "192.0.2.7", "EncodedData": "opaque" },
            "ClientMetadata": { "campaign": "spring" },
        });
        server.client.call("SignUp", input.clone()).await.ok();
        pool.admin("AdminConfirmSignUp", json!({ "Username": "ada" })).await.ok();
        let server = restarted(server, &store).await;
        let found = user(&pool.on(&server), "ada", &["name", "locale"]).await;
        tokens_of(app.at(&server).initiate("ada", PASSWORD).await);
        let of_request = ["UserContextData.IpAddress", "UserContextData.EncodedData"];
        let mut proof = Proof::of("SignUp")
            .except(&["ClientId"], "names the application, not the user")
            .except(&["SecretHash"], CREDENTIAL)
            .except(&["Password"], SIGNED_IN_WITH)
            .except(&["ValidationData.Name", "ValidationData.Value", "ClientMetadata"], TRIGGERS_ONLY)
            .except(&["AnalyticsMetadata.AnalyticsEndpointId"], "for Amazon Pinpoint, which is not used")
            .except(&of_request, "says where the request comes from, not what the user is");
        proof.shown(&input, &json!({}), &found);
        proof.end();
        server.stop().await;
    }

    async fn attributes_that_users_change(store: TestStore) {
        let server = started(&store).await;
        let (app, tokens) = signed_in_ada(&server).await;
        let input = json!({
            "AccessToken": tokens.access, "ClientMetadata": { "campaign": "spring" },
            "UserAttributes": attributes(&[("name", "Ada"), ("address", "{\"country\": \"GB\"}")]),
        });
        server.client.call("UpdateUserAttributes", input.clone()).await.ok();
        let server = restarted(server, &store).await;
        let changed = user(&app.pool.on(&server), "ada", &["name", "address"]).await;
        let mut proof = Proof::of("UpdateUserAttributes")
            .except(&["AccessToken"], CREDENTIAL)
            .except(&["ClientMetadata"], TRIGGERS_ONLY);
        proof.shown(&input, &json!({}), &changed);
        proof.end();
        server.stop().await;
    }
}
