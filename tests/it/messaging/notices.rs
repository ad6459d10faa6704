//! Notices of changed passwords and addresses: who is told, where, in which words, and where it is switched on.

use cognate::config::{Config, NotificationText, PoolOverrides};
use serde_json::{Value, json};

use super::gateway::silent_server;
use super::node::{PHONE, smtp};
use crate::support::passwords::{NEW_PASSWORD, PasswordChange, change_password};
use crate::support::pools::{PASSWORD, attribute_list};
use crate::support::sign_in::{choose_password, tokens_of};
use crate::support::sign_up::{confirm_sign_up, email_pool};
use crate::support::signed_in_user::SignedInUser;
use crate::support::users::{
    call_for_user, confirmed_user, create_user, invited_user, set_password,
};
use crate::support::{AppClient, Pool, TestServer, TestStore, both_stores};

const ADA: &str = "ada@example.com";
const NEW: &str = "ada@example.org";
const NEW_PHONE: &str = "+15555550101";
const SMS_OF_EMAIL: &str = "Your e-mail address was added, changed or removed. If that was not you, recover your account now.";
const SMS_OF_PHONE: &str = "Your phone number was added, changed or removed. If that was not you, recover your account now.";

/// Purpose, subject and text.
pub type Told = (String, Option<String>, String);

/// The notices to `to`, oldest first. A message with a code is none.
pub async fn told(pool: &Pool, to: &str) -> Vec<Told> {
    let mut messages = pool.inbox(to).messages().await;
    messages.reverse();
    let notices = messages
        .into_iter()
        .filter(|message| message.code.is_none());
    notices
        .map(|message| (message.purpose, message.subject, message.body))
        .collect()
}

fn e_mail(purpose: &str, subject: &str, body: &str) -> Told {
    (
        purpose.to_owned(),
        Some(subject.to_owned()),
        body.to_owned(),
    )
}

fn sms(purpose: &str, body: &str) -> Told {
    (purpose.to_owned(), None, body.to_owned())
}

fn password_changed(name: &str) -> Told {
    let body = format!(
        "The password of your account {name} was changed. If that was not you, recover your account now."
    );
    e_mail("password_changed", "Your password was changed", &body)
}

fn email_changed(name: &str) -> Told {
    let body = format!(
        "The e-mail address of your account {name} was added, changed or removed. If that was not you, recover your \
         account now."
    );
    e_mail("email_changed", "Your e-mail address was changed", &body)
}

fn phone_changed(name: &str) -> Told {
    let body = format!(
        "The phone number of your account {name} was added, changed or removed. If that was not you, recover your \
         account now."
    );
    e_mail(
        "phone_number_changed",
        "Your phone number was changed",
        &body,
    )
}

fn on(config: &mut Config) {
    config.notifications.credential_changes = true;
}

fn verified() -> Value {
    json!({ "email": ADA, "email_verified": "true" })
}

/// A client of a pool that verifies e-mail addresses, and Ada, who has a verified one and has signed in.
async fn ada(server: &TestServer, settings: Value) -> SignedInUser {
    let pool = server.pool(email_pool(settings)).await;
    let app = pool.client(json!({})).await;
    SignedInUser::invited(&app, "ada", verified()).await
}

/// NEW_PASSWORD_REQUIRED for `ada`, whose temporary password is [`PASSWORD`].
async fn answer_challenge(app: &AppClient, overrides: Value) {
    let challenge = app.initiate("ada", PASSWORD).await.ok();
    tokens_of(choose_password(app, &challenge, NEW_PASSWORD, overrides).await);
}

