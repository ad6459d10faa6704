//! CreateResourceServer, DescribeResourceServer, UpdateResourceServer, DeleteResourceServer, ListResourceServers.

use serde_json::json;

use super::{ORDERS, call, create, describe, is_unknown, scopes};
use crate::support::answer::member_names;
use crate::support::pages::{Pages, each};
use crate::support::refusals::invalid_parameter;
use crate::support::{TestServer, TestStore, at_once, both_stores};

both_stores! {
    /// What was given comes back, the scopes in their order; a list without scopes is left out.
    async fn a_resource_server_is_described_as_it_was_made(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let given = json!({ "Name": "Orders, old", "Scopes": scopes(&["write", "read", "all"]) });
        let made = create(&pool, ORDERS, given).await.ok();
        let expected = json!({
            "UserPoolId": pool.id,
            "Identifier": ORDERS,
            "Name": "Orders, old",
            "Scopes": scopes(&["write", "read", "all"]),
        });
        assert_eq!(made, json!({ "ResourceServer": expected }));
        assert_eq!(describe(&pool, ORDERS).await.ok(), made);
        for (identifier, input) in [("bare", json!({})), ("empty", json!({ "Scopes": [] }))] {
            let made = create(&pool, identifier, input).await.ok();
            let bare = json!({ "UserPoolId": pool.id, "Identifier": identifier, "Name": "Orders" });
            assert_eq!(made, json!({ "ResourceServer": bare }));
            assert_eq!(describe(&pool, identifier).await.ok(), made);
        }
    }

    /// An identifier is taken once in a pool, and free in another one.
    async fn an_identifier_is_taken_once(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let made = create(&pool, ORDERS, json!({ "Scopes": scopes(&["read"]) })).await.ok();
        let taken = format!("{ORDERS} already exists in user pool {}.", pool.id);
        invalid_parameter(&create(&pool, ORDERS, json!({ "Name": "Again" })).await, &taken);
        assert_eq!(describe(&pool, ORDERS).await.ok(), made);
        is_unknown(&describe(&other, ORDERS).await, ORDERS);
        create(&other, ORDERS, json!({ "Name": "Others" })).await.ok();
        call(&other, "DeleteResourceServer", ORDERS, json!({})).await.ok();
        assert_eq!(describe(&pool, ORDERS).await.ok(), made);
    }

    /// Of many who make one resource server at the same time, one does.
    async fn one_of_many_makes_the_resource_server(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let answers = at_once(8, |_| {
            let pool = pool.clone();
            async move { create(&pool, ORDERS, json!({})).await }
        })
        .await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 200);
        assert_eq!((made.len(), refused.len()), (1, 7));
        let taken = format!("{ORDERS} already exists in user pool {}.", pool.id);
        for answer in refused {
            invalid_parameter(&answer, &taken);
        }
    }

    /// An update replaces the name and all scopes.
    async fn an_update_replaces(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create(&pool, ORDERS, json!({ "Scopes": scopes(&["read", "write"]) })).await.ok();
        for (input, scopes) in [
            (json!({ "Name": "New", "Scopes": scopes(&["write", "all"]) }), scopes(&["write", "all"])),
            (json!({ "Name": "Newer" }), json!(null)),
            (json!({ "Name": "Newest", "Scopes": scopes(&["read"]) }), scopes(&["read"])),
        ] {
            let updated = call(&pool, "UpdateResourceServer", ORDERS, input.clone()).await.ok();
            let found = &updated["ResourceServer"];
            assert_eq!(found["Name"], input["Name"]);
            assert_eq!(found["Scopes"], scopes);
            assert_eq!(describe(&pool, ORDERS).await.ok(), updated);
        }
    }

    /// A scope is named once, whether the resource server is made or changed.
    async fn a_scope_is_named_once(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let twice = json!({ "Name": "Twice", "Scopes": scopes(&["read", "write", "read"]) });
        let text = "Scope read is given more than once.";
        invalid_parameter(&create(&pool, ORDERS, twice.clone()).await, text);
        is_unknown(&describe(&pool, ORDERS).await, ORDERS);
        let made = create(&pool, ORDERS, json!({ "Scopes": scopes(&["read", "Read"]) })).await.ok();
        invalid_parameter(&call(&pool, "UpdateResourceServer", ORDERS, twice).await, text);
        assert_eq!(describe(&pool, ORDERS).await.ok(), made);
    }

    /// A deleted resource server is gone; its identifier is free.
    async fn a_deleted_resource_server_is_gone(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create(&pool, ORDERS, json!({ "Scopes": scopes(&["read"]) })).await.ok();
        let deleted = call(&pool, "DeleteResourceServer", ORDERS, json!({})).await;
        assert_eq!(deleted.ok(), json!({}));
        is_unknown(&describe(&pool, ORDERS).await, ORDERS);
        is_unknown(&call(&pool, "DeleteResourceServer", ORDERS, json!({})).await, ORDERS);
        let made = create(&pool, ORDERS, json!({})).await.ok();
        assert_eq!(made["ResourceServer"]["Scopes"], json!(null));
    }

    /// Every operation that names a resource server, and the pool.
    async fn what_does_not_exist_is_named(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for operation in [
            "DescribeResourceServer", "UpdateResourceServer", "DeleteResourceServer",
            "CreateResourceServer", "ListResourceServers",
        ] {
            let mut input = json!({});
            if operation != "ListResourceServers" {
                input["Identifier"] = json!("orders");
            }
            if ["UpdateResourceServer", "CreateResourceServer"].contains(&operation) {
                input["Name"] = json!("Orders");
            }
            if !["CreateResourceServer", "ListResourceServers"].contains(&operation) {
                is_unknown(&pool.admin(operation, input.clone()).await, "orders");
            }
            input["UserPoolId"] = json!("us-east-1_Nowhere00");
            let text = "User pool us-east-1_Nowhere00 does not exist.";
            let answer = pool.endpoint().admin.call(operation, input).await;
            answer.fails("ResourceNotFoundException", text);
        }
        let none = pool.admin("ListResourceServers", json!({})).await.ok();
        assert_eq!(none, json!({ "ResourceServers": [] }));
    }

    /// In the order in which they were made, on pages that stay right while some come and go.
    async fn they_are_listed_in_the_order_of_their_making(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        create(&other, "of-another", json!({})).await.ok();
        for identifier in ["e", "d", "c", "b", "a"] {
            create(&pool, identifier, json!({ "Scopes": scopes(&["read"]) })).await.ok();
            server.advance(1).await;
        }
        let all = pool.admin("ListResourceServers", json!({})).await.ok();
        assert_eq!(member_names(&all), ["ResourceServers"]);
        assert_eq!(each(&all, "ResourceServers", "Identifier"), ["e", "d", "c", "b", "a"]);
        assert_eq!(all["ResourceServers"][1], describe(&pool, "d").await.ok()["ResourceServer"]);
        let mut list = Pages::of(&pool, "ListResourceServers", json!({ "MaxResults": 2 }));
        let mut pages = vec![list.next().await.unwrap()];
        for gone in ["e", "c"] {
            call(&pool, "DeleteResourceServer", gone, json!({})).await.ok();
        }
        create(&pool, "0", json!({})).await.ok();
        pages.extend(list.rest().await);
        let identifiers: Vec<_> = pages.iter()
            .map(|page| each(page, "ResourceServers", "Identifier"))
            .collect();
        assert_eq!(identifiers, [vec!["e", "d"], vec!["b", "a"], vec!["0"]]);
    }

    /// A token of another list is none.
    async fn a_token_belongs_to_its_list(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        for identifier in ["a", "b"] {
            create(&pool, identifier, json!({})).await.ok();
        }
        let page = pool.admin("ListResourceServers", json!({ "MaxResults": 1 })).await.ok();
        for (pool, token) in [(&other, &page["NextToken"]), (&pool, &json!("made-up"))] {
            let answer = pool.admin("ListResourceServers", json!({ "NextToken": token })).await;
            invalid_parameter(&answer, "Invalid pagination token");
        }
    }

    /// A pool has 25 at the most, each with 100 scopes; deleting one makes room.
    async fn a_pool_has_so_many(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        for number in 0..24 {
            create(&pool, &format!("api-{number}"), json!({})).await.ok();
        }
        // Two at the same time, and room for one.
        let answers = at_once(2, |number| {
            let pool = pool.clone();
            async move { create(&pool, &format!("last-{number}"), json!({})).await }
        })
        .await;
        let text = "A user pool can have at most 25 resource servers.";
        let (made, full): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 200);
        assert_eq!((made.len(), full.len()), (1, 1));
        full[0].fails("LimitExceededException", text);
        create(&pool, "more", json!({})).await.fails("LimitExceededException", text);
        is_unknown(&describe(&pool, "more").await, "more");
        let taken = format!("api-0 already exists in user pool {}.", pool.id);
        invalid_parameter(&create(&pool, "api-0", json!({})).await, &taken);
        create(&other, "more", json!({})).await.ok();
        call(&pool, "DeleteResourceServer", "api-3", json!({})).await.ok();
        let names: Vec<_> = (0..101).map(|number| format!("scope-{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let too_many = json!({ "Scopes": scopes(&names) });
        create(&pool, "more", too_many).await.fails_as("InvalidParameterException");
        let made = create(&pool, "more", json!({ "Scopes": scopes(&names[..100]) })).await.ok();
        assert_eq!(made["ResourceServer"]["Scopes"], scopes(&names[..100]));
    }

    /// They outlive the server, and end with their pool.
    async fn they_persist(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let made = create(&pool, ORDERS, json!({ "Scopes": scopes(&["write", "read"]) })).await.ok();
        server.stop().await;
        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        assert_eq!(describe(&pool, ORDERS).await.ok(), made);
        pool.admin("DeleteUserPool", json!({})).await.ok();
        let left = store.ask("SELECT identifier FROM resource_servers").await;
        assert!(left.is_empty(), "{left:?}");
        server.stop().await;
    }
}
