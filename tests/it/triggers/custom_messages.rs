//! CustomMessage: texts, and what happens while the function works on one.

use serde_json::json;

use super::function::{expected_event, pool_with};
use crate::support::pools::{PASSWORD, attribute_list, laid_over};
use crate::support::sign_in::{initiate, respond, tokens_of};
use crate::support::signed_in_user::SignedInUser;
use crate::support::users::{assert_unknown, confirmed_user};
use crate::support::{TestStore, both_stores};

const REFUSED: &str = "UserLambdaValidationException";
const EMAIL: &str = "ada@example.com";

both_stores! {
    async fn the_functions_text_is_sent_with_the_code_in_its_place(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], json!({})).await;
        let app = pool.client(json!({})).await;
        let texts = json!({ "emailMessage": "<b>{####}</b> for {username}", "emailSubject": "Hi" });
        function.responds("CustomMessage_SignUp", texts);
        app.sign_up("ada", json!({ "email": EMAIL })).await.ok();
        let mail = server.inbox(EMAIL).next().await;
        let code = mail.code.unwrap();
        assert_eq!(mail.body, format!("<b>{code}</b> for ada"));
        assert_eq!(mail.subject.as_deref(), Some("Hi"));
        app.call("ConfirmSignUp", json!({ "Username": "ada", "ConfirmationCode": code })).await.ok();

        // A text without the code is not used, and the subject stays the pool's.
        function.responds("CustomMessage_ForgotPassword", json!({ "emailMessage": "Hello" }));
        app.call("ForgotPassword", json!({ "Username": "ada" })).await.ok();
        let mail = server.inbox(EMAIL).next().await;
        assert_eq!(mail.body, format!("Your verification code is {}. ", mail.code.unwrap()));
        assert_eq!(mail.subject.as_deref(), Some("Your verification code"));
        server.stop().await;
    }

    async fn an_invitation_has_the_functions_texts_for_both_media(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], json!({})).await;
        let texts = json!({
            "smsMessage": "{username}/{####}", "emailMessage": "{####} {username}",
        });
        function.responds("CustomMessage_AdminCreateUser", texts);
        let attributes = json!({ "email": EMAIL, "phone_number": "+15555550100" });
        let mut input = json!({
            "Username": "ada",
            "TemporaryPassword": "Temp0rary-Horse!",
            "UserAttributes": attribute_list(&attributes),
            "DesiredDeliveryMediums": ["EMAIL", "SMS"],
        });
        pool.admin("AdminCreateUser", input.clone()).await.ok();
        let (mail, sms) = (server.inbox(EMAIL), server.inbox("+15555550100"));
        assert_eq!(mail.next().await.body, "Temp0rary-Horse! ada");
        assert_eq!(sms.next().await.body, "ada/Temp0rary-Horse!");
        assert_eq!(function.calls().len(), 1);
        input["MessageAction"] = json!("RESEND");
        pool.admin("AdminCreateUser", input).await.ok();
        assert_eq!(mail.next().await.body, "Temp0rary-Horse! ada");
        assert_eq!(function.calls().len(), 2);
        server.stop().await;
    }

    async fn a_message_that_the_function_refuses_changes_nothing(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], json!({})).await;
        let app = pool.client(json!({})).await;
        let ada = SignedInUser::join(&app, "ada", json!({ "email": EMAIL })).await;
        let text = "CustomMessage failed with error no.";
        function.throws("CustomMessage_UpdateUserAttribute", "no");
        ada.update(json!({ "email": "new@example.com" })).await.fails(REFUSED, text);
        assert_eq!(ada.attribute("email").await.as_deref(), Some(EMAIL));
        assert_eq!(ada.attribute("email_verified").await.as_deref(), Some("true"));
        function.throws("CustomMessage_VerifyUserAttribute", "no");
        ada.ask_code("email").await.fails(REFUSED, text);
        function.throws("CustomMessage_ForgotPassword", "no");
        app.call("ForgotPassword", json!({ "Username": "ada" })).await.fails(REFUSED, text);
        function.throws("CustomMessage_AdminCreateUser", "no");
        let input = json!({
            "Username": "eve",
            "UserAttributes": attribute_list(&json!({ "email": "eve@example.com" })),
            "DesiredDeliveryMediums": ["EMAIL"],
        });
        pool.admin("AdminCreateUser", input).await.fails(REFUSED, text);
        assert_unknown(&pool, "eve").await;
        for address in ["new@example.com", "eve@example.com", EMAIL] {
            server.inbox(address).stays_empty().await;
        }
        server.stop().await;
    }

    /// While a function works no transaction is open, so that on SQLite others write; and what they wrote counts.
    async fn a_code_goes_to_the_address_that_the_user_has_when_it_is_stored(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], json!({})).await;
        let app = pool.client(json!({})).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL, "email_verified": "true" })).await;
        function.hold();
        let asking = tokio::spawn({
            let app = app.clone();
            async move { app.call("ForgotPassword", json!({ "Username": "ada" })).await }
        });
        function.called(1).await;
        let moved = json!({ "email": "new@example.com", "email_verified": "true" });
        let input = json!({ "Username": "ada", "UserAttributes": attribute_list(&moved) });
        pool.admin("AdminUpdateUserAttributes", input).await.ok();
        function.release();
        let answer = asking.await.unwrap().ok();
        assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "n***@e***");
        assert_eq!(function.calls().len(), 2);
        server.inbox(EMAIL).stays_empty().await;
        let code = server.inbox("new@example.com").code().await;
        let input = json!({
            "Username": "ada", "ConfirmationCode": code, "Password": "An0ther-Horse!",
        });
        app.call("ConfirmForgotPassword", input).await.ok();
        server.stop().await;
    }

    /// The function is called no more often than codes are sent.
    async fn a_user_who_has_asked_often_enough_has_the_function_called_no_more(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], json!({})).await;
        let app = pool.client(json!({})).await;
        let ada = SignedInUser::join(&app, "ada", json!({ "email": EMAIL })).await;
        function.forget();
        for _ in 0..5 {
            ada.ask_code("email").await.ok();
        }
        let refused = ada.ask_code("email").await;
        refused.fails(
            "LimitExceededException",
            "Attempt limit exceeded, please try after some time.",
        );
        assert_eq!(function.calls().len(), 5);
        server.stop().await;
    }

    /// A code to sign in with, as the second factor and as the first.
    async fn a_code_to_sign_in_has_the_functions_text(store: TestStore) {
        let settings = json!({ "Policies": { "SignInPolicy": {
            "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"],
        } } });
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], settings).await;
        let user_auth = json!({ "ExplicitAuthFlows": [
            "ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH",
        ] });
        let app = pool.client(user_auth.clone()).await;
        let own = json!({ "email": EMAIL, "email_verified": "true" });
        let sub = confirmed_user(&pool, "ada", own).await;
        let source = "CustomMessage_Authentication";
        function.responds(source, json!({ "emailMessage": "Sign in by {####}" }));
        let parameters = json!({ "USERNAME": "ada", "PREFERRED_CHALLENGE": "EMAIL_OTP" });
        let challenge = initiate(&app, "USER_AUTH", parameters.clone()).await.ok();
        let request = json!({
            "userAttributes": {
                "sub": sub, "cognito:user_status": "CONFIRMED",
                "email": EMAIL, "email_verified": "true",
            },
            "codeParameter": "{####}",
            "usernameParameter": null,
        });
        let response = json!({ "smsMessage": null, "emailMessage": null, "emailSubject": null });
        let expected = expected_event(&pool, (source, "ada", &app.id), request, response);
        assert_eq!(function.event(source), expected);
        let mail = server.inbox(EMAIL).next().await;
        let code = mail.code.unwrap();
        assert_eq!(mail.body, format!("Sign in by {code}"));
        let answer = json!({ "USERNAME": "ada", "EMAIL_OTP_CODE": code });
        tokens_of(respond(&app, &challenge, answer).await);

        // Where users are hidden the answer comes before the function is asked, and its refusal tells nothing.
        let hides = json!({ "PreventUserExistenceErrors": "ENABLED" });
        let hiding = pool.client(laid_over(user_auth, hides)).await;
        function.forget();
        function.hold();
        let challenge = initiate(&hiding, "USER_AUTH", parameters).await.ok();
        function.called(1).await;
        function.release();
        let code = server.inbox(EMAIL).code().await;
        let answer = json!({ "USERNAME": "ada", "EMAIL_OTP_CODE": code });
        tokens_of(respond(&hiding, &challenge, answer).await);
        server.stop().await;
    }

    async fn a_refusal_of_the_second_factors_message_sends_none(store: TestStore) {
        let settings = json!({
            "MfaConfiguration": "OPTIONAL",
            "AutoVerifiedAttributes": ["email", "phone_number"],
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
        });
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], settings).await;
        let app = pool.client(json!({})).await;
        let phone = "+12065550200";
        confirmed_user(&pool, "ada", json!({ "phone_number": phone })).await;
        let input = json!({ "Username": "ada", "SMSMfaSettings": { "Enabled": true } });
        pool.admin("AdminSetUserMFAPreference", input).await.ok();
        function.throws("CustomMessage_Authentication", "no");
        let refused = app.initiate("ada", PASSWORD).await;
        refused.fails(REFUSED, "CustomMessage failed with error no.");
        server.inbox(phone).stays_empty().await;
        function.responds("CustomMessage_Authentication", json!({ "smsMessage": "{####}!" }));
        app.initiate("ada", PASSWORD).await.ok();
        let sms = server.inbox(phone).next().await;
        assert_eq!(sms.body, format!("{}!", sms.code.unwrap()));
        server.stop().await;
    }
}
