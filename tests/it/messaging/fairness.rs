//! Pools take turns, and within a pool recipients do; what hangs or has failed holds a part of the slots
//! only. All is counted in deliveries, not in time.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use cognate::clock::Clock;
use cognate::config::Config;
use cognate::domain::attribute::Contact;
use cognate::messaging::OutgoingMessage;
use cognate::store::outbox::Status;
use serde_json::Value;
use tokio::sync::watch;

use super::node::{Node, PHONE, START, pool, report, to, webhook};
use crate::support::{TestStore, both_stores, wait};

const LIMIT: Duration = Duration::from_secs(60);
/// How many messages of one pool wait before that of another.
const BACKLOG: usize = 400;

/// What the gateway does with a message, by its number and how often it has come.
type Behaviour = fn(to: &str, times: usize) -> Act;

#[derive(Clone, Copy)]
enum Act {
    Accept,
    Refuse,
    /// Until [`Provider::release`].
    Hang,
}

/// An SMS gateway that treats its recipients differently.
struct Provider {
    url: String,
    /// The recipients, in the order in which their messages came.
    calls: Arc<Mutex<Vec<String>>>,
    release: watch::Sender<bool>,
}

#[derive(Clone)]
struct Answering {
    calls: Arc<Mutex<Vec<String>>>,
    behaviour: Behaviour,
    released: watch::Receiver<bool>,
}

impl Provider {
    async fn start(behaviour: Behaviour) -> Self {
        let calls = Arc::<Mutex<Vec<String>>>::default();
        let (release, released) = watch::channel(false);
        let state = Answering {
            calls: Arc::clone(&calls),
            behaviour,
            released,
        };
        let router = Router::new().route("/send", post(answer)).with_state(state);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/send", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            calls,
            release,
        }
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// Waits until `count` messages have come that begin with `prefix`, and returns the place of the last
    /// of them among all.
    async fn place_of(&self, prefix: &str, count: usize) -> usize {
        let what = format!("message {count} to {prefix}");
        wait::until(&what, LIMIT, || async {
            let calls = self.calls();
            let mut places = calls
                .iter()
                .enumerate()
                .filter(|(_, to)| to.starts_with(prefix));
            places.nth(count - 1).map(|(place, _)| place)
        })
        .await
    }
}

async fn answer(State(state): State<Answering>, body: String) -> StatusCode {
    let body: Value = serde_json::from_str(&body).unwrap();
    let to = body["to"].as_str().unwrap().to_owned();
    let times = {
        let mut calls = state.calls.lock().unwrap();
        calls.push(to.clone());
        calls.iter().filter(|call| **call == to).count()
    };
    match (state.behaviour)(&to, times) {
        Act::Accept => StatusCode::OK,
        Act::Refuse => StatusCode::SERVICE_UNAVAILABLE,
        Act::Hang => {
            let mut released = state.released.clone();
            let _ = released.wait_for(|released| *released).await;
            StatusCode::OK
        }
    }
}

/// A text message of the pool `us-east-1_<name>` to `number`.
fn message(name: &str, number: &str) -> OutgoingMessage {
    let mut pool = pool();
    pool.id = format!("us-east-1_{name}");
    to(&pool, Contact::PhoneNumber, number)
}

/// The `index`th phone number that begins with `prefix`.
fn number(prefix: &str, index: usize) -> String {
    format!("{prefix}{index:04}")
}

fn config(provider: &Provider, parallel: usize) -> Config {
    let mut config = webhook(&provider.url);
    config.sms.webhook.timeout_seconds = 600;
    config.outbox.parallel = parallel;
    config.outbox.poll_interval_ms = 20;
    config
}

