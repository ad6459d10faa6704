//! Signing in, and the tokens that a sign-in issues.

mod exchange;
mod sign_in;
mod tokens;
