//! Section 3.1: the password policy, at every door that takes a password.

use serde_json::{Value, json};

use super::{Door, change};
use crate::admin_users::{create_user, is_unknown, member, status};
use crate::sign_in::incorrect;
use crate::support::pools::PASSWORD;
use crate::support::{Answer, AppClient, SrpClient, TestServer, both_stores};

/// One violation each.
const VIOLATIONS: &[(&str, &str)] = &[
    ("Aa1!xyz", "Password not long enough"),
    ("nocapital1!", "Password must have uppercase characters"),
    ("NOSMALL1!", "Password must have lowercase characters"),
    ("NoNumeral!", "Password must have numeric characters"),
    ("NoSymbol1", "Password must have symbol characters"),
];

#[track_caller]
fn against_policy(answer: &Answer, violation: &str) {
    let text = format!("Password did not conform with policy: {violation}");
    answer.fails("InvalidPasswordException", &text);
}

/// A pool with one member, `ada`.
async fn with_ada(server: &TestServer, settings: Value) -> AppClient {
    let pool = server.pool(settings).await;
    let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
    member(&pool, "ada", attributes).await;
    pool.client(json!({})).await
}

/// A policy that asks for ten characters and nothing else.
fn lax() -> Value {
    json!({ "Policies": { "PasswordPolicy": {
        "MinimumLength": 10, "RequireUppercase": false, "RequireLowercase": false,
        "RequireNumbers": false, "RequireSymbols": false,
    } } })
}

/// All doors, for a user who has just signed in with [`PASSWORD`].
async fn doors(app: &AppClient) -> [Door; 3] {
    let tokens = app.sign_in("ada").await;
    [
        Door::Change(tokens.access, PASSWORD.to_owned()),
        Door::Recover,
        Door::Set,
    ]
}

both_stores! {
    /// The default policy, one violation at a time; what was, stays.
    async fn the_default_policy(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        let doors = doors(&app).await;
        for (password, violation) in VIOLATIONS {
            for door in &doors {
                against_policy(&door.enter(&app, password).await, violation);
            }
            incorrect(&app.initiate("ada", password).await);
            app.sign_in("ada").await;
        }
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
    }

    /// Temporary passwords are no exception; the user is not made.
    async fn a_temporary_password(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (password, violation) in VIOLATIONS {
            let input = json!({ "TemporaryPassword": password });
            against_policy(&create_user(&pool, "ada", input).await, violation);
            is_unknown(&pool, "ada").await;
        }
    }

    /// A policy of the pool's own.
    async fn a_lax_policy(server: TestServer) {
        let app = with_ada(&server, lax()).await;
        for door in doors(&app).await {
            against_policy(&door.enter(&app, "ninechars").await, "Password not long enough");
            app.sign_in("ada").await;
        }
        Door::Set.enter(&app, "tencharact").await.ok();
        app.initiate("ada", "tencharact").await.ok();
        SrpClient::sign_in(&app, "ada", "tencharact").await.ok();
    }

    /// A space inside is a symbol.
    async fn a_space_is_a_symbol(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        Door::Set.enter(&app, "Correct Horse 9").await.ok();
        app.initiate("ada", "Correct Horse 9").await.ok();
        SrpClient::sign_in(&app, "ada", "Correct Horse 9").await.ok();
    }

    /// Each of the symbols of the guide is one.
    async fn every_symbol(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        for symbol in r#"^$*.[]{}()?"!@#%&/\,><':;|_~`=+-"#.chars() {
            let password = format!("Abcdefg{symbol}1");
            Door::Set.enter(&app, &password).await.ok();
        }
        app.initiate("ada", "Abcdefg-1").await.ok();
    }

    /// Letters beyond ASCII are neither symbols nor a nuisance.
    async fn letters_beyond_ascii(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        let password = "Grüße-Ærø-9";
        Door::Set.enter(&app, password).await.ok();
        app.initiate("ada", password).await.ok();
        SrpClient::sign_in(&app, "ada", password).await.ok();
    }

    /// Section 1.4: a space at either end is refused before the policy is asked.
    async fn a_space_at_either_end(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        let access = app.sign_in("ada").await.access;
        for proposed in [" Abcdefg-1", "Abcdefg-1 "] {
            let answer = change(&app, &access, PASSWORD, proposed).await;
            let text = r"1 validation error detected: Value at 'proposedPassword' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$";
            answer.fails("InvalidParameterException", text);
        }
        app.sign_in("ada").await;
    }

    /// As long as the model allows: 256 characters, and every one of them counts.
    async fn a_long_password(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        let long = format!("Aa1!{}", "x".repeat(252));
        Door::Set.enter(&app, &long).await.ok();
        app.initiate("ada", &long).await.ok();
        SrpClient::sign_in(&app, "ada", &long).await.ok();
        incorrect(&app.initiate("ada", &long[..255]).await);
    }
}
