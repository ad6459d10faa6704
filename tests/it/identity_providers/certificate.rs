//! What identity providers know a pool by: section 11 of the administrator's page.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cognate::crypto::{KeyPurpose, SigningKey};
use cognate::store::sealed_values::{self, SealedColumn};
use serde_json::json;

use crate::support::answer::member_names;
use crate::support::application::{open_app, test_config};
use crate::support::{Pool, TestServer, TestStore, at_once, both_stores};

async fn certificate(pool: &Pool) -> String {
    let answer = pool.admin("GetSigningCertificate", json!({})).await.ok();
    assert_eq!(member_names(&answer), ["Certificate"]);
    answer["Certificate"].as_str().unwrap().to_owned()
}

both_stores! {
    /// A pool has one certificate, of its own, for ten years; whoever asks first, and after a restart.
    async fn a_pool_keeps_its_certificate(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let answers = at_once(3, |_| {
            let pool = pool.clone();
            async move { certificate(&pool).await }
        })
        .await;
        let kept = answers[0].clone();
        assert!(answers.iter().all(|answer| *answer == kept));
        let der = STANDARD.decode(&kept).expect("base64 without PEM lines");
        assert_eq!(der[..2], [0x30, 0x82], "a sequence");
        let contains = |text: &str| der.windows(text.len()).any(|bytes| bytes == text.as_bytes());
        let today = server.now().strftime("%y%m%d000000Z").to_string();
        let year: u32 = today[..2].parse().unwrap();
        let end = format!("{}{}", year + 10, &today[2..]);
        assert!(contains(&pool.id) && contains(&today), "{today}");
        assert!(contains(&end) || today[2..6] == *"0229", "{end}");
        assert_ne!(certificate(&other).await, kept);
        server.stop().await;
        let server = TestServer::start(&store, |_| {}).await;
        assert_eq!(certificate(&pool.on(&server)).await, kept);
        server.stop().await;
    }

    /// What is stored is the key of the certificate, under the master key.
    async fn the_stored_key_is_that_of_the_certificate(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let der = STANDARD.decode(certificate(&pool).await).unwrap();
        server.stop().await;
        let app = open_app(test_config(&store)).await;
        let mut conn = app.db.read().await.unwrap();
        let (column, under) = (SealedColumn::SamlKey, app.vault.current_key());
        let rows = sealed_values::list(&mut conn, column, under.as_bytes(), ("", ""), 10).await.unwrap();
        drop(conn);
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!(row.pool_id, pool.id);
        let context = [pool.id.as_str(), &row.row_id];
        let opened = app.vault.open(KeyPurpose::SigningKey, &context, &row.sealed).unwrap();
        let key = SigningKey::from_pkcs8(&opened).unwrap();
        assert_eq!(key.kid(), row.row_id);
        let modulus = URL_SAFE_NO_PAD.decode(&key.public_jwk().n).unwrap();
        assert_eq!(modulus.len(), 256);
        assert!(der.windows(256).any(|bytes| bytes == modulus));
        app.stop().await;
    }

    /// A pool that does not exist.
    async fn an_unknown_pool_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let input = json!({ "UserPoolId": "us-east-1_Nowhere12" });
        let answer = pool.admin("GetSigningCertificate", input).await;
        answer.fails("ResourceNotFoundException", "User pool us-east-1_Nowhere12 does not exist.");
    }
}
