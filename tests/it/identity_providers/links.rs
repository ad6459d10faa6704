//! AdminLinkProviderForUser and AdminDisableProviderForUser: sections 4.3 and 4.4.

use serde_json::{Value, json};

use super::{call, create, create_oidc, is_unknown, social};
use crate::support::pages::each;
use crate::support::pools::{PASSWORD, attribute};
use crate::support::refusals::{NO_SUCH_USER, invalid_parameter, refused};
use crate::support::sign_in::tokens_of;
use crate::support::tokens::get_user;
use crate::support::users::{call_for_user, confirmed_user};
use crate::support::{Answer, AppClient, Pool, TestServer, TestStore, at_once, both_stores};

pub const SUBJECT: &str = "Cognito_Subject";
pub const METADATA: &str = r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://corp.example.com"><md:IDPSSODescriptor/></md:EntityDescriptor>"#;

pub fn account(provider: &str, attribute: &str, value: &str) -> Value {
    json!({
        "ProviderName": provider,
        "ProviderAttributeName": attribute,
        "ProviderAttributeValue": value,
    })
}

pub async fn link_account(pool: &Pool, username: &str, source: Value) -> Answer {
    let destination = json!({ "ProviderName": "Cognito", "ProviderAttributeValue": username });
    let input = json!({ "DestinationUser": destination, "SourceUser": source });
    pool.admin("AdminLinkProviderForUser", input).await
}

pub async fn link(pool: &Pool, username: &str, provider: &str, subject: &str) -> Answer {
    link_account(pool, username, account(provider, SUBJECT, subject)).await
}

pub async fn unlink_account(pool: &Pool, user: Value) -> Answer {
    pool.admin("AdminDisableProviderForUser", json!({ "User": user }))
        .await
}

pub async fn unlink(pool: &Pool, provider: &str, subject: &str) -> Answer {
    unlink_account(pool, account(provider, SUBJECT, subject)).await
}

/// A pool with the providers Google and Okta, and with Ada and Bob.
pub async fn pool_with_two(server: &TestServer) -> (Pool, AppClient) {
    let pool = server.pool(json!({})).await;
    create(&pool, "Google", "Google", social(), json!({}))
        .await
        .ok();
    create_oidc(&pool, "Okta", json!({})).await.ok();
    for name in ["ada", "bob"] {
        confirmed_user(
            &pool,
            name,
            json!({ "email": format!("{name}@example.com") }),
        )
        .await;
    }
    let app = pool.client(json!({})).await;
    (pool, app)
}

/// Provider and account of each link, as the attribute shows them.
pub async fn links(pool: &Pool, username: &str) -> Vec<(String, String)> {
    let Some(identities) = pool.attribute(username, "identities").await else {
        return Vec::new();
    };
    let entries: Vec<Value> = serde_json::from_str(&identities).unwrap();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    entries
        .iter()
        .map(|entry| (text(entry, "providerName"), text(entry, "userId")))
        .collect()
}

pub fn pairs(links: &[(&str, &str)]) -> Vec<(String, String)> {
    links
        .iter()
        .map(|(p, s)| ((*p).to_owned(), (*s).to_owned()))
        .collect()
}

