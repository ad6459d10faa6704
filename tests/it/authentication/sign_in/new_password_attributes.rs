//! Sections 2.4, 2.5 and 5.4: the attributes that NEW_PASSWORD_REQUIRED shows, asks for and takes.

use serde_json::{Value, json};

use crate::support::attributes::custom_attribute;
use crate::support::pools::{PASSWORD, Pool};
use crate::support::refusals::incorrect;
use crate::support::sign_in::{choose_password, tokens_of};
use crate::support::signed_in_user::attributes_of;
use crate::support::users::{invited_user, status};
use crate::support::{AppClient, SrpClient, TestServer, both_stores};

const TEMPORARY: &str = "T3mporary-Horse!";

/// A pool whose members have both names, with one custom attribute that never changes.
async fn pool(server: &TestServer) -> Pool {
    let required = |name: &str| {
        json!({
            "Name": name, "AttributeDataType": "String", "Required": true, "Mutable": true,
        })
    };
    server
        .pool(json!({"Schema": [
            required("given_name"), required("family_name"), custom_attribute("role", "String", false),
        ]}))
        .await
}

async fn challenge(app: &AppClient) -> Value {
    app.initiate("ada", TEMPORARY).await.ok()
}

/// The answer that supplies what is missing, and one attribute more.
async fn answer_with(app: &AppClient, name: &str, value: &str) -> crate::support::Answer {
    let given = json!({
        "userAttributes.given_name": "Ada",
        "userAttributes.family_name": "King",
        format!("userAttributes.{name}"): value,
    });
    choose_password(app, &challenge(app).await, PASSWORD, given).await
}

