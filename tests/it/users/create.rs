//! Section 9: AdminCreateUser, without its messages.

use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::pools::{PASSWORD, attribute, attribute_list};
use crate::support::refusals::invalid_parameter;
use crate::support::sign_in::{choose_password, initiate, respond, tokens_of};
use crate::support::users::{assert_unknown, client_with_ada, confirmed_user, create_user, status};
use crate::support::{TestServer, Tokens, at_once, both_stores, tally};

fn with_attributes(attributes: &Value) -> Value {
    json!({ "UserAttributes": attribute_list(attributes) })
}

both_stores! {
    /// The answer's members, with which AdminGetUser agrees.
    async fn the_answer_agrees_with_admin_get_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "name": "Ada" });
        let created = create_user(&pool, "ada", with_attributes(&attributes)).await.ok();
        assert_eq!(member_names(&created), ["User"]);
        let user = &created["User"];
        assert_eq!(
            member_names(user),
            ["Attributes", "Enabled", "UserCreateDate", "UserLastModifiedDate", "UserStatus", "Username"]
        );
        assert_eq!(user["Username"], "ada");
        assert_eq!(user["Enabled"], true);
        assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
        for (name, value) in [("email", "ada@example.com"), ("name", "Ada")] {
            assert_eq!(attribute(&user["Attributes"], name).as_deref(), Some(value));
        }
        let sub = attribute(&user["Attributes"], "sub").unwrap();
        assert!(uuid::Uuid::parse_str(&sub).is_ok(), "{sub}");
        let seen = pool.user("ada").await.ok();
        assert_eq!(seen["UserAttributes"], user["Attributes"]);
        for name in ["Username", "Enabled", "UserStatus", "UserCreateDate", "UserLastModifiedDate"] {
            assert_eq!(seen[name], user[name], "{name}");
        }
    }

    /// Where a code can be the first factor, a user without a temporary password has none, is confirmed and not invited.
    async fn a_user_who_signs_in_with_codes_needs_no_password(server: TestServer) {
        let first = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
        let pool = server.pool(json!({ "Policies": { "SignInPolicy": first } })).await;
        let app = pool.client(json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] })).await;
        let address = json!({ "email": "ada@example.com" });
        let input = json!({
            "Username": "ada", "UserAttributes": attribute_list(&address),
            "DesiredDeliveryMediums": ["EMAIL"],
        });
        let created = pool.admin("AdminCreateUser", input).await.ok();
        assert_eq!(created["User"]["UserStatus"], "CONFIRMED");
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        let inbox = pool.inbox("ada@example.com");
        inbox.stays_empty().await;
        let challenge = initiate(&app, "USER_AUTH", json!({ "USERNAME": "ada" })).await.ok();
        assert_eq!(challenge["ChallengeName"], "EMAIL_OTP");
        assert_eq!(challenge["AvailableChallenges"], json!(["EMAIL_OTP"]));
        let answers = json!({ "USERNAME": "ada", "EMAIL_OTP_CODE": inbox.code().await });
        tokens_of(respond(&app, &challenge, answers).await);
        // With a password, and without an address for a code, it is as everywhere.
        let temporary = json!({
            "UserAttributes": attribute_list(&json!({ "email": "bob@example.com" })),
            "TemporaryPassword": PASSWORD,
        });
        create_user(&pool, "bob", temporary).await.ok();
        assert_eq!(status(&pool, "bob").await, "FORCE_CHANGE_PASSWORD");
        create_user(&pool, "eve", json!({})).await.ok();
        assert_eq!(status(&pool, "eve").await, "FORCE_CHANGE_PASSWORD");
    }

    /// A username is given once.
    async fn a_taken_username_is_refused(server: TestServer) {
        let app = client_with_ada(&server).await;
        let answer = create_user(&app.pool, "ada", json!({})).await;
        answer.fails("UsernameExistsException", "User account already exists");
        app.sign_in("ada").await;
        app.sign_up("bob", json!({})).await.ok();
        let answer = create_user(&app.pool, "bob", json!({})).await;
        answer.fails("UsernameExistsException", "User account already exists");
        assert_eq!(status(&app.pool, "bob").await, "UNCONFIRMED");
    }

    /// In a pool of addresses the address becomes the attribute, and the username is the `sub`.
    async fn an_address_as_username_becomes_the_attribute(server: TestServer) {
        let pool = server.pool(json!({ "UsernameAttributes": ["email"] })).await;
        let created = create_user(&pool, "ada@example.com", json!({})).await.ok();
        let user = &created["User"];
        let sub = attribute(&user["Attributes"], "sub");
        assert_eq!(user["Username"].as_str(), sub.as_deref());
        let email = attribute(&user["Attributes"], "email");
        assert_eq!(email.as_deref(), Some("ada@example.com"));
        let answer = create_user(&pool, "ada@example.com", json!({})).await;
        answer.fails_as("UsernameExistsException");
        let answer = create_user(&pool, "bob", json!({})).await;
        invalid_parameter(&answer, "Username should be an email.");
    }

    /// The administrator may mark an address as verified.
    async fn the_administrator_may_mark_an_address_verified(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        for (username, verified) in [("ada", "true"), ("bob", "false")] {
            let email = format!("{username}@example.com");
            let attributes = json!({ "email": email, "email_verified": verified });
            create_user(&pool, username, with_attributes(&attributes)).await.ok();
            let seen = pool.attribute(username, "email_verified").await;
            assert_eq!(seen.as_deref(), Some(verified));
        }
        pool.user("ada@example.com").await.ok();
        assert_unknown(&pool, "bob@example.com").await;
    }

    /// Section 3.2: ForceAliasCreation moves a verified address, and unverifies it at its former
    /// owner.
    async fn a_forced_alias_moves_and_its_former_owner_is_unverified(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", attributes.clone()).await;
        let mut input = with_attributes(&attributes);
        let answer = create_user(&pool, "countess", input.clone()).await;
        assert_eq!(answer.status, 400, "{answer}");
        assert_unknown(&pool, "countess").await;
        input["ForceAliasCreation"] = json!(true);
        create_user(&pool, "countess", input).await.ok();
        let owner = pool.user("ada@example.com").await.ok();
        assert_eq!(owner["Username"], "countess");
        let former = pool.attribute("ada", "email_verified").await;
        assert_eq!(former.as_deref(), Some("false"));
    }

    /// Section 2.4: attributes that the schema does not have, or does not let be so.
    async fn attributes_against_the_schema_are_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (attributes, violation) in [
            (json!({ "custom:x": "1" }), "custom:x: Attribute does not exist in the schema.\n"),
            (
                json!({ "birthdate": "10 December 1815" }),
                "birthdate: String must be no longer than 10 characters\n",
            ),
        ] {
            let answer = create_user(&pool, "ada", with_attributes(&attributes)).await;
            let text = format!("Attributes did not conform to the schema: {violation}");
            invalid_parameter(&answer, &text);
            assert_unknown(&pool, "ada").await;
        }
    }

    /// A required attribute may be missing; the first sign-in asks for it.
    async fn a_required_attribute_may_be_missing(server: TestServer) {
        let schema = json!([{
            "Name": "given_name", "AttributeDataType": "String", "Required": true, "Mutable": true,
        }]);
        let pool = server.pool(json!({ "Schema": schema })).await;
        let app = pool.client(json!({})).await;
        create_user(&pool, "ada", json!({ "TemporaryPassword": PASSWORD })).await.ok();
        let challenge = app.initiate("ada", PASSWORD).await.ok();
        let given = json!({ "userAttributes.given_name": "Ada" });
        let body = choose_password(&app, &challenge, PASSWORD, given).await.ok();
        assert_eq!(Tokens::from(&body).id_claims()["given_name"], "Ada");
    }

    /// The administrator may set custom attributes, immutable ones included.
    async fn the_administrator_may_set_immutable_attributes(server: TestServer) {
        let schema = json!([{ "Name": "role", "AttributeDataType": "String", "Mutable": false }]);
        let pool = server.pool(json!({ "Schema": schema })).await;
        let input = with_attributes(&json!({ "custom:role": "analyst" }));
        create_user(&pool, "ada", input).await.ok();
        let role = pool.attribute("ada", "custom:role").await;
        assert_eq!(role.as_deref(), Some("analyst"));
    }

    /// AllowAdminCreateUserOnly does not bind the administrator.
    async fn users_are_made_where_sign_up_is_switched_off(server: TestServer) {
        let settings = json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } });
        let pool = server.pool(settings).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        app.sign_in("ada").await;
        let answer = app.sign_up("bob", json!({})).await;
        answer.fails("NotAuthorizedException", "SignUp is not permitted for this user pool");
        assert_unknown(&pool, "bob").await;
    }

    /// Many callers create the same user at once: one succeeds.
    async fn one_of_many_concurrent_creations_succeeds(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let answers = at_once(16, |_| {
            let pool = pool.clone();
            async move { create_user(&pool, "ada", json!({})).await }
        })
        .await;
        let taken = ("UsernameExistsException".to_owned(), 15);
        assert_eq!(tally(&answers), (1, vec![taken]));
        let users = pool.admin("ListUsers", json!({})).await.ok();
        assert_eq!(users["Users"].as_array().unwrap().len(), 1);
    }
}
