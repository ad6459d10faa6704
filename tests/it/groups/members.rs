//! AdminAddUserToGroup, AdminRemoveUserFromGroup, AdminListGroupsForUser and ListUsersInGroup.

use serde_json::json;

use super::{add, create, each, further_pages, group, groups_of, members_of, remove};
use crate::support::answer::member_names;
use crate::support::refusals::{NO_SUCH_USER, refused};
use crate::support::users::{call_for_user, confirmed_user};
use crate::support::{Pool, TestServer, both_stores};

/// A pool with groups `a` and `b`, and Ada and Bob in none of them.
async fn pool_with_two_groups(server: &TestServer) -> Pool {
    let pool = server.pool(json!({})).await;
    for name in ["b", "a"] {
        create(&pool, name, json!({})).await.ok();
        server.advance(1).await;
    }
    for name in ["ada", "bob"] {
        confirmed_user(
            &pool,
            name,
            json!({ "email": format!("{name}@example.com") }),
        )
        .await;
    }
    pool
}

both_stores! {
    /// Adding and removing do so once, and may be repeated.
    async fn adding_and_removing_may_be_repeated(server: TestServer) {
        let pool = pool_with_two_groups(&server).await;
        for _ in 0..2 {
            assert_eq!(add(&pool, "a", "ada").await.ok(), json!({}));
            assert_eq!(members_of(&pool, "a").await, ["ada"]);
            assert_eq!(groups_of(&pool, "ada").await, ["a"]);
        }
        assert!(members_of(&pool, "b").await.is_empty());
        assert!(groups_of(&pool, "bob").await.is_empty());
        for _ in 0..2 {
            assert_eq!(remove(&pool, "a", "ada").await.ok(), json!({}));
            assert!(members_of(&pool, "a").await.is_empty());
            assert!(groups_of(&pool, "ada").await.is_empty());
        }
    }

    /// A user is named as elsewhere, also by its `sub`; nobody is no member.
    async fn members_are_named_as_elsewhere(server: TestServer) {
        let pool = pool_with_two_groups(&server).await;
        let sub = pool.attribute("ada", "sub").await.unwrap();
        add(&pool, "a", &sub).await.ok();
        assert_eq!(groups_of(&pool, "ada").await, ["a"]);
        assert_eq!(groups_of(&pool, &sub).await, ["a"]);
        remove(&pool, "a", &sub).await.ok();
        assert!(groups_of(&pool, "ada").await.is_empty());
        refused(&add(&pool, "a", "nobody").await, NO_SUCH_USER);
        refused(&remove(&pool, "a", "nobody").await, NO_SUCH_USER);
        let input = json!({ "Username": "nobody" });
        refused(&pool.admin("AdminListGroupsForUser", input).await, NO_SUCH_USER);
    }

    /// The pages hold the groups of the user as GetGroup shows them, in the order of their making.
    async fn a_users_groups_are_listed_in_the_order_of_their_making(server: TestServer) {
        let pool = pool_with_two_groups(&server).await;
        create(&pool, "0", json!({ "Precedence": 1 })).await.ok();
        for name in ["0", "a", "b"] {
            add(&pool, name, "ada").await.ok();
        }
        add(&pool, "a", "bob").await.ok();
        let input = json!({ "Username": "ada" });
        let all = pool.admin("AdminListGroupsForUser", input).await.ok();
        assert_eq!(member_names(&all), ["Groups"]);
        assert_eq!(each(&all, "Groups", "GroupName"), ["b", "a", "0"]);
        assert_eq!(all["Groups"][2], group(&pool, "0").await.ok()["Group"]);

        let input = json!({ "Username": "ada", "Limit": 1 });
        let first = pool.admin("AdminListGroupsForUser", input.clone()).await.ok();
        assert_eq!(each(&first, "Groups", "GroupName"), ["b"]);
        for gone in ["b", "a"] {
            remove(&pool, gone, "ada").await.ok();
        }
        let further = further_pages(&pool, "AdminListGroupsForUser", input, &first).await;
        let names: Vec<_> = further.iter().map(|page| each(page, "Groups", "GroupName")).collect();
        assert_eq!(names, [["0"]]);
    }

    /// The pages hold the members as ListUsers shows them, disabled ones too, in the order of their addition.
    async fn members_are_listed_in_the_order_of_their_addition(server: TestServer) {
        let pool = pool_with_two_groups(&server).await;
        confirmed_user(&pool, "carol", json!({})).await;
        for name in ["carol", "ada", "bob"] {
            add(&pool, "a", name).await.ok();
            server.advance(1).await;
        }
        call_for_user(&pool, "AdminDisableUser", "ada").await.ok();
        let all = pool.admin("ListUsersInGroup", json!({ "GroupName": "a" })).await.ok();
        assert_eq!(member_names(&all), ["Users"]);
        assert_eq!(each(&all, "Users", "Username"), ["carol", "ada", "bob"]);
        assert_eq!(all["Users"][1]["Enabled"], false);
        let filter = json!({ "Filter": "username = \"bob\"" });
        let listed = pool.admin("ListUsers", filter).await.ok();
        assert_eq!(all["Users"][2], listed["Users"][0]);

        let input = json!({ "GroupName": "a", "Limit": 1 });
        let first = pool.admin("ListUsersInGroup", input.clone()).await.ok();
        assert_eq!(each(&first, "Users", "Username"), ["carol"]);
        for gone in ["carol", "ada"] {
            call_for_user(&pool, "AdminDeleteUser", gone).await.ok();
        }
        confirmed_user(&pool, "dave", json!({})).await;
        add(&pool, "a", "dave").await.ok();
        let further = further_pages(&pool, "ListUsersInGroup", input, &first).await;
        let names: Vec<_> = further.iter().map(|page| each(page, "Users", "Username")).collect();
        assert_eq!(names, [["bob"], ["dave"]]);
        assert_eq!(members_of(&pool, "a").await, ["bob", "dave"]);
    }
}
