//! Users made with the API's list of attributes, where its order or a faulty entry matters.

use serde_json::{Value, json};

use super::answer::Answer;
use super::pools::{AppClient, PASSWORD, Pool};

/// SignUp with the API's list of attributes.
pub async fn sign_up_with_list(app: &AppClient, username: &str, list: &Value) -> Answer {
    let input = json!({"Username": username, "Password": PASSWORD, "UserAttributes": list});
    app.call("SignUp", input).await
}

/// AdminCreateUser with the API's list of attributes, and no message.
pub async fn create_with_list(pool: &Pool, username: &str, list: &Value) -> Answer {
    let input = json!({
        "Username": username, "UserAttributes": list, "MessageAction": "SUPPRESS",
    });
    pool.admin("AdminCreateUser", input).await
}

/// A custom attribute for a pool's schema.
pub fn custom_attribute(name: &str, data_type: &str, mutable: bool) -> Value {
    json!({"Name": name, "AttributeDataType": data_type, "Mutable": mutable})
}

/// The API's list with one attribute.
pub fn one_attribute(name: &str, value: &str) -> Value {
    json!([{"Name": name, "Value": value}])
}
