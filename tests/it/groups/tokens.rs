//! What tokens say of a user's groups (behaviour 4.1, administration 1).

use serde_json::{Value, json};

use super::{add, create, remove};
use crate::support::users::signed_in_ada;
use crate::support::{TestServer, Tokens, both_stores};

fn role(name: &str) -> String {
    format!("arn:aws:iam::000000000000:role/{name}")
}

both_stores! {
    /// From the next token on: by precedence, those without one last, then in the order of their making.
    async fn tokens_name_the_groups_from_the_next_one_on(server: TestServer) {
        let (app, tokens) = signed_in_ada(&server).await;
        assert!(tokens.access_claims().get("cognito:groups").is_none());
        let pool = &app.pool;
        for (name, group) in [
            ("none", json!({})),
            ("later", json!({ "Precedence": 5, "RoleArn": role("later") })),
            ("a-tie", json!({ "Precedence": 5, "RoleArn": role("tie") })),
            ("first", json!({ "Precedence": 0, "RoleArn": role("first") })),
            ("a-none", json!({ "RoleArn": role("none") })),
            ("unused", json!({ "Precedence": 1 })),
        ] {
            create(pool, name, group).await.ok();
            server.advance(1).await;
            if name != "unused" {
                add(pool, name, "ada").await.ok();
            }
        }
        let expected = json!(["first", "later", "a-tie", "none", "a-none"]);
        let roles = json!([role("first"), role("later"), role("tie"), role("none")]);
        let refreshed = Tokens::from(&app.refresh(&tokens.refresh).await.ok());
        for tokens in [&app.sign_in("ada").await, &refreshed] {
            assert_eq!(tokens.access_claims()["cognito:groups"], expected);
            let id = tokens.id_claims();
            assert_eq!(id["cognito:groups"], expected);
            assert_eq!(id["cognito:roles"], roles);
            assert_eq!(id["cognito:preferred_role"], json!(role("first")));
        }
        let without = ["cognito:roles", "cognito:preferred_role"];
        let access = refreshed.access_claims();
        assert!(without.iter().all(|name| access.get(name).is_none()), "{access}");

        // Two groups that rank first with different roles: none is preferred.
        remove(pool, "first", "ada").await.ok();
        let tied = app.sign_in("ada").await.id_claims();
        assert_eq!(tied["cognito:groups"], json!(["later", "a-tie", "none", "a-none"]));
        assert_eq!(tied.get("cognito:preferred_role"), None::<&Value>);

        for name in ["later", "a-tie", "none", "a-none"] {
            pool.admin("DeleteGroup", json!({ "GroupName": name })).await.ok();
        }
        assert!(app.sign_in("ada").await.id_claims().get("cognito:groups").is_none());
    }
}
