//! Signing in at a pool's domain, and the codes and tokens that come of it (domain 2, 3, 7, 8 and 10).

mod codes;
mod first_factors;
mod pages;
mod passkeys;
mod preview;
mod set_up;
mod sign_in;
mod tokens;
