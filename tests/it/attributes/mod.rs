//! The attribute schema as every way in enforces it: sections 2.1, 2.2, 2.4 and 2.5.

mod admin;
mod admin_create_user;
mod developer_only;
mod doors;
mod lists;
mod required;
mod standard;
mod types;

use serde_json::{Value, json};

use crate::support::pools::{PASSWORD, Pool};
use crate::support::{Answer, AppClient};

/// SignUp with the API's list, where the order matters.
pub async fn sign_up_with(app: &AppClient, username: &str, list: &Value) -> Answer {
    let input = json!({"Username": username, "Password": PASSWORD, "UserAttributes": list});
    app.call("SignUp", input).await
}

/// AdminCreateUser with the API's list, and no message.
pub async fn create_with(pool: &Pool, username: &str, list: &Value) -> Answer {
    let input = json!({
        "Username": username, "UserAttributes": list, "MessageAction": "SUPPRESS",
    });
    pool.admin("AdminCreateUser", input).await
}

/// A custom attribute for a pool's schema.
pub fn custom(name: &str, data_type: &str, mutable: bool) -> Value {
    json!({"Name": name, "AttributeDataType": data_type, "Mutable": mutable})
}

/// One attribute as the API's list.
pub fn one(name: &str, value: &str) -> Value {
    json!([{"Name": name, "Value": value}])
}
