//! Section 3.4: the setting AttributesRequireVerificationBeforeUpdate itself.

use serde_json::{Value, json};

use crate::support::pools::{Pool, laid_over};
use crate::support::refusals::{Refusal, refused};
use crate::support::{TestServer, both_stores};

const NOT_AUTO_VERIFIED: Refusal = (
    "InvalidParameterException",
    "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
     AutoVerifiedAttributes",
);

fn waiting(attributes: &Value) -> Value {
    json!({
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": attributes},
    })
}

async fn described(pool: &Pool) -> Value {
    let answer = pool.admin("DescribeUserPool", json!({})).await.ok();
    answer["UserPool"]["UserAttributeUpdateSettings"].clone()
}

both_stores! {
    /// A pool that never had the setting does not describe it.
    async fn an_unset_setting_is_not_described(server: TestServer) {
        let pool = server.pool(json!({"AutoVerifiedAttributes": ["email"]})).await;
        assert_eq!(described(&pool).await, Value::Null);
    }

    /// CreateUserPool: only auto-verified attributes can wait for their verification.
    async fn a_new_pool_must_verify_what_waits(server: TestServer) {
        for (verified, waits) in [
            (json!([]), json!(["email"])),
            (json!(["email"]), json!(["phone_number"])),
            (json!(["email"]), json!(["email", "phone_number"])),
        ] {
            let pool = json!({"PoolName": "test", "AutoVerifiedAttributes": verified});
            let input = laid_over(pool, waiting(&waits));
            refused(&server.admin.call("CreateUserPool", input).await, NOT_AUTO_VERIFIED);
        }
    }

    /// UpdateUserPool: the same, where auto-verification that is left out is none.
    async fn an_updated_pool_must_verify_what_waits(server: TestServer) {
        let verified = json!({"AutoVerifiedAttributes": ["email"]});
        let settings = waiting(&json!(["email"]));
        let pool = server.pool(laid_over(verified.clone(), settings.clone())).await;
        let set = json!({"AttributesRequireVerificationBeforeUpdate": ["email"]});

        refused(&pool.admin("UpdateUserPool", settings.clone()).await, NOT_AUTO_VERIFIED);
        assert_eq!(described(&pool).await, set);

        pool.admin("UpdateUserPool", laid_over(verified.clone(), settings)).await.ok();
        assert_eq!(described(&pool).await, set);

        // Emptied it is described as empty.
        pool.admin("UpdateUserPool", laid_over(verified, waiting(&json!([])))).await.ok();
        assert_eq!(described(&pool).await, json!({"AttributesRequireVerificationBeforeUpdate": []}));
    }
}
