//! SignUp: sections 3.1 and 3.2. Confirming a sign-up has a folder of its own.

mod aliases;
mod answer;
mod case;
mod confirmation;
mod mail_server;
mod passwords;
mod refusals;
mod unconfirmed_users;
mod usernames;

use crate::support::Answer;
use crate::support::pools::Pool;
use crate::support::refusals::{NO_SUCH_USER, Refusal, refused};

/// Asserts that a sign-up was refused and left no user.
async fn refused_without_trace(pool: &Pool, username: &str, answer: Answer, expected: Refusal) {
    refused(&answer, expected);
    refused(&pool.user(username).await, NO_SUCH_USER);
}