both_stores! {
    /// By default, as AWS.
    async fn nobody_is_told_by_default(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let ada = ada(&server, json!({})).await;
        let (app, pool) = (&ada.app, &ada.app.pool);
        let access = ada.tokens.access.clone();
        PasswordChange::Change(access, PASSWORD.into()).set(app, NEW_PASSWORD).await.ok();
        PasswordChange::Recovery.set(app, PASSWORD).await.ok();
        PasswordChange::AdminSet.set(app, NEW_PASSWORD).await.ok();
        ada.update_by_admin(json!({ "email": NEW, "email_verified": "true" })).await.ok();
        app.on_device("127.0.1.1", "phone").initiate("ada", NEW_PASSWORD).await.ok();
        for to in [ADA, NEW] {
            assert_eq!(told(pool, to).await, []);
        }
        assert!(store.ask("SELECT user_id FROM known_devices").await.is_empty());
        server.stop().await;
    }

    /// The user or an administrator changes the address, by any operation.
    async fn a_user_is_told_of_each_change_of_the_password(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let ada = ada(&server, json!({})).await;
        let (app, pool) = (&ada.app, &ada.app.pool);
        assert_eq!(told(pool, ADA).await, [], "the administrator has set the first password");
        let access = ada.tokens.access.clone();
        for (number, (change, password)) in [
            (PasswordChange::Change(access.clone(), PASSWORD.into()), NEW_PASSWORD),
            (PasswordChange::Recovery, PASSWORD),
            (PasswordChange::AdminSet, NEW_PASSWORD),
        ].into_iter().enumerate() {
            change.set(app, password).await.ok();
            assert_eq!(told(pool, ADA).await, vec![password_changed("ada"); number + 1]);
            tokens_of(app.initiate("ada", password).await);
        }
        // A change that is refused is none.
        change_password(app, &access, "Wr0ng-Donkey?", PASSWORD).await.fails_as("NotAuthorizedException");
        assert_eq!(told(pool, ADA).await.len(), 3);
        // The temporary password takes the place of Ada's own; what she chooses next is no further change.
        set_password(pool, "ada", PASSWORD, false).await.ok();
        assert_eq!(told(pool, ADA).await.len(), 4);
        answer_challenge(app, json!({})).await;
        assert_eq!(told(pool, ADA).await, vec![password_changed("ada"); 4]);
        server.stop().await;
    }

    /// An invitation tells of the password already, and who imports users tells nobody.
    async fn an_invited_user_is_not_told_of_the_first_password(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let pool = server.pool(email_pool(json!({}))).await;
        let app = pool.client(json!({})).await;
        invited_user(&pool, "ada", "Temp0rary-Horse!", verified()).await;
        let again = json!({ "MessageAction": "RESEND", "TemporaryPassword": PASSWORD });
        create_user(&pool, "ada", again).await.ok();
        assert_eq!(told(&pool, ADA).await, []);
        // The answer brings a phone number, which is told of.
        answer_challenge(&app, json!({ "userAttributes.phone_number": PHONE })).await;
        assert_eq!(told(&pool, ADA).await, [phone_changed("ada")]);
        assert_eq!(told(&pool, PHONE).await, [], "not verified");
        assert_eq!(pool.attribute("ada", "phone_number").await.as_deref(), Some(PHONE));

        let imported = json!({ "email": "bob@example.com", "email_verified": "true" });
        confirmed_user(&pool, "bob", imported).await;
        assert_eq!(told(&pool, "bob@example.com").await, []);
        tokens_of(app.initiate("bob", PASSWORD).await);
        server.stop().await;
    }

    /// A waiting address is none yet; once it is verified, the old one and the new one are told.
    async fn the_old_address_is_told_once_a_waiting_one_takes_its_place(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let waits = json!({ "AttributesRequireVerificationBeforeUpdate": ["email"] });
        let ada = ada(&server, json!({ "UserAttributeUpdateSettings": waits })).await;
        let pool = &ada.app.pool;
        ada.update(json!({ "email": NEW })).await.ok();
        assert_eq!(told(pool, ADA).await, []);
        let code = pool.inbox(NEW).code().await;
        ada.verify("email", &code).await.ok();
        for to in [ADA, NEW] {
            assert_eq!(told(pool, to).await, [email_changed("ada")], "{to}");
        }
        assert_eq!(ada.attribute("email").await.as_deref(), Some(NEW));
        server.stop().await;
    }

    /// Where the new address takes the place at once, it is unverified, and may be a stranger's.
    async fn an_unverified_address_is_not_told(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let ada = ada(&server, json!({})).await;
        let pool = &ada.app.pool;
        ada.update(json!({ "email": NEW })).await.ok();
        assert_eq!(told(pool, ADA).await, [email_changed("ada")]);
        ada.update(json!({ "email": "third@example.com" })).await.ok();
        set_password(pool, "ada", NEW_PASSWORD, true).await.ok();
        assert_eq!(told(pool, ADA).await.len(), 1);
        for to in [NEW, "third@example.com"] {
            assert_eq!(told(pool, to).await, [], "{to}");
        }
        assert_eq!(ada.attribute("email").await.as_deref(), Some("third@example.com"));
        // The same value again is no change.
        ada.update_by_admin(json!({ "email": "third@example.com", "email_verified": "true" })).await.ok();
        assert_eq!(told(pool, "third@example.com").await, []);
        server.stop().await;
    }

    /// The e-mail address is preferred; without a verified one the phone is told, by a text message.
    async fn phone_numbers_and_deletions_are_told_of(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let ada = ada(&server, json!({})).await;
        let pool = &ada.app.pool;
        let phone = |number: &str| json!({ "phone_number": number, "phone_number_verified": "true" });
        ada.update_by_admin(phone(PHONE)).await.ok();
        assert_eq!(told(pool, ADA).await, [phone_changed("ada")]);
        assert_eq!(told(pool, PHONE).await, []);
        ada.update_by_admin(phone(NEW_PHONE)).await.ok();
        assert_eq!(told(pool, ADA).await, vec![phone_changed("ada"); 2]);
        assert_eq!(told(pool, PHONE).await, [sms("phone_number_changed", SMS_OF_PHONE)]);
        assert_eq!(told(pool, NEW_PHONE).await, []);

        ada.delete(&["email"]).await.ok();
        assert_eq!(told(pool, ADA).await[2..], [email_changed("ada")]);
        assert_eq!(told(pool, NEW_PHONE).await, [sms("email_changed", SMS_OF_EMAIL)]);
        assert_eq!(ada.attribute("email").await, None);
        let deleted = json!({ "Username": "ada", "UserAttributeNames": ["phone_number"] });
        pool.admin("AdminDeleteUserAttributes", deleted).await.ok();
        let expected = [sms("email_changed", SMS_OF_EMAIL), sms("phone_number_changed", SMS_OF_PHONE)];
        assert_eq!(told(pool, NEW_PHONE).await, expected);
        assert_eq!(ada.attribute("phone_number").await, None);
        // Nobody is left to be told.
        set_password(pool, "ada", NEW_PASSWORD, true).await.ok();
        assert_eq!(told(pool, NEW_PHONE).await.len(), 2);
        server.stop().await;
    }

    /// The name that the old address is told is not the new address.
    async fn an_old_address_that_was_the_username_does_not_learn_the_new_one(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let pool = server.pool(email_pool(json!({ "UsernameAttributes": ["email"] }))).await;
        confirmed_user(&pool, ADA, verified()).await;
        let change = json!({ "email": NEW, "email_verified": "true" });
        let change = json!({ "Username": ADA, "UserAttributes": attribute_list(&change) });
        pool.admin("AdminUpdateUserAttributes", change).await.ok();
        assert_eq!(told(&pool, ADA).await, [email_changed(ADA)]);
        assert_eq!(told(&pool, NEW).await, [email_changed(NEW)]);
        server.stop().await;
    }

    /// The user that loses an alias keeps the address, unverified, and gets a notice also at what is still verified.
    async fn the_former_owner_of_an_alias_is_told(store: TestStore) {
        let server = TestServer::start(&store, on).await;
        let pool = server.pool(email_pool(json!({ "AliasAttributes": ["email"] }))).await;
        let app = pool.client(json!({})).await;
        let shared = json!({
            "email": ADA, "email_verified": "true",
            "phone_number": PHONE, "phone_number_verified": "true",
        });
        confirmed_user(&pool, "ada", shared).await;
        // By an administrator.
        confirmed_user(&pool, "bob", json!({})).await;
        let change = json!({ "Username": "bob", "UserAttributes": attribute_list(&verified()) });
        pool.admin("AdminUpdateUserAttributes", change).await.ok();
        let unverified = async |name: &str| pool.attribute(name, "email_verified").await.as_deref() == Some("false");
        // Bob's address is new, and his notice comes to it as well.
        assert_eq!(told(&pool, ADA).await.len(), 2);
        assert!(told(&pool, ADA).await.contains(&email_changed("ada")));
        assert!(told(&pool, ADA).await.contains(&email_changed("bob")));
        assert_eq!(told(&pool, PHONE).await, [sms("email_changed", SMS_OF_EMAIL)]);
        assert!(unverified("ada").await);
        // By a new user with the administrator's help.
        let forced = json!({ "ForceAliasCreation": true, "UserAttributes": attribute_list(&verified()) });
        create_user(&pool, "cyd", forced).await.ok();
        assert_eq!(told(&pool, ADA).await[2..], [email_changed("bob")]);
        assert!(unverified("bob").await);
        // By a sign-up.
        app.sign_up("dan", json!({ "email": ADA })).await.ok();
        let code = pool.inbox(ADA).code().await;
        confirm_sign_up(&app, "dan", &code).await.fails_as("AliasExistsException");
        assert_eq!(told(&pool, ADA).await.len(), 3);
        let forced = json!({ "Username": "dan", "ConfirmationCode": code, "ForceAliasCreation": true });
        app.call("ConfirmSignUp", forced).await.ok();
        assert_eq!(told(&pool, ADA).await[3..], [email_changed("cyd")]);
        assert!(unverified("cyd").await);
        server.stop().await;
    }

    /// What cannot be told is left out, and the change is made.
    async fn a_full_outbox_does_not_refuse_the_change(store: TestStore) {
        let silent = silent_server().await;
        let server = TestServer::start(&store, |config| {
            on(config);
            config.mail = smtp(silent).mail;
            config.mail.timeout_seconds = 600;
            config.outbox.max_pending_per_recipient = 1;
        })
        .await;
        let ada = ada(&server, json!({})).await;
        let pool = &ada.app.pool;
        for password in [NEW_PASSWORD, PASSWORD, NEW_PASSWORD] {
            set_password(pool, "ada", password, true).await.ok();
            tokens_of(ada.app.initiate("ada", password).await);
        }
        ada.update_by_admin(json!({ "email": NEW, "email_verified": "true" })).await.ok();
        // Two are being delivered, one waits, and that of the address is left out.
        let password = || password_changed("ada");
        assert_eq!(told(pool, ADA).await, [password(), password(), password()]);
        assert_eq!(told(pool, NEW).await, [email_changed("ada")]);
        assert_eq!(ada.attribute("email").await.as_deref(), Some(NEW));
        call_for_user(pool, "AdminDeleteUser", "ada").await.ok();
        server.stop().await;

        let server = TestServer::start(&store, |config| {
            on(config);
            config.mail = smtp(silent).mail;
            config.outbox.max_pending_per_pool = 1;
        })
        .await;
        let pool = pool.on(&server);
        let app = ada.app.at(&server);
        confirmed_user(&pool, "bob", json!({ "email": "bob@example.com", "email_verified": "true" })).await;
        set_password(&pool, "bob", NEW_PASSWORD, true).await.ok();
        tokens_of(app.initiate("bob", NEW_PASSWORD).await);
        assert_eq!(told(&pool, "bob@example.com").await, []);
        server.stop().await;
    }

    /// A pool's values go before the server's, for a pool made by API as well.
    async fn a_pool_has_its_own_switch_and_texts(store: TestStore) {
        let server = TestServer::start(&store, |_| {}).await;
        let pools = [
            server.pool(json!({})).await, server.pool(json!({})).await, server.pool(json!({})).await,
        ];
        for pool in &pools {
            confirmed_user(pool, "a&b", verified()).await;
        }
        server.stop().await;
        let [quiet, own, plain] = pools;
        let server = TestServer::start(&store, |config| {
            on(config);
            let mut overrides = PoolOverrides::default();
            overrides.notifications.credential_changes = Some(false);
            config.pool_settings.insert(quiet.id.clone(), overrides);
            let mut overrides = PoolOverrides::default();
            overrides.notifications.password_changed = Some(NotificationText {
                subject: "For {username}".to_owned(),
                email: "<b>{username}</b>".to_owned(),
                sms: "{username}".to_owned(),
            });
            config.pool_settings.insert(own.id.clone(), overrides);
            config.check().unwrap();
        })
        .await;
        for (pool, expected) in [
            (quiet, vec![]),
            (own, vec![e_mail("password_changed", "For a&b", "<b>a&amp;b</b>")]),
            (plain, vec![password_changed("a&amp;b")]),
        ] {
            let pool = pool.on(&server);
            set_password(&pool, "a&b", NEW_PASSWORD, true).await.ok();
            let messages = pool.inbox(ADA).messages().await.into_iter();
            let of_pool: Vec<Told> = messages
                .filter(|message| message.user_pool_id == pool.id)
                .map(|message| (message.purpose, message.subject, message.body))
                .collect();
            assert_eq!(of_pool, expected);
        }
        server.stop().await;
    }
}
