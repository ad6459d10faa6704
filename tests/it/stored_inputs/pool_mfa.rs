//! The second factors of a pool, and what its passkeys prove.

use serde_json::{Value, json};

use super::{NAMES, Proof, restarted, sms, started};
use crate::support::{Pool, TestStore, both_stores};

async fn described(pool: &Pool) -> Value {
    pool.admin("GetUserPoolMfaConfig", json!({})).await.ok()
}

both_stores! {
    async fn second_factors_of_a_pool(store: TestStore) {
        let mut server = started(&store).await;
        let mut pool = server.pool(json!({})).await;
        let config = |word: &str, mode: &str, region: &str| {
            json!({
                "UserPoolId": pool.id, "MfaConfiguration": mode,
                "SmsMfaConfiguration": {
                    "SmsAuthenticationMessage": format!("{word} {{####}}"),
                    "SmsConfiguration": sms(word, region),
                },
                "SoftwareTokenMfaConfiguration": { "Enabled": mode == "ON" },
                "EmailMfaConfiguration": {
                    "Message": format!("{word}: {{####}}"), "Subject": format!("Sign in, {word}"),
                },
                "WebAuthnConfiguration": if mode == "ON" {
                    json!({
                        "RelyingPartyId": "example.com", "UserVerification": "required",
                        "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
                    })
                } else {
                    json!({
                        "RelyingPartyId": "example.org", "UserVerification": "preferred",
                        "FactorConfiguration": "SINGLE_FACTOR",
                    })
                },
            })
        };
        let inputs = [
            config("one", "ON", "us-east-1"),
            config("two", "OPTIONAL", "us-west-2"),
            config("three", "ON", "us-east-1"),
        ];
        let mut proof = Proof::of("SetUserPoolMfaConfig").except(&["UserPoolId"], NAMES);
        let mut before = described(&pool).await;
        for input in inputs {
            pool.admin("SetUserPoolMfaConfig", input.clone()).await.ok();
            server = restarted(server, &store).await;
            pool = pool.on(&server);
            let after = described(&pool).await;
            proof.shown(&input, &before, &after);
            before = after;
        }
        proof.end();
        server.stop().await;
    }
}
