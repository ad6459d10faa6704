//! Section 3.1: the pool's password policy at sign-up.

use serde_json::{Value, json};

use super::refused_without_trace;
use crate::support::pools::Pool;
use crate::support::{Answer, AppClient, TestServer, both_stores};

const TOO_SHORT: &str = "Password did not conform with policy: Password not long enough";
const NO_UPPERCASE: &str =
    "Password did not conform with policy: Password must have uppercase characters";
const NO_LOWERCASE: &str =
    "Password did not conform with policy: Password must have lowercase characters";
const NO_NUMBER: &str =
    "Password did not conform with policy: Password must have numeric characters";
const NO_SYMBOL: &str =
    "Password did not conform with policy: Password must have symbol characters";

async fn sign_up(app: &AppClient, username: &str, password: &str) -> Answer {
    app.call(
        "SignUp",
        json!({"Username": username, "Password": password}),
    )
    .await
}

async fn policy(server: &TestServer, policy: Value) -> (Pool, AppClient) {
    let pool = server
        .pool(json!({"Policies": {"PasswordPolicy": policy}}))
        .await;
    let app = pool.client(json!({})).await;
    (pool, app)
}

both_stores! {
    /// The default policy: eight characters, and one of each kind.
    async fn each_broken_rule_has_its_text(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        for (password, text) in [
            ("Sh0rt!x", TOO_SHORT),
            ("corr3ct-horse!", NO_UPPERCASE),
            ("CORR3CT-HORSE!", NO_LOWERCASE),
            ("Correct-Horse!", NO_NUMBER),
            ("Corr3ctHorse", NO_SYMBOL),
        ] {
            let answer = sign_up(&app, "ada", password).await;
            refused_without_trace(&pool, "ada", answer, ("InvalidPasswordException", text)).await;
        }
        sign_up(&app, "ada", "Sh0rt!xy").await.ok();
    }

    /// Of several violations one is reported: length, uppercase, lowercase, numeric, symbol.
    async fn violations_are_reported_one_at_a_time(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        for (password, text) in [
            ("-------", TOO_SHORT),
            ("--------", NO_UPPERCASE),
            ("A-------", NO_LOWERCASE),
            ("Aa------", NO_NUMBER),
            ("Aa1aaaaa", NO_SYMBOL),
        ] {
            sign_up(&app, "ada", password).await.fails("InvalidPasswordException", text);
        }
    }

    /// Only the rules of the policy apply.
    async fn rules_can_be_switched_off(server: TestServer) {
        let (pool, app) = policy(&server, json!({
            "MinimumLength": 10, "RequireUppercase": false, "RequireLowercase": false,
            "RequireNumbers": false, "RequireSymbols": false,
        })).await;
        let answer = sign_up(&app, "ada", "aaaaaaaaa").await;
        refused_without_trace(&pool, "ada", answer, ("InvalidPasswordException", TOO_SHORT)).await;

        sign_up(&app, "ada", "aaaaaaaaaa").await.ok();
    }

    /// Each of the listed symbols is one, and a space within.
    async fn every_listed_symbol_counts(server: TestServer) {
        let (_, app) = policy(&server, json!({
            "MinimumLength": 6, "RequireUppercase": false, "RequireLowercase": false,
            "RequireNumbers": false, "RequireSymbols": true,
        })).await;
        let symbols = r##"^$*.[]{}()?"!@#%&/\,><':;|_~`=+- "##;
        assert_eq!(symbols.chars().count(), 33);
        for (number, symbol) in symbols.chars().enumerate() {
            let password = format!("abc{symbol}def");
            let answer = sign_up(&app, &format!("user{number}"), &password).await;
            assert_eq!(answer.status, 200, "{password}: {answer}");
        }
    }

    /// No other character is a symbol.
    async fn other_characters_are_no_symbols(server: TestServer) {
        let (pool, app) = policy(&server, json!({
            "MinimumLength": 6, "RequireUppercase": false, "RequireLowercase": false,
            "RequireNumbers": false, "RequireSymbols": true,
        })).await;
        for password in ["abc€def", "abcédef", "abc1def"] {
            let answer = sign_up(&app, "ada", password).await;
            let expected = ("InvalidPasswordException", NO_SYMBOL);
            refused_without_trace(&pool, "ada", answer, expected).await;
        }
    }

    /// Section 1.4: a password neither begins nor ends with a space; its value is never shown.
    async fn spaces_at_the_ends_are_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        for password in [" Corr3ct-Horse!", "Corr3ct-Horse! "] {
            let answer = sign_up(&app, "ada", password).await;
            let expected = (
                "InvalidParameterException",
                "1 validation error detected: Value at 'password' failed to satisfy constraint: \
                 Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$",
            );
            refused_without_trace(&pool, "ada", answer, expected).await;
        }
    }
}
