//! Registering passkeys: each row of administration 12.2, with type, text, and nothing registered.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::application::{open_app, run_job, test_config};
use crate::support::authenticator::{Algorithm, Attestation, Browser};
use crate::support::passkeys::{
    LOCAL_PAGE, complete, creation_options, list, passkey_pool, register, start,
};
use crate::support::refusals::{Refusal, refused};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{Answer, TestServer, TestStore, at_once, both_stores, tally};

const NOT_ENABLED: Refusal = (
    "WebAuthnNotEnabledException",
    "This exception is thrown when the passkey feature isn't enabled for the user pool.",
);
const NO_CHALLENGE: Refusal = (
    "WebAuthnChallengeNotFoundException",
    "This exception is thrown when the challenge from StartWebAuthn registration has expired.",
);
const OTHER_CLIENT: Refusal = (
    "WebAuthnClientMismatchException",
    "This exception is thrown when the access token is for a different client than the one in the original \
     StartWebAuthnRegistration request.",
);
const ORIGIN: Refusal = (
    "WebAuthnOriginNotAllowedException",
    "This exception is thrown when the passkey credential's registration origin does not align with the user \
     pool relying party id.",
);
const RELYING_PARTY: Refusal = (
    "WebAuthnRelyingPartyMismatchException",
    "This exception is thrown when the given passkey credential is associated with a different relying party \
     ID than the user pool relying party ID.",
);
const NOT_SUPPORTED: Refusal = (
    "WebAuthnCredentialNotSupportedException",
    "This exception is thrown when a user presents passkey credentials from an unsupported device or provider.",
);
const MALFORMED: Refusal = ("InvalidParameterException", "Credential data is not valid");
const FULL: Refusal = (
    "LimitExceededException",
    "A user can have at most 20 passkeys.",
);

async fn ada(server: &TestServer) -> SignedInUser {
    let app = passkey_pool(server).await.client(json!({})).await;
    SignedInUser::join(&app, "ada", json!({})).await
}

/// A response with one member, named by its path, replaced, or removed if it is null.
fn with(mut response: Value, path: &[&str], member: Value) -> Value {
    let (last, parents) = path.split_last().unwrap();
    let parent = parents
        .iter()
        .fold(&mut response, |value, name| &mut value[*name]);
    if member.is_null() {
        parent.as_object_mut().unwrap().remove(*last);
    } else {
        parent[*last] = member;
    }
    response
}

/// The bytes of a member, changed.
fn edited(response: &Value, path: &[&str], change: impl FnOnce(&mut Vec<u8>)) -> Value {
    let text = path.iter().fold(response, |value, name| &value[*name]);
    let mut bytes = URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap();
    change(&mut bytes);
    with(response.clone(), path, json!(URL_SAFE_NO_PAD.encode(bytes)))
}

/// Asserts the refusal, that nothing is registered, and that the same challenge still takes a good response.
async fn refused_and_open(user: &SignedInUser, options: &Value, answer: &Answer, refusal: Refusal) {
    refused(answer, refusal);
    assert!(list(user).await.is_empty());
    let (passkey, response) = Browser::at(LOCAL_PAGE).create(options);
    complete(user, &response).await.ok();
    let input = json!({ "CredentialId": URL_SAFE_NO_PAD.encode(&passkey.id) });
    user.call("DeleteWebAuthnCredential", input).await.ok();
}

