//! Asking for recovery codes: of a user who exists, and of a name that nobody has.

use cognate_bench::wire;
use serde_json::json;

use crate::hostile::target::{ATTACKED_CLIENT, Attacker, USER};

pub async fn run(attacker: Attacker) {
    let request = |name: &str| {
        let input = json!({ "ClientId": ATTACKED_CLIENT, "Username": name });
        wire::call("ForgotPassword", &input.to_string())
    };
    let nobody = format!("nobody{}", attacker.number);
    attacker.repeat(&[request(USER), request(&nobody)]).await;
}
