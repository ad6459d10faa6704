//! Signing in, the tokens that it brings, and the calls that present them.

pub mod authorize;
pub mod new_password;
pub mod outcome;
pub mod password;
pub mod refresh;
pub mod srp;
pub mod tokens;
