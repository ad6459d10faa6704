//! The development profile's page of calls, and its JSON.

use serde_json::{Value, json};

use super::function::{ARN, answered, pool_with};
use crate::support::{TestServer, TestStore, both_stores};

async fn get(server: &TestServer, path: &str) -> String {
    let url = format!("{}/_cognate/{path}", server.url());
    let response = reqwest::get(url).await.unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

async fn calls(server: &TestServer) -> Vec<Value> {
    serde_json::from_str(&get(server, "triggers.json").await).unwrap()
}

both_stores! {
    async fn each_call_is_shown_with_its_event_its_answer_and_its_time(store: TestStore) {
        let triggers = ["PreSignUp", "UserMigration"];
        let (server, function, pool) = pool_with(&store, &triggers, json!({})).await;
        let app = pool.client(json!({})).await;
        assert!(get(&server, "triggers").await.contains("No function has been called"));
        app.sign_up("ada", json!({ "email": "ada@example.com" })).await.ok();
        function.throws("PreSignUp_SignUp", "no");
        assert_eq!(app.sign_up("eve", json!({})).await.status, 400);
        function.answers(|_| answered(&json!("x")));
        assert_eq!(app.initiate("nob", "Secret-Horse-7").await.status, 400);
        let shown = calls(&server).await;
        let of = |name: &str| shown.iter().map(|call| call[name].clone()).collect::<Vec<_>>();
        let sources = ["UserMigration_Authentication", "PreSignUp_SignUp", "PreSignUp_SignUp"];
        assert_eq!(of("triggerSource"), sources);
        assert_eq!(of("outcome"), ["invalid", "refused", "answered"]);
        assert_eq!(of("number"), [3, 2, 1]);
        assert_eq!(of("attempts"), [1, 1, 1]);
        assert!(of("elapsedMs").iter().all(Value::is_u64));
        assert!(of("function").iter().all(|arn| *arn == json!(ARN)));
        assert!(of("userPoolId").iter().all(|id| *id == json!(pool.id)));
        let json_of = |text: &Value| -> Value { serde_json::from_str(text.as_str().unwrap()).unwrap() };
        let event = json_of(&shown[2]["event"]);
        assert_eq!(event, function.calls()[0].event());
        assert_eq!(json_of(&shown[2]["answer"]), event);
        assert_eq!(json_of(&shown[1]["answer"])["errorMessage"], "no");
        // A password is shown nowhere.
        let page = get(&server, "triggers").await;
        assert!(page.contains("UserMigration_Authentication"), "{page}");
        assert!(page.contains("(hidden)"), "{page}");
        assert!(!page.contains("Secret-Horse-7"), "{page}");
        assert!(!shown[0]["event"].as_str().unwrap().contains("Secret-Horse-7"));
        server.stop().await;
    }
}