both_stores! {
    /// 400 messages of one pool wait, each to somebody else, when another pool has one: in turns, it is
    /// among the next two.
    async fn a_pools_backlog_delays_another_pool_by_one_turn(store: TestStore) {
        let provider = Provider::start(|_, _| Act::Accept).await;
        let node = Node::new(&store, &config(&provider, 1)).await;
        for index in 0..BACKLOG {
            node.commit(&message("Flooding", &number("+1555001", index)), START).await;
        }
        for name in ["Earlier", "Later"] {
            let second = START.plus_seconds(1);
            node.commit(&message(name, &number("+1555002", name.len())), second).await;
        }
        assert_eq!(node.run(1).await, report(BACKLOG + 2, 0, 0));
        let last = provider.place_of("+1555002", 2).await;
        assert!(last <= 3, "after {last} others");
    }

    /// The same while the backlog is being delivered slowly, with and without a slot of the operation's.
    async fn a_slow_backlog_leaves_slots_for_another_pool(store: TestStore) {
        let provider = Provider::start(|to, _| {
            if to.starts_with("+1555001") { Act::Hang } else { Act::Accept }
        })
        .await;
        let node = Node::new(&store, &config(&provider, 8)).await;
        let now = Clock::default().now();
        for index in 0..BACKLOG {
            node.commit(&message("Flooding", &number("+1555001", index)), now).await;
        }
        let worker = node.outbox.start();
        provider.place_of("+1555001", 4).await;
        let another = message("Flooding", &number("+1555001", BACKLOG));
        assert!(node.outbox.try_slot(&another).is_none(), "it goes after those that wait");

        let direct = message("Other", "+15550020001");
        let slot = node.outbox.try_slot(&direct);
        assert!(slot.is_some(), "there is a slot for another pool");
        node.outbox.dispatch(node.write(&direct, Clock::default().now(), slot).await);
        assert_eq!(provider.place_of("+1555002", 1).await, 4);
        let found = message("Third", "+15550030001");
        node.outbox.dispatch(node.write(&found, Clock::default().now(), None).await);
        assert_eq!(provider.place_of("+1555003", 1).await, 5);
        // Another node's message, which this one has to look for.
        node.commit(&message("Fourth", "+15550040001"), Clock::default().now()).await;
        assert_eq!(provider.place_of("+1555004", 1).await, 6);

        // The flooding pool goes on as soon as it may.
        provider.release.send_replace(true);
        provider.place_of("+1555001", 40).await;
        worker.stop(Duration::ZERO).await;
    }

    /// Fifty messages to one recipient delay others of the pool by one.
    async fn a_recipients_backlog_delays_others_of_the_pool_by_one_turn(store: TestStore) {
        let provider = Provider::start(|_, _| Act::Accept).await;
        let node = Node::new(&store, &config(&provider, 1)).await;
        for _ in 0..50 {
            node.commit(&message("Pool", PHONE), START).await;
        }
        for index in 0..3 {
            node.commit(&message("Pool", &number("+1555002", index)), START.plus_seconds(1)).await;
        }
        assert_eq!(node.run(1).await, report(53, 0, 0));
        let last = provider.place_of("+1555002", 3).await;
        assert_eq!(last, 3, "{:?}", provider.calls());
    }

    /// Of the slots that a pool may hold, one recipient whose messages hang holds a part.
    async fn a_recipient_whose_messages_hang_holds_a_quarter_of_the_slots(store: TestStore) {
        let provider = Provider::start(|to, _| if to == PHONE { Act::Hang } else { Act::Accept }).await;
        let node = Node::new(&store, &config(&provider, 8)).await;
        for _ in 0..20 {
            node.commit(&message("Pool", PHONE), Clock::default().now()).await;
        }
        let worker = node.outbox.start();
        provider.place_of(PHONE, 2).await;
        for index in 0..10 {
            node.commit(&message("Pool", &number("+1555002", index)), Clock::default().now()).await;
        }
        assert_eq!(provider.place_of("+1555002", 10).await, 11, "{:?}", provider.calls());
        worker.stop(Duration::ZERO).await;
    }

    /// Messages that have failed hang when they are tried again; those that were never tried go out.
    async fn retries_do_not_delay_first_tries(store: TestStore) {
        let provider = Provider::start(|to, times| match (to.starts_with("+1555001"), times) {
            (true, 1) => Act::Refuse,
            (true, _) => Act::Hang,
            (false, _) => Act::Accept,
        })
        .await;
        let node = Node::new(&store, &config(&provider, 8)).await;
        let now = Clock::default().now();
        for index in 0..20 {
            let name = format!("Failing{index}");
            node.commit(&message(&name, &number("+1555001", index)), now).await;
        }
        assert_eq!(node.outbox.run_due(now).await.unwrap(), report(0, 20, 0));
        node.clock.advance(3600);
        let worker = node.outbox.start();
        // Two of the ten slots are for retries, and of those a pool may hold one.
        provider.place_of("+1555001", 22).await;
        for index in 0..20 {
            node.commit(&message("Failing1", &number("+1555002", index)), node.clock.now()).await;
        }
        provider.place_of("+1555002", 20).await;
        assert_eq!(provider.calls().len(), 42);
        worker.stop(Duration::ZERO).await;
    }

    /// Several nodes share one outbox: each keeps the turns, and each message is sent once.
    async fn several_nodes_keep_the_turns(store: TestStore) {
        let provider = Provider::start(|_, _| Act::Accept).await;
        let mut nodes = Vec::new();
        for _ in 0..3 {
            nodes.push(Node::new(&store, &config(&provider, 2)).await);
        }
        for index in 0..90 {
            nodes[0].commit(&message("Flooding", &number("+1555001", index)), START).await;
        }
        for index in 0..3 {
            let message = message("Other", &number("+1555002", index));
            nodes[0].commit(&message, START.plus_seconds(1)).await;
        }
        let [first, second, third] = &nodes[..] else {
            unreachable!()
        };
        tokio::join!(first.run(1), second.run(1), third.run(1));
        first.run(1).await;
        let last = provider.place_of("+1555002", 3).await;
        assert!(last < 15, "after {last} others");
        let calls = provider.calls();
        assert_eq!(calls.len(), 93);
        assert_eq!(calls.iter().collect::<HashSet<_>>().len(), 93);
        assert!(first.stored().await.iter().all(|m| m.status == Status::Delivered));
    }

    /// Pools whose backlogs are equally long get equally much.
    async fn pools_share_what_there_is(store: TestStore) {
        let provider = Provider::start(|_, _| Act::Accept).await;
        let node = Node::new(&store, &config(&provider, 1)).await;
        for (index, name) in ["A", "B", "C", "D"].into_iter().enumerate() {
            for row in 0..12 {
                let number = number(&format!("+155500{index}"), row);
                node.commit(&message(name, &number), START).await;
            }
        }
        assert_eq!(node.run(0).await, report(48, 0, 0));
        let calls = provider.calls();
        for taken in [12, 24, 36] {
            let mut of_pools: HashMap<&str, usize> = HashMap::new();
            for to in &calls[..taken] {
                *of_pools.entry(&to[..8]).or_default() += 1;
            }
            let counts: Vec<_> = of_pools.values().copied().collect();
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            assert!(counts.len() == 4 && most == least, "{of_pools:?} of {taken}");
        }
    }
}
