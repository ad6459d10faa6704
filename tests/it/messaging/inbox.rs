//! The development inbox: its JSON and its page.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::node::{ADA, CODE, Node, PHONE, START, development, email, report, sms, text_of};
use crate::support::{TestStore, both_stores};

both_stores! {
    /// The inbox's JSON.
    async fn the_inbox_json_shows_every_message(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        assert!(node.inbox("").await.is_empty());
        let id = node.commit(&email(), START).await;
        let expected = |status: &str| json!({
            "id": id,
            "medium": "EMAIL",
            "destination": ADA,
            "subject": "Your verification code",
            "body": "Your verification code is 481516. ",
            "code": CODE,
            "purpose": "sign_up",
            "userPoolId": "us-east-1_Mailbox01",
            "username": "ada",
            "createdAt": "2027-01-15T08:00:00.000Z",
            "status": status,
        });
        assert_eq!(node.inbox("").await, [expected("pending")]);
        assert_eq!(node.run(0).await, report(1, 0, 0));
        assert_eq!(node.inbox("").await, [expected("delivered")]);

        node.commit(&sms(), START.plus_seconds(1)).await;
        let all = node.inbox("?to=&limit=").await;
        assert_eq!(all.len(), 2);
        assert_eq!(all[0]["medium"], "SMS");
        assert_eq!(all[0]["subject"], Value::Null);
        assert_eq!(node.inbox("?limit=1").await, all[..1]);
        assert_eq!(node.inbox("?limit=5000").await, all);
        assert_eq!(node.inbox("?to=+15555550100").await, all[..1]);
        assert_eq!(node.inbox("?to=%2B15555550100").await, all[..1]);
        assert_eq!(node.inbox(&format!("?to={ADA}")).await, all[1..]);
        assert!(node.inbox("?to=ADA%40example.com").await.is_empty());
        let refused = node.get("/_cognate/inbox.json?limit=x").await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    }

    /// The page loads nothing from elsewhere, and its policy permits nothing else.
    async fn the_inbox_page_loads_and_permits_nothing_foreign(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        node.commit(&email(), START).await;
        node.commit(&sms(), START.plus_seconds(1)).await;
        let response = node.get("/_cognate/inbox").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        let page = text_of(response).await;
        let (mail, text) = (page.find(ADA).unwrap(), page.find(PHONE).unwrap());
        assert!(text < mail, "newest first");
        assert_eq!(page.matches(&format!("<span class=\"code\">{CODE}</span>")).count(), 2);
        assert!(!page.contains("http://") && !page.contains("https://"));
    }
}
