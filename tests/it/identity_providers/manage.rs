//! Making, describing, changing, listing and deleting providers, of whatever type.

use serde_json::{Value, json};

use super::{call, create, create_oidc, describe, is_unknown, oidc, social, update};
use crate::support::answer::member_names;
use crate::support::pages::{Pages, each};
use crate::support::refusals::invalid_parameter;
use crate::support::{Pool, TestServer, TestStore, at_once, both_stores, several_nodes};

const NOT_OIDC: &str = "AcrMapping is only supported for OIDC identity providers.";

async fn by_identifier(pool: &Pool, identifier: &str) -> crate::support::Answer {
    let input = json!({ "IdpIdentifier": identifier });
    pool.admin("GetIdentityProviderByIdentifier", input).await
}

async fn no_provider(pool: &Pool) {
    let list = pool.admin("ListIdentityProviders", json!({})).await.ok();
    assert_eq!(list, json!({ "Providers": [] }));
}

both_stores! {
    /// All members come back; the list shows four of them.
    async fn a_provider_is_described_as_it_was_made(server: TestServer) {
        let pool = server.pool(json!({
            "Schema": [{ "Name": "team", "AttributeDataType": "String" }],
        })).await;
        no_provider(&pool).await;
        let given = json!({
            "AttributeMapping": { "email": "mail", "custom:team": "group", "username": "sub" },
            "IdpIdentifiers": ["two.example.com", "one.example.com"],
            "AcrMapping": { "Level1": "low", "Level4": "high" },
        });
        let made = create_oidc(&pool, "Okta", given.clone()).await.ok();
        let provider = &made["IdentityProvider"];
        assert_eq!(
            member_names(provider),
            [
                "AcrMapping", "AttributeMapping", "CreationDate", "IdpIdentifiers", "LastModifiedDate",
                "ProviderDetails", "ProviderName", "ProviderType", "UserPoolId",
            ]
        );
        for (member, value) in given.as_object().unwrap() {
            assert_eq!(&provider[member], value);
        }
        assert_eq!(provider["ProviderName"], "Okta");
        assert_eq!(provider["ProviderType"], "OIDC");
        assert_eq!(provider["UserPoolId"], json!(pool.id));
        assert_eq!(provider["CreationDate"], provider["LastModifiedDate"]);
        assert_eq!(describe(&pool, "Okta").await.ok(), made);
        for identifier in ["two.example.com", "one.example.com"] {
            assert_eq!(by_identifier(&pool, identifier).await.ok(), made);
        }
        let list = pool.admin("ListIdentityProviders", json!({})).await.ok();
        let mut listed = provider.clone();
        for hidden in [
            "AcrMapping", "AttributeMapping", "IdpIdentifiers", "ProviderDetails", "UserPoolId",
        ] {
            listed.as_object_mut().unwrap().remove(hidden);
        }
        assert_eq!(list, json!({ "Providers": [listed] }));

        let bare = create_oidc(&pool, "Bare", json!({ "IdpIdentifiers": [] })).await.ok();
        assert_eq!(
            member_names(&bare["IdentityProvider"]),
            [
                "AttributeMapping", "CreationDate", "LastModifiedDate", "ProviderDetails", "ProviderName",
                "ProviderType", "UserPoolId",
            ]
        );
    }

    /// A name is taken once in a pool, and free in another one.
    async fn a_name_is_taken_once(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let made = create_oidc(&pool, "Okta", json!({})).await.ok();
        let again = create_oidc(&pool, "Okta", json!({ "IdpIdentifiers": ["new"] })).await;
        let text = "A provider with the name Okta already exists in this user pool.";
        again.fails("DuplicateProviderException", text);
        // A name in another case is the same.
        let other_case = create_oidc(&pool, "oKTA", json!({})).await;
        let text = "A provider with the name oKTA already exists in this user pool.";
        other_case.fails("DuplicateProviderException", text);
        is_unknown(&describe(&pool, "oKTA").await, "oKTA");
        assert_eq!(describe(&pool, "Okta").await.ok(), made);
        is_unknown(&by_identifier(&pool, "new").await, "new");
        is_unknown(&describe(&other, "Okta").await, "Okta");
        create_oidc(&other, "Okta", json!({})).await.ok();
        call(&other, "DeleteIdentityProvider", "Okta", json!({})).await.ok();
        assert_eq!(describe(&pool, "Okta").await.ok(), made);
    }

    /// Of many who make one provider at the same time, one does.
    async fn one_of_many_makes_the_provider(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let answers = at_once(6, |_| {
            let pool = pool.clone();
            async move { create_oidc(&pool, "Okta", json!({})).await }
        })
        .await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 200);
        assert_eq!((made.len(), refused.len()), (1, 5));
        for answer in refused {
            answer.fails_as("DuplicateProviderException");
        }
    }

    /// An update replaces the members that it gives, each as a whole.
    async fn an_update_merges_by_member(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let made = create_oidc(&pool, "Okta", json!({
            "AttributeMapping": { "email": "mail", "name": "name" },
            "IdpIdentifiers": ["one", "two"],
            "AcrMapping": { "Level1": "low" },
        })).await.ok();
        let mut expected = made["IdentityProvider"].clone();
        let mut details = oidc();
        details["client_id"] = json!("new-client");
        details["jwks_uri"] = json!("https://idp.example.com/keys");
        for (member, value, described) in [
            ("AttributeMapping", json!({ "email": "e" }), json!({ "email": "e" })),
            ("AttributeMapping", json!({}), json!({})),
            ("IdpIdentifiers", json!(["two", "three"]), json!(["two", "three"])),
            ("AcrMapping", json!({ "Level2": "mid" }), json!({ "Level2": "mid" })),
            ("ProviderDetails", details.clone(), {
                details["attributes_url_add_attributes"] = json!("false");
                details
            }),
            ("IdpIdentifiers", json!([]), Value::Null),
        ] {
            server.advance(60).await;
            let updated = update(&pool, "Okta", json!({ member: value })).await.ok();
            let updated = &updated["IdentityProvider"];
            assert!(updated["LastModifiedDate"].as_f64() > expected["LastModifiedDate"].as_f64());
            expected["LastModifiedDate"] = updated["LastModifiedDate"].clone();
            if described.is_null() {
                expected.as_object_mut().unwrap().remove(member);
            } else {
                expected[member] = described;
            }
            assert_eq!(*updated, expected);
            assert_eq!(describe(&pool, "Okta").await.ok()["IdentityProvider"], expected);
        }
        for gone in ["one", "two", "three"] {
            is_unknown(&by_identifier(&pool, gone).await, gone);
        }
    }

    /// A refused update changes nothing.
    async fn a_refused_update_changes_nothing(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create_oidc(&pool, "Other", json!({ "IdpIdentifiers": ["theirs"] })).await.ok();
        let given = json!({ "IdpIdentifiers": ["ours"], "AttributeMapping": { "email": "mail" } });
        let made = create_oidc(&pool, "Okta", given).await.ok();
        let good = json!({ "name": "n" });
        for (input, text) in [
            (
                json!({ "AttributeMapping": { "email": "m", "custom:x": "y", "sub": "z" } }),
                "AttributeMapping contains invalid mapping: [custom:x, sub]",
            ),
            (
                json!({ "IdpIdentifiers": ["theirs", "ours"], "AttributeMapping": good }),
                "The IdpIdentifier theirs already exists in this user pool.",
            ),
            (
                json!({ "IdpIdentifiers": ["twice", "twice"], "AttributeMapping": good }),
                "The IdpIdentifier twice already exists in this user pool.",
            ),
            (
                json!({ "ProviderDetails": social(), "AttributeMapping": good }),
                "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required \
                 idp details.",
            ),
        ] {
            invalid_parameter(&update(&pool, "Okta", input.clone()).await, text);
            assert_eq!(describe(&pool, "Okta").await.ok(), made);
            assert_eq!(by_identifier(&pool, "ours").await.ok(), made);
            if input.get("ProviderDetails").is_none() {
                invalid_parameter(&create_oidc(&pool, "New", input).await, text);
                is_unknown(&describe(&pool, "New").await, "New");
            }
        }
        let acr = json!({ "AcrMapping": { "Level1": "low" } });
        create(&pool, "Google", "Google", social(), json!({})).await.ok();
        invalid_parameter(&update(&pool, "Google", acr.clone()).await, NOT_OIDC);
        invalid_parameter(&create(&pool, "Facebook", "Facebook", social(), acr).await, NOT_OIDC);
        is_unknown(&describe(&pool, "Facebook").await, "Facebook");
    }

    /// A deleted provider is gone with its other names; both are free.
    async fn a_deleted_provider_is_gone(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create_oidc(&pool, "Okta", json!({ "IdpIdentifiers": ["one"] })).await.ok();
        let deleted = call(&pool, "DeleteIdentityProvider", "Okta", json!({})).await;
        assert_eq!(deleted.ok(), json!({}));
        is_unknown(&describe(&pool, "Okta").await, "Okta");
        is_unknown(&by_identifier(&pool, "one").await, "one");
        is_unknown(&call(&pool, "DeleteIdentityProvider", "Okta", json!({})).await, "Okta");
        no_provider(&pool).await;
        create_oidc(&pool, "Auth0", json!({ "IdpIdentifiers": ["one"] })).await.ok();
        create_oidc(&pool, "OKTA", json!({})).await.ok();
    }

    /// Those who come from a provider have a group, which outlives it.
    async fn a_provider_has_a_group(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create_oidc(&pool, "Okta", json!({})).await.ok();
        let name = json!({ "GroupName": format!("{}_Okta", pool.id) });
        let group = pool.admin("GetGroup", name.clone()).await.ok()["Group"].clone();
        let text = "Autogenerated group for users who sign in using Okta";
        assert_eq!(group["Description"], text);
        call(&pool, "DeleteIdentityProvider", "Okta", json!({})).await.ok();
        create_oidc(&pool, "Okta", json!({})).await.ok();
        assert_eq!(pool.admin("GetGroup", name).await.ok()["Group"], group);
    }

    /// Every operation that names a provider, and the pool.
    async fn what_does_not_exist_is_named(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for operation in [
            "DescribeIdentityProvider", "UpdateIdentityProvider", "DeleteIdentityProvider",
            "GetIdentityProviderByIdentifier", "ListIdentityProviders",
        ] {
            let mut input = match operation {
                "GetIdentityProviderByIdentifier" => json!({ "IdpIdentifier": "Okta" }),
                "ListIdentityProviders" => json!({}),
                _ => json!({ "ProviderName": "Okta" }),
            };
            if operation != "ListIdentityProviders" {
                is_unknown(&pool.admin(operation, input.clone()).await, "Okta");
            }
            input["UserPoolId"] = json!("us-east-1_Nowhere00");
            let text = "User pool us-east-1_Nowhere00 does not exist.";
            let answer = pool.endpoint().admin.call(operation, input).await;
            answer.fails("ResourceNotFoundException", text);
        }
        let elsewhere = json!({ "UserPoolId": "us-east-1_Nowhere00" });
        let answer = create_oidc(&pool, "Okta", elsewhere).await;
        answer.fails("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist.");
    }

    /// In the order in which they were made, on pages that stay right while some come and go.
    async fn they_are_listed_in_the_order_of_their_making(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        create_oidc(&other, "of-another", json!({})).await.ok();
        for name in ["eee", "ddd", "ccc", "bbb", "aaa"] {
            create_oidc(&pool, name, json!({})).await.ok();
            server.advance(1).await;
        }
        let all = pool.admin("ListIdentityProviders", json!({ "MaxResults": 0 })).await.ok();
        assert_eq!(each(&all, "Providers", "ProviderName"), ["eee", "ddd", "ccc", "bbb", "aaa"]);
        let two = json!({ "MaxResults": 2 });
        let mut list = Pages::of(&pool, "ListIdentityProviders", two.clone());
        let mut pages = vec![list.next().await.unwrap()];
        for gone in ["eee", "ccc"] {
            call(&pool, "DeleteIdentityProvider", gone, json!({})).await.ok();
        }
        create_oidc(&pool, "000", json!({})).await.ok();
        pages.extend(list.rest().await);
        let names: Vec<_> = pages.iter()
            .map(|page| each(page, "Providers", "ProviderName"))
            .collect();
        assert_eq!(names, [vec!["eee", "ddd"], vec!["bbb", "aaa"], vec!["000"]]);
        let token = pool.admin("ListIdentityProviders", two).await.ok()["NextToken"].clone();
        for (pool, token) in [(&other, token), (&pool, json!("made-up"))] {
            let answer = pool.admin("ListIdentityProviders", json!({ "NextToken": token })).await;
            invalid_parameter(&answer, "Invalid pagination token");
        }
    }

    /// A pool has 300 at the most; deleting one makes room.
    async fn a_pool_has_so_many(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let rows: Vec<_> = (0..299)
            .map(|n| format!("('{}', 'many-{n}', 'OIDC', '{{}}', '[]', 1, 1)", pool.id))
            .collect();
        let sql = format!(
            "INSERT INTO identity_providers (pool_id, provider_name, provider_type, details,
               identifiers, created_at, modified_at) VALUES {} RETURNING provider_name",
            rows.join(", ")
        );
        assert_eq!(store.ask(&sql).await.len(), 299);
        create_oidc(&pool, "last", json!({})).await.ok();
        let text = "A user pool can have at most 300 identity providers.";
        create_oidc(&pool, "more", json!({})).await.fails("LimitExceededException", text);
        is_unknown(&describe(&pool, "more").await, "more");
        create_oidc(&pool, "last", json!({})).await.fails_as("DuplicateProviderException");
        call(&pool, "DeleteIdentityProvider", "many-7", json!({})).await.ok();
        create_oidc(&pool, "more", json!({})).await.ok();
        server.stop().await;
    }

    /// They outlive the server, and end with their pool.
    async fn they_persist(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let made = create(&pool, "Google", "Google", social(), json!({
            "AttributeMapping": { "email": "email" },
            "IdpIdentifiers": ["one"],
        })).await.ok();
        server.stop().await;
        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        assert_eq!(describe(&pool, "Google").await.ok(), made);
        assert_eq!(by_identifier(&pool, "one").await.ok(), made);
        pool.admin("DeleteUserPool", json!({})).await.ok();
        for table in ["identity_providers", "identity_provider_identifiers"] {
            let left = store.ask(&format!("SELECT provider_name FROM {table}")).await;
            assert!(left.is_empty(), "{left:?}");
        }
        server.stop().await;
    }
}

several_nodes! {
    /// A mapping is checked by the schema that another node has extended a moment ago.
    async fn a_mapping_is_checked_by_the_stored_schema(store: TestStore) {
        let nodes = [
            TestServer::start(&store, |_| {}).await,
            TestServer::start(&store, |_| {}).await,
        ];
        let pool = nodes[0].pool(json!({})).await;
        no_provider(&pool).await;
        let attributes = json!([{ "Name": "team", "AttributeDataType": "String" }]);
        let input = json!({ "CustomAttributes": attributes });
        pool.on(&nodes[1]).admin("AddCustomAttributes", input).await.ok();
        let mapping = json!({ "AttributeMapping": { "custom:team": "group" } });
        create_oidc(&pool, "Okta", mapping).await.ok();
        for node in &nodes {
            node.stop().await;
        }
    }
}
