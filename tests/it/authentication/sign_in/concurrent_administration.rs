//! Sign-ins while the administrator disables or deletes the user.

use serde_json::json;

use crate::support::pools::PASSWORD;
use crate::support::refusals::refused;
use crate::support::sign_in::tokens_of;
use crate::support::users::{assert_unknown, call_for_user, client_with_ada, confirmed_user};
use crate::support::{Answer, AppClient, SrpClient, TestServer, Tokens, at_once, both_stores};

const LOCKED: &str = "Password attempts exceeded";

/// Sign-ins of one user at once, in whose midst the administrator calls `operation`.
async fn sign_ins_during(app: &AppClient, operation: &'static str, username: &str) -> Vec<Answer> {
    let mut answers = at_once(17, |number| {
        let (app, username) = (app.clone(), username.to_owned());
        async move {
            match number {
                8 => call_for_user(&app.pool, operation, &username).await,
                _ if number % 2 == 0 => app.initiate(&username, PASSWORD).await,
                _ => SrpClient::sign_in(&app, &username, PASSWORD).await,
            }
        }
    })
    .await;
    answers.remove(8).ok();
    answers
}

/// The tokens that were issued; whatever else was answered is among `refusals`.
#[track_caller]
fn issued(answers: Vec<Answer>, refusals: &[(&str, &str)]) -> Vec<Tokens> {
    let (successes, failures): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 200);
    for answer in failures {
        let refusal = (answer.type_.as_deref(), answer.message.as_deref());
        let known = refusals
            .iter()
            .any(|&(type_, text)| refusal == (Some(type_), Some(text)));
        assert!(known, "{answer}");
    }
    successes.into_iter().map(tokens_of).collect()
}

both_stores! {
    /// Tokens that a sign-in got while the user was being disabled are refused.
    async fn a_sign_in_during_a_disable_gets_no_working_token(server: TestServer) {
        let app = client_with_ada(&server).await;
        let disabled = ("NotAuthorizedException", "User is disabled.");
        // What a sign-in says that finds the user changed when it opens its session.
        let changed = ("NotAuthorizedException", "Incorrect username or password.");
        for _ in 0..3 {
            let answers = sign_ins_during(&app, "AdminDisableUser", "ada").await;
            for tokens in issued(answers, &[disabled, changed]) {
                let answer = app.with_token("GetUser", &tokens.access, json!({})).await;
                answer.fails_as("NotAuthorizedException");
                let text = answer.message.as_deref().unwrap_or_default();
                assert!(["User is disabled.", "Access Token has been revoked"].contains(&text));
                app.refresh(&tokens.refresh).await.fails_as("NotAuthorizedException");
            }
            call_for_user(&app.pool, "AdminEnableUser", "ada").await.ok();
            app.sign_in("ada").await;
        }
    }

    /// The same while the user is being deleted: no sign-in meets half a user.
    async fn a_sign_in_during_a_delete_gets_no_working_token(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let gone = ("UserNotFoundException", "User does not exist.");
        let wrong = ("NotAuthorizedException", "Incorrect username or password.");
        // Half an SRP sign-in proves the password of nobody, which counts as wrong ones do.
        let exceeded = ("NotAuthorizedException", LOCKED);
        for username in ["ada", "bob", "carol"] {
            confirmed_user(&pool, username, json!({})).await;
            let answers = sign_ins_during(&app, "AdminDeleteUser", username).await;
            for tokens in issued(answers, &[gone, wrong, exceeded]) {
                let answer = app.with_token("GetUser", &tokens.access, json!({})).await;
                refused(&answer, gone);
                let answer = app.refresh(&tokens.refresh).await;
                assert_eq!(answer.status, 400, "{answer}");
                assert_ne!(answer.type_.as_deref(), Some("InternalErrorException"), "{answer}");
            }
            assert_unknown(&pool, username).await;
        }
    }
}
