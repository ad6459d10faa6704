//! Section 3.1: when SignUp is refused, and that a refused sign-up leaves nothing behind.

use serde_json::json;

use super::refused_without_trace;
use crate::support::pools::PASSWORD;
use crate::support::refusals::{NO_SUCH_USER, USERNAME_TAKEN, refused};
use crate::support::sign_up::{confirm_sign_up, email_pool};
use crate::support::signed_in_user::attributes_of;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// A taken username is refused, whether its owner is confirmed or not, and the owner loses
    /// nothing.
    async fn a_taken_username_is_refused(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({"email": "ada@example.com", "name": "Ada"})).await.ok();
        let again = json!({
            "Username": "ada",
            "Password": "An0ther-Password!",
            "UserAttributes": [{"Name": "email", "Value": "eve@example.com"}],
        });

        refused(&app.call("SignUp", again.clone()).await, USERNAME_TAKEN);

        server.inbox("eve@example.com").stays_empty().await;
        let code = server.inbox("ada@example.com").code().await;
        confirm_sign_up(&app, "ada", &code).await.ok();
        refused(&app.call("SignUp", again).await, USERNAME_TAKEN);
        app.sign_in("ada").await;
        let user = pool.user("ada").await.ok();
        assert_eq!(attributes_of(&user), json!({
            "email": "ada@example.com", "email_verified": "true", "name": "Ada",
        }));
    }

    /// The username of a user whom the administrator made.
    async fn the_username_of_an_invited_user_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let input = json!({"Username": "ada", "MessageAction": "SUPPRESS"});
        pool.admin("AdminCreateUser", input.clone()).await.ok();

        refused(&app.sign_up("ada", json!({})).await, USERNAME_TAKEN);

        pool.admin("AdminCreateUser", input)
            .await
            .fails("UsernameExistsException", "User account already exists");
        let user = pool.user("ada").await.ok();
        assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
    }

    /// A name is free in another pool.
    async fn a_username_is_free_in_another_pool(server: TestServer) {
        let mut subs = Vec::new();
        for _ in 0..2 {
            let app = server.pool(json!({})).await.client(json!({})).await;
            subs.push(app.sign_up("ada", json!({})).await.ok()["UserSub"].clone());
        }
        assert_ne!(subs[0], subs[1]);
    }

    /// AllowAdminCreateUserOnly: SignUp is refused.
    async fn sign_up_is_refused_where_it_is_switched_off(server: TestServer) {
        let pool = server
            .pool(email_pool(json!({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true}})))
            .await;
        let app = pool.client(json!({})).await;

        let answer = app.sign_up("ada", json!({"email": "ada@example.com"})).await;

        let expected = ("NotAuthorizedException", "SignUp is not permitted for this user pool");
        refused_without_trace(&pool, "ada", answer, expected).await;
        server.inbox("ada@example.com").stays_empty().await;
    }

    /// A client that never existed, and one that was deleted.
    async fn an_unknown_client_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        pool.admin("DeleteUserPoolClient", json!({"ClientId": app.id})).await.ok();
        for client in ["nosuchclient00000000000000", &app.id] {
            let input = json!({"ClientId": client, "Username": "ada", "Password": PASSWORD});
            let answer = app.call("SignUp", input).await;
            let text = format!("User pool client {client} does not exist.");
            answer.fails("ResourceNotFoundException", &text);
        }
        refused(&pool.user("ada").await, NO_SUCH_USER);
    }

    /// Section 2.4: the formats of addresses.
    async fn malformed_addresses_are_refused(server: TestServer) {
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        for (name, value, text) in [
            ("email", "nope", "Invalid email address format."),
            ("email", "ada@", "Invalid email address format."),
            ("email", "@example.com", "Invalid email address format."),
            ("phone_number", "12025550123", "Invalid phone number format."),
            ("phone_number", "+1202555abcd", "Invalid phone number format."),
        ] {
            let answer = app.sign_up("ada", json!({name: value})).await;
            refused_without_trace(&pool, "ada", answer, ("InvalidParameterException", text)).await;
        }
    }
}
