//! Asking for recovery codes: of a user who exists, and of names that nobody has.

use std::time::Duration;

use cognate_bench::wire;
use serde_json::json;

use crate::hostile::target::{ATTACKED_CLIENT, Attacker, USER};

/// Who is refused a connection tries again after this.
const PAUSE: Duration = Duration::from_millis(100);

pub async fn run(attacker: Attacker) {
    let request = |name: &str| {
        let input = json!({ "ClientId": ATTACKED_CLIENT, "Username": name });
        wire::call("ForgotPassword", &input.to_string())
    };
    let requests = [
        request(USER),
        request(&format!("nobody{}", attacker.number)),
    ];
    loop {
        if let Ok(mut wire) = attacker.connect().await {
            for request in requests.iter().cycle() {
                attacker.budget.wait().await;
                if wire.exchange(request).await.is_err() {
                    break;
                }
                attacker.budget.count_request();
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
