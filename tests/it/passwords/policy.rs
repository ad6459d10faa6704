//! Section 3.1: the password policy, at every way that takes a password.

use serde_json::{Value, json};

use crate::support::passwords::{PasswordChange, change_password};
use crate::support::pools::PASSWORD;
use crate::support::refusals::incorrect;
use crate::support::users::{assert_unknown, confirmed_user, create_user, status};
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
    confirmed_user(&pool, "ada", attributes).await;
    pool.client(json!({})).await
}

/// A policy that asks for ten characters and nothing else.
fn lax() -> Value {
    json!({ "Policies": { "PasswordPolicy": {
        "MinimumLength": 10, "RequireUppercase": false, "RequireLowercase": false,
        "RequireNumbers": false, "RequireSymbols": false,
    } } })
}

/// All every_change, for a user who has just signed in with [`PASSWORD`].
async fn every_change(app: &AppClient) -> [PasswordChange; 3] {
    let tokens = app.sign_in("ada").await;
    [
        PasswordChange::Change(tokens.access, PASSWORD.to_owned()),
        PasswordChange::Recovery,
        PasswordChange::AdminSet,
    ]
}

both_stores! {
    /// The default policy, one violation at a time; the former password stays.
    async fn the_default_policy_reports_one_violation_at_a_time(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        let every_change = every_change(&app).await;
        for (password, violation) in VIOLATIONS {
            for way in &every_change {
                against_policy(&way.set(&app, password).await, violation);
            }
            incorrect(&app.initiate("ada", password).await);
            app.sign_in("ada").await;
        }
        assert_eq!(status(&app.pool, "ada").await, "CONFIRMED");
    }

    /// Temporary passwords obey the policy; a refused one makes no user.
    async fn a_temporary_password_must_fit_the_policy(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (password, violation) in VIOLATIONS {
            let input = json!({ "TemporaryPassword": password });
            against_policy(&create_user(&pool, "ada", input).await, violation);
            assert_unknown(&pool, "ada").await;
        }
    }

    /// A policy of the pool's own.
    async fn a_lax_policy_accepts_simple_passwords(server: TestServer) {
        let app = with_ada(&server, lax()).await;
        for way in every_change(&app).await {
            against_policy(&way.set(&app, "ninechars").await, "Password not long enough");
            app.sign_in("ada").await;
        }
        PasswordChange::AdminSet.set(&app, "tencharact").await.ok();
        app.initiate("ada", "tencharact").await.ok();
        SrpClient::sign_in(&app, "ada", "tencharact").await.ok();
    }

    /// A space inside is a symbol.
    async fn a_space_is_a_symbol(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        PasswordChange::AdminSet.set(&app, "Correct Horse 9").await.ok();
        app.initiate("ada", "Correct Horse 9").await.ok();
        SrpClient::sign_in(&app, "ada", "Correct Horse 9").await.ok();
    }

    /// Each symbol in AWS's guide counts as one.
    async fn every_listed_symbol_counts(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        for symbol in r#"^$*.[]{}()?"!@#%&/\,><':;|_~`=+-"#.chars() {
            let password = format!("Abcdefg{symbol}1");
            PasswordChange::AdminSet.set(&app, &password).await.ok();
        }
        app.initiate("ada", "Abcdefg-1").await.ok();
    }

    /// Letters beyond ASCII are accepted, and are no symbols.
    async fn letters_beyond_ascii_are_accepted_and_are_no_symbols(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        let password = "Grüße-Ærø-9";
        PasswordChange::AdminSet.set(&app, password).await.ok();
        app.initiate("ada", password).await.ok();
        SrpClient::sign_in(&app, "ada", password).await.ok();
    }

    /// Section 1.4: a space at either end is refused before the policy is checked.
    async fn a_space_at_either_end_is_refused(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        let access = app.sign_in("ada").await.access;
        for proposed in [" Abcdefg-1", "Abcdefg-1 "] {
            let answer = change_password(&app, &access, PASSWORD, proposed).await;
            let text = "1 validation error detected: Value at 'proposedPassword' failed to \
                        satisfy constraint: Member must satisfy regular expression pattern: \
                        ^[\\S]+.*[\\S]+$";
            answer.fails("InvalidParameterException", text);
        }
        app.sign_in("ada").await;
    }

    /// The model allows 256 characters, and every one of them counts.
    async fn a_password_of_256_characters_counts_whole(server: TestServer) {
        let app = with_ada(&server, json!({})).await;
        let long = format!("Aa1!{}", "x".repeat(252));
        PasswordChange::AdminSet.set(&app, &long).await.ok();
        app.initiate("ada", &long).await.ok();
        SrpClient::sign_in(&app, "ada", &long).await.ok();
        incorrect(&app.initiate("ada", &long[..255]).await);
    }
}
