//! The verifier that a device's exchange needs, as the store has it.

use cognate::crypto::Turn;
use cognate::domain::origin::Origin;
use cognate::flows::Error;
use cognate::flows::devices::exchange;
use cognate::store;

use super::UNKNOWN_KEY;
use crate::support::application::{open_app, test_config};
use crate::support::device_srp::DeviceSrp;
use crate::support::devices::{client_with_devices, confirmed_device};
use crate::support::{TestServer, TestStore, both_stores};

both_stores! {
    /// A verifier is sealed for its row: whoever writes into the database cannot give a device the secret of
    /// another.
    async fn the_verifier_of_another_device_does_not_open(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let client = client_with_devices(&server, false).await;
        let (device, tokens) = confirmed_device(&client, "ada").await;
        let claims = tokens.access_claims();
        let user_id = claims["sub"].as_str().unwrap();
        server.stop().await;
        let app = open_app(test_config(&store)).await;
        let pool_id = &client.pool.id;
        let mut conn = app.db.read().await.unwrap();
        let found = store::devices::find(&mut conn, pool_id, user_id, &device.key).await;
        drop(conn);
        let device = found.unwrap().expect("the device is confirmed");
        let turn = Turn { pool: pool_id.clone(), origin: Origin::Server, known: true };
        let srp_a = DeviceSrp::new().a();
        exchange::begin(&app, &turn, &device, &srp_a).await.unwrap();
        let mut of_another_user = device.clone();
        of_another_user.user_id = "0b5d9b52-0000-4000-8000-000000000001".to_owned();
        let mut of_another_key = device.clone();
        of_another_key.keys.key = UNKNOWN_KEY.to_owned();
        for device in [of_another_user, of_another_key] {
            let refused = exchange::begin(&app, &turn, &device, &srp_a).await;
            assert!(matches!(refused, Err(Error::Internal(_))));
        }
        app.stop().await;
    }
}
