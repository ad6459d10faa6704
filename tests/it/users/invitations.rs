//! Section 9: the invitation that AdminCreateUser sends, and how long it is good for.

use serde_json::{Value, json};

use crate::support::pools::attribute_list;
use crate::support::refusals::{incorrect, not_authorized};
use crate::support::sign_in::WRONG_PASSWORD;
use crate::support::users::{assert_unknown, confirmed_user, create_user, set_password, status};
use crate::support::{AppClient, Pool, SrpClient, TestServer, both_stores};

const EXPIRED: &str = "Temporary password has expired and must be reset by an administrator.";
const TEMPORARY: &str = "T3mporary-Horse!";
const DAY: i64 = 24 * 3600;

/// An invitation of a user with address and number, to `mediums`.
fn to(mediums: &Value) -> Value {
    let attributes = json!({ "email": "ada@example.com", "phone_number": "+15551239934" });
    json!({
        "MessageAction": null,
        "UserAttributes": attribute_list(&attributes),
        "DesiredDeliveryMediums": mediums,
    })
}

/// Asserts that the temporary password leads to the question for another one.
async fn is_asked_for_another(app: &AppClient, password: &str) {
    for body in [
        app.initiate("ada", password).await.ok(),
        SrpClient::sign_in(app, "ada", password).await.ok(),
    ] {
        assert_eq!(body["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    }
}

/// AdminCreateUser once more, to send another invitation.
fn again() -> Value {
    json!({ "MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"] })
}

/// The temporary password that has come by mail.
async fn mailed(pool: &Pool) -> String {
    pool.inbox("ada@example.com").code().await
}

both_stores! {
    /// An invitation goes by SMS unless another medium is named, or to both.
    async fn an_invitation_goes_by_sms_unless_mediums_are_named(server: TestServer) {
        for (mediums, by_mail, by_sms) in [
            (json!(null), false, true),
            (json!(["SMS"]), false, true),
            (json!(["EMAIL"]), true, false),
            (json!(["EMAIL", "SMS"]), true, true),
        ] {
            let pool = server.pool(json!({})).await;
            create_user(&pool, "ada", to(&mediums)).await.ok();
            for (address, sent) in [("ada@example.com", by_mail), ("+15551239934", by_sms)] {
                let inbox = pool.inbox(address);
                if sent {
                    let message = inbox.next().await;
                    assert_eq!(message.user_pool_id, pool.id);
                }
                inbox.stays_empty().await;
            }
        }
    }

    /// The default text, with the temporary password that was given.
    async fn an_invitation_carries_the_temporary_password(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let mut input = to(&json!(["EMAIL"]));
        input["TemporaryPassword"] = json!(TEMPORARY);
        create_user(&pool, "ada", input).await.ok();
        let message = pool.inbox("ada@example.com").next().await;
        let text = format!("Your username is ada and temporary password is {TEMPORARY}. ");
        assert_eq!(message.body.trim_end(), text.trim_end());
        is_asked_for_another(&app, TEMPORARY).await;
    }

    /// The text that the pool configures.
    async fn the_pools_text_is_sent(server: TestServer) {
        let template = json!({
            "EmailMessage": "Dear {username}, it is {####} for now.",
            "EmailSubject": "Welcome",
            "SMSMessage": "{username}: {####}",
        });
        let settings = json!({ "AdminCreateUserConfig": { "InviteMessageTemplate": template } });
        let pool = server.pool(settings).await;
        let mut input = to(&json!(["EMAIL", "SMS"]));
        input["TemporaryPassword"] = json!(TEMPORARY);
        create_user(&pool, "ada", input).await.ok();
        let mail = pool.inbox("ada@example.com").next().await;
        assert_eq!(mail.body.trim_end(), format!("Dear ada, it is {TEMPORARY} for now."));
        assert_eq!(mail.subject.as_deref(), Some("Welcome"));
        let sms = pool.inbox("+15551239934").next().await;
        assert_eq!(sms.body.trim_end(), format!("ada: {TEMPORARY}"));
    }

    /// A password is generated when none is given; it conforms to the policy, and signs in.
    async fn a_generated_password_fits_the_policy_and_signs_in(server: TestServer) {
        let policy = json!({ "MinimumLength": 20, "RequireUppercase": true, "RequireLowercase": true,
            "RequireNumbers": true, "RequireSymbols": true });
        let pool = server.pool(json!({ "Policies": { "PasswordPolicy": policy } })).await;
        let app = pool.client(json!({})).await;
        create_user(&pool, "ada", to(&json!(["EMAIL"]))).await.ok();
        let password = mailed(&pool).await;
        is_asked_for_another(&app, &password).await;
        set_password(&pool, "ada", &password, true).await.ok();
    }

    /// SUPPRESS: no message at all.
    async fn suppress_sends_no_message(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let mut input = to(&json!(["EMAIL", "SMS"]));
        input["MessageAction"] = json!("SUPPRESS");
        create_user(&pool, "ada", input).await.ok();
        for address in ["ada@example.com", "+15551239934"] {
            pool.inbox(address).stays_empty().await;
        }
    }

    /// RESEND: another invitation to the same user.
    async fn resend_sends_another_invitation(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let created = create_user(&pool, "ada", to(&json!(["EMAIL"]))).await.ok();
        mailed(&pool).await;
        let resent = create_user(&pool, "ada", again()).await.ok();
        let password = mailed(&pool).await;
        assert_eq!(resent["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
        assert_eq!(resent["User"]["Attributes"], created["User"]["Attributes"]);
        is_asked_for_another(&app, &password).await;
    }

    /// RESEND to a user who was never invited, or who has signed in already.
    async fn resend_to_an_uninvited_user_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let answer = create_user(&pool, "ada", again()).await;
        answer.fails_as("UserNotFoundException");
        assert_unknown(&pool, "ada").await;
        confirmed_user(&pool, "ada", json!({ "email": "ada@example.com" })).await;
        let answer = create_user(&pool, "ada", again()).await;
        answer.fails_as("UnsupportedUserStateException");
        assert_eq!(status(&pool, "ada").await, "CONFIRMED");
        pool.inbox("ada@example.com").stays_empty().await;
        app.sign_in("ada").await;
    }

    /// An invitation by mail to a user without an address.
    async fn an_invitation_without_an_address_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let input = json!({ "MessageAction": null, "DesiredDeliveryMediums": ["EMAIL"] });
        let answer = create_user(&pool, "ada", input).await;
        assert_eq!(answer.status, 400, "{answer}");
        assert_eq!(answer.message.as_deref(), Some("User does not have email"), "{answer}");
    }

    /// Section 3.7: seven days, unless the pool says otherwise.
    async fn a_temporary_password_expires_after_seven_days(server: TestServer) {
        let policy = json!({ "PasswordPolicy": { "MinimumLength": 8, "TemporaryPasswordValidityDays": 2 } });
        for (settings, days) in [(json!({}), 7), (json!({ "Policies": policy }), 2)] {
            let pool = server.pool(settings).await;
            let app = pool.client(json!({})).await;
            let input = json!({ "TemporaryPassword": TEMPORARY });
            create_user(&pool, "ada", input).await.ok();
            server.advance(days * DAY - 60).await;
            is_asked_for_another(&app, TEMPORARY).await;
            server.advance(61).await;
            not_authorized(&app.initiate("ada", TEMPORARY).await, EXPIRED);
            not_authorized(&SrpClient::sign_in(&app, "ada", TEMPORARY).await, EXPIRED);
            incorrect(&app.initiate("ada", WRONG_PASSWORD).await);
            assert_eq!(status(&pool, "ada").await, "FORCE_CHANGE_PASSWORD");
        }
    }

    /// The administrator renews an expired password, by RESEND or by AdminSetUserPassword.
    async fn an_expired_password_is_renewed(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        create_user(&pool, "ada", to(&json!(["EMAIL"]))).await.ok();
        let first = mailed(&pool).await;
        server.advance(7 * DAY + 1).await;
        not_authorized(&app.initiate("ada", &first).await, EXPIRED);
        create_user(&pool, "ada", again()).await.ok();
        let second = mailed(&pool).await;
        is_asked_for_another(&app, &second).await;
        server.advance(7 * DAY + 1).await;
        not_authorized(&app.initiate("ada", &second).await, EXPIRED);
        set_password(&pool, "ada", TEMPORARY, false).await.ok();
        is_asked_for_another(&app, TEMPORARY).await;
    }
}
