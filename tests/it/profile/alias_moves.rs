//! Section 3.2: in an alias pool an address belongs to the user who has verified it, and moves when
//! an administrator verifies it for another.

use serde_json::{Value, json};

use crate::support::passwords::{NEW_PASSWORD, confirm_forgot_password, forgot_password};
use crate::support::pools::{AppClient, Pool, attribute_list, laid_over};
use crate::support::refusals::{EMAIL_TAKEN, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, at_once, both_stores};

const SHARED: &str = "shared@example.com";

/// A pool in which addresses are aliases and auto-verified, with `settings` laid over, and a client.
async fn alias_client(server: &TestServer, settings: Value) -> AppClient {
    let base = json!({ "AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"] });
    let pool = server.pool(laid_over(base, settings)).await;
    pool.client(json!({})).await
}

fn shared(verified: &str) -> Value {
    json!({ "email": SHARED, "email_verified": verified })
}

async fn username_pool(server: &TestServer) -> Pool {
    server
        .pool(json!({ "UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"] }))
        .await
}

/// The username of the user whom `name` signs in.
async fn owner(app: &AppClient, name: &str) -> Value {
    app.sign_in(name).await.access_claims()["username"].clone()
}

both_stores! {
    /// An administrator who marks an address as verified moves the alias; its former owner keeps the
    /// address, unverified. Without the flag nothing moves.
    async fn an_administrator_moves_an_alias_by_verifying_it(server: TestServer) {
        for (contact, value) in [("email", "shared@example.com"), ("phone_number", "+12025550123")] {
            let pool = server.pool(json!({"AliasAttributes": [contact]})).await;
            let app = pool.client(json!({})).await;
            let flag = format!("{contact}_verified");
            let address = |verified: &str| json!({contact: value, &flag: verified});
            let ada = SignedInUser::invited(&app, "ada", address("true")).await;
            let bob = SignedInUser::invited(&app, "bob", json!({})).await;
            let update = async |attributes: Value| {
                let input = json!({
                    "Username": "bob", "UserAttributes": attribute_list(&attributes),
                });
                pool.admin("AdminUpdateUserAttributes", input).await.ok();
            };

            update(json!({contact: value})).await;
            assert_eq!(app.sign_in(value).await.access_claims()["username"], "ada");
            assert_eq!(ada.own().await, address("true"));

            update(json!({&flag: "true"})).await;
            assert_eq!(app.sign_in(value).await.access_claims()["username"], "bob");
            assert_eq!(bob.own().await, address("true"));
            assert_eq!(ada.own().await, json!({contact: value}));
            assert_eq!(ada.attribute(&flag).await.as_deref(), Some("false"));
        }
    }

    /// Where the address is the username it never moves, whoever verifies it.
    async fn an_administrator_does_not_move_a_username(server: TestServer) {
        let pool = username_pool(&server).await;
        let app = pool.client(json!({})).await;
        let ada = SignedInUser::join(&app, "ada@example.com", json!({})).await;
        let bob = SignedInUser::join(&app, "bob@example.com", json!({})).await;

        let taken = json!({"email": "ada@example.com", "email_verified": "true"});
        let input = json!({
            "Username": bob.sub, "UserAttributes": attribute_list(&taken),
        });
        refused(&pool.admin("AdminUpdateUserAttributes", input).await, EMAIL_TAKEN);

        assert_eq!(ada.own().await, taken);
        assert_eq!(bob.own().await["email"], "bob@example.com");
    }

    /// Two aliases of two users move in one call.
    async fn two_aliases_move_from_two_users_at_once(server: TestServer) {
        let number = "+12025550123";
        let app = alias_client(&server, json!({ "AliasAttributes": ["email", "phone_number"] })).await;
        let ada = SignedInUser::invited(&app, "ada", shared("true")).await;
        let phone = |verified: &str| json!({ "phone_number": number, "phone_number_verified": verified });
        let bob = SignedInUser::invited(&app, "bob", phone("true")).await;
        let eve = SignedInUser::invited(&app, "eve", json!({})).await;
        let both = json!({
            "email": SHARED, "email_verified": "true",
            "phone_number": number, "phone_number_verified": "true",
        });

        eve.update_by_admin(both.clone()).await.ok();

        assert_eq!(eve.own().await, both);
        for name in [SHARED, number] {
            assert_eq!(owner(&app, name).await, "eve", "{name}");
        }
        assert_eq!(ada.attribute("email").await.as_deref(), Some(SHARED));
        assert_eq!(ada.attribute("email_verified").await.as_deref(), Some("false"));
        assert_eq!(bob.attribute("phone_number").await.as_deref(), Some(number));
        assert_eq!(bob.attribute("phone_number_verified").await.as_deref(), Some("false"));
    }

    /// The former owner stays signed in, and may verify another address, but not this one again.
    async fn the_former_owner_does_not_verify_the_address_again(server: TestServer) {
        let app = alias_client(&server, json!({})).await;
        let ada = SignedInUser::invited(&app, "ada", shared("true")).await;
        let bob = SignedInUser::invited(&app, "bob", json!({})).await;
        bob.update_by_admin(shared("true")).await.ok();

        ada.ask_code("email").await.ok();
        let code = server.inbox(SHARED).code().await;
        refused(&ada.verify("email", &code).await, EMAIL_TAKEN);
        assert_eq!(ada.attribute("email_verified").await.as_deref(), Some("false"));
        assert_eq!(owner(&app, SHARED).await, "bob");

        ada.update(json!({ "email": "ada@example.com" })).await.ok();
        let code = server.inbox("ada@example.com").code().await;
        ada.verify("email", &code).await.ok();
        assert_eq!(owner(&app, "ada@example.com").await, "ada");
    }

    /// A recovery code that was sent before the address moved does not bring it back.
    async fn a_recovery_code_does_not_bring_a_moved_address_back(server: TestServer) {
        let app = alias_client(&server, json!({})).await;
        let ada = SignedInUser::invited(&app, "ada", shared("true")).await;
        let bob = SignedInUser::invited(&app, "bob", json!({})).await;
        forgot_password(&app, "ada").await.ok();
        let code = server.inbox(SHARED).code().await;
        bob.update_by_admin(shared("true")).await.ok();

        let answer = confirm_forgot_password(&app, "ada", &code, NEW_PASSWORD).await;

        assert_ne!(answer.type_.as_deref(), Some("InternalErrorException"), "{answer}");
        assert_eq!(ada.attribute("email_verified").await.as_deref(), Some("false"));
        assert_eq!(owner(&app, SHARED).await, "bob");
        assert_eq!(bob.own().await, shared("true"));
    }

    /// An address that waits for its verification conflicts like one that is stored at once.
    async fn a_taken_address_that_waits_conflicts_when_it_is_verified(server: TestServer) {
        let app = alias_client(&server, json!({
            "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        })).await;
        let ada = SignedInUser::invited(&app, "ada", shared("true")).await;
        let bobs = json!({ "email": "bob@example.com", "email_verified": "true" });
        let bob = SignedInUser::invited(&app, "bob", bobs.clone()).await;

        bob.update(json!({ "email": SHARED })).await.ok();
        let code = server.inbox(SHARED).code().await;
        refused(&bob.verify("email", &code).await, EMAIL_TAKEN);

        assert_eq!(bob.own().await, bobs);
        assert_eq!(ada.own().await, shared("true"));
        for (name, username) in [(SHARED, "ada"), ("bob@example.com", "bob")] {
            assert_eq!(owner(&app, name).await, username, "{name}");
        }
    }

    /// Of users for whom administrators verify one address at once, one has it in the end.
    async fn one_of_many_concurrent_moves_wins(server: TestServer) {
        let app = alias_client(&server, json!({})).await;
        let mut users = Vec::new();
        for number in 0..6 {
            users.push(SignedInUser::invited(&app, &format!("user-{number}"), json!({})).await);
        }
        let subs: Vec<_> = users.iter().map(|user| user.sub.clone()).collect();
        let answers = at_once(subs.len(), |number| {
            let (pool, sub) = (app.pool.clone(), subs[number].clone());
            async move {
                let list = attribute_list(&shared("true"));
                let input = json!({ "Username": sub, "UserAttributes": list });
                pool.admin("AdminUpdateUserAttributes", input).await
            }
        })
        .await;
        for answer in answers {
            answer.ok();
        }
        let owner = owner(&app, SHARED).await;
        for user in &users {
            let is_owner = json!(user.username) == owner;
            let verified = user.attribute("email_verified").await;
            assert_eq!(verified.as_deref() == Some("true"), is_owner, "{}", user.username);
            assert_eq!(user.attribute("email").await.as_deref(), Some(SHARED));
        }
    }

    /// Where the address is the username a taken one is refused at once, verified or not.
    async fn a_taken_username_is_refused_at_once(server: TestServer) {
        let app = username_pool(&server).await.client(json!({})).await;
        let ada = SignedInUser::join(&app, "ada@example.com", json!({})).await;
        let bob = SignedInUser::join(&app, "bob@example.com", json!({})).await;
        let inbox = server.inbox("ada@example.com");
        for attributes in [
            json!({ "email": "ada@example.com" }),
            json!({ "email": "ada@example.com", "email_verified": "false" }),
        ] {
            refused(&bob.update_by_admin(attributes).await, EMAIL_TAKEN);
        }
        refused(&bob.update(json!({ "email": "ada@example.com" })).await, EMAIL_TAKEN);
        inbox.stays_empty().await;
        assert_eq!(bob.attribute("email").await.as_deref(), Some("bob@example.com"));
        assert_eq!(ada.attribute("email_verified").await.as_deref(), Some("true"));
    }
}
