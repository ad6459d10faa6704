//! A server notices at its start that its master key is not the database's.

use cognate::config::Config;

use crate::support::{TestServer, TestStore, application, both_stores};

fn key(digit: &str) -> String {
    digit.repeat(64)
}

fn with(current: &str, previous: &[&str]) -> impl FnOnce(&mut Config) + use<> {
    let current = key(current);
    let previous: Vec<_> = previous.iter().map(|digit| key(digit).into()).collect();
    move |config| {
        config.secrets.master_key = Some(current.into());
        config.secrets.previous_master_keys = previous;
    }
}

async fn starts(store: &TestStore, current: &str, previous: &[&str]) {
    TestServer::start(store, with(current, previous))
        .await
        .stop()
        .await;
}

async fn is_refused(store: &TestStore, current: &str, previous: &[&str]) {
    let mut config = application::test_config(store);
    with(current, previous)(&mut config);
    let error = application::refusal(config).await;
    assert!(error.contains("another master key"), "{error}");
    for place in ["secrets.master_key", "secrets.previous_master_keys"] {
        assert!(error.contains(place), "{error}");
    }
    assert!(!error.contains(&key(current)), "{error}");
}

both_stores! {
    /// The first start decides; a server with another key says what to do instead of serving.
    async fn a_wrong_key_is_refused(store: TestStore) {
        starts(&store, "1", &[]).await;
        is_refused(&store, "2", &[]).await;
        is_refused(&store, "2", &["3"]).await;
        starts(&store, "1", &[]).await;
    }

    /// A change of keys: the database follows, and the former key alone is refused from then on.
    async fn a_new_key_takes_over(store: TestStore) {
        starts(&store, "1", &[]).await;
        // Every node learns the new key before one uses it.
        starts(&store, "1", &["2"]).await;
        starts(&store, "2", &["3", "1"]).await;
        is_refused(&store, "1", &[]).await;
        starts(&store, "1", &["2"]).await;
        starts(&store, "2", &["1"]).await;
        starts(&store, "2", &[]).await;
    }
}
