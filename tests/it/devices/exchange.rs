//! The exchange by which a device proves itself (section 5.1): the flow that sign-in asks.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognate::app::App;
use cognate::crypto::srp::{self, client::Client};
use cognate::crypto::{SessionKey, Turn};
use cognate::domain::device::Device;
use cognate::domain::failure::Failure;
use cognate::domain::origin::Origin;
use cognate::flows::Error;
use cognate::flows::devices::exchange::{self, DeviceClaim, DeviceExchange, DeviceId};
use cognate::store;
use secrecy::SecretString;
use serde_json::json;

use super::UNKNOWN_KEY;
use crate::support::application::{open_app, test_config};
use crate::support::devices::{Device as ClientDevice, client_with_devices, confirmed_device};
use crate::support::pools::PASSWORD;
use crate::support::{TestServer, TestStore, Tokens, both_stores};

const BLOCK: &[u8] = b"an opaque block";
const TIMESTAMP: &str = "Tue Sep 5 09:04:01 UTC 2023";

/// What the flow knows of a device, and what the device knows of itself.
struct Exchange {
    app: Arc<App>,
    pool_id: String,
    user_id: String,
    device: ClientDevice,
}

impl Exchange {
    /// `ada`'s confirmed device, on a server that has stopped.
    async fn of_ada(store: &TestStore, on_user_prompt: bool) -> Self {
        let server = TestServer::start(store, |_| {}).await;
        let app = client_with_devices(&server, on_user_prompt).await;
        let (device, tokens) = confirmed_device(&app, "ada").await;
        let user_id = tokens.access_claims()["sub"].as_str().unwrap().to_owned();
        server.stop().await;
        Self {
            app: open_app(test_config(store)).await,
            pool_id: app.pool.id,
            user_id,
            device,
        }
    }

    async fn stored(&self) -> Device {
        let mut conn = self.app.db.read().await.unwrap();
        let (pool_id, user_id) = (&self.pool_id, &self.user_id);
        let found = store::devices::find(&mut conn, pool_id, user_id, &self.device.key).await;
        found.unwrap().expect("the device is confirmed")
    }

    async fn begin(&self, device: &Device, srp_a: &str) -> Result<DeviceExchange, Error> {
        let turn = Turn {
            pool: self.pool_id.clone(),
            origin: Origin::Server,
            known: true,
        };
        exchange::begin(&self.app, &turn, device, srp_a).await
    }

    /// The signature of a device with this password on [`BLOCK`].
    fn sign(&self, client: &Client, password: &str, begun: &DeviceExchange) -> String {
        let ClientDevice { key, group_key, .. } = &self.device;
        let password = SecretString::from(password);
        let session_key = client
            .session_key(group_key, key, &password, &begun.salt, &begun.public)
            .unwrap();
        let signature = srp::claim_signature(&session_key, group_key, key, BLOCK, TIMESTAMP);
        STANDARD.encode(signature)
    }

    async fn verify(
        &self,
        key: &SessionKey,
        block: &[u8],
        timestamp: &str,
        signature: &str,
    ) -> bool {
        let id = DeviceId {
            pool_id: &self.pool_id,
            user_id: &self.user_id,
            device_key: &self.device.key,
        };
        let claim = DeviceClaim {
            secret_block: block,
            timestamp,
            signature,
        };
        let found = exchange::verify(&self.app, id, key, claim).await.unwrap();
        found.is_some_and(|found| found.keys.key == self.device.key)
    }
}

fn client() -> Client {
    let mut secret = [0; 32];
    aws_lc_rs::rand::fill(&mut secret).unwrap();
    Client::new(secret)
}

#[track_caller]
fn is_malformed(result: Result<DeviceExchange, Error>) {
    let Err(Error::Refused(failure)) = result else {
        panic!("{:?}", result.map(|exchange| exchange.public));
    };
    assert_eq!(failure, Failure::MalformedSrpA);
}

