//! AdminDisableProviderForUser of the pool's own account: section 4.4.

use serde_json::json;

use super::links::{account, link, links, pairs, pool_with_two, unlink, unlink_account};
use crate::support::passwords::{NEW_PASSWORD, confirm_forgot_password, forgot_password};
use crate::support::pools::PASSWORD;
use crate::support::refusals::{EXPIRED_CODE, NO_SUCH_USER, incorrect, invalid_parameter, refused};
use crate::support::sign_in::tokens_of;
use crate::support::tokens::get_user;
use crate::support::users::{confirmed_user, set_password};
use crate::support::{AppClient, SrpClient, TestServer, TestStore, both_stores};

const ADA: &str = "ada@example.com";

/// A client, and Ada with a verified address.
async fn client_with_ada(server: &TestServer) -> AppClient {
    let pool = server.pool(json!({})).await;
    let verified = json!({ "email": ADA, "email_verified": "true" });
    confirmed_user(&pool, "ada", verified).await;
    pool.client(json!({})).await
}

async fn end_password(app: &AppClient) {
    unlink(&app.pool, "Cognito", "ada").await.ok();
}

/// How many messages say that the password was changed.
async fn told(app: &AppClient) -> usize {
    let messages = app.pool.inbox(ADA).messages().await;
    let notices = messages
        .iter()
        .filter(|message| message.purpose == "password_changed");
    notices.count()
}

both_stores! {
    /// The pool's own account is the password: it ends, and a new one begins.
    async fn a_local_user_loses_the_password(server: TestServer) {
        let (pool, app) = pool_with_two(&server).await;
        link(&pool, "ada", "Google", "1").await.ok();
        let tokens = tokens_of(app.initiate("ada", PASSWORD).await);
        let text = "ProviderAttributeName must be Cognito_Subject for this provider.";
        let by_mail = account("Cognito", "email", "ada");
        invalid_parameter(&unlink_account(&pool, by_mail).await, text);
        refused(&unlink(&pool, "Cognito", "carol").await, NO_SUCH_USER);
        tokens_of(app.initiate("ada", PASSWORD).await);

        assert_eq!(unlink(&pool, "Cognito", "ada").await.ok(), json!({}));
        incorrect(&app.initiate("ada", PASSWORD).await);
        tokens_of(app.initiate("bob", PASSWORD).await);
        assert_eq!(pool.user("ada").await.ok()["UserStatus"], "CONFIRMED");
        assert_eq!(links(&pool, "ada").await, pairs(&[("Google", "1")]));
        get_user(&app, &tokens.access).await.ok();
        unlink(&pool, "Cognito", "ada").await.ok();
        set_password(&pool, "ada", PASSWORD, true).await.ok();
        tokens_of(app.initiate("ada", PASSWORD).await);
    }

    /// What has begun before ends with the password: a recovery and a sign-in. Sessions go on.
    async fn what_has_begun_ends_with_the_password(server: TestServer) {
        let app = client_with_ada(&server).await;
        let tokens = app.sign_in("ada").await;
        forgot_password(&app, "ada").await.ok();
        let code = app.pool.inbox(ADA).code().await;
        let srp = SrpClient::new();
        let challenge = srp.initiate(&app, "ada").await.ok();
        end_password(&app).await;

        refused(&confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await, EXPIRED_CODE);
        let response = srp.response(&app, &challenge, PASSWORD);
        incorrect(&app.call("RespondToAuthChallenge", response).await);
        incorrect(&SrpClient::sign_in(&app, "ada", PASSWORD).await);
        for password in [PASSWORD, NEW_PASSWORD] {
            incorrect(&app.initiate("ada", password).await);
        }
        get_user(&app, &tokens.access).await.ok();
        app.refresh(&tokens.refresh).await.ok();
    }

    /// A recovery that begins afterwards brings a password, which may be the former one.
    async fn a_recovery_brings_the_password_back(server: TestServer) {
        let app = client_with_ada(&server).await;
        end_password(&app).await;
        forgot_password(&app, "ada").await.ok();
        let code = app.pool.inbox(ADA).code().await;
        incorrect(&app.initiate("ada", PASSWORD).await);
        confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await.ok();
        tokens_of(app.initiate("ada", NEW_PASSWORD).await);
        tokens_of(SrpClient::sign_in(&app, "ada", NEW_PASSWORD).await);
        incorrect(&app.initiate("ada", PASSWORD).await);
    }

    /// It is recorded as a changed password, and the user is told where the configuration asks; ending it once more is
    /// neither.
    async fn the_end_of_the_password_is_recorded_and_told(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.notifications.credential_changes = true;
        }).await;
        let app = client_with_ada(&server).await;
        let recorded = || async {
            let query = "SELECT kind || ' ' || outcome FROM auth_events WHERE kind = 'password_change'";
            store.ask(query).await
        };
        let before = (recorded().await.len(), told(&app).await);
        end_password(&app).await;
        let after = (before.0 + 1, before.1 + 1);
        assert_eq!(recorded().await.last().map(String::as_str), Some("password_change pass"));
        assert_eq!((recorded().await.len(), told(&app).await), after);
        end_password(&app).await;
        assert_eq!((recorded().await.len(), told(&app).await), after);
        server.stop().await;
    }
}
