//! Section 3.5: ChangePassword.

use serde_json::json;

use super::{NEW, change};
use crate::admin_users::{signed_in, status};
use crate::sign_in::{WRONG, incorrect};
use crate::support::pools::PASSWORD;
use crate::support::{SrpClient, TestServer, both_stores};

both_stores! {
    /// The new password works at once, by either flow, and the old one no longer.
    async fn it_replaces_the_password(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        let answer = change(&app, &tokens.access, PASSWORD, NEW).await;
        assert_eq!(answer.ok(), json!({}));
        incorrect(&app.initiate("ada", PASSWORD).await);
        incorrect(&SrpClient::sign_in(&app, "ada", PASSWORD).await);
        app.initiate("ada", NEW).await.ok();
        SrpClient::sign_in(&app, "ada", NEW).await.ok();
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
    }

    /// Nobody is signed out by it.
    async fn tokens_stay_valid(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        let elsewhere = app.sign_in("ada").await;
        change(&app, &tokens.access, PASSWORD, NEW).await.ok();
        for tokens in [tokens, elsewhere] {
            app.with_token("GetUser", &tokens.access, json!({})).await.ok();
            app.refresh(&tokens.refresh).await.ok();
        }
    }

    /// A wrong previous password changes nothing.
    async fn a_wrong_previous_password(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        incorrect(&change(&app, &tokens.access, WRONG, NEW).await);
        incorrect(&app.initiate("ada", NEW).await);
        app.sign_in("ada").await;
    }

    /// Only a user who has none may leave the previous password out.
    async fn no_previous_password(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        let input = json!({ "ProposedPassword": NEW });
        let answer = app.with_token("ChangePassword", &tokens.access, input).await;
        incorrect(&answer);
        incorrect(&app.initiate("ada", NEW).await);
        app.sign_in("ada").await;
    }

    /// Unless a history is kept, the present password may be chosen again.
    async fn the_same_password(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        change(&app, &tokens.access, PASSWORD, PASSWORD).await.ok();
        app.sign_in("ada").await;
    }

    /// Section 8: five times an hour.
    async fn five_times_an_hour(server: TestServer) {
        let (app, tokens) = signed_in(&server).await;
        for _ in 0..5 {
            change(&app, &tokens.access, PASSWORD, PASSWORD).await.ok();
        }
        let answer = change(&app, &tokens.access, PASSWORD, NEW).await;
        let text = "Attempt limit exceeded, please try after some time.";
        answer.fails("LimitExceededException", text);
        incorrect(&app.initiate("ada", NEW).await);
        server.advance(3601).await;
        let tokens = app.sign_in("ada").await;
        change(&app, &tokens.access, PASSWORD, NEW).await.ok();
        app.initiate("ada", NEW).await.ok();
    }
}
