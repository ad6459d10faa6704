//! How many groups there can be.

use serde_json::json;

use super::{NO_SUCH_GROUP, add, create, group, groups_of, remove};
use crate::support::refusals::{invalid_parameter, refused};
use crate::support::users::confirmed_user;
use crate::support::{TestServer, TestStore, both_stores};

/// Makes groups in the database, since as many calls would take long.
async fn many_groups(store: &TestStore, pool_id: &str, count: usize) {
    let rows: Vec<_> = (0..count)
        .map(|number| format!("('{pool_id}', 'many-{number}', 1, 1)"))
        .collect();
    for rows in rows.chunks(500) {
        let sql = format!(
            "INSERT INTO groups (pool_id, group_name, created_at, modified_at) VALUES {}
             RETURNING group_name",
            rows.join(", ")
        );
        assert_eq!(store.ask(&sql).await.len(), rows.len());
    }
}

both_stores! {
    /// A pool has 10,000 groups at the most; deleting one makes room.
    async fn a_pool_has_so_many_groups(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        many_groups(&store, &pool.id, 9_999).await;
        create(&pool, "last", json!({})).await.ok();
        let text = "A user pool can have at most 10000 groups.";
        create(&pool, "more", json!({})).await.fails("LimitExceededException", text);
        refused(&group(&pool, "more").await, NO_SUCH_GROUP);
        let again = create(&pool, "last", json!({})).await;
        again.fails("GroupExistsException", "A group with the name already exists");
        create(&other, "more", json!({})).await.ok();
        pool.admin("DeleteGroup", json!({ "GroupName": "last" })).await.ok();
        create(&pool, "more", json!({})).await.ok();
        server.stop().await;
    }

    /// A user is a member of 100 groups at the most; leaving one makes room, and the present ones may be repeated.
    async fn a_user_is_in_so_many_groups(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        many_groups(&store, &pool.id, 101).await;
        confirmed_user(&pool, "ada", json!({})).await;
        let name = |number: usize| format!("many-{number}");
        for number in 0..100 {
            add(&pool, &name(number), "ada").await.ok();
        }
        let text = "The user is a member of the greatest number of groups already.";
        invalid_parameter(&add(&pool, &name(100), "ada").await, text);
        assert!(!groups_of(&pool, "ada").await.contains(&name(100)));
        add(&pool, &name(99), "ada").await.ok();
        remove(&pool, &name(99), "ada").await.ok();
        add(&pool, &name(100), "ada").await.ok();
        server.stop().await;
    }
}
