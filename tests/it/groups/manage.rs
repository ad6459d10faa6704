//! CreateGroup, GetGroup, UpdateGroup, DeleteGroup and ListGroups.

use serde_json::{Value, json};

use super::{NO_SUCH_GROUP, OTHER_ACCOUNT, add, create, each, further_pages, group, members_of};
use crate::support::answer::member_names;
use crate::support::refusals::{invalid_parameter, refused};
use crate::support::users::confirmed_user;
use crate::support::{Pool, TestServer, TestStore, at_once, both_stores};

const ROLE: &str = "arn:aws:iam::000000000000:role/staff";

async fn update(pool: &Pool, name: &str, mut input: Value) -> crate::support::Answer {
    input["GroupName"] = json!(name);
    pool.admin("UpdateGroup", input).await
}

both_stores! {
    /// All members come back as they were given; what was not set is left out.
    async fn a_group_is_described_as_it_was_made(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let given = json!({ "Description": "All of us", "RoleArn": ROLE, "Precedence": 0 });
        let made = create(&pool, "staff", given).await.ok();
        assert_eq!(member_names(&made), ["Group"]);
        let made = &made["Group"];
        assert_eq!(
            member_names(made),
            [
                "CreationDate", "Description", "GroupName", "LastModifiedDate", "Precedence", "RoleArn",
                "UserPoolId",
            ]
        );
        assert_eq!(made["GroupName"], "staff");
        assert_eq!(made["UserPoolId"], json!(pool.id));
        assert_eq!(made["Description"], "All of us");
        assert_eq!(made["RoleArn"], ROLE);
        assert_eq!(made["Precedence"], 0);
        assert_eq!(made["CreationDate"], made["LastModifiedDate"]);
        assert_eq!(group(&pool, "staff").await.ok()["Group"], *made);

        let bare = create(&pool, "Staff", json!({})).await.ok();
        assert_eq!(
            member_names(&bare["Group"]),
            ["CreationDate", "GroupName", "LastModifiedDate", "UserPoolId"]
        );
        assert_eq!(group(&pool, "staff").await.ok()["Group"], *made);
    }

    /// A name is taken once in a pool, and free in another one.
    async fn a_name_is_taken_once(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        let made = create(&pool, "staff", json!({ "Precedence": 3 })).await.ok();
        let again = create(&pool, "staff", json!({ "Precedence": 4 })).await;
        again.fails("GroupExistsException", "A group with the name already exists");
        assert_eq!(group(&pool, "staff").await.ok(), made);
        refused(&group(&other, "staff").await, NO_SUCH_GROUP);
        create(&other, "staff", json!({})).await.ok();
        assert_eq!(group(&pool, "staff").await.ok(), made);
    }

    /// Of many who make one group at the same time, one does.
    async fn one_of_many_makes_the_group(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let answers = at_once(8, |_| {
            let pool = pool.clone();
            async move { create(&pool, "staff", json!({})).await }
        })
        .await;
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 200);
        assert_eq!((made.len(), refused.len()), (1, 7));
        for answer in refused {
            answer.fails("GroupExistsException", "A group with the name already exists");
        }
    }

    /// A role belongs to the server's own account.
    async fn a_role_of_another_account_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let foreign = json!({ "RoleArn": "arn:aws:iam::111111111111:role/staff" });
        invalid_parameter(&create(&pool, "staff", foreign.clone()).await, OTHER_ACCOUNT);
        refused(&group(&pool, "staff").await, NO_SUCH_GROUP);
        let made = create(&pool, "staff", json!({ "RoleArn": ROLE })).await.ok();
        invalid_parameter(&update(&pool, "staff", foreign).await, OTHER_ACCOUNT);
        assert_eq!(group(&pool, "staff").await.ok(), made);
    }

    /// An update changes what it names, and an empty text removes.
    async fn an_update_merges(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let given = json!({ "Description": "All of us", "RoleArn": ROLE, "Precedence": 2 });
        let made = create(&pool, "staff", given).await.ok();
        let mut expected = made["Group"].clone();
        for (change, member, value) in [
            (json!({ "Precedence": 0 }), "Precedence", json!(0)),
            (json!({ "Description": "Us" }), "Description", json!("Us")),
            (json!({ "RoleArn": format!("{ROLE}/2") }), "RoleArn", json!(format!("{ROLE}/2"))),
            (json!({ "Description": "" }), "Description", Value::Null),
            (json!({ "RoleArn": "" }), "RoleArn", Value::Null),
        ] {
            server.advance(60).await;
            let updated = update(&pool, "staff", change).await.ok()["Group"].clone();
            assert!(updated["LastModifiedDate"].as_f64() > expected["LastModifiedDate"].as_f64());
            expected["LastModifiedDate"] = updated["LastModifiedDate"].clone();
            if value.is_null() {
                expected.as_object_mut().unwrap().remove(member);
            } else {
                expected[member] = value;
            }
            assert_eq!(updated, expected);
            assert_eq!(group(&pool, "staff").await.ok()["Group"], expected);
        }
    }

    /// The model's other bounds of an update hold.
    async fn only_an_empty_role_is_shorter_than_the_model_allows(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create(&pool, "staff", json!({})).await.ok();
        let answer = update(&pool, "staff", json!({ "RoleArn": "arn" })).await;
        answer.fails_as("InvalidParameterException");
        let empty = json!({ "RoleArn": "" });
        create(&pool, "others", empty).await.fails_as("InvalidParameterException");
        refused(&group(&pool, "others").await, NO_SUCH_GROUP);
    }

    /// A deleted group is gone with its memberships; a new one of the same name is empty.
    async fn a_deleted_group_leaves_its_members(server: TestServer) {
        let pool = server.pool(json!({})).await;
        create(&pool, "staff", json!({})).await.ok();
        confirmed_user(&pool, "ada", json!({})).await;
        add(&pool, "staff", "ada").await.ok();
        let name = json!({ "GroupName": "staff" });
        assert_eq!(pool.admin("DeleteGroup", name.clone()).await.ok(), json!({}));
        refused(&group(&pool, "staff").await, NO_SUCH_GROUP);
        refused(&pool.admin("DeleteGroup", name).await, NO_SUCH_GROUP);
        pool.user("ada").await.ok();
        create(&pool, "staff", json!({})).await.ok();
        assert!(members_of(&pool, "staff").await.is_empty());
    }

    /// Every operation that names a group.
    async fn what_does_not_exist_is_named(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({})).await;
        for operation in [
            "GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup", "AdminAddUserToGroup",
            "AdminRemoveUserFromGroup",
        ] {
            let mut input = json!({ "GroupName": "staff" });
            if operation.starts_with("Admin") {
                input["Username"] = json!("ada");
            }
            refused(&pool.admin(operation, input.clone()).await, NO_SUCH_GROUP);
            input["UserPoolId"] = json!("us-east-1_Nowhere00");
            let text = "User pool us-east-1_Nowhere00 does not exist.";
            let answer = pool.endpoint().admin.call(operation, input).await;
            answer.fails("ResourceNotFoundException", text);
        }
    }

    /// In the order in which they were made, on pages that stay right while groups come and go.
    async fn groups_are_listed_in_the_order_of_their_making(server: TestServer) {
        let pool = server.pool(json!({})).await;
        assert_eq!(pool.admin("ListGroups", json!({})).await.ok(), json!({ "Groups": [] }));
        for name in ["e", "d", "c", "b", "a"] {
            create(&pool, name, json!({})).await.ok();
            server.advance(1).await;
        }
        let all = pool.admin("ListGroups", json!({})).await.ok();
        assert_eq!(member_names(&all), ["Groups"]);
        assert_eq!(each(&all, "Groups", "GroupName"), ["e", "d", "c", "b", "a"]);
        assert_eq!(all["Groups"][1], group(&pool, "d").await.ok()["Group"]);
        let zero = pool.admin("ListGroups", json!({ "Limit": 0 })).await.ok();
        assert_eq!(zero, all);

        let input = json!({ "Limit": 2 });
        let first = pool.admin("ListGroups", input.clone()).await.ok();
        assert_eq!(each(&first, "Groups", "GroupName"), ["e", "d"]);
        for gone in ["e", "c"] {
            pool.admin("DeleteGroup", json!({ "GroupName": gone })).await.ok();
        }
        create(&pool, "0", json!({})).await.ok();
        let further = further_pages(&pool, "ListGroups", input, &first).await;
        let names: Vec<_> = further.iter().map(|page| each(page, "Groups", "GroupName")).collect();
        assert_eq!(names, [vec!["b", "a"], vec!["0"]]);
    }

    /// A token of another list is none.
    async fn a_token_belongs_to_its_list(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        for name in ["a", "b"] {
            create(&pool, name, json!({})).await.ok();
        }
        let page = pool.admin("ListGroups", json!({ "Limit": 1 })).await.ok();
        let token = &page["NextToken"];
        for (pool, token) in [(&other, token), (&pool, &json!("made-up"))] {
            let answer = pool.admin("ListGroups", json!({ "NextToken": token })).await;
            invalid_parameter(&answer, "Invalid pagination token");
        }
    }

    /// Groups and memberships outlive the server.
    async fn groups_persist(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pool = server.pool(json!({})).await;
        let given = json!({ "Description": "All of us", "RoleArn": ROLE, "Precedence": 7 });
        let made = create(&pool, "staff", given).await.ok();
        confirmed_user(&pool, "ada", json!({})).await;
        add(&pool, "staff", "ada").await.ok();
        server.stop().await;
        let server = TestServer::start(&store, |_| {}).await;
        let pool = pool.on(&server);
        assert_eq!(group(&pool, "staff").await.ok(), made);
        assert_eq!(members_of(&pool, "staff").await, ["ada"]);
        server.stop().await;
    }
}
