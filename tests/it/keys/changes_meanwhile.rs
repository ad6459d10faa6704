//! A value that is sealed anew between being read and being written back.

use cognate::crypto::KeyId;
use cognate::store::sealed_values::{self, SealedColumn, SealedRow};
use cognate::store::{Conn, identity_providers, user_pool_clients};
use serde_json::json;

use crate::support::application::{open_app, test_config};
use crate::support::{TestServer, TestStore, both_stores};

/// Stands for the same value under the same key, sealed once more.
const ANEW: &[u8] = b"sealed anew";

/// Seals the only value of the column anew.
async fn seal_anew(conn: &mut Conn, column: SealedColumn, key: KeyId) {
    let rows = sealed_values::list(conn, column, key.as_bytes(), ("", ""), 10);
    let rows: Vec<SealedRow> = rows.await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(
        sealed_values::replace(conn, column, &rows[0], ANEW)
            .await
            .unwrap()
    );
}

both_stores! {
    /// An update without details leaves a provider's secrets as they are by then; one with details replaces them.
    async fn an_update_of_a_provider_keeps_what_was_sealed_anew(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let details = json!({ "client_id": "ours", "client_secret": "theirs", "authorize_scopes": "email" });
        let google = json!({
            "ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": details,
        });
        pool.admin("CreateIdentityProvider", google).await.ok();
        server.stop().await;
        let app = open_app(test_config(&store)).await;
        let mut conn = app.db.write().await.unwrap();
        let mut read = identity_providers::find(&mut conn, &pool.id, "Google").await.unwrap().unwrap();
        seal_anew(&mut conn, SealedColumn::ProviderSecrets, app.vault.current_key()).await;
        read.identifiers = vec!["example.com".to_owned()];
        for (has_new_secrets, expected) in [(false, Some(ANEW.to_vec())), (true, read.sealed_secrets.clone())] {
            assert!(identity_providers::update(&mut conn, &read, has_new_secrets).await.unwrap());
            let stored = identity_providers::find(&mut conn, &pool.id, "Google").await.unwrap().unwrap();
            assert_eq!(stored.sealed_secrets, expected);
            assert_eq!(stored.identifiers, read.identifiers);
        }
        drop(conn);
        app.stop().await;
    }

    /// Secrets of a client are written only in the place of those that were read.
    async fn a_change_of_secrets_keeps_what_was_sealed_anew(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let client = pool.client(json!({ "GenerateSecret": true })).await;
        let input = json!({ "ClientId": client.id });
        pool.admin("AddUserPoolClientSecret", input).await.ok();
        server.stop().await;
        let app = open_app(test_config(&store)).await;
        let mut conn = app.db.write().await.unwrap();
        for (column, place) in [(SealedColumn::ClientSecret, 0), (SealedColumn::SecondClientSecret, 1)] {
            let read = user_pool_clients::find(&mut conn, &client.id).await.unwrap().unwrap().secrets;
            seal_anew(&mut conn, column, app.vault.current_key()).await;
            let fewer = &read[..1];
            let written = user_pool_clients::set_secrets(&mut conn, &pool.id, &client.id, &read, fewer);
            assert!(!written.await.unwrap());
            let now = user_pool_clients::find(&mut conn, &client.id).await.unwrap().unwrap().secrets;
            assert_eq!(now.len(), 2);
            assert_eq!(now[place].sealed, ANEW);
        }
        let read = user_pool_clients::find(&mut conn, &client.id).await.unwrap().unwrap().secrets;
        for (before, after) in [(&read[..], &read[..1]), (&read[..1], &read[..0])] {
            let written = user_pool_clients::set_secrets(&mut conn, &pool.id, &client.id, before, after);
            assert!(written.await.unwrap());
            let now = user_pool_clients::find(&mut conn, &client.id).await.unwrap().unwrap().secrets;
            assert_eq!(now, after);
        }
        drop(conn);
        app.stop().await;
    }
}
