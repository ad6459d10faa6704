//! When the worker looks for messages.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use cognate::clock::Clock;
use cognate::store::outbox::Status;
use serde_json::json;

use super::gateway::{Gateway, silent_server};
use super::node::{ADA, Node, PHONE, START, development, email, report, sms, smtp, webhook};
use crate::support::passwords::{NEW_PASSWORD, PasswordChange};
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::sign_in::choose_password;
use crate::support::signed_in_user::SignedInUser;
use crate::support::users::create_user;
use crate::support::{Pool, TestServer, TestStore, both_stores, wait};

/// So long that only being woken explains a delivery.
const NEVER: u64 = 600_000;
/// Longer than any delivery here takes.
const LIMIT: Duration = Duration::from_secs(20);

/// Waits until the inbox of `to` has `count` messages, all of them delivered.
async fn delivered(pool: &Pool, to: &str, count: usize) {
    let what = format!("message {count} to {to}");
    wait::until(&what, LIMIT, || async {
        let messages = pool.inbox(to).messages().await;
        assert!(messages.len() <= count, "{messages:?}");
        let delivered = messages.iter().filter(|m| m.status == "delivered");
        (delivered.count() == count).then_some(())
    })
    .await;
}

/// Waits until the store has `count` messages that were delivered.
async fn all_delivered(node: &Node, count: usize) {
    wait::until("the deliveries", LIMIT, || async {
        let stored = node.stored().await;
        let delivered = stored.iter().filter(|m| m.status == Status::Delivered);
        (delivered.count() == count).then_some(())
    })
    .await;
}

