//! What a link belongs to: the provider with its name, type and origin (administration 4.1, 4.3).

use serde_json::{Value, json};

use super::links::{METADATA, SUBJECT, account, link, link_account, links, pairs, unlink};
use super::{call, create, create_oidc, oidc, social, update};
use crate::support::pools::laid_over;
use crate::support::refusals::{NO_SUCH_USER, invalid_parameter, refused};
use crate::support::users::confirmed_user;
use crate::support::{Answer, Pool, TestServer, TestStore, at_once, both_stores};

const OLD: &str = "https://old.example.com";
const NEW: &str = "https://new.example.com";

/// A pool with Ada and Bob.
async fn pool(server: &TestServer) -> Pool {
    let pool = server.pool(json!({})).await;
    for name in ["ada", "bob"] {
        confirmed_user(&pool, name, json!({})).await;
    }
    pool
}

fn issued_by(issuer: &str) -> Value {
    json!({ "ProviderDetails": laid_over(oidc(), json!({ "oidc_issuer": issuer })) })
}

/// Makes the provider Okta with this issuer.
async fn okta(pool: &Pool, issuer: &str) {
    create_oidc(pool, "Okta", issued_by(issuer)).await.ok();
}

async fn delete(pool: &Pool, name: &str) {
    call(pool, "DeleteIdentityProvider", name, json!({}))
        .await
        .ok();
}

#[track_caller]
fn is_linked(again: &Answer, elsewhere: &Answer) {
    invalid_parameter(again, "SourceUser is already linked to DestinationUser");
    let text = "SourceUser is already linked to another user";
    elsewhere.fails("AliasExistsException", text);
}

/// What is stored of the origins of the pool's links, by account.
async fn origins(store: &TestStore, pool: &Pool) -> Vec<String> {
    let query = format!(
        "SELECT value || ' ' || COALESCE(origin, '-') FROM identity_links
         WHERE pool_id = '{}' ORDER BY value",
        pool.id
    );
    store.ask(&query).await
}

/// How many changes of factors are recorded of the user.
async fn recorded(store: &TestStore, pool: &Pool, username: &str) -> usize {
    let id = pool.attribute(username, "sub").await.unwrap();
    let query = format!(
        "SELECT outcome FROM auth_events WHERE kind = 'factor_change' AND user_id = '{id}'"
    );
    store.ask(&query).await.len()
}

