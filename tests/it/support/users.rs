//! Users as the administrator makes, changes and sees them.

use serde_json::{Value, json};

use super::answer::Answer;
use super::pools::{AppClient, PASSWORD, Pool, Tokens, attribute, attribute_list, laid_over};
use super::server::TestServer;

/// AdminCreateUser, with `overrides` laid over a name and no message.
pub async fn create_user(pool: &Pool, username: &str, overrides: Value) -> Answer {
    let base = json!({ "Username": username, "MessageAction": "SUPPRESS" });
    pool.admin("AdminCreateUser", laid_over(base, overrides))
        .await
}

/// A user with a temporary password, who has not chosen another yet; returns the `sub`.
pub async fn invited_user(
    pool: &Pool,
    username: &str,
    temporary: &str,
    attributes: Value,
) -> String {
    let overrides = json!({
        "TemporaryPassword": temporary,
        "UserAttributes": attribute_list(&attributes),
    });
    sub_of(&create_user(pool, username, overrides).await.ok())
}

/// The `sub` in AdminCreateUser's answer.
#[track_caller]
fn sub_of(created: &Value) -> String {
    attribute(&created["User"]["Attributes"], "sub").expect("each user has a sub")
}

/// A confirmed user with [`PASSWORD`], whose attributes the administrator has set; returns the `sub`.
pub async fn confirmed_user(pool: &Pool, username: &str, attributes: Value) -> String {
    let overrides = json!({ "UserAttributes": attribute_list(&attributes) });
    let created = create_user(pool, username, overrides).await.ok();
    set_password(pool, username, PASSWORD, true).await.ok();
    sub_of(&created)
}

/// A plain pool with one member, `ada`, and a client of it.
pub async fn client_with_ada(server: &TestServer) -> AppClient {
    let pool = server.pool(json!({})).await;
    confirmed_user(&pool, "ada", json!({})).await;
    pool.client(json!({})).await
}

/// The same, and the tokens of `ada`, who has signed in.
pub async fn signed_in_ada(server: &TestServer) -> (AppClient, Tokens) {
    let app = client_with_ada(server).await;
    let tokens = app.sign_in("ada").await;
    (app, tokens)
}

/// AdminSetUserPassword.
pub async fn set_password(pool: &Pool, username: &str, password: &str, permanent: bool) -> Answer {
    let input = json!({ "Username": username, "Password": password, "Permanent": permanent });
    pool.admin("AdminSetUserPassword", input).await
}

/// An operation of the administrator whose only input is the name of a user.
pub async fn call_for_user(pool: &Pool, operation: &str, username: &str) -> Answer {
    pool.admin(operation, json!({ "Username": username })).await
}

/// UserStatus, as AdminGetUser shows it.
pub async fn status(pool: &Pool, username: &str) -> String {
    let user = pool.user(username).await.ok();
    user["UserStatus"].as_str().expect("a status").to_owned()
}

/// Asserts that AdminGetUser finds no user of that name.
pub async fn assert_unknown(pool: &Pool, username: &str) {
    let answer = pool.user(username).await;
    answer.fails("UserNotFoundException", "User does not exist.");
}
