//! Many callers at once.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::answer::Answer;

/// Calls `act` with 0, 1, … up to `count` from as many tasks, which start together, and returns what
/// each got, in the order of the numbers.
pub async fn at_once<T, F>(count: usize, act: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(count));
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let barrier = Arc::clone(&barrier);
        let action = act(number);
        tasks.spawn(async move {
            barrier.wait().await;
            (number, action.await)
        });
    }
    let mut results = tasks.join_all().await;
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// How many of `answers` are successes, and the error types of the rest with their numbers, sorted.
pub fn tally(answers: &[Answer]) -> (usize, Vec<(String, usize)>) {
    let mut failures = std::collections::BTreeMap::<String, usize>::new();
    for answer in answers {
        if let Some(type_) = &answer.type_ {
            *failures.entry(type_.clone()).or_default() += 1;
        }
    }
    let failed: usize = failures.values().sum();
    (answers.len() - failed, failures.into_iter().collect())
}
