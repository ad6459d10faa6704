//! A signed-in user, as the application sees one.

use serde_json::{Value, json};

use super::answer::Answer;
use super::pools::{AppClient, PASSWORD, Tokens, attribute_list};

/// A confirmed user who has signed in to an app client.
pub struct SignedInUser {
    /// Where the user has signed in.
    pub app: AppClient,
    /// The name the user signed in by.
    pub username: String,
    /// The user's `sub`, by which an administrator finds the user whatever else changes.
    pub sub: String,
    /// The tokens of the latest sign-in.
    pub tokens: Tokens,
}

impl SignedInUser {
    /// Signs up, confirms and signs in.
    pub async fn join(app: &AppClient, username: &str, attributes: Value) -> Self {
        let sub = app.confirmed(username, attributes).await;
        Self::sign_in(app, username, sub).await
    }

    /// Made by the administrator, who can mark an address as verified, and signs in.
    pub async fn invited(app: &AppClient, username: &str, attributes: Value) -> Self {
        let input = json!({
            "Username": username,
            "UserAttributes": attribute_list(&attributes),
            "MessageAction": "SUPPRESS",
        });
        let created = app.pool.admin("AdminCreateUser", input).await.ok();
        let sub = attributes_and_sub(&created["User"]["Attributes"])["sub"].clone();
        let input = json!({ "Username": username, "Password": PASSWORD, "Permanent": true });
        app.pool.admin("AdminSetUserPassword", input).await.ok();
        Self::sign_in(app, username, sub.as_str().unwrap().to_owned()).await
    }

    async fn sign_in(app: &AppClient, username: &str, sub: String) -> Self {
        Self {
            app: app.clone(),
            username: username.to_owned(),
            sub,
            tokens: app.sign_in(username).await,
        }
    }

    /// The same user with fresh tokens, after time has passed.
    pub async fn again(self) -> Self {
        Self::sign_in(&self.app, &self.username, self.sub).await
    }

    /// An operation that knows the user by the access token.
    pub async fn call(&self, operation: &str, input: Value) -> Answer {
        let access = &self.tokens.access;
        self.app.with_token(operation, access, input).await
    }

    /// UpdateUserAttributes with an object of names and values.
    pub async fn update(&self, attributes: Value) -> Answer {
        self.update_list(attribute_list(&attributes)).await
    }

    /// UpdateUserAttributes with the API's list, where the order matters or a value is missing.
    pub async fn update_list(&self, list: Value) -> Answer {
        let input = json!({ "UserAttributes": list });
        self.call("UpdateUserAttributes", input).await
    }

    /// AdminUpdateUserAttributes on this user.
    pub async fn update_by_admin(&self, attributes: Value) -> Answer {
        self.update_list_by_admin(attribute_list(&attributes)).await
    }

    /// AdminUpdateUserAttributes with the API's list.
    pub async fn update_list_by_admin(&self, list: Value) -> Answer {
        let input = json!({ "Username": self.sub, "UserAttributes": list });
        self.app
            .pool
            .admin("AdminUpdateUserAttributes", input)
            .await
    }

    /// DeleteUserAttributes.
    pub async fn delete(&self, names: &[&str]) -> Answer {
        let input = json!({ "UserAttributeNames": names });
        self.call("DeleteUserAttributes", input).await
    }

    /// VerifyUserAttribute.
    pub async fn verify(&self, name: &str, code: &str) -> Answer {
        let input = json!({ "AttributeName": name, "Code": code });
        self.call("VerifyUserAttribute", input).await
    }

    /// GetUserAttributeVerificationCode.
    pub async fn ask_code(&self, name: &str) -> Answer {
        let input = json!({ "AttributeName": name });
        self.call("GetUserAttributeVerificationCode", input).await
    }

    /// GetUser's attributes, see [`attributes_of`].
    pub async fn own(&self) -> Value {
        attributes_of(&self.call("GetUser", json!({})).await.ok())
    }

    /// AdminGetUser's attributes, see [`attributes_of`].
    pub async fn stored(&self) -> Value {
        attributes_of(&self.app.pool.user(&self.sub).await.ok())
    }

    /// One attribute as the administrator sees it.
    pub async fn attribute(&self, name: &str) -> Option<String> {
        self.app.pool.attribute(&self.sub, name).await
    }
}

/// The attributes in an answer of GetUser or AdminGetUser as an object, without `sub`, which no test
/// can foretell, and without an `…_verified` that is "false": before the first verification it
/// means the same whether it is there or not.
pub fn attributes_of(user: &Value) -> Value {
    let mut all = attributes_and_sub(&user["UserAttributes"]);
    if let Some(object) = all.as_object_mut() {
        object.retain(|name, value| {
            name != "sub" && !(name.ends_with("_verified") && *value == json!("false"))
        });
    }
    all
}

fn attributes_and_sub(list: &Value) -> Value {
    let entries = list.as_array().expect("a list of attributes");
    let mut all = json!({});
    for entry in entries {
        let name = entry["Name"].as_str().expect("a name");
        assert!(all[name].is_null(), "{name} is listed twice in {list}");
        all[name] = entry["Value"].clone();
    }
    all
}
