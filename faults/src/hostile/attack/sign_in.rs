//! Sign-ins with names that nobody has, through a client that hides users.

use std::time::Duration;

use cognate_bench::wire;
use serde_json::json;

use crate::hostile::target::{ATTACKED_CLIENT, Attacker};

/// Who is refused a connection tries again after this.
const PAUSE: Duration = Duration::from_millis(100);

pub async fn run(attacker: Attacker) {
    let input = json!({
        "ClientId": ATTACKED_CLIENT,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {
            "USERNAME": format!("nobody{}", attacker.number),
            "PASSWORD": "Wrong-Horse-1",
        },
    });
    let request = wire::call("InitiateAuth", &input.to_string());
    loop {
        if let Ok(mut wire) = attacker.connect().await {
            loop {
                attacker.budget.wait().await;
                if wire.exchange(&request).await.is_err() {
                    break;
                }
                attacker.budget.count_request();
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
