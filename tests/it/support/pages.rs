//! Lists that come in pages, with `NextToken` in and out.

use serde_json::Value;

use super::Pool;

/// This member of each item of a list in the answer.
#[track_caller]
pub fn each<'a>(answer: &'a Value, list: &str, member: &str) -> Vec<&'a str> {
    let items = answer[list].as_array().expect("a list");
    items
        .iter()
        .map(|item| item[member].as_str().unwrap())
        .collect()
}

/// The pages of a list, read one by one.
pub struct Pages {
    pool: Pool,
    operation: &'static str,
    /// The next page's, or none behind the last one.
    input: Option<Value>,
}

impl Pages {
    /// The pages that this operation answers.
    pub fn of(pool: &Pool, operation: &'static str, input: Value) -> Self {
        Self {
            pool: pool.clone(),
            operation,
            input: Some(input),
        }
    }

    /// The next page; nothing behind the last one.
    pub async fn next(&mut self) -> Option<Value> {
        let mut input = self.input.take()?;
        let page = self.pool.admin(self.operation, input.clone()).await.ok();
        let token = page["NextToken"].clone();
        if !token.is_null() {
            input["NextToken"] = token;
            self.input = Some(input);
        }
        Some(page)
    }

    /// All pages that are left.
    pub async fn rest(mut self) -> Vec<Value> {
        let mut pages = Vec::new();
        while let Some(page) = self.next().await {
            pages.push(page);
        }
        pages
    }
}