both_stores! {
    /// The device's own password proves it; another one, another block, another time and another signature do not.
    async fn only_the_devices_own_secret_proves_it(store: TestStore) {
        let exchange = Exchange::of_ada(&store, false).await;
        let client = client();
        let device = exchange.stored().await;
        let begun = exchange.begin(&device, &client.public_hex()).await.unwrap();
        assert_eq!(begun.salt, hex::encode(exchange.device.salt));
        let right = exchange.sign(&client, &exchange.device.password, &begun);
        let wrong = exchange.sign(&client, "another password", &begun);
        let (other_block, other_time) = (b"another block", "Tue Sep 5 09:04:02 UTC 2023");
        for (block, timestamp, signature, expected) in [
            (BLOCK, TIMESTAMP, right.as_str(), true),
            (BLOCK, TIMESTAMP, &wrong, false),
            (other_block, TIMESTAMP, &right, false),
            (BLOCK, other_time, &right, false),
            (BLOCK, TIMESTAMP, "", false),
            (BLOCK, TIMESTAMP, "no base64", false),
        ] {
            let proven = exchange.verify(&begun.key, block, timestamp, signature).await;
            assert_eq!(proven, expected, "{block:?} {timestamp} {signature}");
        }
        // The key of another exchange with the same device.
        let again = exchange.begin(&device, &client.public_hex()).await.unwrap();
        assert_ne!(again.public, begun.public);
        assert!(!exchange.verify(&again.key, BLOCK, TIMESTAMP, &right).await);
        exchange.app.stop().await;
    }

    /// An A that is zero modulo the prime, or no number.
    async fn a_value_that_would_prove_itself_is_refused(store: TestStore) {
        let exchange = Exchange::of_ada(&store, false).await;
        let device = exchange.stored().await;
        for srp_a in ["0", "00", "", "no number", &"f".repeat(800)] {
            is_malformed(exchange.begin(&device, srp_a).await);
        }
        exchange.app.stop().await;
    }

    /// A device that was forgotten since the exchange began proves nothing, nor does one that is not remembered.
    async fn only_a_remembered_device_proves_itself(store: TestStore) {
        let exchange = Exchange::of_ada(&store, false).await;
        let client = client();
        let device = exchange.stored().await;
        let begun = exchange.begin(&device, &client.public_hex()).await.unwrap();
        let signature = exchange.sign(&client, &exchange.device.password, &begun);
        let (pool_id, user_id, key) = (&exchange.pool_id, &exchange.user_id, &exchange.device.key);
        for (remembered, expected) in [(true, true), (false, false), (true, true)] {
            let mut conn = exchange.app.db.write().await.unwrap();
            let now = exchange.app.clock.now();
            let set = store::devices::set_remembered(&mut conn, pool_id, user_id, key, remembered, now);
            assert!(set.await.unwrap());
            drop(conn);
            assert_eq!(exchange.verify(&begun.key, BLOCK, TIMESTAMP, &signature).await, expected);
        }
        let mut conn = exchange.app.db.write().await.unwrap();
        assert!(store::devices::delete(&mut conn, pool_id, user_id, key).await.unwrap());
        drop(conn);
        assert!(!exchange.verify(&begun.key, BLOCK, TIMESTAMP, &signature).await);
        exchange.app.stop().await;
    }

    /// A verifier is sealed for its row: whoever writes into the database cannot give a device the secret of
    /// another.
    async fn the_verifier_of_another_device_does_not_open(store: TestStore) {
        let exchange = Exchange::of_ada(&store, false).await;
        let device = exchange.stored().await;
        let srp_a = client().public_hex();
        exchange.begin(&device, &srp_a).await.unwrap();
        let mut of_another_user = device.clone();
        of_another_user.user_id = "0b5d9b52-0000-4000-8000-000000000001".to_owned();
        let mut of_another_key = device.clone();
        of_another_key.keys.key = UNKNOWN_KEY.to_owned();
        for device in [of_another_user, of_another_key] {
            let refused = exchange.begin(&device, &srp_a).await;
            assert!(matches!(refused, Err(Error::Internal(_))));
        }
        exchange.app.stop().await;
    }

    /// What the client sends of its salt comes back as the same number, whatever bytes it was sent in.
    async fn a_salt_with_a_leading_zero_byte_proves_too(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let app = client_with_devices(&server, false).await;
        let answer = app.initiate("ada", PASSWORD).await.ok();
        let mut device = ClientDevice::issued(&answer);
        device.salt[0] = 0x80;
        let signed = [&[0], device.salt.as_slice()].concat();
        let mut input = device.confirmation();
        input["DeviceSecretVerifierConfig"]["Salt"] = json!(STANDARD.encode(signed));
        let tokens = Tokens::from(&answer);
        app.with_token("ConfirmDevice", &tokens.access, input).await.ok();
        server.stop().await;
        let exchange = Exchange {
            app: open_app(test_config(&store)).await,
            pool_id: app.pool.id,
            user_id: tokens.access_claims()["sub"].as_str().unwrap().to_owned(),
            device,
        };
        let client = client();
        let stored = exchange.stored().await;
        let begun = exchange.begin(&stored, &client.public_hex()).await.unwrap();
        let signature = exchange.sign(&client, &exchange.device.password, &begun);
        assert!(exchange.verify(&begun.key, BLOCK, TIMESTAMP, &signature).await);
        exchange.app.stop().await;
    }
}
