//! Signing in, and the tokens that a sign-in issues.

mod sign_in;
mod tokens;
