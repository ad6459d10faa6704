//! Sign-ins with names that nobody has, through a client that hides users.

use cognate_bench::wire;
use serde_json::json;

use crate::hostile::target::{ATTACKED_CLIENT, Attacker};

pub async fn run(attacker: Attacker) {
    let input = json!({
        "ClientId": ATTACKED_CLIENT,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {
            "USERNAME": format!("nobody{}", attacker.number),
            "PASSWORD": "Wrong-Horse-1",
        },
    });
    let sign_in = wire::call("InitiateAuth", &input.to_string());
    attacker.repeat(&[sign_in]).await;
}
