//! GetProvisionedLimit and UpdateProvisionedLimit: section 11 of the administrator's page.

use serde_json::{Value, json};

use crate::support::{Answer, TestServer, both_stores};

fn definition(category: &str) -> Value {
    json!({ "LimitClass": "API_CATEGORY", "Attributes": { "Category": category } })
}

async fn get(server: &TestServer, definition: &Value) -> Answer {
    let input = json!({ "LimitDefinition": definition });
    server.admin.call("GetProvisionedLimit", input).await
}

async fn update(server: &TestServer, definition: &Value, value: i32) -> Answer {
    let input = json!({ "LimitDefinition": definition, "RequestedLimitValue": value });
    server.admin.call("UpdateProvisionedLimit", input).await
}

both_stores! {
    /// The documented limits; nothing can be bought, so none is raised, and none is less than what is free.
    async fn limits_are_those_that_are_free(server: TestServer) {
        for (category, value) in [
            ("UserAuthentication", 120), ("UserCreation", 50), ("UserFederation", 25),
            ("UserAccountRecovery", 30), ("UserRead", 120), ("UserUpdate", 25), ("UserToken", 120),
            ("UserResourceRead", 50), ("UserResourceUpdate", 25), ("UserList", 30), ("UserPoolRead", 15),
            ("UserPoolUpdate", 15), ("UserPoolResourceRead", 20), ("UserPoolResourceUpdate", 15),
            ("UserPoolClientRead", 15), ("UserPoolClientUpdate", 15), ("ClientAuthentication", 150),
        ] {
            let definition = definition(category);
            let expected = json!({ "Limit": {
                "LimitDefinition": definition, "ProvisionedLimitValue": value, "FreeLimitValue": value,
            } });
            assert_eq!(get(&server, &definition).await.ok(), expected);
            assert_eq!(update(&server, &definition, value).await.ok(), expected);
            let text = format!("RequestedLimitValue must be at most {value}.");
            update(&server, &definition, value + 1).await.fails("ServiceQuotaExceededException", &text);
            let text = format!("RequestedLimitValue must be at least {value}.");
            update(&server, &definition, value - 1).await.fails("InvalidParameterException", &text);
            assert_eq!(get(&server, &definition).await.ok(), expected);
        }
    }

    /// What is no category, or more than one.
    async fn an_unknown_limit_is_not_found(server: TestServer) {
        let text = "Limit does not exist.";
        for attributes in [
            json!({}), json!({ "Category": "Nothing" }), json!({ "Category": "" }),
            json!({ "Other": "UserRead" }), json!({ "Category": "UserRead", "Other": "x" }),
        ] {
            let definition = json!({ "LimitClass": "API_CATEGORY", "Attributes": attributes });
            get(&server, &definition).await.fails("ResourceNotFoundException", text);
            update(&server, &definition, 120).await.fails("ResourceNotFoundException", text);
        }
    }
}
