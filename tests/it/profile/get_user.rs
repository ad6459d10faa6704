//! GetUser: sections 2.5 and 5.6.

use serde_json::json;

use crate::support::pools::attribute;
use crate::support::signed_in_user::{SignedInUser, attributes_of};
use crate::support::{TestServer, both_stores};

both_stores! {
    /// The user's name and attributes; nothing about MFA without MFA.
    async fn a_user_sees_the_own_profile(server: TestServer) {
        let pool = server.pool(json!({"AutoVerifiedAttributes": ["email"]})).await;
        let app = pool.client(json!({})).await;
        let person =
            SignedInUser::join(&app, "ada", json!({"email": "ada@example.com", "name": "Ada"})).await;

        let user = person.call("GetUser", json!({})).await.ok();

        let members: Vec<_> = user.as_object().unwrap().keys().collect();
        assert_eq!(members, ["UserAttributes", "Username"]);
        assert_eq!(user["Username"], "ada");
        // The order of Cognito's sample.
        let list = user["UserAttributes"].as_array().unwrap();
        let names: Vec<_> = list.iter().map(|attribute| &attribute["Name"]).collect();
        assert_eq!(names, ["sub", "email_verified", "name", "email"]);
        assert_eq!(attribute(&user["UserAttributes"], "sub"), Some(person.sub.clone()));
        assert_eq!(attributes_of(&user), json!({
            "email": "ada@example.com", "email_verified": "true", "name": "Ada",
        }));
    }
}
