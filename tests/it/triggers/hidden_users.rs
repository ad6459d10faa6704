//! Where the client hides users, a function tells nobody that one exists: neither by its time nor by its refusal.

use serde_json::json;

use super::function::pool_with;
use crate::support::users::confirmed_user;
use crate::support::{TestStore, both_stores};

const EMAIL: &str = "ada@example.com";

both_stores! {
    async fn the_answer_comes_before_the_function_is_asked(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], json!({})).await;
        let app = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL, "email_verified": "true" })).await;
        app.sign_up("eve", json!({ "email": "eve@example.com" })).await.ok();
        server.inbox("eve@example.com").code().await;
        function.forget();
        // A function that never answers does not hold the answer up.
        function.hold();
        for (operation, user) in [("ForgotPassword", "ada"), ("ResendConfirmationCode", "eve")] {
            let existing = app.call(operation, json!({ "Username": user })).await.ok();
            let nobody = app.call(operation, json!({ "Username": "nob" })).await.ok();
            assert_eq!(existing, nobody);
        }
        function.called(2).await;
        function.release();
        let code = server.inbox(EMAIL).code().await;
        let input = json!({
            "Username": "ada", "ConfirmationCode": code, "Password": "An0ther-Horse!",
        });
        app.call("ConfirmForgotPassword", input).await.ok();
        let code = server.inbox("eve@example.com").code().await;
        let input = json!({ "Username": "eve", "ConfirmationCode": code });
        app.call("ConfirmSignUp", input).await.ok();
        assert_eq!(function.calls().len(), 2);
        server.stop().await;
    }

    async fn a_refusal_is_not_passed_on(store: TestStore) {
        let (server, function, pool) = pool_with(&store, &["CustomMessage"], json!({})).await;
        let app = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        confirmed_user(&pool, "ada", json!({ "email": EMAIL, "email_verified": "true" })).await;
        function.throws("CustomMessage_ForgotPassword", "no");
        app.call("ForgotPassword", json!({ "Username": "ada" })).await.ok();
        function.event_soon("CustomMessage_ForgotPassword").await;
        // A server that stops waits for what is to be done after answers.
        server.stop().await;
        let rows = store.ask("SELECT message_id FROM outbox").await;
        assert!(rows.is_empty(), "{rows:?}");
    }
}