both_stores! {
    /// Another provider of the same name does not have the links of the former one: its accounts may be linked anew, which
    /// takes them from their former users.
    async fn another_provider_of_the_name_does_not_get_the_links(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool(&server).await;
        okta(&pool, OLD).await;
        for subject in ["1", "2", "3"] {
            link(&pool, "ada", "Okta", subject).await.ok();
            server.advance(1).await;
        }
        assert_eq!(recorded(&store, &pool, "ada").await, 3);
        delete(&pool, "Okta").await;
        okta(&pool, NEW).await;
        let all = pairs(&[("Okta", "1"), ("Okta", "2"), ("Okta", "3")]);
        assert_eq!(links(&pool, "ada").await, all);

        // Bob gets one, and Ada loses it.
        link(&pool, "bob", "Okta", "1").await.ok();
        assert_eq!(links(&pool, "bob").await, pairs(&[("Okta", "1")]));
        assert_eq!(links(&pool, "ada").await, pairs(&[("Okta", "2"), ("Okta", "3")]));
        assert_eq!(recorded(&store, &pool, "ada").await, 4);
        assert_eq!(recorded(&store, &pool, "bob").await, 1);
        is_linked(&link(&pool, "bob", "Okta", "1").await, &link(&pool, "ada", "Okta", "1").await);
        // Ada keeps another.
        link(&pool, "ada", "Okta", "2").await.ok();
        assert_eq!(links(&pool, "ada").await, pairs(&[("Okta", "3"), ("Okta", "2")]));
        is_linked(&link(&pool, "ada", "Okta", "2").await, &link(&pool, "bob", "Okta", "2").await);
        let stored = [format!("1 {NEW}"), format!("2 {NEW}"), format!("3 {OLD}")];
        assert_eq!(origins(&store, &pool).await, stored);
        // The third is still unlinked by its name.
        unlink(&pool, "Okta", "3").await.ok();
        assert_eq!(links(&pool, "ada").await, pairs(&[("Okta", "2")]));
        refused(&unlink(&pool, "Okta", "3").await, NO_SUCH_USER);
        server.stop().await;
    }

    /// The last account that is taken from a user takes the attribute along.
    async fn a_user_whose_last_account_is_taken_has_no_attribute(server: TestServer) {
        let pool = pool(&server).await;
        okta(&pool, OLD).await;
        link(&pool, "ada", "Okta", "1").await.ok();
        delete(&pool, "Okta").await;
        okta(&pool, NEW).await;
        link(&pool, "bob", "Okta", "1").await.ok();
        assert_eq!(pool.attribute("ada", "identities").await, None);
    }

    /// The same provider, made anew, has its links; another type with the same origin has not, nor have rows that tell
    /// of none.
    async fn a_link_is_of_name_type_and_origin(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool(&server).await;
        okta(&pool, OLD).await;
        link(&pool, "ada", "Okta", "1").await.ok();
        delete(&pool, "Okta").await;
        okta(&pool, OLD).await;
        is_linked(&link(&pool, "ada", "Okta", "1").await, &link(&pool, "bob", "Okta", "1").await);

        delete(&pool, "Okta").await;
        let metadata = METADATA.replace("https://corp.example.com", OLD);
        create(&pool, "Okta", "SAML", json!({ "MetadataFile": metadata }), json!({})).await.ok();
        link(&pool, "bob", "Okta", "1").await.ok();
        assert_eq!(links(&pool, "bob").await, pairs(&[("Okta", "1")]));
        assert!(links(&pool, "ada").await.is_empty());
        assert_eq!(origins(&store, &pool).await, [format!("1 {OLD}")]);

        store.ask("UPDATE identity_links SET origin = NULL RETURNING value").await;
        link(&pool, "ada", "Okta", "1").await.ok();
        assert!(links(&pool, "bob").await.is_empty());
        assert_eq!(origins(&store, &pool).await, [format!("1 {OLD}")]);
        server.stop().await;
    }

    /// A provider that is changed is the same one: its links go along, those of others and of former ones do not.
    async fn an_update_takes_the_links_along(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool(&server).await;
        okta(&pool, OLD).await;
        link(&pool, "ada", "Okta", "1").await.ok();
        delete(&pool, "Okta").await;
        okta(&pool, "https://between.example.com").await;
        create_oidc(&pool, "Twin", issued_by("https://between.example.com")).await.ok();
        link(&pool, "ada", "Okta", "2").await.ok();
        link(&pool, "ada", "Twin", "3").await.ok();
        update(&pool, "Okta", json!({ "AttributeMapping": { "email": "mail" } })).await.ok();
        is_linked(&link(&pool, "ada", "Okta", "2").await, &link(&pool, "bob", "Okta", "2").await);
        update(&pool, "Okta", issued_by(NEW)).await.ok();
        is_linked(&link(&pool, "ada", "Okta", "2").await, &link(&pool, "bob", "Okta", "2").await);
        let stored = [
            format!("1 {OLD}"),
            format!("2 {NEW}"),
            "3 https://between.example.com".to_owned(),
        ];
        assert_eq!(origins(&store, &pool).await, stored);
        link(&pool, "bob", "Okta", "1").await.ok();
        assert_eq!(links(&pool, "bob").await, pairs(&[("Okta", "1")]));
        server.stop().await;
    }

    /// A link that is made while the provider changes is of what the provider is afterwards.
    async fn a_link_follows_a_change_at_the_same_time(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool(&server).await;
        okta(&pool, OLD).await;
        for round in 0..4 {
            let issuer = format!("https://{round}.example.com");
            let answers = at_once(2, |number| {
                let (pool, issuer) = (pool.clone(), issuer.clone());
                async move {
                    if number == 0 {
                        link(&pool, "ada", "Okta", &format!("s{round}")).await
                    } else {
                        update(&pool, "Okta", issued_by(&issuer)).await
                    }
                }
            })
            .await;
            for answer in answers {
                answer.ok();
            }
            let stored: Vec<_> = (0..=round).map(|n| format!("s{n} {issuer}")).collect();
            assert_eq!(origins(&store, &pool).await, stored);
        }
        server.stop().await;
    }

    /// Of many who link an account of a former provider at the same time, one does.
    async fn one_of_many_takes_a_former_account(server: TestServer) {
        let pool = pool(&server).await;
        confirmed_user(&pool, "eve", json!({})).await;
        okta(&pool, OLD).await;
        link(&pool, "eve", "Okta", "1").await.ok();
        delete(&pool, "Okta").await;
        okta(&pool, NEW).await;
        let answers = at_once(6, |number| {
            let pool = pool.clone();
            let name = ["ada", "bob", "eve"][number % 3];
            async move { link(&pool, name, "Okta", "1").await }
        })
        .await;
        let linked = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(linked, 1, "{answers:?}");
        let mut all = Vec::new();
        for name in ["ada", "bob", "eve"] {
            all.extend(links(&pool, name).await);
        }
        assert_eq!(all, pairs(&[("Okta", "1")]));
    }

    /// The origin of each type. A SAML provider's entity id is shown as the issuer that it was at the time.
    async fn each_type_has_an_origin(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool(&server).await;
        let url = "https://idp.example.com/metadata";
        for (name, type_, details, origin, issuer) in [
            ("File", "SAML", json!({ "MetadataFile": METADATA }), "https://corp.example.com", json!("https://corp.example.com")),
            ("Address", "SAML", json!({ "MetadataURL": url }), url, Value::Null),
            ("Okta", "OIDC", oidc(), "https://idp.example.com", Value::Null),
            ("Google", "Google", social(), "Google", Value::Null),
            ("Facebook", "Facebook", social(), "Facebook", Value::Null),
        ] {
            create(&pool, name, type_, details, json!({})).await.ok();
            link_account(&pool, "ada", account(name, SUBJECT, name)).await.ok();
            let stored = origins(&store, &pool).await;
            assert!(stored.contains(&format!("{name} {origin}")), "{stored:?}");
            let shown = pool.attribute("ada", "identities").await.unwrap();
            let shown: Vec<Value> = serde_json::from_str(&shown).unwrap();
            let shown = shown.iter().find(|entry| entry["providerName"] == name).unwrap();
            assert_eq!(shown["issuer"], issuer, "{name}");
        }
        let moved = METADATA.replace("https://corp.example.com", NEW);
        let input = json!({ "ProviderDetails": { "MetadataFile": moved } });
        update(&pool, "File", input).await.ok();
        assert!(origins(&store, &pool).await.contains(&format!("File {NEW}")));
        link(&pool, "bob", "File", "2").await.ok();
        for (name, issuer) in [("ada", "https://corp.example.com"), ("bob", NEW)] {
            let shown = pool.attribute(name, "identities").await.unwrap();
            assert!(shown.contains(issuer), "{shown}");
        }
        server.stop().await;
    }
}
