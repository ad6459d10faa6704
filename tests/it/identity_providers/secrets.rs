//! What of a provider is secret.

use serde_json::json;

use super::{create, describe, oidc, update};
use crate::support::pools::laid_over;
use crate::support::{TestServer, TestStore, both_stores};

const SECRET: &str = "a-secret-of-the-provider";
const KEY: &str = "-----BEGIN PRIVATE KEY-----";

#[track_caller]
fn is_hidden(dump: &[u8], secret: &str) {
    let found = dump
        .windows(secret.len())
        .any(|bytes| bytes == secret.as_bytes());
    assert!(!found, "{secret} is readable in the database");
}

both_stores! {
    /// The client's secret comes back, Apple's key does not, and neither is readable in the database.
    async fn secrets_are_sealed(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let given = json!({
            "client_id": "readable", "team_id": "T", "key_id": "K", "private_key": KEY,
            "authorize_scopes": "email",
        });
        let apple = create(&pool, "SignInWithApple", "SignInWithApple", given, json!({})).await.ok();
        let details = &apple["IdentityProvider"]["ProviderDetails"];
        assert_eq!(details["client_id"], "readable");
        assert_eq!(details.get("private_key"), None);
        assert_eq!(describe(&pool, "SignInWithApple").await.ok(), apple);

        let with_secret = laid_over(oidc(), json!({ "client_secret": SECRET }));
        let made = create(&pool, "Okta", "OIDC", with_secret, json!({})).await.ok();
        assert_eq!(made["IdentityProvider"]["ProviderDetails"]["client_secret"], SECRET);
        assert_eq!(describe(&pool, "Okta").await.ok(), made);
        let dump = store.dump().await;
        is_hidden(&dump, SECRET);
        is_hidden(&dump, KEY);
        assert!(dump.windows(8).any(|bytes| bytes == b"readable"));

        // Kept by an update that does not give the details, gone with one that gives them without it.
        let mapping = json!({ "AttributeMapping": { "email": "mail" } });
        let updated = update(&pool, "Okta", mapping).await.ok();
        assert_eq!(updated["IdentityProvider"]["ProviderDetails"]["client_secret"], SECRET);
        let updated = update(&pool, "Okta", json!({ "ProviderDetails": oidc() })).await.ok();
        let details = &updated["IdentityProvider"]["ProviderDetails"];
        assert_eq!(details.get("client_secret"), None);
        assert_eq!(describe(&pool, "Okta").await.ok(), updated);
        server.stop().await;
    }
}
