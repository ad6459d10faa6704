//! Second factors whose codes are sent: by SMS and by e-mail.

use serde_json::{Value, json};

use super::{PHONE, challenged, give, pool_with_factors, prefer, set_factors};
use crate::support::parallel::{at_once, tally};
use crate::support::sign_in::tokens_of;
use crate::support::sign_up::wrong_code_for;
use crate::support::users::confirmed_user;
use crate::support::{AppClient, Pool, TestServer, both_stores};

const MISMATCH: &str = "Invalid code or auth state for the user.";
const EMAIL: &str = "ada@example.com";

/// `ada` with both contacts, who has turned on these factors.
async fn ada(pool: &Pool, app: &AppClient, settings: Value) {
    confirmed_user(
        pool,
        "ada",
        json!({ "email": EMAIL, "phone_number": PHONE }),
    )
    .await;
    let tokens = app.sign_in("ada").await;
    prefer(app, &tokens, settings).await.ok();
}

fn sms() -> Value {
    json!({ "SMSMfaSettings": { "Enabled": true } })
}

fn email() -> Value {
    json!({ "EmailMfaSettings": { "Enabled": true } })
}

both_stores! {
    /// SMS_MFA: the code arrives, and a right one verifies the number, which the user had not.
    async fn a_code_by_sms_signs_in_and_verifies_the_number(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        ada(&pool, &app, sms()).await;
        assert_eq!(pool.attribute("ada", "phone_number_verified").await, None);
        let challenge = challenged(&app, "ada", "SMS_MFA").await;
        assert_eq!(
            challenge["ChallengeParameters"],
            json!({
                "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
                "CODE_DELIVERY_DESTINATION": "+*******0200",
                "USER_ID_FOR_SRP": "ada",
            })
        );
        let message = pool.inbox(PHONE).next().await;
        let code = message.code.unwrap();
        assert_eq!(message.purpose, "sign_in");
        assert_eq!(message.body, format!("Your authentication code is {code}. "));
        give(&app, &challenge, "ada", "SMS_MFA_CODE", wrong_code_for(&code))
            .await
            .fails("CodeMismatchException", MISMATCH);
        assert_eq!(pool.attribute("ada", "phone_number_verified").await, None);
        tokens_of(give(&app, &challenge, "ada", "SMS_MFA_CODE", &code).await);
        assert_eq!(
            pool.attribute("ada", "phone_number_verified").await.as_deref(),
            Some("true")
        );
        give(&app, &challenge, "ada", "SMS_MFA_CODE", &code).await.fails(
            "NotAuthorizedException",
            "Invalid session for the user, session can only be used once.",
        );
    }

    /// EMAIL_OTP, with the pool's own texts.
    async fn a_code_by_email_signs_in(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        ada(&pool, &app, email()).await;
        let challenge = challenged(&app, "ada", "EMAIL_OTP").await;
        let parameters = &challenge["ChallengeParameters"];
        assert_eq!(parameters["CODE_DELIVERY_DELIVERY_MEDIUM"], "EMAIL");
        assert_eq!(parameters["CODE_DELIVERY_DESTINATION"], "a***@e***");
        let message = pool.inbox(EMAIL).next().await;
        let code = message.code.unwrap();
        assert_eq!(message.subject.as_deref(), Some("Sign in"));
        assert_eq!(message.body, format!("Use {code}"));
        tokens_of(give(&app, &challenge, "ada", "EMAIL_OTP_CODE", &code).await);
    }

    /// A code belongs to its session: each sign-in has its own, and both are right.
    async fn each_sign_in_has_its_own_code(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        ada(&pool, &app, email()).await;
        let first = challenged(&app, "ada", "EMAIL_OTP").await;
        let first_code = pool.inbox(EMAIL).code().await;
        let second = challenged(&app, "ada", "EMAIL_OTP").await;
        let second_code = pool.inbox(EMAIL).code().await;
        if first_code != second_code {
            give(&app, &first, "ada", "EMAIL_OTP_CODE", &second_code)
                .await
                .fails("CodeMismatchException", MISMATCH);
        }
        tokens_of(give(&app, &second, "ada", "EMAIL_OTP_CODE", &second_code).await);
        tokens_of(give(&app, &first, "ada", "EMAIL_OTP_CODE", &first_code).await);
    }

    /// Of many right answers at once one signs in.
    async fn one_of_many_answers_at_once_signs_in(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        ada(&pool, &app, email()).await;
        let challenge = challenged(&app, "ada", "EMAIL_OTP").await;
        let code = pool.inbox(EMAIL).code().await;
        let answers = at_once(6, |_| {
            let (app, challenge, code) = (app.clone(), challenge.clone(), code.clone());
            async move { give(&app, &challenge, "ada", "EMAIL_OTP_CODE", &code).await }
        })
        .await;
        assert_eq!(tally(&answers).0, 1, "{answers:?}");
    }

    /// SELECT_MFA_TYPE: two factors and no preference. The choice is answered once.
    async fn the_user_chooses_among_several_factors(server: TestServer) {
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        let both = json!({
            "SMSMfaSettings": { "Enabled": true }, "EmailMfaSettings": { "Enabled": true },
        });
        ada(&pool, &app, both).await;
        let challenge = challenged(&app, "ada", "SELECT_MFA_TYPE").await;
        assert_eq!(
            challenge["ChallengeParameters"],
            json!({
                "MFAS_CAN_CHOOSE": r#"["SMS_MFA","EMAIL_OTP"]"#, "USER_ID_FOR_SRP": "ada",
            })
        );
        pool.inbox(PHONE).stays_empty().await;
        for other in ["SOFTWARE_TOKEN_MFA", "sms", ""] {
            let answer = give(&app, &challenge, "ada", "ANSWER", other).await;
            let text = if other.is_empty() {
                "Missing required parameter ANSWER"
            } else {
                "Invalid MFA type for the user."
            };
            answer.fails("InvalidParameterException", text);
        }
        let chosen = give(&app, &challenge, "ada", "ANSWER", "SMS_MFA").await.ok();
        assert_eq!(chosen["ChallengeName"], "SMS_MFA");
        let code = pool.inbox(PHONE).code().await;
        give(&app, &challenge, "ada", "ANSWER", "EMAIL_OTP").await.fails(
            "NotAuthorizedException",
            "Invalid session for the user, session can only be used once.",
        );
        tokens_of(give(&app, &chosen, "ada", "SMS_MFA_CODE", &code).await);
    }

    /// Messages to one address are bounded: further sign-ins are refused, since the operation declares no other
    /// error, and nothing is sent.
    async fn codes_to_one_address_are_bounded(store: crate::support::TestStore) {
        let server = TestServer::start(&store, |config| {
            config.limits.address.messages_per_hour = 2;
            config.limits.multiplier = Some(1);
        })
        .await;
        let (pool, app) = pool_with_factors(&server, "OPTIONAL").await;
        ada(&pool, &app, email()).await;
        for _ in 0..2 {
            challenged(&app, "ada", "EMAIL_OTP").await;
            pool.inbox(EMAIL).next().await;
        }
        app.initiate("ada", crate::support::pools::PASSWORD)
            .await
            .fails("TooManyRequestsException", "Too many requests");
        pool.inbox(EMAIL).stays_empty().await;
        server.stop().await;
    }

    /// A required factor: a message to a contact that does not recover the password needs no set-up.
    async fn a_required_factor_is_a_message_where_the_user_has_a_contact(server: TestServer) {
        let pool = server.pool(json!({
            "AccountRecoverySetting": {
                "RecoveryMechanisms": [{ "Name": "verified_email", "Priority": 1 }],
            },
        })).await;
        set_factors(&pool, "ON").await.ok();
        let app = pool.client(json!({})).await;
        let contacts = json!({
            "email": EMAIL, "email_verified": "true", "phone_number": PHONE,
        });
        confirmed_user(&pool, "ada", contacts).await;
        let challenge = challenged(&app, "ada", "SMS_MFA").await;
        let code = pool.inbox(PHONE).code().await;
        tokens_of(give(&app, &challenge, "ada", "SMS_MFA_CODE", &code).await);
    }
}
