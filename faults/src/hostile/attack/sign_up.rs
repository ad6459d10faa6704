//! Sign-ups with addresses of strangers: a hash and a mail each.

use cognate_bench::wire;
use serde_json::json;

use crate::hostile::target::{ATTACKED_CLIENT, Attacker};
use crate::settings::PASSWORD;

pub async fn run(attacker: Attacker) {
    let number = attacker.number;
    let mut names = 0_u64..;
    let sign_up = || {
        let name = format!("stranger{number}x{}", names.next()?);
        let input = json!({
            "ClientId": ATTACKED_CLIENT,
            "Username": name,
            "Password": PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": format!("{name}@example.com") }],
        });
        Some(wire::call("SignUp", &input.to_string()))
    };
    attacker.send(sign_up).await;
}
