//! Devices that a pool remembers (section 5.9, administration 2.7 and 12.4).

mod administrator;
mod bounds;
mod confirm;
mod device_srp;
mod device_srp_sessions;
mod device_verifier;
mod device_verifier_sessions;
mod exchange;
mod forget;
mod issuing;
mod manage;
mod refresh;
mod second_factor;
mod sessionless;
mod sign_in;

use serde_json::{Value, json};

use crate::support::devices::{Device, client_with_devices, confirmed_device, sign_in_from};
use crate::support::refusals::Refusal;
use crate::support::{AppClient, TestServer};

/// Section 5.9.
const NO_SUCH_DEVICE: Refusal = ("ResourceNotFoundException", "Device does not exist.");

/// Administration 12.4.
const NOT_ISSUED: Refusal = ("InvalidParameterException", "Invalid device key given.");

/// A key that no sign-in has issued.
const UNKNOWN_KEY: &str = "us-east-1_00000000-0000-4000-8000-000000000000";

/// Section 5.5.
const INVALID_SESSION: &str = "Invalid session for the user.";

/// Section 5.5.
const SPENT_SESSION: &str = "Invalid session for the user, session can only be used once.";

/// Section 5.5.
const EXPIRED_SESSION: &str = "Invalid session for the user, session is expired.";

/// `ada`'s remembered device, and the DEVICE_SRP_AUTH of a sign-in that names it.
async fn asked(server: &TestServer) -> (AppClient, Device, Value) {
    let app = client_with_devices(server, false).await;
    let (device, _) = confirmed_device(&app, "ada").await;
    let challenge = challenged(&app, &device).await;
    (app, device, challenge)
}

/// The DEVICE_SRP_AUTH of a sign-in of `ada` that names the device.
async fn challenged(app: &AppClient, device: &Device) -> Value {
    let challenge = sign_in_from(app, "ada", &device.key).await.ok();
    assert_eq!(challenge["ChallengeName"], "DEVICE_SRP_AUTH", "{challenge}");
    challenge
}

/// A user of the pool with a remembered device, and the DEVICE_SRP_AUTH of a sign-in that names it.
async fn also_asked(app: &AppClient, username: &str) -> (Device, Value) {
    crate::support::users::confirmed_user(&app.pool, username, json!({})).await;
    let (device, _) = confirmed_device(app, username).await;
    let challenge = sign_in_from(app, username, &device.key).await.ok();
    (device, challenge)
}

/// The same challenge, as another one.
fn as_other(challenge: &Value, name: &str) -> Value {
    let mut other = challenge.clone();
    other["ChallengeName"] = json!(name);
    other
}

/// The same challenge with another session, or with none.
fn with_session(challenge: &Value, session: &Value) -> Value {
    let mut other = challenge.clone();
    other["Session"] = session.clone();
    other
}

/// The same text with another last character.
fn changed(text: &Value) -> Value {
    let text = text.as_str().unwrap();
    let last = if text.ends_with('A') { 'B' } else { 'A' };
    json!(format!("{}{last}", &text[..text.len() - 1]))
}
