//! ListTerms.

use serde_json::{Value, json};

use super::create;
use crate::support::answer::member_names;
use crate::support::refusals::invalid_parameter;
use crate::support::{TestServer, both_stores};

/// The ids in a page.
fn ids(page: &Value) -> Vec<&str> {
    let terms = page["Terms"].as_array().expect("a list");
    terms
        .iter()
        .map(|item| item["TermsId"].as_str().unwrap())
        .collect()
}

both_stores! {
    /// Three pages in the order of creation, while terms are added and deleted: what stays is on exactly one page.
    async fn terms_are_listed_in_pages(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await.client(json!({})).await;
        create(&other, json!({})).await.ok();
        let empty = pool.admin("ListTerms", json!({})).await.ok();
        assert_eq!(empty, json!({ "Terms": [] }));
        let mut made = Vec::new();
        for _ in 0..6 {
            server.advance(1).await;
            let app = pool.client(json!({})).await;
            let answer = create(&app, json!({})).await.ok();
            made.push(answer["Terms"]["TermsId"].as_str().unwrap().to_owned());
        }
        let late = pool.client(json!({})).await;
        let mut listed = Vec::new();
        let mut input = json!({ "MaxResults": 2 });
        loop {
            let page = pool.admin("ListTerms", input.clone()).await.ok();
            input["NextToken"] = page["NextToken"].clone();
            listed.push(page);
            if listed.len() == 1 {
                // One that was listed, and one that was not yet.
                for id in [&made[0], &made[3]] {
                    pool.admin("DeleteTerms", json!({ "TermsId": id })).await.ok();
                }
                server.advance(1).await;
                create(&late, json!({})).await.ok();
            }
            if input["NextToken"].is_null() {
                break;
            }
        }
        assert_eq!(listed.len(), 3);
        let found: Vec<&str> = listed.iter().flat_map(ids).collect();
        assert_eq!(found[..5], [&made[0], &made[1], &made[2], &made[4], &made[5]]);
        assert_eq!(found.len(), 6, "the new ones come last");
        for page in &listed {
            for item in page["Terms"].as_array().unwrap() {
                assert_eq!(
                    member_names(item),
                    ["CreationDate", "Enforcement", "LastModifiedDate", "TermsId", "TermsName"]
                );
                assert_eq!(item["TermsName"], "terms-of-use");
                assert_eq!(item["Enforcement"], "NONE");
            }
        }
    }

    /// A token is worth something for the list of its own pool only.
    async fn a_token_of_another_list_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        for _ in 0..2 {
            let app = pool.client(json!({})).await;
            create(&app, json!({})).await.ok();
        }
        let page = pool.admin("ListTerms", json!({ "MaxResults": 1 })).await.ok();
        let token = page["NextToken"].as_str().unwrap();
        for (pool, token) in [(&other, token), (&pool, "nonsense")] {
            let answer = pool.admin("ListTerms", json!({ "NextToken": token })).await;
            invalid_parameter(&answer, "Invalid pagination token");
        }
        let next = json!({ "MaxResults": 1, "NextToken": token });
        let last = pool.admin("ListTerms", next).await.ok();
        assert_eq!(ids(&last).len(), 1);
        assert_eq!(last["NextToken"], Value::Null);
    }
}
