//! SetUserPoolMfaConfig and GetUserPoolMfaConfig: section 3 of the administrator's page.

use serde_json::{Value, json};

use super::set_factors;
use crate::support::{Pool, TestServer, both_stores};

const INVALID: &str = "InvalidParameterException";

async fn set(pool: &Pool, input: Value) -> crate::support::answer::Answer {
    pool.admin("SetUserPoolMfaConfig", input).await
}

async fn get(pool: &Pool) -> Value {
    pool.admin("GetUserPoolMfaConfig", json!({})).await.ok()
}

both_stores! {
    /// What is set is answered, and read again; DescribeUserPool shows the texts and SmsConfiguration too.
    async fn what_is_set_is_described(server: TestServer) {
        let pool = server.pool(json!({})).await;
        assert_eq!(get(&pool).await, json!({ "MfaConfiguration": "OFF" }));
        let input = json!({
            "MfaConfiguration": "OPTIONAL",
            "SmsMfaConfiguration": {
                "SmsAuthenticationMessage": "Sign in with {####}",
                "SmsConfiguration": {
                    "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "SnsRegion": "us-east-1",
                },
            },
            "SoftwareTokenMfaConfiguration": { "Enabled": true },
            "EmailMfaConfiguration": { "Message": "Use {####}", "Subject": "Hello" },
        });
        assert_eq!(set(&pool, input.clone()).await.ok(), input);
        assert_eq!(get(&pool).await, input);
        let described = pool.admin("DescribeUserPool", json!({})).await.ok()["UserPool"].clone();
        assert_eq!(described["MfaConfiguration"], "OPTIONAL");
        assert_eq!(described["SmsAuthenticationMessage"], "Sign in with {####}");
        assert_eq!(
            described["SmsConfiguration"],
            input["SmsMfaConfiguration"]["SmsConfiguration"]
        );
    }

    /// Each call replaces all: a block that is absent is gone.
    async fn each_call_replaces_what_was_set(server: TestServer) {
        let pool = server.pool(json!({})).await;
        set_factors(&pool, "ON").await.ok();
        let only_apps = json!({
            "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        assert_eq!(set(&pool, only_apps.clone()).await.ok(), only_apps);
        assert_eq!(get(&pool).await, only_apps);
        let off = json!({ "MfaConfiguration": "OFF" });
        assert_eq!(set(&pool, json!({})).await.ok(), off);
        assert_eq!(get(&pool).await, off);
    }

    /// The page's table of refusals; nothing changes.
    async fn contradictions_are_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let off = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together";
        let none = "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must \
                    be enabled.";
        let app = |enabled: bool| json!({ "Enabled": enabled });
        for (input, text) in [
            (json!({ "SoftwareTokenMfaConfiguration": app(false) }), off),
            (
                json!({ "MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": app(true) }),
                off,
            ),
            (json!({ "EmailMfaConfiguration": {} }), off),
            (json!({ "SmsMfaConfiguration": {} }), off),
            (json!({ "MfaConfiguration": "ON" }), none),
            (
                json!({
                    "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": app(false),
                }),
                none,
            ),
            (
                json!({
                    "MfaConfiguration": "ON",
                    "WebAuthnConfiguration": { "UserVerification": "required" },
                }),
                none,
            ),
        ] {
            set(&pool, input.clone()).await.fails(INVALID, text);
            assert_eq!(get(&pool).await, json!({ "MfaConfiguration": "OFF" }), "{input}");
        }
    }

    /// Domain 12: the domain of passkeys has 1 to 127 characters, and is none that anybody registers below.
    async fn the_domain_of_passkeys_is_bounded(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let input = |domain: &str| json!({ "WebAuthnConfiguration": { "RelyingPartyId": domain } });
        let (longest, long) = ("a".repeat(127), "a".repeat(128));
        for (domain, bound) in [("", "greater than or equal to 1"), (&long, "less than or equal to 127")] {
            let text = format!(
                "1 validation error detected: Value '{domain}' at 'webAuthnConfiguration.relyingPartyId' failed to \
                 satisfy constraint: Member must have length {bound}"
            );
            set(&pool, input(domain)).await.fails(INVALID, &text);
        }
        for public in ["co.uk", "CO.UK", "com", "github.io"] {
            let text = "RelyingPartyId must not be a public suffix.";
            set(&pool, input(public)).await.fails(INVALID, text);
        }
        assert_eq!(get(&pool).await, json!({ "MfaConfiguration": "OFF" }));
        for domain in ["a", longest.as_str(), "example.co.uk", "localhost"] {
            set(&pool, input(domain)).await.ok();
            assert_eq!(get(&pool).await["WebAuthnConfiguration"]["RelyingPartyId"], domain);
        }
    }

    /// Where a code can be the first factor, a second one cannot be required, but can be allowed.
    async fn codes_as_first_factors_exclude_required_second_ones(server: TestServer) {
        let pool = server.pool(json!({
            "Policies": {
                "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] },
            },
        })).await;
        set_factors(&pool, "ON").await.fails(
            INVALID,
            "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is \
             enabled",
        );
        set_factors(&pool, "OPTIONAL").await.ok();
    }

    /// CreateUserPool and UpdateUserPool know only SMS; what SetUserPoolMfaConfig has set up they keep.
    async fn other_operations_know_only_sms(server: TestServer) {
        let text = "SMS configuration and Auto verification for phone_number are required when MFA \
                    is required/optional";
        for mode in ["ON", "OPTIONAL"] {
            let input = json!({ "PoolName": "mfa", "MfaConfiguration": mode });
            server.admin.call("CreateUserPool", input).await.fails(INVALID, text);
        }
        let pool = server.pool(json!({
            "AutoVerifiedAttributes": ["phone_number"],
            "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::000000000000:role/sms" },
            "MfaConfiguration": "ON",
        })).await;
        assert_eq!(get(&pool).await["MfaConfiguration"], "ON");
        pool.admin("UpdateUserPool", json!({ "MfaConfiguration": "ON" })).await.fails(INVALID, text);
        let apps = json!({
            "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true },
        });
        set(&pool, apps.clone()).await.ok();
        pool.admin("UpdateUserPool", json!({ "MfaConfiguration": "OPTIONAL" })).await.ok();
        let found = get(&pool).await;
        assert_eq!(found["MfaConfiguration"], "OPTIONAL");
        assert_eq!(found["SoftwareTokenMfaConfiguration"], json!({ "Enabled": true }));
    }
}
