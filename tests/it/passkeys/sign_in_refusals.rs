//! Signing in with a passkey: what is refused, always in the same words.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognate::domain::failure::Failure;
use cognate::domain::user::User;
use serde_json::{Value, json};

use crate::support::authenticator::{Browser, SoftPasskey};
use crate::support::passkey_sign_in::{Challenge, SignInNode};
use crate::support::passkeys::{LOCAL_PAGE, passkey_pool, register};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, TestStore, both_stores};

/// A node with Ada and Bob, who have a passkey each.
struct World {
    node: SignInNode,
    ada: User,
    bob: User,
    of_ada: SoftPasskey,
    of_bob: SoftPasskey,
}

impl World {
    async fn new(store: &TestStore) -> Self {
        let server = TestServer::start(store, |_| {}).await;
        let app = passkey_pool(&server).await.client(json!({})).await;
        let ada = SignedInUser::join(&app, "ada", json!({})).await;
        let bob = SignedInUser::join(&app, "bob", json!({})).await;
        let of_ada = register(&ada, &Browser::at(LOCAL_PAGE)).await;
        let of_bob = register(&bob, &Browser::at(LOCAL_PAGE)).await;
        server.stop().await;
        let node = SignInNode::open(store, &app.pool.id).await;
        let (ada, bob) = (node.user(&ada.sub).await, node.user(&bob.sub).await);
        Self {
            node,
            ada,
            bob,
            of_ada,
            of_bob,
        }
    }

    async fn begin(&self) -> Challenge {
        self.node.begin("ada", Some(&self.ada)).await
    }

    async fn refused(&self, challenge: &Challenge, response: &Value, why: &str) {
        let result = self
            .node
            .check(Some(&self.ada), challenge, &response.to_string())
            .await;
        assert!(
            matches!(result, Err(Failure::WrongCredentials)),
            "{why}: {result:?}"
        );
    }

    /// The node still takes a good answer, so that the refusals before it were not for another reason.
    async fn accepted(&mut self) {
        let challenge = self.begin().await;
        let response = Browser::at(LOCAL_PAGE).get(&mut self.of_ada, &challenge.options);
        let result = self
            .node
            .check(Some(&self.ada), &challenge, &response.to_string())
            .await;
        self.node.record(&self.ada, &result.unwrap()).await.unwrap();
    }
}

/// The bytes of a member of the response, changed.
fn edited(response: &Value, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut changed = response.clone();
    let text = changed["response"][name].as_str().unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
    change(&mut bytes);
    changed["response"][name] = json!(URL_SAFE_NO_PAD.encode(bytes));
    changed
}