both_stores! {
    /// A pool that does not name WEB_AUTHN, and one that takes it back while a registration is open.
    async fn passkeys_have_to_be_a_first_factor(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let user = SignedInUser::join(&pool.client(json!({})).await, "ada", json!({})).await;
        refused(&start(&user).await, NOT_ENABLED);
        refused(&complete(&user, &json!({})).await, NOT_ENABLED);

        let user = ada(&server).await;
        let (_, response) = Browser::at(LOCAL_PAGE).create(&creation_options(&user).await);
        let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] } });
        user.app.pool.admin("UpdateUserPool", json!({ "Policies": policies })).await.ok();
        refused(&complete(&user, &response).await, NOT_ENABLED);
        assert!(list(&user).await.is_empty());
    }

    /// A challenge that was never given out, one that is used, one that is too old, one that was pushed out by
    /// later ones, and another user's.
    async fn a_challenge_that_does_not_wait_is_not_found(server: TestServer) {
        let user = ada(&server).await;
        let browser = Browser::at(LOCAL_PAGE);
        let options = creation_options(&user).await;
        for challenge in [URL_SAFE_NO_PAD.encode([7; 16]), String::new()] {
            let lying = Browser { challenge: Some(challenge), ..browser.clone() };
            let (_, response) = lying.create(&options);
            refused(&complete(&user, &response).await, NO_CHALLENGE);
        }
        complete(&user, &browser.create(&options).1).await.ok();
        refused(&complete(&user, &browser.create(&options).1).await, NO_CHALLENGE);
        assert_eq!(list(&user).await.len(), 1);

        let options = creation_options(&user).await;
        server.advance(299).await;
        complete(&user, &browser.create(&options).1).await.ok();
        let options = creation_options(&user).await;
        server.advance(300).await;
        refused(&complete(&user, &browser.create(&options).1).await, NO_CHALLENGE);

        let first = creation_options(&user).await;
        for _ in 0..5 {
            server.advance(1).await;
            creation_options(&user).await;
        }
        refused(&complete(&user, &browser.create(&first).1).await, NO_CHALLENGE);

        let bob = SignedInUser::join(&user.app, "bob", json!({})).await;
        let options = creation_options(&user).await;
        refused(&complete(&bob, &browser.create(&options).1).await, NO_CHALLENGE);
        assert!(list(&bob).await.is_empty());
        complete(&user, &browser.create(&options).1).await.ok();
        assert_eq!(list(&user).await.len(), 3);
    }

    /// What has ended is deleted.
    async fn registrations_that_nobody_completes_are_deleted(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        creation_options(&ada(&server).await).await;
        server.stop().await;
        let node = open_app(test_config(&store)).await;
        for (seconds, left) in [(290, 1), (11, 0)] {
            node.clock.advance(seconds);
            run_job(&node, "delete-expired").await;
            let challenges = store.ask("SELECT challenge FROM passkey_registrations").await;
            assert_eq!(challenges.len(), left);
        }
        node.stop().await;
    }

    async fn the_token_has_to_be_of_the_client_that_began(server: TestServer) {
        let user = ada(&server).await;
        let options = creation_options(&user).await;
        let other = user.app.pool.client(json!({})).await;
        let tokens = other.sign_in("ada").await;
        let (_, response) = Browser::at(LOCAL_PAGE).create(&options);
        let input = json!({ "Credential": response });
        let answer = other.with_token("CompleteWebAuthnRegistration", &tokens.access, input).await;
        refused_and_open(&user, &options, &answer, OTHER_CLIENT).await;
    }

    async fn the_page_has_to_be_within_the_domain(server: TestServer) {
        let user = ada(&server).await;
        for origin in [
            "https://example.com",
            "https://evil-localhost",
            "https://localhost.example.com",
            "http://127.0.0.1:3000",
            "android:apk-key-hash:AAAA",
            "null",
            "",
        ] {
            let options = creation_options(&user).await;
            let (_, response) = Browser::at(origin).create(&options);
            let answer = complete(&user, &response).await;
            refused_and_open(&user, &options, &answer, ORIGIN).await;
        }
        // A frame in another's page.
        let options = creation_options(&user).await;
        let framed = Browser { cross_origin: true, ..Browser::at(LOCAL_PAGE) };
        let answer = complete(&user, &framed.create(&options).1).await;
        refused_and_open(&user, &options, &answer, ORIGIN).await;
    }

    async fn the_passkey_has_to_be_for_the_domain(server: TestServer) {
        let user = ada(&server).await;
        let options = creation_options(&user).await;
        let relying_party_id = Some("example.com".to_owned());
        let lying = Browser { relying_party_id, ..Browser::at(LOCAL_PAGE) };
        let answer = complete(&user, &lying.create(&options).1).await;
        refused_and_open(&user, &options, &answer, RELYING_PARTY).await;
    }

    async fn other_algorithms_and_formats_are_not_supported(server: TestServer) {
        let user = ada(&server).await;
        for browser in [
            Browser { algorithm: Algorithm::EdDsa, ..Browser::at(LOCAL_PAGE) },
            Browser { attestation: Attestation::Unknown, ..Browser::at(LOCAL_PAGE) },
        ] {
            let options = creation_options(&user).await;
            let answer = complete(&user, &browser.create(&options).1).await;
            refused_and_open(&user, &options, &answer, NOT_SUPPORTED).await;
        }
    }

    async fn what_is_no_right_response_is_not_valid(server: TestServer) {
        let user = ada(&server).await;
        let browser = Browser::at(LOCAL_PAGE);
        let options = creation_options(&user).await;
        let (_, good) = browser.create(&options);
        let object: &[&str] = &["response", "attestationObject"];
        let client_data: &[&str] = &["response", "clientDataJSON"];
        let mut responses = vec![
            json!({}),
            json!("text"),
            json!([good.clone()]),
            json!(17),
            with(good.clone(), &["id"], json!(null)),
            with(good.clone(), &["rawId"], json!(null)),
            with(good.clone(), &["type"], json!("password")),
            with(good.clone(), &["response"], json!({})),
            with(good.clone(), client_data, json!("not base64url!")),
            with(good.clone(), client_data, json!("")),
            with(good.clone(), object, json!(null)),
            with(good.clone(), object, json!("")),
            with(good.clone(), object, json!("/////")),
            // An id that is not the one that the authenticator's data have.
            with(with(good.clone(), &["id"], json!("AAEC")), &["rawId"], json!("AAEC")),
        ];
        // Cut off anywhere.
        for length in [1, 20, 40, 80, 100, 120, 150, 180] {
            responses.push(edited(&good, object, |bytes| bytes.truncate(length)));
        }
        // Client data that are no JSON, or of a sign-in.
        responses.push(edited(&good, client_data, |bytes| bytes.truncate(40)));
        let kind = Some("webauthn.get".to_owned());
        responses.push(Browser { kind, ..browser.clone() }.create(&options).1);
        // Nobody has touched the authenticator.
        responses.push(Browser { present: false, ..browser.clone() }.create(&options).1);
        // A signature that is wrong.
        let attestation = Attestation::Forged;
        responses.push(Browser { attestation, ..browser.clone() }.create(&options).1);
        for response in &responses {
            let answer = complete(&user, response).await;
            refused(&answer, MALFORMED);
        }
        let answer = complete(&user, &json!({})).await;
        refused_and_open(&user, &options, &answer, MALFORMED).await;
    }

    /// A bit of the authenticator's data turned over, one byte after the other: where they are attested, each is
    /// signed.
    async fn what_is_changed_after_the_attestation_is_refused(server: TestServer) {
        let user = ada(&server).await;
        let options = creation_options(&user).await;
        let attestation = Attestation::SelfSigned;
        let browser = Browser { attestation, ..Browser::at(LOCAL_PAGE) };
        let (_, good) = browser.create(&options);
        let object = &["response", "attestationObject"];
        let text = good["response"]["attestationObject"].as_str().unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        let name = b"authData";
        let start = bytes.windows(name.len()).position(|part| part == name).unwrap();
        // Behind the name and the two bytes of the head.
        let data = start + name.len() + 2..bytes.len();
        assert_eq!(data.len(), 37 + 18 + 20 + 77);
        for at in data {
            let changed = edited(&good, object, |bytes| bytes[at] ^= 1 << (at % 8));
            let answer = complete(&user, &changed).await;
            assert_eq!(answer.status, 400, "byte {at}: {answer}");
        }
        assert!(list(&user).await.is_empty());
        complete(&user, &good).await.ok();
    }

    /// A credential is registered once in a pool.
    async fn a_credential_that_is_registered_is_not_valid(server: TestServer) {
        let user = ada(&server).await;
        let browser = Browser::at(LOCAL_PAGE);
        let passkey = register(&user, &browser).await;
        let again = browser.attest(&passkey, &creation_options(&user).await);
        refused(&complete(&user, &again).await, MALFORMED);
        let bob = SignedInUser::join(&user.app, "bob", json!({})).await;
        let stolen = browser.attest(&passkey, &creation_options(&bob).await);
        refused(&complete(&bob, &stolen).await, MALFORMED);
        assert_eq!((list(&user).await.len(), list(&bob).await.len()), (1, 0));

        // Another pool knows nothing of it.
        let other = ada(&server).await;
        let elsewhere = browser.attest(&passkey, &creation_options(&other).await);
        complete(&other, &elsewhere).await.ok();
    }

    /// Twenty, also if several are completed at once.
    async fn a_user_has_twenty_passkeys_at_most(server: TestServer) {
        let user = ada(&server).await;
        let browser = Browser::at(LOCAL_PAGE);
        for _ in 0..18 {
            register(&user, &browser).await;
        }
        let mut open = Vec::new();
        for _ in 0..5 {
            open.push(browser.create(&creation_options(&user).await).1);
        }
        let answers = at_once(5, |number| {
            let (app, access) = (user.app.clone(), user.tokens.access.clone());
            let input = json!({ "Credential": open[number] });
            async move { app.with_token("CompleteWebAuthnRegistration", &access, input).await }
        })
        .await;
        let full = ("LimitExceededException".to_owned(), 3);
        assert_eq!(tally(&answers), (2, vec![full]));
        assert_eq!(list(&user).await.len(), 20);
        refused(&start(&user).await, FULL);
        let last = open.iter().zip(&answers).find(|(_, answer)| answer.status != 200);
        refused(&complete(&user, last.unwrap().0).await, FULL);

        // One that is deleted makes room.
        let id = list(&user).await[0]["CredentialId"].clone();
        user.call("DeleteWebAuthnCredential", json!({ "CredentialId": id })).await.ok();
        complete(&user, last.unwrap().0).await.ok();
    }
}
