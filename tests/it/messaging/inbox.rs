//! The development inbox: its JSON and its page.

use axum::http::{Method, StatusCode};
use cognate::store::user_pools;
use serde_json::{Value, json};

use super::node::{
    ADA, CODE, Node, PHONE, START, development, email, pool, report, sms, smtp, text_of,
};
use crate::support::smtp::{MailCatcher, SmtpOptions};
use crate::support::{TestServer, TestStore, both_stores};

/// The page with this query.
async fn page(node: &Node, query: &str) -> String {
    let response = node.get(&format!("/_cognate/inbox{query}")).await;
    assert_eq!(response.status(), StatusCode::OK);
    text_of(response).await
}

/// What `DELETE /_cognate/inbox.json` with this query answers.
async fn clear(node: &Node, query: &str) -> (StatusCode, String) {
    let path = format!("/_cognate/inbox.json{query}");
    let response = node.request(Method::DELETE, &path).await;
    (response.status(), text_of(response).await)
}

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
            "userPoolName": null,
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

    /// Both forms say what the pool is called.
    async fn the_inbox_names_the_user_pool(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        let mut tx = node.db.begin().await.unwrap();
        user_pools::insert(&mut tx, &pool()).await.unwrap();
        tx.commit().await.unwrap();
        node.commit(&email(), START).await;
        assert_eq!(node.inbox("").await[0]["userPoolName"], "messages");
        let page = page(&node, "").await;
        assert!(page.contains("<dd>messages <code>us-east-1_Mailbox01</code></dd>"), "{page}");
        let time = "<time datetime=\"2027-01-15T08:00:00.000Z\">2027-01-15 08:00:00 UTC</time>";
        assert!(page.contains(time), "{page}");
    }

    /// The page shows one recipient's messages, says so, and has a way back.
    async fn the_inbox_page_shows_one_recipient(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        node.commit(&email(), START).await;
        node.commit(&sms(), START.plus_seconds(1)).await;
        let way_back = "<a href=\"inbox\">Show all</a>";
        let all = page(&node, "").await;
        assert!(all.contains(ADA) && all.contains(PHONE) && !all.contains(way_back), "{all}");
        assert!(all.contains("href=\"inbox?to=ada%40example%2Ecom\""), "{all}");
        for query in ["?to=+15555550100", "?to=%2B15555550100"] {
            let one = page(&node, query).await;
            assert!(!one.contains(ADA), "{one}");
            assert!(one.contains(&format!("Only messages to <strong>{PHONE}</strong>")), "{one}");
            assert!(one.contains(way_back) && one.contains("1 message<"), "{one}");
            assert!(one.contains("href=\"inbox.json?to=%2B15555550100\""), "{one}");
        }
        let hostile = page(&node, "?to=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
        assert_eq!(hostile.matches("<script>").count(), 1, "{hostile}");
        assert!(hostile.contains("No message fits"), "{hostile}");
        assert_eq!(page(&node, "?to=").await, all);
    }

    /// The filter finds a text wherever the page shows it, in capitals or not.
    async fn the_inbox_filter_finds_a_text_anywhere(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        let id = node.commit(&email(), START).await;
        let text = node.commit(&sms(), START.plus_seconds(1)).await;
        let found = async |query: &str| {
            let messages = node.inbox(query).await;
            let ids = messages.iter().map(|message| message["id"].as_str().unwrap().to_owned());
            ids.collect::<Vec<_>>()
        };
        for (query, expected) in [
            ("?q=EXAMPLE.com", vec![&id]),
            ("?q=%2B1555", vec![&text]),
            ("?q=481516", vec![&text, &id]),
            ("?q=481516&limit=1", vec![&text]),
            ("?q=%20481516%20", vec![&text, &id]),
            ("?q=your+verification", vec![&text, &id]),
            ("?q=mailbox01", vec![&text, &id]),
            ("?q=sign_up", vec![&text, &id]),
            ("?q=481516&to=ada@example.com", vec![&id]),
            ("?q=nobody", vec![]),
            ("?q=", vec![&text, &id]),
        ] {
            assert_eq!(found(query).await.iter().collect::<Vec<_>>(), expected, "{query}");
        }
        let filtered = page(&node, "?q=example.com").await;
        assert!(filtered.contains(ADA) && !filtered.contains(PHONE), "{filtered}");
        assert!(filtered.contains("value=\"example.com\""), "{filtered}");
        assert!(!filtered.contains("method=\"post\""), "what would be cleared is not what is shown");
    }

    /// Clearing deletes what is finished, of one recipient or of all, from the store.
    async fn clearing_deletes_finished_messages(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        node.commit(&email(), START).await;
        node.commit(&sms(), START).await;
        assert_eq!(node.run(0).await, report(2, 0, 0));
        for query in ["?to=", "?q=x", "?limit=1"] {
            assert_eq!(clear(&node, query).await.0, StatusCode::BAD_REQUEST, "{query}");
        }
        let deleted = |count: u64| (StatusCode::OK, json!({ "deleted": count }).to_string());
        assert_eq!(clear(&node, "?to=nobody@example.com").await, deleted(0));
        assert_eq!(clear(&node, "?to=+15555550100").await, deleted(1));
        assert_eq!(node.only().await.destination, ADA);
        assert_eq!(clear(&node, "").await, deleted(1));
        assert!(node.stored().await.is_empty());
        assert!(page(&node, "").await.contains("No message yet"));
    }

    /// The page's button does the same as a form, and leads back to the page.
    async fn the_pages_button_clears_what_the_page_shows(store: TestStore) {
        let node = Node::new(&store, &development()).await;
        node.commit(&email(), START).await;
        node.commit(&sms(), START).await;
        assert_eq!(node.run(0).await, report(2, 0, 0));
        let one = page(&node, &format!("?to={ADA}")).await;
        let form = "<form method=\"post\" action=\"inbox?to=ada%40example%2Ecom\">";
        assert!(one.contains(form), "{one}");
        let path = "/_cognate/inbox?to=ada%40example%2Ecom";
        let response = node.request(Method::POST, path).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()["location"], "inbox?to=ada%40example%2Ecom");
        assert_eq!(node.only().await.destination, PHONE);
        let response = node.request(Method::POST, "/_cognate/inbox").await;
        assert_eq!(response.headers()["location"], "inbox");
        assert!(node.stored().await.is_empty());
    }

    /// What is still to be delivered stays, is said to stay, and is delivered.
    async fn clearing_leaves_what_is_to_be_delivered(store: TestStore) {
        let mail = MailCatcher::start(&SmtpOptions::default());
        let node = Node::new(&store, &smtp(mail.port)).await;
        let id = node.commit(&email(), START).await;
        let waiting = page(&node, "").await;
        assert!(waiting.contains("1 still to be delivered; clearing leaves it."), "{waiting}");
        let (status, body) = clear(&node, "").await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "{\"deleted\":0}"));
        assert_eq!(node.only().await.message_id, id);
        assert_eq!(node.run(0).await, report(1, 0, 0));
        assert_eq!(mail.mails().len(), 1);
        assert_eq!(clear(&node, "").await.1, "{\"deleted\":1}");
        assert!(node.stored().await.is_empty());
    }

    /// A page of another origin clears nothing, a form of its own included; the inbox's own does.
    async fn only_the_own_page_clears_the_inbox(server: TestServer) {
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        app.sign_up("ada", json!({ "email": ADA })).await.ok();
        server.inbox(ADA).next().await;
        let own = server.url().to_owned();
        for (method, path) in [(Method::DELETE, "inbox.json"), (Method::POST, "inbox")] {
            for (name, value) in [
                ("origin", "https://app.example.com"),
                ("origin", "null"),
                ("sec-fetch-site", "cross-site"),
                ("host", "rebound.example.com"),
            ] {
                let request = server.client.raw(method.clone(), &format!("/_cognate/{path}"));
                let answer = server.client.send(request.header(name, value)).await;
                assert_eq!(answer.status, 403, "{path} with {name} {value}: {answer}");
            }
        }
        assert_eq!(server.inbox(ADA).messages().await.len(), 1);
        let request = server.client.raw(Method::POST, "/_cognate/inbox").header("origin", own);
        assert_eq!(server.client.send(request).await.status, 303);
    }
}
