//! Section 3.5: ChangePassword.

use serde_json::json;

use crate::support::passwords::{NEW_PASSWORD, change_password};
use crate::support::pools::PASSWORD;
use crate::support::refusals::incorrect;
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::{signed_in_ada, status};
use crate::support::{SrpClient, TestServer, both_stores};

both_stores! {
    /// The new password works at once, by either flow, and the old one no longer.
    async fn a_changed_password_replaces_the_former(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        let answer = change_password(&app, &tokens.access, PASSWORD, NEW_PASSWORD).await;
        assert_eq!(answer.ok(), json!({}));
        incorrect(&app.initiate("ada", PASSWORD).await);
        incorrect(&SrpClient::sign_in(&app, "ada", PASSWORD).await);
        app.initiate("ada", NEW_PASSWORD).await.ok();
        SrpClient::sign_in(&app, "ada", NEW_PASSWORD).await.ok();
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
    }

    /// ChangePassword signs no session out.
    async fn tokens_stay_valid_after_a_change(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        let elsewhere = app.sign_in("ada").await;
        change_password(&app, &tokens.access, PASSWORD, NEW_PASSWORD).await.ok();
        for tokens in [tokens, elsewhere] {
            app.with_token("GetUser", &tokens.access, json!({})).await.ok();
            app.refresh(&tokens.refresh).await.ok();
        }
    }

    /// A wrong previous password changes nothing.
    async fn a_wrong_previous_password_changes_nothing(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        incorrect(&change_password(&app, &tokens.access, WRONG_PASSWORD, NEW_PASSWORD).await);
        incorrect(&app.initiate("ada", NEW_PASSWORD).await);
        app.sign_in("ada").await;
    }

    /// Only a user without a password may leave the previous password out.
    async fn the_previous_password_is_left_out_only_if_there_is_none(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        let input = json!({ "ProposedPassword": NEW_PASSWORD });
        let answer = app.with_token("ChangePassword", &tokens.access, input).await;
        incorrect(&answer);
        incorrect(&app.initiate("ada", NEW_PASSWORD).await);
        app.sign_in("ada").await;
    }

    /// Unless a history is kept, the present password may be chosen again.
    async fn the_present_password_may_be_chosen_again(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        change_password(&app, &tokens.access, PASSWORD, PASSWORD).await.ok();
        app.sign_in("ada").await;
    }

    /// Section 8: five times an hour.
    async fn a_password_is_changed_five_times_an_hour(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        for _ in 0..5 {
            change_password(&app, &tokens.access, PASSWORD, PASSWORD).await.ok();
        }
        let answer = change_password(&app, &tokens.access, PASSWORD, NEW_PASSWORD).await;
        let text = "Attempt limit exceeded, please try after some time.";
        answer.fails("LimitExceededException", text);
        incorrect(&app.initiate("ada", NEW_PASSWORD).await);
        server.advance(3601).await;
        let tokens = app.sign_in("ada").await;
        change_password(&app, &tokens.access, PASSWORD, NEW_PASSWORD).await.ok();
        app.initiate("ada", NEW_PASSWORD).await.ok();
    }
}
