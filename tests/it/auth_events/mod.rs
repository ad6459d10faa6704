//! What is recorded of users' accounts: section 7.3 of the administrator's page.

mod feedback;
mod listed;
mod recorded;

use crate::support::TestStore;

/// What is recorded of a user, read bit by bit.
struct Record<'a> {
    store: &'a TestStore,
    user_id: String,
    seen: usize,
}

impl<'a> Record<'a> {
    /// The record of the user, from now on.
    async fn of(store: &'a TestStore, user_id: &str) -> Self {
        let mut record = Self {
            store,
            user_id: user_id.to_owned(),
            seen: 0,
        };
        record.new_ones().await;
        record
    }

    /// Kind, outcome and challenges of each event that was recorded since the last look. A lock-out comes behind the
    /// refusal of the same request.
    async fn new_ones(&mut self) -> Vec<String> {
        let all = self
            .column("kind || ' ' || outcome || ' ' || challenges", "kind DESC")
            .await;
        let new = all.iter().skip(self.seen).cloned().collect();
        self.seen = all.len();
        new
    }

    /// A column of all events, the oldest first.
    async fn column(&self, column: &str, further_order: &str) -> Vec<String> {
        let query = format!(
            "SELECT COALESCE(CAST({column} AS TEXT), '-') FROM auth_events
             WHERE user_id = '{}' ORDER BY occurred_at, {further_order}",
            self.user_id
        );
        self.store.ask(&query).await
    }
}

const RIGHT_PASSWORD: &str = r#"sign_in pass [["password",true]]"#;
const WRONG_PASSWORD: &str = r#"sign_in fail [["password",false]]"#;
