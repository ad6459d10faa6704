//! Groups and their members.

use serde_json::{Value, json};

use super::{NAMES, Proof, restarted, started};
use crate::support::users::confirmed_user;
use crate::support::{Pool, TestStore, both_stores};

async fn group(pool: &Pool) -> Value {
    let input = json!({ "GroupName": "editors" });
    pool.admin("GetGroup", input).await.ok()["Group"].clone()
}

both_stores! {
    async fn groups_and_their_members(store: TestStore) {
        let server = started(&store).await;
        let pool = server.pool(json!({})).await;
        let created = json!({
            "UserPoolId": pool.id, "GroupName": "editors", "Description": "They edit",
            "RoleArn": "arn:aws:iam::000000000000:role/editors", "Precedence": 7,
        });
        pool.admin("CreateGroup", created.clone()).await.ok();
        confirmed_user(&pool, "ada", json!({})).await;
        let added = json!({ "UserPoolId": pool.id, "Username": "ada", "GroupName": "editors" });
        pool.admin("AdminAddUserToGroup", added.clone()).await.ok();

        let server = restarted(server, &store).await;
        let pool = pool.on(&server);
        let made = group(&pool).await;
        let mut proof = Proof::of("CreateGroup");
        proof.shown(&created, &json!({}), &made);
        proof.end();
        let members = pool.admin("ListUsersInGroup", json!({ "GroupName": "editors" })).await.ok();
        let groups = pool.admin("AdminListGroupsForUser", json!({ "Username": "ada" })).await.ok();
        let group_of_ada = &groups["Groups"][0];
        let member = json!({
            "UserPoolId": group_of_ada["UserPoolId"], "GroupName": group_of_ada["GroupName"],
            "Username": members["Users"][0]["Username"],
        });
        let mut proof = Proof::of("AdminAddUserToGroup");
        proof.shown(&added, &json!({}), &member);
        proof.end();

        let updated = json!({
            "UserPoolId": pool.id, "GroupName": "editors", "Description": "They write",
            "RoleArn": "arn:aws:iam::000000000000:role/writers", "Precedence": 3,
        });
        pool.admin("UpdateGroup", updated.clone()).await.ok();
        let server = restarted(server, &store).await;
        let changed = group(&pool.on(&server)).await;
        let mut proof = Proof::of("UpdateGroup").alike(&["UserPoolId", "GroupName"], NAMES);
        proof.shown(&updated, &made, &changed);
        proof.end();
        server.stop().await;
    }
}
