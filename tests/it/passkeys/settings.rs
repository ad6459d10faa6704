//! What the pool's WebAuthnConfiguration means to a registration.

use serde_json::json;

use crate::support::application::production;
use crate::support::authenticator::Browser;
use crate::support::passkey_sign_in::SignInNode;
use crate::support::passkeys::{LOCAL_PAGE, complete, creation_options, list, passkey_pool, start};
use crate::support::pools::PASSWORD;
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, TestStore, both_stores};

both_stores! {
    /// In production nothing stands in for a domain that is not set.
    async fn production_needs_a_domain(store: TestStore) {
        let server = TestServer::start(&store, production).await;
        let app = passkey_pool(&server.administered()).await.client(json!({})).await;
        let user = SignedInUser::join(&app, "ada", json!({})).await;
        start(&user).await.fails(
            "WebAuthnConfigurationMissingException",
            "This exception is thrown when a user pool doesn't have a configured relying party id or a user pool \
             domain.",
        );
        assert!(list(&user).await.is_empty());
        server.stop().await;
    }

    /// The domain that is set is the one that pages and passkeys are measured by; a registration goes on under
    /// the settings that it began with.
    async fn the_domain_and_the_verification_are_those_of_the_pool(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let app = passkey_pool(&server).await.client(json!({})).await;
        app.confirmed("ada", json!({})).await;
        server.stop().await;
        let mut node = SignInNode::open(&store, &app.pool.id).await;
        let settings = json!({ "relying_party_id": "example.com", "user_verification": "required" });
        node.configure(settings).await;
        node.stop().await;

        let server = TestServer::start(&store, |_| {}).await;
        let app = app.at(&server);
        let tokens = app.initiate("ada", PASSWORD).await.ok();
        let user = SignedInUser {
            app,
            username: "ada".to_owned(),
            sub: String::new(),
            tokens: crate::support::Tokens::from(&tokens),
        };
        let options = creation_options(&user).await;
        assert_eq!(options["rp"], json!({ "id": "example.com", "name": "example.com" }));
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        let careless = Browser { verifies: false, ..Browser::at("https://example.com") };
        complete(&user, &careless.create(&options).1)
            .await
            .fails_as("WebAuthnCredentialNotSupportedException");
        complete(&user, &Browser::at(LOCAL_PAGE).create(&options).1)
            .await
            .fails_as("WebAuthnOriginNotAllowedException");
        complete(&user, &Browser::at("http://example.com").create(&options).1)
            .await
            .fails_as("WebAuthnOriginNotAllowedException");
        assert!(list(&user).await.is_empty());
        let page = Browser::at("https://login.example.com:8443");
        complete(&user, &page.create(&options).1).await.ok();
        assert_eq!(list(&user).await[0]["RelyingPartyId"], "example.com");
        server.stop().await;
    }

    /// UpdateUserPool, whose request has no WebAuthnConfiguration, keeps it.
    async fn an_update_of_the_pool_keeps_the_domain(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = passkey_pool(&server).await;
        server.stop().await;
        let mut node = SignInNode::open(&store, &pool.id).await;
        node.configure(json!({ "relying_party_id": "example.com" })).await;
        node.stop().await;
        let server = TestServer::start(&store, |_| {}).await;
        pool.on(&server).admin("UpdateUserPool", json!({})).await.ok();
        server.stop().await;
        let node = SignInNode::open(&store, &pool.id).await;
        let kept = node.pool.settings.web_authn.clone().unwrap();
        assert_eq!(kept.relying_party_id.as_deref(), Some("example.com"));
        assert!(node.pool.settings.allows_passkeys());
        node.stop().await;
    }
}
