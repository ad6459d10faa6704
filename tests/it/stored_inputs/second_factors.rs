//! The second factors of a user.

use serde_json::{Value, json};

use super::{CREDENTIAL, NAMES, Proof, restarted, started};
use crate::support::authenticator::Browser;
use crate::support::passkeys::{LOCAL_PAGE, passkey_pool, register};
use crate::support::pools::laid_over;
use crate::support::sign_in::initiate;
use crate::support::signed_in_user::SignedInUser;
use crate::support::totp::associated;
use crate::support::{AppClient, TestServer, TestStore, both_stores};

/// Ada has a phone number, an address, an authenticator app and a passkey, and none is a second factor yet.
async fn ada(server: &TestServer) -> SignedInUser {
    let pool = passkey_pool(server).await;
    let config = json!({
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": {
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
        },
        "SoftwareTokenMfaConfiguration": { "Enabled": true },
        "EmailMfaConfiguration": {},
        "WebAuthnConfiguration": {
            "RelyingPartyId": "localhost", "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
        },
    });
    pool.admin("SetUserPoolMfaConfig", config).await.ok();
    let flows = json!(["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"]);
    let app = pool.client(json!({ "ExplicitAuthFlows": flows })).await;
    let contacts = json!({ "email": "ada@example.com", "phone_number": "+15550100200" });
    let ada = SignedInUser::invited(&app, "ada", contacts).await;
    associated(&app, &ada.tokens).await;
    register(&ada, &Browser::at(LOCAL_PAGE)).await;
    ada
}

/// The factors in the form of the inputs. A passkey that counts as both is one that a user with another factor may
/// begin with.
async fn factors(app: &AppClient) -> Value {
    let user = app.pool.user("ada").await.ok();
    let factor = |name: &str| {
        let list = user["UserMFASettingList"].as_array();
        let is_on = list.is_some_and(|list| list.contains(&json!(name)));
        json!({ "Enabled": is_on, "PreferredMfa": user["PreferredMfaSetting"] == name })
    };
    let begun = initiate(app, "USER_AUTH", json!({ "USERNAME": "ada" }))
        .await
        .ok();
    let choices = begun["AvailableChallenges"].as_array().expect("a choice");
    let is_alone = user["UserMFASettingList"].is_null();
    json!({
        "Username": user["Username"],
        "SMSMfaSettings": factor("SMS_MFA"),
        "SoftwareTokenMfaSettings": factor("SOFTWARE_TOKEN_MFA"),
        "EmailMfaSettings": factor("EMAIL_OTP"),
        "WebAuthnMfaSettings": { "Enabled": !is_alone && choices.contains(&json!("WEB_AUTHN")) },
    })
}

/// Each factor is preferred once, then all are off.
fn rounds() -> [Value; 4] {
    let factor = |on: bool, preferred: bool| json!({ "Enabled": on, "PreferredMfa": preferred });
    [Some(0), Some(1), Some(2), None].map(|preferred| {
        let on = preferred.is_some();
        json!({
            "SMSMfaSettings": factor(on, preferred == Some(0)),
            "SoftwareTokenMfaSettings": factor(on, preferred == Some(1)),
            "EmailMfaSettings": factor(on, preferred == Some(2)),
            "WebAuthnMfaSettings": { "Enabled": on },
        })
    })
}

both_stores! {
    async fn preferences_of_a_user(store: TestStore) {
        let mut server = started(&store).await;
        let ada = ada(&server).await;
        let mut app = ada.app.clone();
        let token = json!({ "AccessToken": ada.tokens.access });
        let named = json!({ "UserPoolId": app.pool.id, "Username": "ada" });
        let mut by_user = Proof::of("SetUserMFAPreference").except(&["AccessToken"], CREDENTIAL);
        let mut by_admin = Proof::of("AdminSetUserMFAPreference")
            .except(&["UserPoolId"], NAMES)
            .alike(&["Username"], NAMES);
        for (proof, base) in [(&mut by_user, token), (&mut by_admin, named)] {
            let is_admin = base["Username"].is_string();
            for settings in rounds() {
                let before = factors(&app).await;
                let input = laid_over(base.clone(), settings);
                if is_admin {
                    app.pool.admin("AdminSetUserMFAPreference", input.clone()).await.ok();
                } else {
                    server.client.call("SetUserMFAPreference", input.clone()).await.ok();
                }
                server = restarted(server, &store).await;
                app = app.at(&server);
                proof.shown(&input, &before, &factors(&app).await);
            }
        }
        by_user.end();
        by_admin.end();
        server.stop().await;
    }

    async fn legacy_settings_of_a_user(store: TestStore) {
        let server = started(&store).await;
        let ada = ada(&server).await;
        let sms = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
        let by_user = json!({ "AccessToken": ada.tokens.access, "MFAOptions": sms });
        server.client.call("SetUserSettings", by_user.clone()).await.ok();
        let server = restarted(server, &store).await;
        let pool = ada.app.pool.on(&server);
        let mut proof = Proof::of("SetUserSettings").except(&["AccessToken"], CREDENTIAL);
        proof.shown(&by_user, &json!({}), &pool.user("ada").await.ok());
        proof.end();

        let none = json!({ "Username": "ada", "MFAOptions": [] });
        pool.admin("AdminSetUserSettings", none.clone()).await.ok();
        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let without = pool.user("ada").await.ok();
        assert_eq!(without["MFAOptions"], Value::Null);
        let by_admin = json!({ "UserPoolId": pool.id, "Username": "ada", "MFAOptions": sms });
        pool.admin("AdminSetUserSettings", by_admin.clone()).await.ok();
        let server = restarted(server, &store).await;
        let mut proof = Proof::of("AdminSetUserSettings")
            .except(&["UserPoolId"], NAMES)
            .alike(&["Username"], NAMES);
        proof.shown(&by_admin, &without, &pool.on(&server).user("ada").await.ok());
        proof.end();
        server.stop().await;
    }
}
