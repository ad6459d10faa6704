//! Rows: which become users, which are skipped and which refused, and what the log says of each.

use serde_json::{Value, json};

use super::{
    COLUMNS, SUCCEEDED, TOO_MANY_FAILED, assert_ended, count, counts, created, ended, file,
    imported, log, plain_row, row, started, upload, verifying_pool,
};
use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::PASSWORD;
use crate::support::refusals::incorrect;
use crate::support::users::{assert_unknown, confirmed_user, status};
use crate::support::{Pool, TestServer, both_stores};

const RESET: &str = "Password reset required for the user";

/// A row of ada with other values laid over hers.
fn ada_with(values: &[(&str, &str)]) -> String {
    let mut all = values.to_vec();
    all.extend([
        ("cognito:username", "ada"),
        ("email", "ada@example.com"),
        ("email_verified", "true"),
    ]);
    row(&[], &all)
}

/// How a file with this header and a row ends.
async fn ends(pool: &Pool, header: &str) -> (String, String) {
    let job = imported(pool, json!({}), format!("{header}\n{}\n", plain_row("ada"))).await;
    assert_eq!(counts(&job), [0, 0, 0]);
    assert_unknown(pool, "ada").await;
    let text = |member: &str| job[member].as_str().unwrap().to_owned();
    (text("Status"), text("CompletionMessage"))
}

