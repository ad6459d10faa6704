//! Signing in with a passkey: what works, and what a stranger learns.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognate::domain::failure::Failure;
use cognate::domain::user::User;
use serde_json::{Value, json};

use crate::support::authenticator::{Algorithm, Browser, SoftPasskey};
use crate::support::passkey_sign_in::SignInNode;
use crate::support::passkeys::{LOCAL_PAGE, passkey_pool, register};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, TestStore, both_stores};

/// Ada with passkeys that the browsers have made, and Bob without one, on a node of the same database.
async fn prepared(
    store: &TestStore,
    browsers: &[Browser],
) -> (SignInNode, User, User, Vec<SoftPasskey>) {
    let server = TestServer::start(store, |_| {}).await;
    let app = passkey_pool(&server).await.client(json!({})).await;
    let ada = SignedInUser::join(&app, "ada", json!({})).await;
    let bob = app.confirmed("bob", json!({})).await;
    let mut passkeys = Vec::new();
    for browser in browsers {
        passkeys.push(register(&ada, browser).await);
        server.advance(1).await;
    }
    server.stop().await;
    let node = SignInNode::open(store, &app.pool.id).await;
    let (ada, bob) = (node.user(&ada.sub).await, node.user(&bob).await);
    (node, ada, bob, passkeys)
}

fn wrong<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::WrongCredentials))
}

