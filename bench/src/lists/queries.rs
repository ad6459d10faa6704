//! The calls, each of which gets as many rows from a small pool as from a large one.

use serde_json::{Value, json};

use super::PAGE;
use crate::dataset::{POOL, email, user_id, username};

/// Groups of the pool.
pub const GROUPS: u64 = 30;

/// The name of a group.
pub fn group(number: u64) -> String {
    format!("group{}", 100 + number)
}

/// A call.
#[derive(Clone, Copy)]
pub enum Query {
    /// ListUsers, the first page.
    FirstPage,
    /// ListUsers, the page in the middle.
    DeepPage,
    /// ListUsers with this filter and limit, and what stands in the report.
    Filter(&'static str, usize),
    /// ListUsers with a filter for the attribute of a user that is drawn at random.
    FilterFor(&'static str),
    /// AdminGetUser.
    ByUsername,
    /// AdminGetUser by an alias.
    ByAlias,
    /// AdminGetUser by the `sub`.
    BySub,
    /// ListUsersInGroup, the first page.
    UsersInGroup,
    /// ListUsersInGroup, the page in the middle.
    UsersInGroupDeep,
    /// AdminListGroupsForUser.
    GroupsForUser,
}

impl Query {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 29] = [
        Self::FirstPage,
        Self::DeepPage,
        Self::FilterFor("username"),
        Self::FilterFor("sub"),
        Self::FilterFor("email"),
        Self::Filter("username ^= \"user0000\"", PAGE),
        Self::Filter("sub ^= \"0\"", 20),
        Self::Filter("email ^= \"user0000\"", PAGE),
        Self::Filter("phone_number = \"+442000000007\"", PAGE),
        Self::Filter("phone_number ^= \"+4420000000\"", PAGE),
        Self::Filter("name = \"Ada Lovelace\"", 1),
        Self::Filter("name ^= \"Ada\"", 20),
        Self::Filter("given_name = \"Ada\"", 20),
        Self::Filter("given_name ^= \"Kath\"", 20),
        Self::Filter("family_name = \"Lovelace\"", 20),
        Self::Filter("family_name ^= \"L\"", PAGE),
        Self::Filter("preferred_username = \"ada\"", PAGE),
        Self::Filter("preferred_username ^= \"a\"", PAGE),
        Self::Filter("cognito:user_status = \"CONFIRMED\"", PAGE),
        Self::Filter("cognito:user_status = \"UNCONFIRMED\"", PAGE),
        Self::Filter("cognito:user_status ^= \"C\"", PAGE),
        Self::Filter("status = \"Enabled\"", PAGE),
        Self::Filter("status = \"Disabled\"", PAGE),
        Self::ByUsername,
        Self::ByAlias,
        Self::BySub,
        Self::UsersInGroup,
        Self::UsersInGroupDeep,
        Self::GroupsForUser,
    ];

    /// What it is called in the report.
    pub fn name(self) -> String {
        match self {
            Self::FirstPage => "ListUsers, first page".to_owned(),
            Self::DeepPage => "ListUsers, page in the middle".to_owned(),
            Self::Filter(filter, _) => format!("ListUsers, `{filter}`"),
            Self::FilterFor(attribute) => format!("ListUsers, `{attribute} = …`, any user's"),
            Self::ByUsername => "AdminGetUser by username".to_owned(),
            Self::ByAlias => "AdminGetUser by alias".to_owned(),
            Self::BySub => "AdminGetUser by sub".to_owned(),
            Self::UsersInGroup => "ListUsersInGroup, first page".to_owned(),
            Self::UsersInGroupDeep => "ListUsersInGroup, page in the middle".to_owned(),
            Self::GroupsForUser => "AdminListGroupsForUser".to_owned(),
        }
    }

    /// The operation.
    pub const fn operation(self) -> &'static str {
        match self {
            Self::FirstPage | Self::DeepPage | Self::Filter(..) | Self::FilterFor(_) => "ListUsers",
            Self::ByUsername | Self::ByAlias | Self::BySub => "AdminGetUser",
            Self::UsersInGroup | Self::UsersInGroupDeep => "ListUsersInGroup",
            Self::GroupsForUser => "AdminListGroupsForUser",
        }
    }

    /// The input, for a user where it is about one. `middle` are the tokens of the pages in the middle of all users,
    /// and of the first group's.
    pub fn input(self, user: u64, middle: (&Value, &Value)) -> Value {
        let members = match self {
            Self::FirstPage => json!({ "Limit": PAGE }),
            Self::DeepPage => json!({ "Limit": PAGE, "PaginationToken": middle.0 }),
            Self::Filter(filter, limit) => json!({ "Limit": limit, "Filter": filter }),
            Self::FilterFor(attribute) => {
                let value = match attribute {
                    "email" => email(user),
                    "sub" => user_id(user),
                    _ => username(user),
                };
                json!({ "Limit": PAGE, "Filter": format!("{attribute} = \"{value}\"") })
            }
            Self::ByUsername | Self::GroupsForUser => json!({ "Username": username(user) }),
            Self::ByAlias => json!({ "Username": email(user) }),
            Self::BySub => json!({ "Username": user_id(user) }),
            Self::UsersInGroup => json!({ "Limit": 20, "GroupName": group(0) }),
            Self::UsersInGroupDeep => {
                json!({ "Limit": 20, "GroupName": group(0), "NextToken": middle.1 })
            }
        };
        let mut input = members;
        if let Some(members) = input.as_object_mut() {
            members.insert("UserPoolId".to_owned(), json!(POOL));
        }
        input
    }
}