both_stores! {
    async fn users_have_what_their_rows_say_and_reset_their_password(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let app = pool.client(json!({})).await;
        let custom = json!({ "CustomAttributes": [{ "Name": "team", "AttributeDataType": "String" }] });
        pool.admin("AddCustomAttributes", custom).await.ok();
        let values = [
            ("cognito:username", "ada"), ("email", " ada@example.com "), ("email_verified", "TRUE"),
            ("birthdate", "12/10/1815"), ("address", r"12 St James's Square\, London"), ("updated_at", "1700000000"),
            ("phone_number", "+15550100"), ("phone_number_verified", "False"), ("custom:team", r"a\\b"),
            ("cognito:mfa_enabled", "false"),
        ];
        // Windows ends lines otherwise; a line without anything is no row; the last line may have no end.
        let text = format!(
            "{}\r\n\r\n{}\r\n   \n{}",
            [&COLUMNS[..], &["custom:team"]].concat().join(" , "),
            row(&["custom:team"], &values),
            row(&["custom:team"], &[
                ("cognito:username", "bob"), ("email", "bob@example.com"), ("email_verified", "true"),
                ("phone_number_verified", "FALSE"),
            ]),
        );
        let job = imported(&pool, json!({}), text).await;
        assert_ended(&job, "Succeeded", SUCCEEDED);
        assert_eq!(counts(&job), [2, 0, 0]);
        assert_eq!(
            log(&server.store, &job).await,
            ["[SUCCEEDED] Line Number 3 - The import succeeded.", "[SUCCEEDED] Line Number 5 - The import succeeded."]
        );
        let user = pool.user("ada").await.ok();
        assert_eq!(user["UserStatus"], "RESET_REQUIRED");
        assert_eq!(user["Enabled"], true);
        let mut attributes: Vec<(String, String)> = user["UserAttributes"].as_array().unwrap().iter()
            .map(|a| (a["Name"].as_str().unwrap().to_owned(), a["Value"].as_str().unwrap().to_owned()))
            .filter(|(name, _)| name != "sub")
            .collect();
        attributes.sort();
        let expected = [
            ("address", "12 St James's Square, London"), ("birthdate", "1815-12-10"), ("custom:team", r"a\b"),
            ("email", "ada@example.com"), ("email_verified", "true"), ("phone_number", "+15550100"),
            ("phone_number_verified", "false"), ("updated_at", "1700000000"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(attributes, expected);

        // That no number is verified where there is none says nothing.
        let user = pool.user("bob").await.ok();
        let names: Vec<&str> = user["UserAttributes"].as_array().unwrap().iter()
            .map(|a| a["Name"].as_str().unwrap())
            .filter(|name| *name != "sub")
            .collect();
        assert_eq!(names, ["email_verified", "email"]);

        // Any password leads to the same, until the user has chosen one.
        app.initiate("ada", PASSWORD).await.fails("PasswordResetRequiredException", RESET);
        let hiding = pool.client(json!({ "PreventUserExistenceErrors": "ENABLED" })).await;
        incorrect(&hiding.initiate("ada", PASSWORD).await);
        app.call("ForgotPassword", json!({ "Username": "ada" })).await.ok();
        let code = pool.inbox("ada@example.com").code().await;
        let input = json!({ "Username": "ada", "ConfirmationCode": code, "Password": NEW_PASSWORD });
        app.call("ConfirmForgotPassword", input).await.ok();
        app.initiate("ada", NEW_PASSWORD).await.ok();
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
    }

    async fn users_who_can_sign_in_with_a_code_are_confirmed(server: TestServer) {
        let first = json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] } } });
        let pool = verifying_pool(&server, first).await;
        let job = imported(&pool, json!({}), file(&[], &[plain_row("ada")])).await;
        assert_ended(&job, "Succeeded", SUCCEEDED);
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
    }

    async fn what_becomes_of_each_row_is_in_the_log(server: TestServer) {
        let schema = json!([{ "Name": "nickname", "Required": false, "Mutable": true, "AttributeDataType": "String",
                              "StringAttributeConstraints": { "MinLength": "2", "MaxLength": "5" } }]);
        let pool = verifying_pool(&server, json!({ "AliasAttributes": ["email"], "Schema": schema })).await;
        let there = json!({ "email": "there@example.com", "email_verified": "true" });
        confirmed_user(&pool, "there", there).await;
        let long = "x".repeat(16_001);
        let name = |name: &str| ada_with(&[("cognito:username", name)]);
        let failures: &[(String, &str)] = &[
            ("ada".to_owned(), "The row has 1 values, and the header 21 columns."),
            (long.clone(), "The row has more than 16000 characters."),
            (name(" "), "The User Record does not set cognito:username."),
            (name("a b"), "The User Record sets cognito:username to a value that is not a username."),
            (name("ada@example.com"), "The User Record sets cognito:username to a value of the form of email, which is an alias."),
            (ada_with(&[("email_verified", "false")]), "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true)."),
            (ada_with(&[("email_verified", "")]), "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true)."),
            (ada_with(&[("email", "")]), "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true)."),
            (ada_with(&[("email_verified", "yes")]), "The User Record sets email_verified to neither true nor false."),
            (ada_with(&[("email", "ada")]), "The User Record sets email to a value of another form."),
            (ada_with(&[("phone_number_verified", "true")]), "The User Record sets phone_number_verified without phone_number."),
            (ada_with(&[("birthdate", "1815-12-10")]), "The User Record sets birthdate to a value that is not of the form mm/dd/yyyy."),
            (ada_with(&[("updated_at", "now")]), "The User Record does not conform to the schema: updated_at is not a number."),
            (ada_with(&[("nickname", "x")]), "The User Record does not conform to the schema: nickname must be no shorter than 2 characters."),
            (ada_with(&[("cognito:mfa_enabled", "true")]), "The User Record does not set cognito:mfa_enabled to false, as the user pool has it."),
            (ada_with(&[("email", "there@example.com")]), "Another user has the alias email of the User Record."),
        ];
        let mut rows = vec![plain_row("there"), plain_row("bob"), plain_row("bob")];
        rows.extend(failures.iter().map(|(row, _)| row.clone()));
        rows.push(plain_row("carol"));
        let mut bytes = file(&[], &rows).into_bytes();
        bytes.extend_from_slice(b"\xff\n");
        let job = created(&pool, json!({})).await;
        upload(&pool, &job, bytes).await;
        started(&pool, &job).await;
        let job = ended(&pool, &job).await;

        let skipped = |line: i64| format!("[SKIPPED] Line Number {line} - The user already exists.");
        let succeeded = |line: i64| format!("[SUCCEEDED] Line Number {line} - The import succeeded.");
        let failed = |line: i64, reason: &str| format!("[FAILED] Line Number {line} - {reason}");
        let mut expected = vec![skipped(2), succeeded(3), skipped(4)];
        expected.extend((5..).zip(failures).map(|(line, (_, reason))| failed(line, reason)));
        let next = 5 + i64::try_from(failures.len()).unwrap();
        expected.push(succeeded(next));
        expected.push(failed(next + 1, "The row is not UTF-8 text."));
        assert_eq!(log(&server.store, &job).await, expected);
        assert_ended(&job, "Failed", TOO_MANY_FAILED);
        assert_eq!(counts(&job), [2, 2, i64::try_from(failures.len()).unwrap() + 1]);
        assert_unknown(&pool, "ada").await;
        pool.user("carol").await.ok();
        assert_eq!(status(&pool, "there").await, "CONFIRMED");
    }

    async fn a_required_attribute_is_given(server: TestServer) {
        let schema = json!([{ "Name": "name", "Required": true, "Mutable": true, "AttributeDataType": "String" }]);
        let pool = verifying_pool(&server, json!({ "Schema": schema })).await;
        let rows = [plain_row("ada"), row(&[], &[("cognito:username", "bob"), ("name", "Bob"), ("email", "b@example.com"), ("email_verified", "true")])];
        let job = imported(&pool, json!({}), file(&[], &rows)).await;
        assert_ended(&job, "Succeeded", SUCCEEDED);
        assert_eq!(
            log(&server.store, &job).await,
            ["[FAILED] Line Number 2 - The User Record does not set the required attribute name.",
             "[SUCCEEDED] Line Number 3 - The import succeeded."]
        );
    }

    async fn addresses_that_are_usernames_are_imported(server: TestServer) {
        let pool = verifying_pool(&server, json!({ "UsernameAttributes": ["email"] })).await;
        let of = |username: &str, email: &str| row(&[], &[("cognito:username", username), ("email", email), ("email_verified", "true")]);
        let rows = [
            of("ada@example.com", "ada@example.com"), of("ada@example.com", "ada@example.com"), of("bob", "bob@example.com"),
            of("carol@example.com", "dora@example.com"), of("dora@example.com", "dora@example.com"),
        ];
        let job = imported(&pool, json!({}), file(&[], &rows)).await;
        let expected = [
            "[SUCCEEDED] Line Number 2 - The import succeeded.",
            "[SKIPPED] Line Number 3 - The user already exists.",
            "[FAILED] Line Number 4 - The User Record sets cognito:username to a value that is not of the form of email.",
            "[FAILED] Line Number 5 - The User Record sets email to another value than cognito:username.",
            "[SUCCEEDED] Line Number 6 - The import succeeded.",
        ];
        assert_eq!(log(&server.store, &job).await, expected);
        let user = pool.user("ada@example.com").await.ok();
        assert!(uuid::Uuid::parse_str(user["Username"].as_str().unwrap()).is_ok(), "{user}");
        assert_eq!(count(&server.store, "aliases").await, 2);
    }

    /// Two rows of one batch that want the same alias: the second user is not left behind without it.
    async fn an_alias_belongs_to_the_first_row(server: TestServer) {
        let pool = verifying_pool(&server, json!({ "AliasAttributes": ["email", "preferred_username"] })).await;
        let of = |username: &str, preferred: &str| row(&[], &[
            ("cognito:username", username), ("email", "same@example.com"), ("email_verified", "true"),
            ("preferred_username", preferred),
        ]);
        let dora = row(&[], &[
            ("cognito:username", "dora"), ("email", "dora@example.com"), ("email_verified", "true"), ("preferred_username", "a"),
        ]);
        let rows = [of("ada", "a"), of("bob", "b"), plain_row("carol"), dora];
        let job = imported(&pool, json!({}), file(&[], &rows)).await;
        assert_ended(&job, "Succeeded", SUCCEEDED);
        let lines = log(&server.store, &job).await;
        assert_eq!(lines[1], "[FAILED] Line Number 3 - Another user has the alias email of the User Record.");
        assert_eq!(lines[3], "[FAILED] Line Number 5 - Another user has the alias preferred_username of the User Record.");
        assert_unknown(&pool, "bob").await;
        assert_unknown(&pool, "dora").await;
        assert_eq!(count(&server.store, "aliases WHERE value_key = 'b' OR value_key = 'bob'").await, 0);
    }

    async fn second_factors_are_as_the_rows_and_the_pool_have_them(server: TestServer) {
        let pool = verifying_pool(&server, json!({
            "AutoVerifiedAttributes": ["email", "phone_number"],
            "MfaConfiguration": "OPTIONAL",
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
        })).await;
        let of = |username: &str, phone: &str, mfa: &str| row(&[], &[
            ("cognito:username", username), ("email", "a@example.com"), ("email_verified", "true"),
            ("phone_number", phone), ("cognito:mfa_enabled", mfa),
        ]);
        let rows = [of("ada", "+15550100", "TRUE"), of("bob", "+15550101", "false"), of("carol", "", "true"), of("dora", "", "")];
        let job = imported(&pool, json!({}), file(&[], &rows)).await;
        assert_eq!(counts(&job), [3, 0, 1]);
        assert_eq!(
            log(&server.store, &job).await[2],
            "[FAILED] Line Number 4 - The User Record sets cognito:mfa_enabled to true without a phone_number."
        );
        assert_eq!(pool.user("ada").await.ok()["UserMFASettingList"], json!(["SMS_MFA"]));
        assert_eq!(pool.user("bob").await.ok()["UserMFASettingList"], Value::Null);
    }

    async fn a_file_with_a_wrong_header_fails_as_a_whole(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let all = COLUMNS.join(",");
        let failed = |text: &str| ("Failed".to_owned(), text.to_owned());
        assert_eq!(ends(&pool, "").await, failed("The header of the CSV file cannot be read."));
        let lacking = all.replace("birthdate,", "");
        assert_eq!(ends(&pool, &lacking).await, failed("The header of the CSV file lacks the column birthdate."));
        let unknown = format!("{all},custom:team");
        assert_eq!(ends(&pool, &unknown).await, failed("The header of the CSV file has an unknown column custom:team."));
        let twice = format!("{all},email");
        assert_eq!(ends(&pool, &twice).await, failed("The header of the CSV file has the column email twice."));
        let quoted = format!("\"{}\"", all.replace(',', "\",\""));
        assert_eq!(ends(&pool, &quoted).await, failed("The header of the CSV file has an unknown column \"name\"."));
        let marked = format!("\u{feff}{all}");
        assert_eq!(ends(&pool, &marked).await, failed("The header of the CSV file has an unknown column \u{feff}name."));
        let job = created(&pool, json!({})).await;
        upload(&pool, &job, "").await;
        started(&pool, &job).await;
        assert_ended(&ended(&pool, &job).await, "Failed", "The header of the CSV file cannot be read.");
    }

    async fn columns_come_in_any_order(server: TestServer) {
        let pool = verifying_pool(&server, json!({})).await;
        let mut columns = COLUMNS.to_vec();
        columns.reverse();
        let values: Vec<&str> = columns.iter().map(|column| match *column {
            "cognito:username" => "ada",
            "email" => "ada@example.com",
            "email_verified" => "true",
            _ => "",
        }).collect();
        let text = format!("{}\n{}\n", columns.join(","), values.join(","));
        let job = imported(&pool, json!({}), text).await;
        assert_ended(&job, "Succeeded", SUCCEEDED);
        assert_eq!(pool.attribute("ada", "email").await.as_deref(), Some("ada@example.com"));
    }
}
