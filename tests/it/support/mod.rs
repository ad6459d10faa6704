//! The server under test, its callers, and what tests of several files share.
//!
//! A test is written once and runs on both stores, as `name::sqlite` and `name::postgres`:
//!
//! ```ignore
//! both_stores! {
//!     /// Section 3.3: a code works once.
//!     async fn a_code_works_once(server: TestServer) {
//!         let pool = server.pool(json!({"AutoVerifiedAttributes": ["email"]})).await;
//!         let app = pool.client(json!({})).await;
//!         let user = app.sign_up("ada", json!({"email": "ada@example.com"})).await;
//!         let code = server.inbox("ada@example.com").code().await;
//!         app.call("ConfirmSignUp", json!({"Username": "ada", "ConfirmationCode": code})).await.ok();
//!         …
//!     }
//! }
//! ```
//!
//! The argument's type says what the test is given: `TestServer` (in this process, development
//! profile), `ServerProcess` (the real binary, which can be killed) or `TestStore` (only the
//! database, for a test that starts servers of its own).

#![allow(
    dead_code,
    unused_imports,
    reason = "which helpers are unused changes with every test that is written"
)]

pub mod access_keys;
pub mod answer;
pub mod application;
pub mod attributes;
pub mod authenticator;
pub mod browser;
pub mod client;
pub mod device_srp;
pub mod devices;
pub mod fixture;
pub mod function;
pub mod http2;
pub mod inbox;
pub mod memory;
pub mod model_inputs;
pub mod pages;
pub mod parallel;
pub mod passkey_sign_in;
pub mod passkeys;
pub mod passwords;
pub mod pools;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod refusals;
pub mod server;
pub mod sign_in;
pub mod sign_up;
pub mod signed_in_user;
pub mod signing_keys;
pub mod sigv4;
pub mod smtp;
pub mod sqlite;
pub mod srp;
pub mod store;
pub mod tokens;
pub mod totp;
pub mod users;
pub mod wait;

pub use answer::Answer;
pub use client::{Admin, Client};
pub(crate) use fixture::{both_stores, several_nodes};
pub use inbox::{Inbox, Message};
pub use parallel::{at_once, tally};
pub use pools::{AppClient, Pool, Tokens};
pub use process::ServerProcess;
pub use server::TestServer;
pub use smtp::{MailCatcher, SmtpOptions};
pub use srp::SrpClient;
pub use store::{StoreKind, TestStore};
