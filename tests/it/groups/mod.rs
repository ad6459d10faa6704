//! Groups and their members: section 1 of the administrator's page.

mod limits;
mod manage;
mod members;
mod tokens;

use serde_json::{Value, json};

use crate::support::pools::laid_over;
use crate::support::{Answer, Pool};

/// A refusal of all that names a group that there is not.
const NO_SUCH_GROUP: (&str, &str) = ("ResourceNotFoundException", "Group not found.");
const OTHER_ACCOUNT: &str = "Cross-account pass role is not allowed.";

async fn create(pool: &Pool, name: &str, input: Value) -> Answer {
    let input = laid_over(json!({ "GroupName": name }), input);
    pool.admin("CreateGroup", input).await
}

async fn group(pool: &Pool, name: &str) -> Answer {
    pool.admin("GetGroup", json!({ "GroupName": name })).await
}

async fn add(pool: &Pool, name: &str, username: &str) -> Answer {
    let input = json!({ "GroupName": name, "Username": username });
    pool.admin("AdminAddUserToGroup", input).await
}

async fn remove(pool: &Pool, name: &str, username: &str) -> Answer {
    let input = json!({ "GroupName": name, "Username": username });
    pool.admin("AdminRemoveUserFromGroup", input).await
}

/// This member of each item of a list in the answer.
#[track_caller]
fn each<'a>(answer: &'a Value, list: &str, member: &str) -> Vec<&'a str> {
    let items = answer[list].as_array().expect("a list");
    items
        .iter()
        .map(|item| item[member].as_str().unwrap())
        .collect()
}

async fn groups_of(pool: &Pool, username: &str) -> Vec<String> {
    let input = json!({ "Username": username });
    let answer = pool.admin("AdminListGroupsForUser", input).await.ok();
    let names = each(&answer, "Groups", "GroupName");
    names.into_iter().map(str::to_owned).collect()
}

async fn members_of(pool: &Pool, name: &str) -> Vec<String> {
    let input = json!({ "GroupName": name });
    let answer = pool.admin("ListUsersInGroup", input).await.ok();
    let names = each(&answer, "Users", "Username");
    names.into_iter().map(str::to_owned).collect()
}

/// The pages of a list from the second one on, after the token of the first one.
async fn further_pages(pool: &Pool, operation: &str, input: Value, first: &Value) -> Vec<Value> {
    let (mut pages, mut input) = (Vec::new(), input);
    let mut token = first["NextToken"].clone();
    while !token.is_null() {
        input["NextToken"] = token;
        let page = pool.admin(operation, input.clone()).await.ok();
        token = page["NextToken"].clone();
        pages.push(page);
    }
    pages
}
