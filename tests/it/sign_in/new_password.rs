//! NEW_PASSWORD_REQUIRED: sections 2.4, 3.5 and 5.4.

use serde_json::{Value, json};

use super::{choose_password, incorrect, invalid_parameter, not_authorized, respond, tokens_of};
use crate::admin_users::{invited, member, members, status};
use crate::support::pools::PASSWORD;
use crate::support::{AppClient, SrpClient, TestServer, Tokens, both_stores};

const TEMPORARY: &str = "T3mporary-Horse!";

/// A pool with `settings`, one invited user with `attributes`, and a client of it.
async fn invitation(server: &TestServer, settings: Value, attributes: Value) -> AppClient {
    let pool = server.pool(settings).await;
    invited(&pool, "ada", TEMPORARY, attributes).await;
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
    /// The members of the challenge; the attributes are there without `sub`.
    async fn the_challenge(server: TestServer) {
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        let app = invitation(&server, json!({}), attributes.clone()).await;
        let by_srp = SrpClient::sign_in(&app, "ada", TEMPORARY).await.ok();
        for body in [challenge(&app).await, by_srp] {
            assert_eq!(members(&body), ["ChallengeName", "ChallengeParameters", "Session"]);
            assert_eq!(body["ChallengeName"], "NEW_PASSWORD_REQUIRED");
            let parameters = &body["ChallengeParameters"];
            assert_eq!(
                members(parameters),
                ["USER_ID_FOR_SRP", "requiredAttributes", "userAttributes"]
            );
            assert_eq!(parameters["USER_ID_FOR_SRP"], "ada");
            assert_eq!(parameters["requiredAttributes"], "[]");
            let listed = parameters["userAttributes"].as_str().unwrap();
            assert_eq!(serde_json::from_str::<Value>(listed).unwrap(), attributes);
        }
    }

    /// The new password signs the user in, confirms her, and is the only one from then on.
    async fn a_new_password_is_chosen(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let body = choose_password(&app, &challenge(&app).await, PASSWORD, json!({})).await.ok();
        assert_eq!(members(&body), ["AuthenticationResult", "ChallengeParameters"]);
        let tokens = Tokens::from(&body);
        app.with_token("GetUser", &tokens.access, json!({})).await.ok();
        app.refresh(&tokens.refresh).await.ok();
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
        app.sign_in("ada").await;
        SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
        incorrect(&app.initiate("ada", TEMPORARY).await);
    }

    /// The same after SRP.
    async fn a_new_password_is_chosen_after_srp(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let body = SrpClient::sign_in(&app, "ada", TEMPORARY).await.ok();
        tokens_of(choose_password(&app, &body, PASSWORD, json!({})).await);
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
        tokens_of(SrpClient::sign_in(&app, "ada", PASSWORD).await);
    }

    /// A wrong temporary password leads nowhere.
    async fn a_wrong_temporary_password(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        incorrect(&app.initiate("ada", PASSWORD).await);
        incorrect(&SrpClient::sign_in(&app, "ada", PASSWORD).await);
    }

    /// Section 3.5: the temporary password may become the permanent one.
    async fn the_temporary_password_may_stay(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let challenge = challenge(&app).await;
        choose_password(&app, &challenge, TEMPORARY, json!({})).await.ok();
        tokens_of(app.initiate("ada", TEMPORARY).await);
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
    }

    /// The password policy holds here too.
    async fn a_password_against_the_policy(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let answer = choose_password(&app, &challenge(&app).await, "nocapital1!", json!({})).await;
        let text = "Password did not conform with policy: Password must have uppercase characters";
        answer.fails("InvalidPasswordException", text);
        still_invited(&app).await;
    }

    /// Section 2.4: a required attribute that the administrator left out is asked for.
    async fn a_required_attribute_is_asked_for(server: TestServer) {
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
    async fn another_attribute_may_be_given(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let given = json!({ "userAttributes.nickname": "Countess" });
        let body = choose_password(&app, &challenge(&app).await, PASSWORD, given).await.ok();
        assert_eq!(Tokens::from(&body).id_claims()["nickname"], "Countess");
        let nickname = app.pool.attribute("ada", "nickname").await;
        assert_eq!(nickname.as_deref(), Some("Countess"));
    }

    /// Section 2.4: what the administrator has set is not changed here, not even to the same value.
    async fn an_attribute_that_is_already_there(server: TestServer) {
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

    /// Section 2.5: the client's list of attributes to write holds here too.
    async fn an_attribute_that_the_client_may_not_write(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let narrow = app.pool.client(json!({ "WriteAttributes": ["email"] })).await;
        let given = json!({ "userAttributes.nickname": "Countess" });
        let answer = choose_password(&narrow, &challenge(&narrow).await, PASSWORD, given).await;
        not_authorized(&answer, "A client attempted to write unauthorized attribute");
        assert_eq!(app.pool.attribute("ada", "nickname").await, None);
        still_invited(&app).await;
    }

    /// Section 5.4: what the answer has to carry, and whose it has to be.
    async fn an_answer_that_is_not_complete(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        member(&app.pool, "bob", json!({})).await;
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
    async fn the_session_of_another_challenge(server: TestServer) {
        let app = invitation(&server, json!({}), json!({})).await;
        let mut challenge = challenge(&app).await;
        challenge["ChallengeName"] = json!("SMS_MFA");
        let responses = json!({ "USERNAME": "ada", "SMS_MFA_CODE": "123456" });
        let answer = respond(&app, &challenge, responses).await;
        invalid_parameter(&answer, "Challenge is not supported.");
        still_invited(&app).await;
    }
}
