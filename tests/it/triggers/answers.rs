//! What the answers of functions do.

use serde_json::json;

use super::function::pool_with;
use crate::support::pools::attribute_list;
use crate::support::sign_up::{confirm_sign_up, confirmed_by_email, standing, unconfirmed};
use crate::support::users::{assert_unknown, confirmed_user, create_user, status};
use crate::support::{TestStore, both_stores};

const REFUSED: &str = "UserLambdaValidationException";
const INVALID: &str = "InvalidLambdaResponseException";
const EMAIL: &str = "ada@example.com";

both_stores! {
    async fn a_veto_leaves_no_user(store: TestStore) {
        let triggers = ["PreSignUp", "CustomMessage"];
        let (server, function, pool) = pool_with(&store, &triggers, json!({})).await;
        let app = pool.client(json!({})).await;
        function.throws("PreSignUp_SignUp", "No \"free\" mail, please");
        let refused = app.sign_up("ada", json!({ "email": EMAIL })).await;
        refused.fails(REFUSED, "PreSignUp failed with error No \"free\" mail, please.");
        assert_unknown(&pool, "ada").await;
        // A function that throws has answered: it is not called again.
        assert_eq!(function.sources(), ["PreSignUp_SignUp"]);
        function.throws("PreSignUp_AdminCreateUser", "Not you");
        let refused = create_user(&pool, "ada", json!({})).await;
        refused.fails(REFUSED, "PreSignUp failed with error Not you.");
        assert_unknown(&pool, "ada").await;
        // The same for the message that the user would get.
        function.throws("CustomMessage_SignUp", "'x'");
        let refused = app.sign_up("ada", json!({ "email": EMAIL })).await;
        refused.fails(REFUSED, "CustomMessage failed with error 'x'.");
        assert_unknown(&pool, "ada").await;
        server.inbox(EMAIL).stays_empty().await;
        app.sign_up("eve", json!({})).await.ok();
        server.stop().await;
    }

    async fn a_user_whom_the_function_confirms_gets_no_code(store: TestStore) {
        let triggers = ["PreSignUp", "PostConfirmation", "CustomMessage"];
        let (server, function, pool) = pool_with(&store, &triggers, json!({})).await;
        let app = pool.client(json!({})).await;
        function.responds("PreSignUp_SignUp", json!({ "autoConfirmUser": true }));
        let made = app.sign_up("ada", json!({ "email": EMAIL })).await.ok();
        assert_eq!(made["UserConfirmed"], true);
        assert!(made["CodeDeliveryDetails"].is_null());
        server.inbox(EMAIL).stays_empty().await;
        let confirmed = ("CONFIRMED".to_owned(), false, false);
        assert_eq!(standing(&pool, "ada").await, confirmed);
        let sources = ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"];
        assert_eq!(function.sources(), sources);
        app.sign_in("ada").await;
        server.stop().await;
    }

    async fn an_address_that_the_function_verifies_is_verified(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["PreSignUp"], json!({})).await;
        let app = pool.client(json!({})).await;
        let both = json!({ "autoConfirmUser": true, "autoVerifyEmail": true, "autoVerifyPhone": true });
        function.responds("PreSignUp_SignUp", both);
        let attributes = json!({ "email": EMAIL, "phone_number": "+15555550100" });
        app.sign_up("ada", attributes).await.ok();
        assert_eq!(standing(&pool, "ada").await, ("CONFIRMED".to_owned(), true, true));
        // Without the number, it has nothing to verify.
        let invalid = app.sign_up("eve", json!({ "email": "eve@example.com" })).await;
        invalid.fails(INVALID, "Unrecognizable lambda output");
        assert_unknown(&pool, "eve").await;
        function.responds("PreSignUp_SignUp", json!({ "autoVerifyEmail": true }));
        let made = app.sign_up("eve", json!({ "email": "eve@example.com" })).await.ok();
        assert_eq!(made["UserConfirmed"], false);
        assert_eq!(standing(&pool, "eve").await, ("UNCONFIRMED".to_owned(), true, false));
        server.stop().await;
    }

    /// An address that is an alias moves to the user whom the function verifies it for.
    async fn a_verified_alias_moves(store: TestStore) {
        let settings = json!({ "AliasAttributes": ["email"] });
        let (server, function, pool) = pool_with(&store, &["PreSignUp"], settings).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "old", json!({ "email": EMAIL, "email_verified": "true" })).await;
        let both = json!({ "autoConfirmUser": true, "autoVerifyEmail": true });
        function.responds("PreSignUp_SignUp", both);
        app.sign_up("ada", json!({ "email": EMAIL })).await.ok();
        assert!(standing(&pool, "ada").await.1);
        assert!(!standing(&pool, "old").await.1);
        let tokens = app.sign_in(EMAIL).await;
        assert_eq!(tokens.access_claims()["username"], "ada");
        server.stop().await;
    }

    async fn what_the_function_decides_of_an_administrators_user_is_ignored(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["PreSignUp"], json!({})).await;
        let all = json!({ "autoConfirmUser": true, "autoVerifyEmail": true, "autoVerifyPhone": true });
        function.responds("PreSignUp_AdminCreateUser", all);
        let attributes = attribute_list(&json!({ "email": EMAIL }));
        create_user(&pool, "ada", json!({ "UserAttributes": attributes })).await.ok();
        let expected = ("FORCE_CHANGE_PASSWORD".to_owned(), false, false);
        assert_eq!(standing(&pool, "ada").await, expected);
        server.stop().await;
    }

    /// The confirmation stands, and the code is spent.
    async fn a_user_stays_confirmed_whatever_the_function_says_of_it(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["PostConfirmation"], json!({})).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({ "email": EMAIL })).await.ok();
        assert_eq!(standing(&pool, "ada").await, unconfirmed());
        let code = server.inbox(EMAIL).code().await;
        function.throws("PostConfirmation_ConfirmSignUp", "down");
        let text = "PostConfirmation failed with error down.";
        confirm_sign_up(&app, "ada", &code).await.fails(REFUSED, text);
        assert_eq!(standing(&pool, "ada").await, confirmed_by_email());

        app.call("ForgotPassword", json!({ "Username": "ada" })).await.ok();
        let code = server.inbox(EMAIL).code().await;
        function.throws("PostConfirmation_ConfirmForgotPassword", "down");
        let input = json!({
            "Username": "ada", "ConfirmationCode": code, "Password": "An0ther-Horse!",
        });
        app.call("ConfirmForgotPassword", input).await.fails(REFUSED, text);
        app.initiate("ada", "An0ther-Horse!").await.ok();

        app.sign_up("eve", json!({})).await.ok();
        function.throws("PostConfirmation_ConfirmSignUp", "down");
        let confirmed = pool.admin("AdminConfirmSignUp", json!({ "Username": "eve" })).await;
        confirmed.fails(REFUSED, text);
        assert_eq!(status(&pool, "eve").await, "CONFIRMED");
        server.stop().await;
    }
}
