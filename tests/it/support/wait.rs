//! Waiting for what happens soon, but not at once.

use std::future::Future;
use std::time::{Duration, Instant};

/// Asks every few milliseconds until `question` has an answer; fails after `limit`, saying what
/// was awaited.
pub async fn until<T, F>(what: &str, limit: Duration, mut question: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = question().await {
            return answer;
        }
        assert!(
            Instant::now() < deadline,
            "waited {} s in vain for {what}",
            limit.as_secs()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
