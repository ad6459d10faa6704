//! SignUp: sections 3.1 and 3.2.

mod aliases;
mod answer;
mod case;
mod mail_server;
mod passwords;
mod refusals;
mod usernames;

use crate::confirm::{NO_SUCH_USER, Refusal, refused};
use crate::support::Answer;
use crate::support::pools::Pool;

/// Section 3.1, in a pool of free usernames.
pub const USERNAME_TAKEN: Refusal = ("UsernameExistsException", "User already exists");

/// Asserts that a sign-up was refused and left no user.
async fn refused_without_trace(pool: &Pool, username: &str, answer: Answer, expected: Refusal) {
    refused(&answer, expected);
    refused(&pool.user(username).await, NO_SUCH_USER);
}
