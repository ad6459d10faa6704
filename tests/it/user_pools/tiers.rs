//! What tiers lack, where the configuration asks for AWS's refusals (administration 0.2).

use serde_json::{Value, json};

use super::described;
use crate::support::pools::laid_over;
use crate::support::{Answer, TestServer, TestStore, both_stores};

async fn enforcing(store: &TestStore) -> TestServer {
    TestServer::start(store, |config| config.compat.enforce_tiers = true).await
}

#[track_caller]
fn lacks(answer: &Answer, text: &str) {
    answer.fails("FeatureUnavailableInTierException", text);
}

/// Settings of pools and what they are called.
fn settings() -> [(Value, &'static str); 3] {
    [
        (
            json!({ "Policies": { "SignInPolicy": {
                "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"],
            } } }),
            "Passwordless Sign-In",
        ),
        (
            json!({ "LambdaConfig": { "PreTokenGenerationConfig": {
                "LambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:trigger",
                "LambdaVersion": "V2_0",
            } } }),
            "Token Customization with Pre-Token Generation Lambda V2_0",
        ),
        (
            json!({ "Policies": { "PasswordPolicy": { "PasswordHistorySize": 3 } } }),
            "Password History",
        ),
    ]
}

async fn create(server: &TestServer, tier: &str, settings: Value) -> Answer {
    let named = json!({ "PoolName": "test", "UserPoolTier": tier });
    server
        .admin
        .call("CreateUserPool", laid_over(named, settings))
        .await
}

both_stores! {
    /// Without the setting every tier has everything.
    async fn every_tier_has_everything_unless_the_configuration_says_otherwise(server: TestServer) {
        for (settings, _) in settings() {
            create(&server, "LITE", settings).await.ok();
        }
        let add_ons = json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" } });
        create(&server, "LITE", add_ons).await.ok();
    }

    /// A pool is neither made with what its tier lacks nor changed so, and one that uses it does not get a tier
    /// without it.
    async fn settings_have_to_fit_the_tier(store: TestStore) {
        let server = enforcing(&store).await;
        let pool = server.pool(json!({ "UserPoolTier": "LITE" })).await;
        let before = described(&pool).await;
        for (settings, name) in settings() {
            let text = format!(
                "The following features need to be disabled for the LITE pricing tier configured: {name}"
            );
            lacks(&create(&server, "LITE", settings.clone()).await, &text);
            create(&server, "ESSENTIALS", settings.clone()).await.ok();
            let lite = laid_over(settings.clone(), json!({ "UserPoolTier": "LITE" }));
            lacks(&pool.admin("UpdateUserPool", lite.clone()).await, &text);
            let greater = server.pool(settings).await;
            lacks(&greater.admin("UpdateUserPool", lite).await, &text);
        }
        assert_eq!(described(&pool).await, before);
        let mfa = json!({
            "EmailMfaConfiguration": { "Message": "{####}" }, "MfaConfiguration": "OPTIONAL",
        });
        lacks(
            &pool.admin("SetUserPoolMfaConfig", mfa).await,
            "The following features need to be disabled for the LITE pricing tier configured: Email MFA",
        );
        let add_ons = json!({ "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" } });
        lacks(
            &create(&server, "ESSENTIALS", add_ons.clone()).await,
            "The following features need to be disabled for the ESSENTIALS pricing tier configured: \
             Threat Protection",
        );
        create(&server, "PLUS", add_ons).await.ok();
        server.stop().await;
    }

    /// What is beside a pool's settings has to fit its tier as well.
    async fn requests_have_to_fit_the_tier(store: TestStore) {
        let server = enforcing(&store).await;
        let lite = server.pool(json!({ "UserPoolTier": "LITE" })).await;
        let essentials = server.pool(json!({})).await;
        let not_available = |tier: &str, name: &str| {
            format!("The following feature is not available for the {tier} pricing tier configured: {name}")
        };
        let domain = json!({ "Domain": "tiers-lite", "ManagedLoginVersion": 2 });
        let text = not_available("LITE", "Managed Login Version 2");
        lacks(&lite.admin("CreateUserPoolDomain", domain.clone()).await, &text);
        essentials.admin("CreateUserPoolDomain", domain).await.ok();
        let domain = json!({ "Domain": "tiers-classic" });
        lite.admin("CreateUserPoolDomain", domain).await.ok();
        let tracking = json!({
            "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 3 },
        });
        let text = not_available("LITE", "Session Tracking");
        lacks(&lite.admin("SetUserPoolSessionConfiguration", tracking.clone()).await, &text);
        essentials.admin("SetUserPoolSessionConfiguration", tracking).await.ok();
        let logs = json!({ "LogConfigurations": [{
            "LogLevel": "INFO",
            "EventSource": "userAuthEvents",
            "S3Configuration": { "BucketArn": "arn:aws:s3:::events" },
        }] });
        let text = not_available("ESSENTIALS", "Log Streaming");
        lacks(&essentials.admin("SetLogDeliveryConfiguration", logs.clone()).await, &text);
        let plus = server.pool(json!({ "UserPoolTier": "PLUS" })).await;
        plus.admin("SetLogDeliveryConfiguration", logs).await.ok();
        server.stop().await;
    }
}