both_stores! {
    async fn a_passkey_of_either_algorithm_signs_in(store: TestStore) {
        let browsers = [Algorithm::Es256, Algorithm::Rs256]
            .map(|algorithm| Browser { algorithm, ..Browser::at(LOCAL_PAGE) });
        let (node, ada, _, mut passkeys) = prepared(&store, &browsers).await;
        let challenge = node.begin("ada", Some(&ada)).await;
        let given = challenge.options["challenge"].as_str().unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(given).unwrap().len(), 16);
        let [one, two] = [0, 1].map(|at: usize| URL_SAFE_NO_PAD.encode(&passkeys[at].id));
        let expected = format!(
            r#"{{"challenge":"{given}","timeout":180000,"rpId":"localhost","allowCredentials":[{{"type":"public-key","id":"{one}","transports":["usb","nfc"]}},{{"type":"public-key","id":"{two}","transports":["usb","nfc"]}}],"userVerification":"preferred"}}"#
        );
        assert_eq!(challenge.text, expected);
        for passkey in &mut passkeys {
            for _ in 0..2 {
                let challenge = node.begin("ada", Some(&ada)).await;
                let response = Browser::at("https://app.localhost").get(passkey, &challenge.options);
                let answered = node.check(Some(&ada), &challenge, &response.to_string()).await;
                let answered = answered.unwrap();
                assert_eq!(answered.credential_id, URL_SAFE_NO_PAD.encode(&passkey.id));
                assert!(answered.user_verified);
                node.record(&ada, &answered).await.unwrap();
            }
        }
        let query = "SELECT counter || ' ' || (last_used_at IS NOT NULL) FROM passkeys";
        for row in store.ask(query).await {
            assert!(row == "3 1" || row == "3 true", "{row}");
        }
        node.stop().await;
    }

    /// An authenticator may not know the user, or not count.
    async fn what_authenticators_leave_out_is_not_missed(store: TestStore) {
        let (node, ada, _, mut passkeys) = prepared(&store, &[Browser::at(LOCAL_PAGE)]).await;
        let passkey = &mut passkeys[0];
        passkey.user_handle = None;
        let challenge = node.begin("ada", Some(&ada)).await;
        let browser = Browser { verifies: false, ..Browser::at(LOCAL_PAGE) };
        let response = browser.get(passkey, &challenge.options).to_string();
        let answered = node.check(Some(&ada), &challenge, &response).await.unwrap();
        assert!(!answered.user_verified);
        node.record(&ada, &answered).await.unwrap();
        node.stop().await;
    }

    /// A counter that is in use has to rise; what comes second with the same counter is refused, also if both
    /// were checked before either was stored.
    async fn a_counter_that_does_not_rise_is_refused(store: TestStore) {
        let (node, ada, _, mut passkeys) = prepared(&store, &[Browser::at(LOCAL_PAGE)]).await;
        let passkey = &mut passkeys[0];
        let browser = Browser::at(LOCAL_PAGE);
        let answer = async |passkey: &mut SoftPasskey, step, from| {
            (passkey.step, passkey.counter) = (step, from);
            let challenge = node.begin("ada", Some(&ada)).await;
            let response = browser.get(passkey, &challenge.options).to_string();
            node.check(Some(&ada), &challenge, &response).await
        };
        // It was registered with 1.
        assert!(wrong(&answer(passkey, 0, 1).await));
        assert!(wrong(&answer(passkey, 0, 0).await));
        let first = answer(passkey, 1, 1).await.unwrap();
        let second = answer(passkey, 1, 1).await.unwrap();
        node.record(&ada, &first).await.unwrap();
        assert!(wrong(&node.record(&ada, &second).await));
        assert!(wrong(&answer(passkey, 0, 2).await));
        let far = answer(passkey, 1, u32::MAX - 1).await.unwrap();
        node.record(&ada, &far).await.unwrap();
        assert!(wrong(&answer(passkey, 0, u32::MAX - 1).await));
        node.stop().await;
    }

    /// Passkeys that are kept in several devices do not count.
    async fn a_counter_that_stays_at_0_is_accepted(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let app = passkey_pool(&server).await.client(json!({})).await;
        let user = SignedInUser::join(&app, "ada", json!({})).await;
        let browser = Browser::at(LOCAL_PAGE);
        let options = crate::support::passkeys::creation_options(&user).await;
        let (mut passkey, _) = browser.create(&options);
        (passkey.counter, passkey.step) = (0, 0);
        let response = browser.attest(&passkey, &options);
        crate::support::passkeys::complete(&user, &response).await.ok();
        server.stop().await;
        let node = SignInNode::open(&store, &app.pool.id).await;
        let ada = node.user(&user.sub).await;
        for _ in 0..3 {
            let challenge = node.begin("ada", Some(&ada)).await;
            let response = browser.get(&mut passkey, &challenge.options).to_string();
            let answered = node.check(Some(&ada), &challenge, &response).await.unwrap();
            node.record(&ada, &answered).await.unwrap();
        }
        // Once it counts, it has to go on.
        passkey.counter = 5;
        let challenge = node.begin("ada", Some(&ada)).await;
        let response = browser.get(&mut passkey, &challenge.options).to_string();
        let answered = node.check(Some(&ada), &challenge, &response).await.unwrap();
        node.record(&ada, &answered).await.unwrap();
        passkey.counter = 0;
        let challenge = node.begin("ada", Some(&ada)).await;
        let response = browser.get(&mut passkey, &challenge.options).to_string();
        assert!(wrong(&node.check(Some(&ada), &challenge, &response).await));
        node.stop().await;
    }

    async fn passkeys_are_available_to_whoever_has_one(store: TestStore) {
        let (mut node, ada, bob, _) = prepared(&store, &[Browser::at(LOCAL_PAGE)]).await;
        assert!(node.is_available(&ada).await);
        assert!(!node.is_available(&bob).await);
        // Made for another domain than the pool's is now.
        node.configure(json!({ "relying_party_id": "example.com" })).await;
        assert!(!node.is_available(&ada).await);
        node.configure(json!({ "relying_party_id": "localhost" })).await;
        assert!(node.is_available(&ada).await);
        node.pool.settings.first_factors.clear();
        assert!(!node.is_available(&ada).await);
        node.stop().await;
    }

    /// A name that nobody has, and a user without a passkey, get a list that looks like a user's, and stays.
    async fn a_challenge_does_not_tell_who_has_passkeys(store: TestStore) {
        let (node, ada, bob, mut passkeys) = prepared(&store, &[Browser::at(LOCAL_PAGE)]).await;
        let members = |options: &Value| {
            let mut names: Vec<String> = options.as_object().unwrap().keys().cloned().collect();
            names.sort();
            names
        };
        let real = node.begin("ada", Some(&ada)).await.options;
        let mut seen = Vec::new();
        for (name, user) in [("nobody", None), ("bob", Some(&bob)), ("carol", None)] {
            let first = node.begin(name, user).await.options;
            let second = node.begin(name, user).await.options;
            assert_ne!(first["challenge"], second["challenge"]);
            assert_eq!(first["allowCredentials"], second["allowCredentials"]);
            assert_eq!(members(&first), members(&real));
            let allowed = first["allowCredentials"].as_array().unwrap();
            assert!((1..=3).contains(&allowed.len()), "{first}");
            for entry in allowed {
                assert_eq!(members(entry), members(&real["allowCredentials"][0]));
            }
            seen.push(first["allowCredentials"].clone());
        }
        assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2], "{seen:?}");
        // The same list before somebody takes the name and after.
        let free = node.begin("bob", None).await.options;
        assert_eq!(free["allowCredentials"], seen[1]);

        // Whatever they answer is wrong.
        let passkey = &mut passkeys[0];
        for (name, user) in [("nobody", None), ("bob", Some(&bob))] {
            let challenge = node.begin(name, user).await;
            let id = challenge.options["allowCredentials"][0]["id"].as_str().unwrap();
            passkey.id = URL_SAFE_NO_PAD.decode(id).unwrap();
            let response = Browser::at(LOCAL_PAGE).get(passkey, &challenge.options).to_string();
            assert!(wrong(&node.check(user, &challenge, &response).await));
        }
        node.stop().await;
    }
}
