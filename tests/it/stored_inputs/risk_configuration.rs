//! What threat protection does.

use serde_json::{Value, json};

use super::{NAMES, Proof, restarted, started};
use crate::support::pools::laid_over;
use crate::support::{Pool, TestStore, both_stores};

async fn described(pool: &Pool, of: &Value) -> Value {
    let answer = pool.admin("DescribeRiskConfiguration", of.clone()).await;
    answer.ok()["RiskConfiguration"].clone()
}

fn email(text: &str) -> Value {
    json!({ "Subject": text, "HtmlBody": format!("<p>{text}</p>"), "TextBody": format!("{text}.") })
}

/// All three blocks, with texts that begin with `word`.
fn blocks(word: &str, notify: bool, actions: [&str; 3], filter: &[&str]) -> Value {
    let action = |action| json!({ "Notify": notify, "EventAction": action });
    json!({
        "CompromisedCredentialsRiskConfiguration": {
            "EventFilter": filter,
            "Actions": { "EventAction": if notify { "BLOCK" } else { "NO_ACTION" } },
        },
        "AccountTakeoverRiskConfiguration": {
            "NotifyConfiguration": {
                "From": format!("{word}@example.com"), "ReplyTo": format!("{word}-help@example.com"),
                "SourceArn": format!("arn:aws:ses:us-east-1:000000000000:identity/{word}"),
                "BlockEmail": email(&format!("{word} blocked")),
                "NoActionEmail": email(&format!("{word} nothing")),
                "MfaEmail": email(&format!("{word} asked")),
            },
            "Actions": {
                "LowAction": action(actions[0]), "MediumAction": action(actions[1]),
                "HighAction": action(actions[2]),
            },
        },
        "RiskExceptionConfiguration": {
            "BlockedIPRangeList": if notify { ["198.51.100.0/24"] } else { ["198.51.100.0/25"] },
            "SkippedIPRangeList": if notify { ["2001:db8::/32"] } else { ["192.0.2.7/32"] },
        },
    })
}

both_stores! {
    async fn risk_configurations(store: TestStore) {
        let mut server = started(&store).await;
        let mut pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let of_pool = json!({ "UserPoolId": pool.id });
        let of_client = json!({ "UserPoolId": pool.id, "ClientId": app.id });
        let mut proof = Proof::of("SetRiskConfiguration").alike(&["UserPoolId", "ClientId"], NAMES);
        let first = blocks("one", true, ["NO_ACTION", "MFA_IF_CONFIGURED", "BLOCK"], &["SIGN_UP"]);
        let second = blocks("two", false, ["BLOCK", "MFA_REQUIRED", "NO_ACTION"], &["SIGN_IN"]);
        for of in [&of_pool, &of_client] {
            let mut before = described(&pool, of).await;
            for blocks in [&first, &second] {
                let input = laid_over(of.clone(), blocks.clone());
                pool.admin("SetRiskConfiguration", input.clone()).await.ok();
                server = restarted(server, &store).await;
                pool = pool.on(&server);
                let after = described(&pool, of).await;
                proof.shown(&input, &before, &after);
                before = after;
            }
        }
        proof.end();
        server.stop().await;
    }
}
