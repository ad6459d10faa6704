//! Registering passkeys: what works.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::authenticator::{Algorithm, Attestation, Browser};
use crate::support::passkeys::{
    LOCAL_PAGE, complete, creation_options, list, passkey_pool, register, start,
};
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, at_once, both_stores, tally};

async fn ada(server: &TestServer) -> SignedInUser {
    let app = passkey_pool(server).await.client(json!({})).await;
    SignedInUser::join(&app, "ada", json!({})).await
}

both_stores! {
    /// The options are AWS's, member by member and in AWS's order.
    async fn the_options_are_those_of_the_page(server: TestServer) {
        let user = ada(&server).await;
        let answer = start(&user).await;
        let options = answer["CredentialCreationOptions"].clone();
        let challenge = options["challenge"].as_str().unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(challenge).unwrap().len(), 16);
        let sub = URL_SAFE_NO_PAD.encode(&user.sub);
        let expected = format!(
            r#"{{"CredentialCreationOptions":{{"rp":{{"id":"localhost","name":"localhost"}},"user":{{"id":"{sub}","name":"ada","displayName":"ada"}},"challenge":"{challenge}","timeout":60000,"pubKeyCredParams":[{{"type":"public-key","alg":-7}},{{"type":"public-key","alg":-257}}],"excludeCredentials":[],"authenticatorSelection":{{"requireResidentKey":true,"residentKey":"required","userVerification":"preferred"}}}}}}"#
        );
        assert_eq!(answer.text, expected);
        let next = creation_options(&user).await;
        assert_ne!(next["challenge"], options["challenge"]);
    }

    /// Both algorithms that are offered, without an attestation and with one that is right; and a browser that
    /// has not verified its user where the pool only prefers it.
    async fn passkeys_are_registered_and_listed(server: TestServer) {
        let user = ada(&server).await;
        let browsers = [
            Browser::at(LOCAL_PAGE),
            Browser { algorithm: Algorithm::Rs256, ..Browser::at("https://localhost") },
            Browser { attestation: Attestation::SelfSigned, ..Browser::at("http://app.localhost:1") },
            Browser { verifies: false, ..Browser::at(LOCAL_PAGE) },
        ];
        let mut ids = Vec::new();
        for browser in &browsers {
            let options = creation_options(&user).await;
            let excluded: Vec<Value> = ids
                .iter()
                .map(|id| json!({ "type": "public-key", "id": id }))
                .collect();
            assert_eq!(options["excludeCredentials"], json!(excluded));
            let (passkey, response) = browser.create(&options);
            let answer = complete(&user, &response).await;
            assert_eq!(answer.text, "{}", "{browser:?}: {answer}");
            ids.push(URL_SAFE_NO_PAD.encode(&passkey.id));
            // The order of the list is that of the registrations.
            server.advance(1).await;
        }
        let listed = list(&user).await;
        let listed_ids: Vec<&str> = listed
            .iter()
            .map(|entry| entry["CredentialId"].as_str().unwrap())
            .collect();
        assert_eq!(listed_ids, ids);
        let entry = &listed[0];
        assert_eq!(
            member_names(entry),
            [
                "AuthenticatorAttachment", "AuthenticatorTransports", "CreatedAt", "CredentialId",
                "FriendlyCredentialName", "RelyingPartyId",
            ]
        );
        assert_eq!(entry["AuthenticatorAttachment"], "cross-platform");
        assert_eq!(entry["AuthenticatorTransports"], json!(["usb", "nfc"]));
        assert_eq!(entry["FriendlyCredentialName"], "Roaming passkey");
        assert_eq!(entry["RelyingPartyId"], "localhost");
    }

    /// Hints are optional, and no session ends by a registration.
    async fn hints_may_be_absent(server: TestServer) {
        let user = ada(&server).await;
        let (_, mut response) = Browser::at(LOCAL_PAGE).create(&creation_options(&user).await);
        let object = response.as_object_mut().unwrap();
        object.remove("authenticatorAttachment");
        object.remove("clientExtensionResults");
        object["response"].as_object_mut().unwrap().remove("transports");
        complete(&user, &response).await.ok();
        let listed = list(&user).await;
        assert!(listed[0]["AuthenticatorAttachment"].is_null(), "{}", listed[0]);
        assert_eq!(listed[0]["AuthenticatorTransports"], json!([]));
        assert_eq!(listed[0]["FriendlyCredentialName"], "Passkey");
        user.call("GetUser", json!({})).await.ok();
        user.app.refresh(&user.tokens.refresh).await.ok();
    }

    /// Several tabs may each have begun a registration, and each is completed.
    async fn registrations_in_several_tabs_do_not_disturb_each_other(server: TestServer) {
        let user = ada(&server).await;
        let browser = Browser::at(LOCAL_PAGE);
        let mut responses = Vec::new();
        for _ in 0..5 {
            responses.push(browser.create(&creation_options(&user).await).1);
        }
        for response in responses.iter().rev() {
            complete(&user, response).await.ok();
        }
        assert_eq!(list(&user).await.len(), 5);
    }

    /// Of many concurrent answers to one challenge one registers its passkey.
    async fn a_challenge_is_completed_once_however_many_answer(server: TestServer) {
        let user = ada(&server).await;
        let options = creation_options(&user).await;
        let answers = at_once(8, |_| {
            let (_, response) = Browser::at(LOCAL_PAGE).create(&options);
            let (app, access) = (user.app.clone(), user.tokens.access.clone());
            async move {
                let input = json!({ "Credential": response });
                app.with_token("CompleteWebAuthnRegistration", &access, input).await
            }
        })
        .await;
        let late = ("WebAuthnChallengeNotFoundException".to_owned(), 7);
        assert_eq!(tally(&answers), (1, vec![late]));
        assert_eq!(list(&user).await.len(), 1);
    }

    /// Deleting the user deletes the passkeys and what was begun, and whoever comes next has none.
    async fn passkeys_go_with_their_user(server: TestServer) {
        let user = ada(&server).await;
        register(&user, &Browser::at(LOCAL_PAGE)).await;
        creation_options(&user).await;
        user.call("DeleteUser", json!({})).await.ok();
        for table in ["passkeys", "passkey_registrations"] {
            let query = format!("SELECT pool_id FROM {table}");
            assert!(server.store.ask(&query).await.is_empty(), "{table}");
        }
        let again = SignedInUser::join(&user.app, "ada", json!({})).await;
        assert!(list(&again).await.is_empty());
    }
}
