//! The domain that passkeys belong to (section 12 of the domain's page).

use serde_json::json;

use super::{create, custom};
use crate::support::passkeys::{creation_options, passkey_pool};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

both_stores! {
    /// The custom domain comes before the prefix, whose pages are at the public URL in development.
    async fn passkeys_belong_to_the_pools_domain(server: TestServer) {
        let pool = passkey_pool(&server).await;
        let app = pool.client(json!({})).await;
        let user = SignedInUser::join(&app, "ada", json!({})).await;
        let relying_party = async || creation_options(&user).await["rp"]["id"].clone();
        let delete = async |name: &str| {
            pool.admin("DeleteUserPoolDomain", json!({ "Domain": name })).await.ok();
        };
        assert_eq!(relying_party().await, "localhost");
        create(&pool, "team", json!({})).await.ok();
        assert_eq!(relying_party().await, "localhost");
        create(&pool, "login.example.com", custom()).await.ok();
        assert_eq!(relying_party().await, "login.example.com");
        delete("team").await;
        assert_eq!(relying_party().await, "login.example.com");
        let set = json!({ "WebAuthnConfiguration": { "RelyingPartyId": "example.org" } });
        pool.admin("SetUserPoolMfaConfig", set).await.ok();
        assert_eq!(relying_party().await, "example.org");
        let unset = json!({ "WebAuthnConfiguration": { "UserVerification": "preferred" } });
        pool.admin("SetUserPoolMfaConfig", unset).await.ok();
        assert_eq!(relying_party().await, "login.example.com");
        delete("login.example.com").await;
        assert_eq!(relying_party().await, "localhost");
    }
}
