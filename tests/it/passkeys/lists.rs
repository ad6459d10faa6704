//! A user's own passkeys: ListWebAuthnCredentials and DeleteWebAuthnCredential.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::authenticator::Browser;
use crate::support::passkeys::{LOCAL_PAGE, list, passkey_pool, register};
use crate::support::refusals::invalid_parameter;
use crate::support::signed_in_user::SignedInUser;
use crate::support::{TestServer, both_stores};

async fn ada(server: &TestServer) -> SignedInUser {
    let app = passkey_pool(server).await.client(json!({})).await;
    SignedInUser::join(&app, "ada", json!({})).await
}

fn ids(entries: &[Value]) -> Vec<String> {
    let id = |entry: &Value| entry["CredentialId"].as_str().unwrap().to_owned();
    entries.iter().map(id).collect()
}

both_stores! {
    async fn pages_join_to_the_whole_list(server: TestServer) {
        let user = ada(&server).await;
        let empty = user.call("ListWebAuthnCredentials", json!({})).await;
        assert_eq!(empty.text, r#"{"Credentials":[]}"#);
        // All in one millisecond, or not: the id decides between those.
        for _ in 0..5 {
            register(&user, &Browser::at(LOCAL_PAGE)).await;
        }
        let all = ids(&list(&user).await);
        assert_eq!(all.len(), 5);
        for size in 1..=5 {
            let mut found = Vec::new();
            let mut input = json!({ "MaxResults": size });
            loop {
                let page = user.call("ListWebAuthnCredentials", input.clone()).await.ok();
                let entries = page["Credentials"].as_array().unwrap();
                assert!(entries.len() <= size, "{page}");
                found.extend(ids(entries));
                match page["NextToken"].as_str() {
                    Some(token) => input["NextToken"] = json!(token),
                    None => break,
                }
            }
            assert_eq!(found, all);
        }
        let zero = user.call("ListWebAuthnCredentials", json!({ "MaxResults": 0 })).await.ok();
        assert_eq!(ids(zero["Credentials"].as_array().unwrap()), all);
        let answer = user.call("ListWebAuthnCredentials", json!({ "MaxResults": 21 })).await;
        invalid_parameter(
            &answer,
            "1 validation error detected: Value '21' at 'maxResults' failed to satisfy constraint: Member must \
             have value less than or equal to 20",
        );
    }

    /// A page token is worth something to the user that got it, for this list.
    async fn a_foreign_page_token_is_refused(server: TestServer) {
        let user = ada(&server).await;
        for _ in 0..2 {
            register(&user, &Browser::at(LOCAL_PAGE)).await;
        }
        let input = json!({ "MaxResults": 1 });
        let page = user.call("ListWebAuthnCredentials", input).await.ok();
        let token = page["NextToken"].as_str().unwrap();
        let bob = SignedInUser::join(&user.app, "bob", json!({})).await;
        for (who, token) in [(&bob, token), (&user, "AAAA"), (&user, &token[1..])] {
            let answer = who.call("ListWebAuthnCredentials", json!({ "NextToken": token })).await;
            invalid_parameter(&answer, "Invalid pagination token");
        }
    }

    async fn a_user_deletes_only_passkeys_of_its_own(server: TestServer) {
        let user = ada(&server).await;
        let bob = SignedInUser::join(&user.app, "bob", json!({})).await;
        let mut of_ada = Vec::new();
        for _ in 0..2 {
            of_ada.push(URL_SAFE_NO_PAD.encode(register(&user, &Browser::at(LOCAL_PAGE)).await.id));
        }
        let of_bob = URL_SAFE_NO_PAD.encode(register(&bob, &Browser::at(LOCAL_PAGE)).await.id);
        let not_found = ["nothing", of_bob.as_str(), "", "%"];
        for id in not_found {
            let answer = user.call("DeleteWebAuthnCredential", json!({ "CredentialId": id })).await;
            answer.fails("ResourceNotFoundException", "Credential does not exist.");
        }
        let input = json!({ "CredentialId": of_ada[0] });
        let answer = user.call("DeleteWebAuthnCredential", input.clone()).await;
        assert_eq!(answer.text, "{}");
        user.call("DeleteWebAuthnCredential", input)
            .await
            .fails("ResourceNotFoundException", "Credential does not exist.");
        assert_eq!(ids(&list(&user).await), [of_ada[1].clone()]);
        assert_eq!(ids(&list(&bob).await), [of_bob]);
        user.call("GetUser", json!({})).await.ok();
    }

    /// Whoever may not sign in with passkeys any more can still see them, and remove them.
    async fn lists_do_not_ask_for_the_first_factor(server: TestServer) {
        let user = ada(&server).await;
        let passkey = register(&user, &Browser::at(LOCAL_PAGE)).await;
        let policies = json!({ "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] } });
        user.app.pool.admin("UpdateUserPool", json!({ "Policies": policies })).await.ok();
        assert_eq!(list(&user).await.len(), 1);
        let input = json!({ "CredentialId": URL_SAFE_NO_PAD.encode(&passkey.id) });
        user.call("DeleteWebAuthnCredential", input).await.ok();
        assert!(list(&user).await.is_empty());
    }
}
