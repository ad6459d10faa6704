//! Devices as an application keeps them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answer::Answer;
use super::device_srp;
pub use super::device_srp::Device;
use super::pools::{AppClient, PASSWORD, Pool, Tokens, laid_over};
use super::server::Endpoint;
use super::sign_in::initiate;
use super::users::confirmed_user;

/// A pool that remembers devices, always or when the user agrees, with `ada` and a client.
pub async fn client_with_devices(server: &Endpoint, on_user_prompt: bool) -> AppClient {
    let configuration = json!({ "DeviceOnlyRememberedOnUserPrompt": on_user_prompt });
    let pool = server
        .pool(json!({ "DeviceConfiguration": configuration }))
        .await;
    confirmed_user(&pool, "ada", json!({})).await;
    pool.client(json!({})).await
}

impl Device {
    /// The device in the answer of a sign-in.
    #[track_caller]
    pub fn issued(answer: &Value) -> Self {
        let metadata = &answer["AuthenticationResult"]["NewDeviceMetadata"];
        let text = |member: &str| {
            let text = metadata[member].as_str();
            text.unwrap_or_else(|| panic!("no {member} in {answer}"))
                .to_owned()
        };
        let mut random = [0; 56];
        aws_lc_rs::rand::fill(&mut random).unwrap();
        let (salt, password) = random.split_first_chunk::<16>().unwrap();
        let mut salt = *salt;
        salt[0] |= 1;
        Self {
            key: text("DeviceKey"),
            group_key: text("DeviceGroupKey"),
            password: STANDARD.encode(password),
            salt,
        }
    }

    /// The input of ConfirmDevice, without the token.
    pub fn confirmation(&self) -> Value {
        json!({
            "DeviceKey": self.key,
            "DeviceSecretVerifierConfig": {
                "PasswordVerifier": STANDARD.encode(device_srp::verifier(self)),
                "Salt": STANDARD.encode(self.salt),
            },
        })
    }

    /// ConfirmDevice, with `overrides` laid over its input.
    pub async fn confirm(&self, app: &AppClient, access: &str, overrides: Value) -> Answer {
        let input = laid_over(self.confirmation(), overrides);
        app.with_token("ConfirmDevice", access, input).await
    }
}

/// Signs `username` in from a new device and confirms it.
pub async fn confirmed_device(app: &AppClient, username: &str) -> (Device, Tokens) {
    let answer = app.initiate(username, PASSWORD).await.ok();
    let (device, tokens) = (Device::issued(&answer), Tokens::from(&answer));
    device.confirm(app, &tokens.access, json!({})).await.ok();
    (device, tokens)
}

/// InitiateAuth with USER_PASSWORD_AUTH that names a device.
pub async fn sign_in_from(app: &AppClient, username: &str, device_key: &str) -> Answer {
    let parameters =
        json!({ "USERNAME": username, "PASSWORD": PASSWORD, "DEVICE_KEY": device_key });
    initiate(app, "USER_PASSWORD_AUTH", parameters).await
}

/// The keys in the answer of a list of devices.
#[track_caller]
pub fn keys_in(list: &Value) -> Vec<String> {
    let devices = list["Devices"].as_array().expect("a list of devices");
    let key = |device: &Value| device["DeviceKey"].as_str().unwrap().to_owned();
    devices.iter().map(key).collect()
}

/// The keys of all devices of `ada`, as the administrator sees them.
pub async fn devices_of_ada(pool: &Pool) -> Vec<String> {
    let input = json!({ "Username": "ada" });
    keys_in(&pool.admin("AdminListDevices", input).await.ok())
}
