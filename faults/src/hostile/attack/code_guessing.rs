//! Guessing a user's recovery code.

use cognate_bench::wire;
use serde_json::json;

use crate::hostile::target::{ATTACKED_CLIENT, Attacker, USER};

pub async fn run(attacker: Attacker) {
    let input = json!({
        "ClientId": ATTACKED_CLIENT,
        "Username": USER,
        "ConfirmationCode": format!("{:06}", attacker.number),
        "Password": "Stolen-Horse-1",
    });
    let guess = wire::call("ConfirmForgotPassword", &input.to_string());
    attacker.repeat(&[guess]).await;
}