both_stores! {
    /// The attribute shows each link wherever the user is described, and the ID token has texts.
    async fn links_are_shown_in_the_attribute_and_in_the_token(server: TestServer) {
        let (pool, app) = pool_with_two(&server).await;
        assert!(links(&pool, "ada").await.is_empty());
        let before = pool.user("ada").await.ok();
        assert_eq!(link(&pool, "ada", "Google", "1234").await.ok(), json!({}));
        let shown = pool.attribute("ada", "identities").await.unwrap();
        let entries: Vec<Value> = serde_json::from_str(&shown).unwrap();
        let created = entries[0]["dateCreated"].as_i64().unwrap();
        assert_eq!(
            shown,
            format!(
                "[{{\"userId\":\"1234\",\"providerName\":\"Google\",\"providerType\":\"Google\",\
                 \"issuer\":null,\"primary\":false,\"dateCreated\":{created}}}]"
            )
        );
        let after = pool.user("ada").await.ok();
        assert_eq!(after["UserStatus"], before["UserStatus"]);
        assert_eq!(attribute(&after["UserAttributes"], "sub"), attribute(&before["UserAttributes"], "sub"));
        let listed = pool.admin("ListUsers", json!({ "Filter": "username = \"ada\"" })).await.ok();
        assert_eq!(attribute(&listed["Users"][0]["Attributes"], "identities").as_ref(), Some(&shown));

        let tokens = tokens_of(app.initiate("ada", PASSWORD).await);
        let own = get_user(&app, &tokens.access).await.ok();
        assert_eq!(attribute(&own["UserAttributes"], "identities"), Some(shown));
        assert_eq!(
            tokens.id_claims()["identities"],
            json!([{
                "userId": "1234",
                "providerName": "Google",
                "providerType": "Google",
                "issuer": null,
                "primary": "false",
                "dateCreated": created.to_string(),
            }])
        );
        let bob = tokens_of(app.initiate("bob", PASSWORD).await);
        assert_eq!(bob.id_claims().get("identities"), None);
        assert!(links(&pool, "bob").await.is_empty());
    }

    /// A SAML account may be named by any attribute, and its issuer is the entity id.
    async fn saml_accounts_have_an_issuer(server: TestServer) {
        let (pool, _) = pool_with_two(&server).await;
        create(&pool, "Corp", "SAML", json!({ "MetadataFile": METADATA }), json!({})).await.ok();
        let by_mail = account("Corp", "email", "ada@corp.example.com");
        link_account(&pool, "ada", by_mail.clone()).await.ok();
        let entries = pool.attribute("ada", "identities").await.unwrap();
        let entries: Value = serde_json::from_str(&entries).unwrap();
        assert_eq!(entries[0]["issuer"], "https://corp.example.com");
        assert_eq!(entries[0]["providerType"], "SAML");
        // It is named as it was made.
        refused(&unlink(&pool, "Corp", "ada@corp.example.com").await, NO_SUCH_USER);
        assert_eq!(links(&pool, "ada").await, pairs(&[("Corp", "ada@corp.example.com")]));
        unlink_account(&pool, by_mail).await.ok();
        assert!(links(&pool, "ada").await.is_empty());
        let text = "ProviderAttributeName must be Cognito_Subject for this provider.";
        for provider in ["Google", "Okta"] {
            let source = account(provider, "email", "ada@example.com");
            invalid_parameter(&link_account(&pool, "ada", source).await, text);
        }
        assert!(links(&pool, "ada").await.is_empty());
    }

    /// An account signs in as one user.
    async fn an_account_is_linked_once(server: TestServer) {
        let (pool, _) = pool_with_two(&server).await;
        let (other, _) = pool_with_two(&server).await;
        link(&pool, "ada", "Google", "1234").await.ok();
        let again = "SourceUser is already linked to DestinationUser";
        invalid_parameter(&link(&pool, "ada", "Google", "1234").await, again);
        let elsewhere = link(&pool, "bob", "Google", "1234").await;
        elsewhere.fails("AliasExistsException", "SourceUser is already linked to another user");
        assert_eq!(links(&pool, "ada").await, pairs(&[("Google", "1234")]));
        assert!(links(&pool, "bob").await.is_empty());
        link(&pool, "bob", "Okta", "1234").await.ok();
        link(&other, "bob", "Google", "1234").await.ok();
        assert!(links(&other, "ada").await.is_empty());
        assert_eq!(links(&pool, "ada").await, pairs(&[("Google", "1234")]));
    }

    /// Of many who link one account to several users at the same time, one does.
    async fn one_of_many_links_the_account(server: TestServer) {
        let (pool, _) = pool_with_two(&server).await;
        let answers = at_once(6, |number| {
            let pool = pool.clone();
            let name = ["ada", "bob"][number % 2];
            async move { link(&pool, name, "Google", "1234").await }
        })
        .await;
        let linked = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(linked, 1, "{answers:?}");
        let all = [links(&pool, "ada").await, links(&pool, "bob").await].concat();
        assert_eq!(all, pairs(&[("Google", "1234")]));
    }

    /// A user has five links at the most, however many are made at the same time.
    async fn a_user_has_so_many_links(server: TestServer) {
        let (pool, _) = pool_with_two(&server).await;
        let answers = at_once(8, |number| {
            let pool = pool.clone();
            async move { link(&pool, "ada", "Google", &format!("s{number}")).await }
        })
        .await;
        let (linked, full): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 200);
        assert_eq!((linked.len(), full.len()), (5, 3));
        for answer in full {
            answer.fails("LimitExceededException", "A user can have at most 5 linked identities.");
        }
        let present = links(&pool, "ada").await;
        assert_eq!(present.len(), 5);
        unlink(&pool, "Google", &present[2].1).await.ok();
        link(&pool, "ada", "Okta", "x").await.ok();
        let mut expected = present;
        expected.remove(2);
        expected.sort();
        expected.push(("Okta".to_owned(), "x".to_owned()));
        let mut found = links(&pool, "ada").await;
        found.sort();
        assert_eq!(found, expected);
    }

    /// The last unlinking removes the attribute; an account that is not linked is unknown.
    async fn an_unlinked_account_is_free(server: TestServer) {
        let (pool, app) = pool_with_two(&server).await;
        link(&pool, "ada", "Google", "1").await.ok();
        server.advance(1).await;
        link(&pool, "ada", "Okta", "2").await.ok();
        assert_eq!(links(&pool, "ada").await, pairs(&[("Google", "1"), ("Okta", "2")]));
        assert_eq!(unlink(&pool, "Google", "1").await.ok(), json!({}));
        assert_eq!(links(&pool, "ada").await, pairs(&[("Okta", "2")]));
        refused(&unlink(&pool, "Google", "1").await, NO_SUCH_USER);
        unlink(&pool, "Okta", "2").await.ok();
        assert_eq!(pool.attribute("ada", "identities").await, None);
        let tokens = tokens_of(app.initiate("ada", PASSWORD).await);
        assert_eq!(tokens.id_claims().get("identities"), None);
        link(&pool, "bob", "Google", "1").await.ok();
        // A deleted user's accounts are free, too.
        call_for_user(&pool, "AdminDeleteUser", "bob").await.ok();
        link(&pool, "ada", "Google", "1").await.ok();
    }

    /// What cannot be linked, and what does not exist.
    async fn wrong_links_are_refused(server: TestServer) {
        let (pool, app) = pool_with_two(&server).await;
        let local = "Invalid SourceUser: Cognito users with a username/password may not be passed in as \
                     a SourceUser, only as a DestinationUser";
        for own in ["Cognito", "COGNITO", "cognito"] {
            invalid_parameter(&link(&pool, "ada", own, "bob").await, local);
        }
        is_unknown(&link(&pool, "ada", "Auth0", "1").await, "Auth0");
        for name in ["carol", "ada@example.com"] {
            refused(&link(&pool, name, "Google", "1").await, NO_SUCH_USER);
        }
        // A local user is not the provider's because of its name.
        app.confirmed("Google_9", json!({ "email": "nine@example.com" })).await;
        let profile = json!({
            "DestinationUser": account("Google", SUBJECT, "9"),
            "SourceUser": account("Okta", SUBJECT, "1"),
        });
        refused(&pool.admin("AdminLinkProviderForUser", profile).await, NO_SUCH_USER);
        assert!(links(&pool, "Google_9").await.is_empty());
        for member in ["ProviderName", "ProviderAttributeName", "ProviderAttributeValue"] {
            let text = format!("Missing required parameter {member}");
            let mut without = account("Google", SUBJECT, "1");
            without.as_object_mut().unwrap().remove(member);
            invalid_parameter(&link_account(&pool, "ada", without.clone()).await, &text);
            invalid_parameter(&unlink_account(&pool, without).await, &text);
        }
        let text = "ProviderAttributeName or ProviderAttributeValue is too long.";
        invalid_parameter(&link(&pool, "ada", "Google", &"é".repeat(513)).await, text);
        assert!(links(&pool, "ada").await.is_empty());
        link(&pool, "ada", "Google", &"é".repeat(512)).await.ok();

        let nowhere = "User pool us-east-1_Nowhere00 does not exist.";
        let input = json!({
            "UserPoolId": "us-east-1_Nowhere00",
            "User": account("Google", SUBJECT, "1"),
            "DestinationUser": account("Cognito", SUBJECT, "ada"),
            "SourceUser": account("Google", SUBJECT, "1"),
        });
        for operation in ["AdminLinkProviderForUser", "AdminDisableProviderForUser"] {
            let answer = pool.endpoint().admin.call(operation, input.clone()).await;
            answer.fails("ResourceNotFoundException", nowhere);
        }
    }

    /// Nobody writes the attribute but the links, and a change of others keeps it.
    async fn the_attribute_follows_the_links_only(server: TestServer) {
        let (pool, _) = pool_with_two(&server).await;
        link(&pool, "ada", "Google", "1").await.ok();
        let fixed = "Cannot modify the non-mutable attribute identities";
        let delete = json!({ "Username": "ada", "UserAttributeNames": ["identities"] });
        invalid_parameter(&pool.admin("AdminDeleteUserAttributes", delete).await, fixed);
        let write = |name: &str, value: &str| {
            json!({ "Username": "ada", "UserAttributes": [{ "Name": name, "Value": value }] })
        };
        let answer = pool.admin("AdminUpdateUserAttributes", write("identities", "[]")).await;
        invalid_parameter(&answer, fixed);
        pool.admin("AdminUpdateUserAttributes", write("name", "Ada")).await.ok();
        assert_eq!(links(&pool, "ada").await, pairs(&[("Google", "1")]));
        assert_eq!(pool.attribute("ada", "name").await.as_deref(), Some("Ada"));
    }

    /// Links outlive their provider and the server.
    async fn links_persist(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let (pool, _) = pool_with_two(&server).await;
        link(&pool, "ada", "Google", "1").await.ok();
        server.stop().await;
        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        assert_eq!(links(&pool, "ada").await, pairs(&[("Google", "1")]));
        call(&pool, "DeleteIdentityProvider", "Google", json!({})).await.ok();
        let list = pool.admin("ListIdentityProviders", json!({})).await.ok();
        assert_eq!(each(&list, "Providers", "ProviderName"), ["Okta"]);
        assert_eq!(links(&pool, "ada").await, pairs(&[("Google", "1")]));
        unlink(&pool, "Google", "1").await.ok();
        link(&pool, "ada", "Okta", "1").await.ok();
        pool.admin("DeleteUserPool", json!({})).await.ok();
        assert!(store.ask("SELECT value FROM identity_links").await.is_empty());
        server.stop().await;
    }

    /// A link and another change of the user at the same time are both there afterwards.
    async fn a_link_and_another_change_are_both_made(server: TestServer) {
        let (pool, _) = pool_with_two(&server).await;
        for round in 0..4 {
            let (subject, name) = (format!("s{round}"), format!("Ada {round}"));
            let answers = at_once(2, |number| {
                let (pool, subject, name) = (pool.clone(), subject.clone(), name.clone());
                async move {
                    if number == 0 {
                        return link(&pool, "ada", "Google", &subject).await;
                    }
                    let attributes = json!([{ "Name": "name", "Value": name }]);
                    let input = json!({ "Username": "ada", "UserAttributes": attributes });
                    pool.admin("AdminUpdateUserAttributes", input).await
                }
            })
            .await;
            for answer in answers {
                answer.ok();
            }
            assert_eq!(pool.attribute("ada", "name").await, Some(name));
            assert!(links(&pool, "ada").await.contains(&("Google".to_owned(), subject)));
        }
    }

    /// Of a user who is deleted while it is linked, no link is left.
    async fn a_deleted_user_has_no_link(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let (pool, _) = pool_with_two(&server).await;
        for round in 0..4 {
            let answers = at_once(2, |number| {
                let pool = pool.clone();
                async move {
                    if number == 0 {
                        link(&pool, "ada", "Google", "1234").await
                    } else {
                        call_for_user(&pool, "AdminDeleteUser", "ada").await
                    }
                }
            })
            .await;
            assert_eq!(answers[1].status, 200, "{}", answers[1]);
            if answers[0].status != 200 {
                refused(&answers[0], NO_SUCH_USER);
            }
            assert!(store.ask("SELECT value FROM identity_links").await.is_empty(), "{round}");
            confirmed_user(&pool, "ada", json!({})).await;
        }
        server.stop().await;
    }
}