both_stores! {
    /// While the mail server hangs, text messages go out.
    async fn a_silent_mail_server_does_not_delay_text_messages(store: TestStore) {
        let gateway = Gateway::start(|_| StatusCode::OK.into_response()).await;
        let mut config = webhook(&gateway.url);
        config.mail = smtp(silent_server().await).mail;
        config.mail.timeout_seconds = 600;
        config.outbox.parallel = 2;
        let node = Node::new(&store, &config).await;
        let now = Clock::default().now();
        for _ in 0..4 {
            node.commit(&email(), now).await;
        }
        let worker = node.outbox.start();
        node.outbox.dispatch(node.write(&sms(), now.plus_seconds(-1), None).await);
        wait::until("the text message", LIMIT, || async {
            (gateway.calls().len() == 1).then_some(())
        })
        .await;
        worker.stop(Duration::ZERO).await;
    }

    /// Woken after a commit, also while its only slot is taken, the worker delivers as soon as it
    /// can; stopped, it finishes what it began.
    async fn a_woken_worker_delivers_and_a_stopped_one_finishes(store: TestStore) {
        let gateway = Gateway::start_slow(Duration::from_millis(300), |_| {
            StatusCode::OK.into_response()
        })
        .await;
        let mut config = webhook(&gateway.url);
        config.outbox.poll_interval_ms = NEVER;
        config.outbox.parallel = 1;
        let node = Node::new(&store, &config).await;
        let worker = node.outbox.start();
        for count in 1..=2 {
            node.outbox.dispatch(node.write(&sms(), Clock::default().now(), None).await);
            wait::until("a call", LIMIT, || async {
                (gateway.calls().len() == count).then_some(())
            })
            .await;
        }
        worker.stop(LIMIT).await;
        assert!(node.stored().await.iter().all(|m| m.status == Status::Delivered));
    }

    /// A worker that is not woken finds what is due by polling: another node may have written it.
    async fn the_worker_polls_for_messages_of_other_nodes(store: TestStore) {
        let mut config = development();
        config.outbox.poll_interval_ms = 20;
        let node = Node::new(&store, &config).await;
        let worker = node.outbox.start();
        for count in 1..=2 {
            node.commit(&email(), Clock::default().now()).await;
            all_delivered(&node, count).await;
        }
        worker.stop(LIMIT).await;
    }

    /// More messages than slots: each that is delivered makes room for another.
    async fn one_wakeup_delivers_a_whole_backlog(store: TestStore) {
        let mut config = development();
        config.outbox.poll_interval_ms = NEVER;
        config.outbox.parallel = 2;
        let node = Node::new(&store, &config).await;
        let worker = node.outbox.start();
        for _ in 0..6 {
            node.commit(&email(), Clock::default().now()).await;
        }
        node.outbox.dispatch(node.write(&email(), Clock::default().now(), None).await);
        all_delivered(&node, 7).await;
        worker.stop(LIMIT).await;
    }

    /// A message with a slot is claimed as it is written: no other node takes it, and after the
    /// commit it is delivered without being looked for.
    async fn a_message_with_a_slot_is_delivered_without_a_query(store: TestStore) {
        let mut config = development();
        config.outbox.poll_interval_ms = NEVER;
        let node = Node::new(&store, &config).await;
        let other = Node::new(&store, &config).await;
        let worker = node.outbox.start();
        let now = Clock::default().now();
        let place = node.outbox.try_slot(&email()).unwrap();
        let queued = node.write(&email(), now, Some(place)).await;
        assert_eq!(node.only().await.attempts, 1);
        assert_eq!(other.outbox.run_due(now.plus_seconds(10)).await.unwrap(), report(0, 0, 0));
        node.outbox.dispatch(queued);
        all_delivered(&node, 1).await;
        assert_eq!(node.only().await.attempts, 1);
        worker.stop(LIMIT).await;
    }

    /// The message of a node that dies between the commit and the delivery is taken over by others,
    /// once the claim has ended.
    async fn a_message_that_was_never_dispatched_is_taken_over(store: TestStore) {
        let mut config = development();
        config.outbox.poll_interval_ms = NEVER;
        let node = Node::new(&store, &config).await;
        let other = Node::new(&store, &config).await;
        let worker = node.outbox.start();
        let earliest = Clock::default().now().plus_seconds(15);
        let place = node.outbox.try_slot(&email()).unwrap();
        let latest = Clock::default().now().plus_seconds(15);
        drop(node.write(&email(), START, Some(place)).await);
        worker.stop(LIMIT).await;
        let ends = node.only().await.next_attempt_at;
        assert!(earliest <= ends && ends <= latest);
        assert_eq!(other.outbox.run_due(ends.plus_seconds(-1)).await.unwrap(), report(0, 0, 0));
        assert_eq!(other.outbox.run_due(ends).await.unwrap(), report(1, 0, 0));
        assert_eq!(node.only().await.attempts, 2);
    }

    /// A message of one try would be lost with its node, so that it gets no slot.
    async fn a_message_with_one_try_gets_no_slot(store: TestStore) {
        let mut config = development();
        config.outbox.poll_interval_ms = NEVER;
        config.outbox.attempts = 1;
        let node = Node::new(&store, &config).await;
        let worker = node.outbox.start();
        assert!(node.outbox.try_slot(&email()).is_none());
        node.outbox.dispatch(node.write(&email(), Clock::default().now(), None).await);
        all_delivered(&node, 1).await;
        worker.stop(LIMIT).await;
    }

    /// A message that is dispatched late is delivered if no other node has taken it over meanwhile.
    async fn a_message_that_is_dispatched_late_is_delivered_once(store: TestStore) {
        let gateway = Gateway::start(|_| StatusCode::OK.into_response()).await;
        let mut config = webhook(&gateway.url);
        config.outbox.poll_interval_ms = NEVER;
        let node = Node::new(&store, &config).await;
        let other = Node::new(&store, &config).await;
        // The worker's poll at its start is over once it has delivered this.
        let _polled = node.write(&sms(), Clock::default().now(), None).await;
        let worker = node.outbox.start();
        all_delivered(&node, 1).await;
        let mut late = Vec::new();
        for _ in 0..2 {
            let place = node.outbox.try_slot(&sms()).unwrap();
            late.push(node.write(&sms(), Clock::default().now(), Some(place)).await);
            node.clock.advance(20);
        }
        let [first, second] = late.try_into().ok().unwrap();
        // The second's claim holds for another while.
        let between = Clock::default().now().plus_seconds(16);
        assert_eq!(other.outbox.run_due(between).await.unwrap(), report(1, 0, 0));
        node.outbox.dispatch(first);
        node.outbox.dispatch(second);
        all_delivered(&node, 3).await;
        worker.stop(LIMIT).await;
        assert_eq!(gateway.calls().len(), 3);
        assert_eq!(node.stored().await.iter().map(|m| m.attempts).sum::<i64>(), 4);
    }

    /// Each medium has as many slots as deliveries may run at once; one that was not used is free
    /// again, also for a message that waits for it.
    async fn an_unused_slot_is_free_again(store: TestStore) {
        let mut config = development();
        config.outbox.poll_interval_ms = NEVER;
        config.outbox.parallel = 1;
        let node = Node::new(&store, &config).await;
        assert!(node.outbox.try_slot(&email()).is_none(), "there is no worker");
        let worker = node.outbox.start();
        // The worker looks once when it starts, for which it takes the place.
        let place = wait::until("a place", LIMIT, || async { node.outbox.try_slot(&email()) }).await;
        assert!(node.outbox.try_slot(&email()).is_none());
        let text = wait::until("a place", LIMIT, || async { node.outbox.try_slot(&sms()) }).await;
        drop(text);
        node.outbox.dispatch(node.write(&email(), Clock::default().now(), None).await);
        drop(place);
        all_delivered(&node, 1).await;
        drop(wait::until("a place", LIMIT, || async { node.outbox.try_slot(&email()) }).await);
        worker.stop(LIMIT).await;
        assert!(node.outbox.try_slot(&email()).is_none(), "the worker has stopped");
    }

    /// What was dispatched to a worker is delivered before it stops.
    async fn a_stopping_worker_delivers_what_was_dispatched(store: TestStore) {
        let mut config = development();
        config.outbox.poll_interval_ms = NEVER;
        // Of which one recipient may hold a quarter.
        config.outbox.parallel = 12;
        let node = Node::new(&store, &config).await;
        let worker = node.outbox.start();
        for _ in 0..3 {
            let place = node.outbox.try_slot(&email()).unwrap();
            node.outbox.dispatch(node.write(&email(), Clock::default().now(), Some(place)).await);
        }
        worker.stop(LIMIT).await;
        assert!(node.stored().await.iter().all(|m| m.status == Status::Delivered));
    }

    /// Every operation that sends a message dispatches it to the worker.
    async fn every_operation_has_its_message_delivered(store: TestStore) {
        let server = TestServer::start(&store, |config| config.outbox.poll_interval_ms = NEVER).await;
        let pool = server
            .pool(json!({ "AutoVerifiedAttributes": ["email", "phone_number"] }))
            .await;
        let app = pool.client(json!({})).await;
        let name = |username| json!({ "Username": username });

        app.sign_up("eve", json!({ "email": "eve@example.com" })).await.ok();
        delivered(&pool, "eve@example.com", 1).await;
        app.call("ResendConfirmationCode", name("eve")).await.ok();
        delivered(&pool, "eve@example.com", 2).await;

        let access = app.signed_in("ada", json!({ "phone_number": PHONE })).await.access;
        delivered(&pool, PHONE, 1).await;
        let asked = json!({ "AttributeName": "phone_number" });
        app.with_token("GetUserAttributeVerificationCode", &access, asked).await.ok();
        delivered(&pool, PHONE, 2).await;
        app.call("ForgotPassword", name("ada")).await.ok();
        delivered(&pool, PHONE, 3).await;
        let new = attribute_list(&json!({ "phone_number": "+15555550101", "email": ADA }));
        app.with_token("UpdateUserAttributes", &access, json!({ "UserAttributes": new })).await.ok();
        delivered(&pool, "+15555550101", 1).await;
        delivered(&pool, ADA, 1).await;

        let mut invited = json!({
            "Username": "bob",
            "DesiredDeliveryMediums": ["SMS", "EMAIL"],
            "UserAttributes":
                attribute_list(&json!({ "phone_number": "+15555550102", "email": "bob@example.com" })),
        });
        pool.admin("AdminCreateUser", invited.clone()).await.ok();
        delivered(&pool, "+15555550102", 1).await;
        delivered(&pool, "bob@example.com", 1).await;
        invited["MessageAction"] = json!("RESEND");
        pool.admin("AdminCreateUser", invited).await.ok();
        delivered(&pool, "+15555550102", 2).await;
        delivered(&pool, "bob@example.com", 2).await;
        server.stop().await;
    }

    /// Each operation hands its notices over when its transaction has committed.
    async fn every_notice_is_delivered_without_the_worker_looking_for_it(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            config.outbox.poll_interval_ms = NEVER;
            config.notifications.credential_changes = true;
            config.notifications.new_devices = true;
        })
        .await;
        let waits = json!({ "AttributesRequireVerificationBeforeUpdate": ["phone_number"] });
        let by_email = json!([{ "Name": "verified_email", "Priority": 1 }]);
        let settings = json!({
            "AccountRecoverySetting": { "RecoveryMechanisms": by_email },
            "AutoVerifiedAttributes": ["phone_number"],
            "AliasAttributes": ["email"],
            "UserAttributeUpdateSettings": waits,
        });
        let app = server.pool(settings).await.client(json!({})).await;
        let pool = &app.pool;
        let contacts = json!({
            "email": ADA, "email_verified": "true",
            "phone_number": PHONE, "phone_number_verified": "true",
        });
        let ada = SignedInUser::invited(&app, "ada", contacts).await;
        app.on_device("127.0.1.1", "elsewhere").sign_in("ada").await;
        delivered(pool, ADA, 1).await;
        let access = ada.tokens.access.clone();
        PasswordChange::Change(access, PASSWORD.into()).set(&app, NEW_PASSWORD).await.ok();
        delivered(pool, ADA, 2).await;
        PasswordChange::Recovery.set(&app, PASSWORD).await.ok();
        delivered(pool, ADA, 4).await;
        PasswordChange::AdminSet.set(&app, PASSWORD).await.ok();
        delivered(pool, ADA, 5).await;
        let ada = ada.again().await;
        ada.update(json!({ "phone_number": "+15555550101" })).await.ok();
        let code = pool.inbox("+15555550101").code().await;
        ada.verify("phone_number", &code).await.ok();
        delivered(pool, ADA, 6).await;
        delivered(pool, PHONE, 1).await;
        ada.update_by_admin(json!({ "phone_number": PHONE, "phone_number_verified": "true" })).await.ok();
        delivered(pool, ADA, 7).await;
        let verified = json!({ "email": ADA, "email_verified": "true" });
        let forced = json!({ "ForceAliasCreation": true, "UserAttributes": attribute_list(&verified) });
        create_user(pool, "bob", forced).await.ok();
        delivered(pool, ADA, 8).await;
        delivered(pool, PHONE, 2).await;
        ada.delete(&["phone_number"]).await.ok();
        delivered(pool, PHONE, 3).await;
        // Bob's first device is that of the answer, which brings a number.
        let input = json!({
            "TemporaryPassword": PASSWORD,
            "MessageAction": "RESEND",
            "DesiredDeliveryMediums": ["EMAIL"],
        });
        create_user(pool, "bob", input).await.ok();
        delivered(pool, ADA, 9).await;
        let challenge = app.initiate("bob", PASSWORD).await.ok();
        let number = json!({ "userAttributes.phone_number": PHONE });
        choose_password(&app, &challenge, NEW_PASSWORD, number).await.ok();
        delivered(pool, ADA, 10).await;
        server.stop().await;
    }
}
