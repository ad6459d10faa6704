//! NEW_PASSWORD_REQUIRED: sections 2.4, 3.5 and 5.4.

use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::pools::PASSWORD;
use crate::support::refusals::{incorrect, invalid_parameter, not_authorized};
use crate::support::sign_in::{choose_password, respond, tokens_of};
use crate::support::users::client_with_ada;
use crate::support::users::{confirmed_user, invited_user, status};
use crate::support::{AppClient, SrpClient, TestServer, Tokens, both_stores};

const TEMPORARY: &str = "T3mporary-Horse!";

/// A pool with `settings`, one invited user with `attributes`, and a client of it.
async fn invitation(server: &TestServer, settings: Value, attributes: Value) -> AppClient {
    let pool = server.pool(settings).await;
    invited_user(&pool, "ada", TEMPORARY, attributes).await;
    pool.client(json!({})).await
}

/// The challenge that a temporary password leads to.
async fn challenge(app: &AppClient) -> Value {
    let body = app.initiate("ada", TEMPORARY).await.ok();
    assert_eq!(body["ChallengeName"], "NEW_PASSWORD_REQUIRED", "{body}");
    body
}

/// A pool in which each user has a given name.
fn named() -> Value {
    let schema = json!([{
        "Name": "given_name", "AttributeDataType": "String", "Required": true, "Mutable": true,
    }]);
    json!({ "Schema": schema })
}

/// The user is where the administrator left her.
async fn still_invited(app: &AppClient) {
    assert_eq!(status(&app.pool, "ada").await, "FORCE_CHANGE_PASSWORD");
    challenge(app).await;
    incorrect(&app.initiate("ada", PASSWORD).await);
}

