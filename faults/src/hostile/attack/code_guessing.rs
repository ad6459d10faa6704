//! Guessing a user's recovery code.

use std::time::Duration;

use cognate_bench::wire;
use serde_json::json;

use crate::hostile::target::{ATTACKED_CLIENT, Attacker, USER};

/// Who is refused a connection tries again after this.
const PAUSE: Duration = Duration::from_millis(100);

pub async fn run(attacker: Attacker) {
    let input = json!({
        "ClientId": ATTACKED_CLIENT,
        "Username": USER,
        "ConfirmationCode": format!("{:06}", attacker.number),
        "Password": "Stolen-Horse-1",
    });
    let request = wire::call("ConfirmForgotPassword", &input.to_string());
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
