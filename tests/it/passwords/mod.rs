//! Passwords: policy, history, changing and recovering them.

mod admin_reset;
mod change;
mod confirm_forgot;
mod forgot;
mod history;
mod known;
mod policy;
mod recovery_code_validity;