both_stores! {
    /// The members of the challenge; the attributes come without `sub`.
    async fn the_challenge_shows_the_attributes_without_sub(server: TestServer) {
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        let app = invitation(&server, json!({}), attributes.clone()).await;
        let by_srp = SrpClient::sign_in(&app, "ada", TEMPORARY).await.ok();
        for body in [challenge(&app).await, by_srp] {
            assert_eq!(member_names(&body), ["ChallengeName", "ChallengeParameters", "Session"]);
            assert_eq!(body["ChallengeName"], "NEW_PASSWORD_REQUIRED");
            let parameters = &body["ChallengeParameters"];
            assert_eq!(
                member_names(parameters),
                ["USER_ID_FOR_SRP", "requiredAttributes", "userAttributes"]
            );
            assert_eq!(parameters["USER_ID_FOR_SRP"], "ada");
            assert_eq!(parameters["requiredAttributes"], "[]");
            let listed = parameters["userAttributes"].as_str().unwrap();
            assert_eq!(serde_json::from_str::<Value>(listed).unwrap(), attributes);
        }
    }

    /// The new password signs the user in, confirms the user, and replaces the temporary one.
    async fn a_new_password_signs_in_confirms_and_replaces_the_temporary_one(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let body = choose_password(&app, &challenge(&app).await, PASSWORD, json!({})).await.ok();
        assert_eq!(member_names(&body), ["AuthenticationResult", "ChallengeParameters"]);
        let tokens = Tokens::from(&body);
        app.with_token("GetUser", &tokens.access, json!({})).await.ok();
        app.refresh(&tokens.refresh).await.ok();
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
        app.sign_in("ada").await;
        SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
        incorrect(&app.initiate("ada", TEMPORARY).await);
    }

    /// The same after SRP.
    async fn a_new_password_signs_in_after_srp(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let body = SrpClient::sign_in(&app, "ada", TEMPORARY).await.ok();
        tokens_of(choose_password(&app, &body, PASSWORD, json!({})).await);
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
        tokens_of(SrpClient::sign_in(&app, "ada", PASSWORD).await);
    }

    /// A wrong temporary password gets no challenge.
    async fn a_wrong_temporary_password_is_refused(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        incorrect(&app.initiate("ada", PASSWORD).await);
        incorrect(&SrpClient::sign_in(&app, "ada", PASSWORD).await);
    }

    /// Section 3.5: the temporary password may become the permanent one.
    async fn the_temporary_password_may_be_chosen_again(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let challenge = challenge(&app).await;
        choose_password(&app, &challenge, TEMPORARY, json!({})).await.ok();
        tokens_of(app.initiate("ada", TEMPORARY).await);
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
    }

    /// The password policy applies to the challenge.
    async fn a_password_against_the_policy_is_refused(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let answer = choose_password(&app, &challenge(&app).await, "nocapital1!", json!({})).await;
        let text = "Password did not conform with policy: Password must have uppercase characters";
        answer.fails("InvalidPasswordException", text);
        still_invited(&app).await;
    }

    /// Section 2.4: a required attribute that the administrator left out is asked for.
    async fn a_missing_required_attribute_is_asked_for(server: TestServer) {
        let app = invitation(&server, named(), json!({})).await;
        let first = challenge(&app).await;
        assert_eq!(
            first["ChallengeParameters"]["requiredAttributes"],
            r#"["userAttributes.given_name"]"#
        );
        let answer = choose_password(&app, &first, PASSWORD, json!({})).await;
        invalid_parameter(&answer, "Invalid attributes given, given_name is missing");
        still_invited(&app).await;
        let given = json!({ "userAttributes.given_name": "Ada" });
        choose_password(&app, &challenge(&app).await, PASSWORD, given).await.ok();
        let name = app.pool.attribute("ada", "given_name").await;
        assert_eq!(name.as_deref(), Some("Ada"));
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
    }

    /// An attribute that is not required may be given all the same, and appears in the ID token.
    async fn an_optional_attribute_may_be_given(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let given = json!({ "userAttributes.nickname": "Countess" });
        let body = choose_password(&app, &challenge(&app).await, PASSWORD, given).await.ok();
        assert_eq!(Tokens::from(&body).id_claims()["nickname"], "Countess");
        let nickname = app.pool.attribute("ada", "nickname").await;
        assert_eq!(nickname.as_deref(), Some("Countess"));
    }

    /// Section 2.4: what the administrator has set is not changed here, not even to the same value.
    async fn an_attribute_that_is_already_set_is_refused(server: TestServer) {
        let app = invitation(&server, json!({}), json!({ "email": "ada@example.com" })).await;
        for address in ["ada@example.com", "other@example.com"] {
            let given = json!({ "userAttributes.email": address });
            let answer = choose_password(&app, &challenge(&app).await, PASSWORD, given).await;
            not_authorized(&answer, "Cannot modify an already provided email");
            let email = app.pool.attribute("ada", "email").await;
            assert_eq!(email.as_deref(), Some("ada@example.com"));
        }
        still_invited(&app).await;
    }

    /// Section 2.5: WriteAttributes applies to the challenge.
    async fn an_attribute_that_the_client_may_not_write_is_refused(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let narrow = app.pool.client(json!({ "WriteAttributes": ["email"] })).await;
        let given = json!({ "userAttributes.nickname": "Countess" });
        let answer = choose_password(&narrow, &challenge(&narrow).await, PASSWORD, given).await;
        not_authorized(&answer, "A client attempted to write unauthorized attribute");
        assert_eq!(app.pool.attribute("ada", "nickname").await, None);
        still_invited(&app).await;
    }

    /// Section 5.4: what the answer must carry, and whose name it must carry.
    async fn an_incomplete_answer_is_refused(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        confirmed_user(&app.pool, "bob", json!({})).await;
        for (name, text) in [
            ("USERNAME", "Missing required parameter USERNAME"),
            (
                "NEW_PASSWORD",
                "Invalid attributes given, new password should be given with key NEW_PASSWORD",
            ),
        ] {
            let missing = json!({ name: null });
            let answer = choose_password(&app, &challenge(&app).await, PASSWORD, missing).await;
            invalid_parameter(&answer, text);
        }
        let bobs = json!({ "USERNAME": "bob" });
        let answer = choose_password(&app, &challenge(&app).await, PASSWORD, bobs).await;
        not_authorized(&answer, "Invalid session for the user.");
        still_invited(&app).await;
        app.sign_in("bob").await;
    }

    /// A session of this challenge does not answer another.
    async fn the_session_of_another_challenge_is_refused(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let mut challenge = challenge(&app).await;
        challenge["ChallengeName"] = json!("SMS_MFA");
        let responses = json!({ "USERNAME": "ada", "SMS_MFA_CODE": "123456" });
        let answer = respond(&app, &challenge, responses).await;
        not_authorized(&answer, "Invalid session for the user.");
        still_invited(&app).await;
    }

    /// The model does not bound the members of ChallengeResponses; the page does. A refused
    /// password does not spend the session.
    async fn a_new_password_out_of_bounds_is_refused_and_the_session_remains(server: TestServer) {
        let app = client_with_ada(&server).await;
        invited_user(&app.pool, "bob", TEMPORARY, json!({})).await;
        let challenge = app.initiate("bob", TEMPORARY).await.ok();
        let long = format!("Aa1!{}", "a".repeat(253));
        let trailing = format!("{PASSWORD} ");
        let leading = format!(" {PASSWORD}");
        let constraint = "1 validation error detected: Value at 'newPassword' failed to satisfy \
                          constraint: Member must";
        let length = format!("{constraint} have length less than or equal to 256");
        let pattern = format!("{constraint} satisfy regular expression pattern: ^[\\S]+.*[\\S]+$");
        for (password, text) in [(&long, &length), (&trailing, &pattern), (&leading, &pattern)] {
            let answer = choose_password(&app, &challenge, password, json!({})).await;
            invalid_parameter(&answer, text);
            assert_eq!(status(&app.pool, "bob").await, "FORCE_CHANGE_PASSWORD");
        }
        let far = json!({ "userAttributes.given_name": "A".repeat(2049) });
        let answer = choose_password(&app, &challenge, PASSWORD, far).await;
        let text = "1 validation error detected: Value at 'userAttributes.1.member.value' failed to satisfy \
                    constraint: Member must have length less than or equal to 2048";
        invalid_parameter(&answer, text);
        assert_eq!(status(&app.pool, "bob").await, "FORCE_CHANGE_PASSWORD");
        let longest = &long[..256];
        tokens_of(choose_password(&app, &challenge, longest, json!({})).await);
        tokens_of(app.initiate("bob", longest).await);
    }
}