both_stores! {
    /// The challenge names every required attribute that is missing.
    async fn every_missing_required_attribute_is_asked_for(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        invited_user(&pool, "ada", TEMPORARY, json!({})).await;
        let posed = challenge(&app).await;
        let asked = posed["ChallengeParameters"]["requiredAttributes"].as_str().unwrap();
        let mut asked: Vec<String> = serde_json::from_str(asked).unwrap();
        asked.sort_unstable();
        assert_eq!(asked, ["userAttributes.family_name", "userAttributes.given_name"]);

        let one = json!({ "userAttributes.given_name": "Ada" });
        choose_password(&app, &posed, PASSWORD, one).await.fails(
            "InvalidParameterException",
            "Invalid attributes given, family_name is missing",
        );
        tokens_of(answer_with(&app, "nickname", "Countess").await);
        let expected =
            json!({ "given_name": "Ada", "family_name": "King", "nickname": "Countess" });
        assert_eq!(attributes_of(&pool.user("ada").await.ok()), expected);
    }

    /// An attribute that never changes is refused as such even with the value that the user has,
    /// before it is refused as provided already.
    async fn non_mutable_comes_before_already_provided(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        let given = json!({
            "email": "ada@example.com", "email_verified": "true", "custom:role": "writer",
        });
        invited_user(&pool, "ada", TEMPORARY, given.clone()).await;
        for (name, value) in [("email_verified", "true"), ("custom:role", "writer")] {
            let text = format!("Cannot modify the non-mutable attribute {name}");
            let answer = answer_with(&app, name, value).await;
            answer.fails("InvalidParameterException", &text);
        }
        let answer = answer_with(&app, "email", "ada@example.com").await;
        answer.fails("NotAuthorizedException", "Cannot modify an already provided email");
        assert_eq!(status(&pool, "ada").await, "FORCE_CHANGE_PASSWORD");
        assert_eq!(attributes_of(&pool.user("ada").await.ok()), given);
    }

    /// What travels inside the answers obeys the model's constraints, and is named by the path that
    /// it has elsewhere.
    async fn the_models_constraints_hold_for_attributes(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        invited_user(&pool, "ada", TEMPORARY, json!({})).await;
        let long = "x".repeat(33);
        let given = json!({ format!("userAttributes.{long}"): "x" });
        let answer = choose_password(&app, &challenge(&app).await, PASSWORD, given).await;
        answer.fails(
            "InvalidParameterException",
            &format!(
                "1 validation error detected: Value '{long}' at 'userAttributes.1.member.name' \
                 failed to satisfy constraint: Member must have length less than or equal to 32"
            ),
        );
        let given = json!({ "userAttributes.": "x" });
        let answer = choose_password(&app, &challenge(&app).await, PASSWORD, given).await;
        answer.fails(
            "InvalidParameterException",
            "2 validation errors detected: Value '' at 'userAttributes.1.member.name' failed to \
             satisfy constraint: Member must have length greater than or equal to 1; Value '' at \
             'userAttributes.1.member.name' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+",
        );
        assert_eq!(status(&pool, "ada").await, "FORCE_CHANGE_PASSWORD");
    }

    /// What the schema, a format or the server refuses, and that the user stays as she was.
    async fn what_is_refused(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        invited_user(&pool, "ada", TEMPORARY, json!({})).await;
        let invalid = "InvalidParameterException";
        let denied = "NotAuthorizedException";
        let unauthorized = "A client attempted to write unauthorized attribute";
        for (name, value, type_, text) in [
            ("foo", "x", invalid, "user.foo: Attribute does not exist in the schema.\n"),
            (
                "birthdate",
                "2000-01-031",
                invalid,
                "user.birthdate: String must be no longer than 10 characters\n",
            ),
            ("email", "nope", invalid, "Invalid email address format."),
            ("phone_number", "12345", invalid, "Invalid phone number format."),
            ("custom:role", "writer", invalid, "user.custom:role: Attribute cannot be updated.\n"),
            (
                "email_verified",
                "true",
                invalid,
                "Cannot modify the non-mutable attribute email_verified",
            ),
            (
                "phone_number_verified",
                "true",
                invalid,
                "Cannot modify the non-mutable attribute phone_number_verified",
            ),
            ("identities", "[]", denied, unauthorized),
            ("sub", "me", invalid, "Cannot modify the non-mutable attribute sub"),
        ] {
            answer_with(&app, name, value).await.fails(type_, text);
            assert_eq!(status(&pool, "ada").await, "FORCE_CHANGE_PASSWORD", "{name}");
            assert_eq!(attributes_of(&pool.user("ada").await.ok()), json!({}), "{name}");
            incorrect(&app.initiate("ada", PASSWORD).await);
        }
        tokens_of(answer_with(&app, "email", "ada@example.com").await);
        let flag = pool.attribute("ada", "email_verified").await;
        assert_eq!(flag.as_deref(), Some("false"));
    }

    /// Only what the client may read is shown.
    async fn only_attributes_the_client_may_read_are_shown(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "name": "Ada", "nickname": "Countess" });
        invited_user(&pool, "ada", TEMPORARY, attributes.clone()).await;
        for (settings, visible) in [
            (json!({}), attributes),
            (json!({ "ReadAttributes": ["name", "locale"] }), json!({ "name": "Ada" })),
        ] {
            let app = pool.client(settings).await;
            let posed = challenge(&app).await;
            let shown = posed["ChallengeParameters"]["userAttributes"].as_str().unwrap();
            assert_eq!(serde_json::from_str::<Value>(shown).unwrap(), visible);
        }
    }

    /// Section 3.2: another user's username or sub cannot be chosen as a preferred_username that
    /// signs in.
    async fn a_preferred_username_that_another_user_has_is_refused(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["preferred_username"] })).await;
        let app = pool.client(json!({})).await;
        let bob = invited_user(&pool, "bob", TEMPORARY, json!({})).await;
        invited_user(&pool, "ada", TEMPORARY, json!({})).await;
        for name in ["bob", &bob] {
            let given = json!({ "userAttributes.preferred_username": name });
            let answer = choose_password(&app, &challenge(&app).await, PASSWORD, given).await;
            answer.fails(
                "AliasExistsException",
                "An account with the given preferred_username already exists.",
            );
            assert_eq!(status(&pool, "ada").await, "FORCE_CHANGE_PASSWORD");
            assert_eq!(pool.attribute("ada", "preferred_username").await, None);
        }
    }

    /// Section 2.4: of several faults the one that stands first in the order is answered, and none of
    /// them spends the session.
    async fn faults_are_answered_in_the_order_of_the_page(server: TestServer) {
        let pool = pool(&server).await;
        let app = pool.client(json!({})).await;
        let address = json!({ "email": "ada@example.com", "email_verified": "true" });
        invited_user(&pool, "ada", TEMPORARY, address.clone()).await;
        let posed = challenge(&app).await;
        let invalid = "InvalidParameterException";
        let too_long = "x".repeat(2049);
        let steps = [
            (
                json!({
                    "NEW_PASSWORD": null, "userAttributes.nickname": too_long,
                    "userAttributes.email_verified": "true", "userAttributes.email": "ada@example.com",
                }),
                invalid,
                "1 validation error detected: Value at 'userAttributes.3.member.value' failed to \
                 satisfy constraint: Member must have length less than or equal to 2048",
            ),
            (
                json!({
                    "NEW_PASSWORD": null,
                    "userAttributes.email_verified": "true", "userAttributes.email": "ada@example.com",
                }),
                invalid,
                "Invalid attributes given, new password should be given with key NEW_PASSWORD",
            ),
            (
                json!({
                    "userAttributes.email_verified": "true", "userAttributes.email": "ada@example.com",
                }),
                invalid,
                "Cannot modify the non-mutable attribute email_verified",
            ),
            (
                json!({ "userAttributes.email": "ada@example.com" }),
                "NotAuthorizedException",
                "Cannot modify an already provided email",
            ),
            (
                json!({ "userAttributes.given_name": "Ada" }),
                invalid,
                "Invalid attributes given, family_name is missing",
            ),
        ];
        for (given, type_, text) in steps {
            choose_password(&app, &posed, PASSWORD, given).await.fails(type_, text);
            assert_eq!(status(&pool, "ada").await, "FORCE_CHANGE_PASSWORD", "{text}");
            assert_eq!(attributes_of(&pool.user("ada").await.ok()), address, "{text}");
        }
        incorrect(&app.initiate("ada", PASSWORD).await);
        let complete = json!({
            "userAttributes.given_name": "Ada", "userAttributes.family_name": "King",
        });
        tokens_of(choose_password(&app, &posed, PASSWORD, complete).await);
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
    }

    /// Section 2.4: the same after SRP, and where the client hides users.
    async fn non_mutable_attributes_are_refused_after_srp_and_by_hiding_clients(server: TestServer) {
        let pool = pool(&server).await;
        let settings = [json!({}), json!({ "PreventUserExistenceErrors": "ENABLED" })];
        for settings in settings {
            let app = pool.client(settings).await;
            let name = format!("ada-{}", app.id);
            invited_user(&pool, &name, TEMPORARY, json!({})).await;
            let posed = SrpClient::sign_in(&app, &name, TEMPORARY).await.ok();
            let given = json!({ "userAttributes.phone_number_verified": "true" });
            choose_password(&app, &posed, PASSWORD, given).await.fails(
                "InvalidParameterException",
                "Cannot modify the non-mutable attribute phone_number_verified",
            );
            assert_eq!(status(&pool, &name).await, "FORCE_CHANGE_PASSWORD");
        }
    }
}
