//! The keys with which pools sign SAML requests, when the master key changes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cognate::crypto::{KeyPurpose, SigningKey};
use serde_json::json;

use super::{key_id, keys, until_none, vault, with_keys};
use crate::support::{Pool, StoreKind, TestServer, TestStore, both_stores};

async fn certificate(pool: &Pool) -> Vec<u8> {
    let answer = pool.admin("GetSigningCertificate", json!({})).await.ok();
    STANDARD
        .decode(answer["Certificate"].as_str().unwrap())
        .unwrap()
}

/// The pool's key as it is stored, opened with this master key alone; `None` if it does not open with it.
async fn stored_key(store: &TestStore, pool: &Pool, digit: &str) -> Option<SigningKey> {
    let bytes = match store.kind {
        StoreKind::Sqlite => "hex(private_key)",
        StoreKind::Postgres => "encode(private_key, 'hex')",
    };
    let query = |column: &str| {
        let id = &pool.id;
        format!("SELECT {column} FROM saml_keys WHERE pool_id = '{id}'")
    };
    let kid = store.ask(&query("kid")).await;
    let sealed = hex::decode(&store.ask(&query(bytes)).await[0]).unwrap();
    let context = [pool.id.as_str(), kid[0].as_str()];
    let opened = vault(digit).open(KeyPurpose::SigningKey, &context, &sealed)?;
    Some(SigningKey::from_pkcs8(&opened).unwrap())
}

/// The number that the public half of a key is.
fn modulus(key: &SigningKey) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(&key.public_jwk().n).unwrap()
}

both_stores! {
    /// The key is sealed anew in the background and remains the one that the certificate names; then the former
    /// master key is no longer needed for it.
    async fn a_saml_key_follows_the_master_key(store: TestStore) {
        let server = TestServer::start(&store, with_keys("1", &[])).await;
        let pool = server.pool(json!({})).await;
        let made = certificate(&pool).await;
        server.stop().await;
        let before = stored_key(&store, &pool, "1").await.unwrap();
        let public = modulus(&before);
        assert!(made.windows(public.len()).any(|bytes| bytes == public));
        assert!(stored_key(&store, &pool, "2").await.is_none());
        let said = keys(&store, &["status"], "2", &["1"]).await;
        assert!(said.out.contains("SAML signing keys"), "{}", said.out);

        let server = TestServer::start(&store, with_keys("2", &["1"])).await;
        let former = key_id(&store, "1");
        until_none(&store, &format!("saml_keys WHERE substr(private_key, 2, 4) = {former}")).await;
        assert_eq!(certificate(&pool.on(&server)).await, made);
        server.stop().await;
        assert!(stored_key(&store, &pool, "1").await.is_none());
        let after = stored_key(&store, &pool, "2").await.unwrap();
        assert_eq!(modulus(&after), public);
    }
}