both_stores! {
    async fn a_browser_that_says_otherwise_is_refused(store: TestStore) {
        let mut world = World::new(&store).await;
        let honest = Browser::at(LOCAL_PAGE);
        for browser in [
            Browser::at("https://example.com"),
            Browser::at("https://evil-localhost"),
            Browser::at("http://127.0.0.1:3000"),
            Browser::at("null"),
            Browser { cross_origin: true, ..honest.clone() },
            Browser { present: false, ..honest.clone() },
            Browser { kind: Some("webauthn.create".to_owned()), ..honest.clone() },
            Browser { relying_party_id: Some("example.com".to_owned()), ..honest.clone() },
            Browser { challenge: Some(URL_SAFE_NO_PAD.encode([7; 16])), ..honest.clone() },
            Browser { challenge: Some(String::new()), ..honest.clone() },
        ] {
            let challenge = world.begin().await;
            let response = browser.get(&mut world.of_ada, &challenge.options);
            world.refused(&challenge, &response, &format!("{browser:?}")).await;
        }
        // The answer to another challenge.
        let (one, other) = (world.begin().await, world.begin().await);
        let response = honest.get(&mut world.of_ada, &one.options);
        world.refused(&other, &response, "another challenge").await;
        world.accepted().await;
        world.node.stop().await;
    }

    async fn only_the_user_s_own_passkeys_count(store: TestStore) {
        let mut world = World::new(&store).await;
        let browser = Browser::at(LOCAL_PAGE);
        let challenge = world.begin().await;
        let response = browser.get(&mut world.of_bob, &challenge.options);
        world.refused(&challenge, &response, "Bob's passkey").await;
        // Bob's key under the id of Ada's.
        let id = std::mem::replace(&mut world.of_bob.id, world.of_ada.id.clone());
        let response = browser.get(&mut world.of_bob, &challenge.options);
        world.refused(&challenge, &response, "Bob's key").await;
        world.of_bob.id = id;
        // Ada's passkey, made for somebody else.
        let handle = world.of_ada.user_handle.replace(world.bob.id.clone().into_bytes());
        let response = browser.get(&mut world.of_ada, &challenge.options);
        world.refused(&challenge, &response, "another user's handle").await;
        world.of_ada.user_handle = handle;
        world.accepted().await;
        world.node.stop().await;
    }

    async fn what_is_changed_after_the_signature_is_refused(store: TestStore) {
        let mut world = World::new(&store).await;
        let challenge = world.begin().await;
        let good = Browser::at(LOCAL_PAGE).get(&mut world.of_ada, &challenge.options);
        for name in ["clientDataJSON", "authenticatorData", "signature"] {
            let text = good["response"][name].as_str().unwrap();
            let length = URL_SAFE_NO_PAD.decode(text).unwrap().len();
            for at in 0..length {
                let changed = edited(&good, name, |bytes| bytes[at] ^= 1 << (at % 8));
                world.refused(&challenge, &changed, &format!("{name} {at}")).await;
            }
            for kept in [0, 1, length / 2, length - 1] {
                let changed = edited(&good, name, |bytes| bytes.truncate(kept));
                world.refused(&challenge, &changed, &format!("{name} {kept}")).await;
            }
            let changed = edited(&good, name, |bytes| bytes.push(0));
            world.refused(&challenge, &changed, name).await;
        }
        for text in ["", "{}", "null", "[]", "17", "\"text\"", &"[".repeat(100_000)] {
            let result = world.node.check(Some(&world.ada), &challenge, text).await;
            assert!(matches!(result, Err(Failure::WrongCredentials)), "{result:?}");
        }
        let right = world.node.check(Some(&world.ada), &challenge, &good.to_string()).await;
        world.node.record(&world.ada, &right.unwrap()).await.unwrap();
        world.node.stop().await;
    }

    /// A passkey that is deleted between the check and the sign-in does not sign in.
    async fn a_passkey_that_is_deleted_meanwhile_is_refused(store: TestStore) {
        let mut world = World::new(&store).await;
        let challenge = world.begin().await;
        let response = Browser::at(LOCAL_PAGE).get(&mut world.of_ada, &challenge.options);
        let text = response.to_string();
        let answered = world.node.check(Some(&world.ada), &challenge, &text).await.unwrap();
        let mut conn = world.node.app.db.write().await.unwrap();
        let (pool, user) = (&world.ada.pool_id, &world.ada.id);
        let id = &answered.credential_id;
        let deleted = cognate::store::passkeys::delete(&mut conn, pool, user, id).await;
        assert!(deleted.unwrap());
        drop(conn);
        let recorded = world.node.record(&world.ada, &answered).await;
        assert!(matches!(recorded, Err(Failure::WrongCredentials)), "{recorded:?}");
        world.refused(&challenge, &response, "deleted").await;
        world.node.stop().await;
    }

    /// Where the pool demands it, and where a passkey is both factors, the authenticator has verified its user.
    async fn user_verification_is_demanded_as_the_pool_says(store: TestStore) {
        let mut world = World::new(&store).await;
        let careless = Browser { verifies: false, ..Browser::at(LOCAL_PAGE) };
        for (settings, word, demanded) in [
            (json!({}), "preferred", false),
            (json!({ "user_verification": "preferred" }), "preferred", false),
            (json!({ "user_verification": "required" }), "required", true),
            (
                json!({ "factor_configuration": "multi_factor_with_user_verification" }),
                "required",
                true,
            ),
        ] {
            world.node.configure(settings).await;
            let challenge = world.begin().await;
            assert_eq!(challenge.options["userVerification"], word);
            let response = careless.get(&mut world.of_ada, &challenge.options);
            if demanded {
                world.refused(&challenge, &response, word).await;
            } else {
                let text = response.to_string();
                let answered = world.node.check(Some(&world.ada), &challenge, &text).await.unwrap();
                assert!(!answered.user_verified);
                world.node.record(&world.ada, &answered).await.unwrap();
            }
            world.accepted().await;
        }
        world.node.stop().await;
    }
}
