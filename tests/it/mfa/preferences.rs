//! SetUserMFAPreference and SetUserSettings, and their administrator's forms: 2.2 and 2.3 of the administrator's page.

use serde_json::{Value, json};

use super::{PHONE, challenged, enrolled, pool_with_factors, prefer};
use crate::support::tokens::get_user;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, TestServer, both_stores};

const INVALID: &str = "InvalidParameterException";

fn contacts() -> Value {
    json!({ "email": "ada@example.com", "phone_number": PHONE })
}

/// The factors of a user as GetUser shows them.
async fn factors(app: &AppClient, access: &str) -> (Value, Value) {
    let user = get_user(app, access).await.ok();
    let shown = |name: &str| user.get(name).cloned().unwrap_or_default();
    (shown("UserMFASettingList"), shown("PreferredMfaSetting"))
}

both_stores! {
    /// What is on is listed in one order, a block that is absent changes nothing, and what is turned off is
    /// preferred no more; with nothing on both members are absent.
    async fn factors_are_turned_on_and_off(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", contacts()).await;
        let tokens = app.sign_in("ada").await;
        assert_eq!(factors(&app, &tokens.access).await, (Value::Null, Value::Null));
        enrolled(&app, &tokens).await;
        for (settings, list, preferred) in [
            (
                json!({ "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true } }),
                json!(["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]),
                json!("EMAIL_OTP"),
            ),
            (
                json!({ "SMSMfaSettings": { "Enabled": true } }),
                json!(["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]),
                json!("EMAIL_OTP"),
            ),
            (
                json!({ "SMSMfaSettings": { "PreferredMfa": true } }),
                json!(["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]),
                json!("SMS_MFA"),
            ),
            (
                json!({ "SMSMfaSettings": { "Enabled": false } }),
                json!(["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]),
                Value::Null,
            ),
            (json!({}), json!(["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]), Value::Null),
            (
                // As Go clients write what is off.
                json!({ "EmailMfaSettings": {}, "WebAuthnMfaSettings": {} }),
                json!(["SOFTWARE_TOKEN_MFA"]),
                Value::Null,
            ),
            (
                json!({
                    "SoftwareTokenMfaSettings": { "Enabled": false },
                    "EmailMfaSettings": { "Enabled": false },
                    "WebAuthnMfaSettings": { "Enabled": false },
                }),
                Value::Null,
                Value::Null,
            ),
        ] {
            assert_eq!(prefer(&app, &tokens, settings.clone()).await.ok(), json!({}), "{settings}");
            assert_eq!(factors(&app, &tokens.access).await, (list, preferred), "{settings}");
        }
        app.sign_in("ada").await;
    }

    /// What cannot be is refused, and changes nothing; in both forms.
    async fn impossible_preferences_are_refused(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", json!({})).await;
        let tokens = app.sign_in("ada").await;
        let on = json!({ "Enabled": true, "PreferredMfa": true });
        let not_set_up =
            |factor: &str| format!("User does not have delivery config set to turn on {factor}");
        for (settings, text) in [
            (json!({ "SMSMfaSettings": on }), not_set_up("SMS_MFA")),
            (json!({ "EmailMfaSettings": on }), not_set_up("EMAIL_OTP")),
            (json!({ "SoftwareTokenMfaSettings": on }), not_set_up("SOFTWARE_TOKEN_MFA")),
            (
                json!({ "SMSMfaSettings": on, "EmailMfaSettings": on }),
                "Only one MFA method can be set as preferred.".to_owned(),
            ),
            (
                json!({ "SMSMfaSettings": { "Enabled": false, "PreferredMfa": true } }),
                "SMS_MFA cannot be preferred unless it is enabled.".to_owned(),
            ),
            (
                json!({ "WebAuthnMfaSettings": { "Enabled": true } }),
                "WebAuthn MFA is not enabled for the user pool.".to_owned(),
            ),
        ] {
            prefer(&app, &tokens, settings.clone()).await.fails(INVALID, &text);
            let mut input = settings;
            input["Username"] = json!("ada");
            pool.admin("AdminSetUserMFAPreference", input).await.fails(INVALID, &text);
            assert_eq!(factors(&app, &tokens.access).await, (Value::Null, Value::Null));
        }
    }

    /// (Admin)SetUserSettings, the legacy way: it shows as MFAOptions.
    async fn the_legacy_settings_turn_sms_on_and_off(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", contacts()).await;
        let tokens = app.sign_in("ada").await;
        let sms = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
        for (options, expected) in [(sms.clone(), sms.clone()), (json!([]), Value::Null)] {
            for by_admin in [false, true] {
                let answer = if by_admin {
                    let input = json!({ "Username": "ada", "MFAOptions": options });
                    pool.admin("AdminSetUserSettings", input).await
                } else {
                    let input = json!({ "MFAOptions": options });
                    app.with_token("SetUserSettings", &tokens.access, input).await
                };
                assert_eq!(answer.ok(), json!({}));
                for user in [get_user(&app, &tokens.access).await.ok(), pool.user("ada").await.ok()] {
                    assert_eq!(user.get("MFAOptions").cloned().unwrap_or_default(), expected);
                }
            }
            if expected == Value::Null {
                app.sign_in("ada").await;
            } else {
                challenged(&app, "ada", "SMS_MFA").await;
            }
        }
        for options in [
            json!([{ "DeliveryMedium": "EMAIL", "AttributeName": "email" }]),
            json!([{ "DeliveryMedium": "SMS", "AttributeName": "email" }]),
        ] {
            let input = json!({ "MFAOptions": options });
            app.with_token("SetUserSettings", &tokens.access, input).await.fails(
                INVALID,
                "Invalid MFA options given, only SMS to phone_number can be set.",
            );
        }
    }

    /// (Admin)GetUserAuthFactors: what the user has, in the page's order.
    async fn the_factors_of_a_user_are_listed(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        confirmed_user(&pool, "ada", contacts()).await;
        let tokens = app.sign_in("ada").await;
        let of_ada = async || {
            let own = app
                .with_token("GetUserAuthFactors", &tokens.access, json!({}))
                .await
                .ok();
            let input = json!({ "Username": "ada" });
            assert_eq!(pool.admin("AdminGetUserAuthFactors", input).await.ok(), own);
            own
        };
        let plain = json!({ "Username": "ada", "ConfiguredUserAuthFactors": ["PASSWORD"] });
        assert_eq!(of_ada().await, plain);
        enrolled(&app, &tokens).await;
        let email = json!({ "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true } });
        prefer(&app, &tokens, email).await.ok();
        assert_eq!(
            of_ada().await,
            json!({
                "Username": "ada",
                "PreferredMfaSetting": "EMAIL_OTP",
                "UserMFASettingList": ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"],
                "ConfiguredUserAuthFactors": ["PASSWORD", "EMAIL_OTP", "SOFTWARE_TOKEN"],
            })
        );
        let nobody = json!({ "Username": "nobody" });
        pool.admin("AdminGetUserAuthFactors", nobody)
            .await
            .fails("UserNotFoundException", "User does not exist.");
    }
}
