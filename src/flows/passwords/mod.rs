//! Passwords: stored, checked, changed, forgotten and set by administrators.

pub mod admin_reset_password;
pub mod admin_set_password;
pub mod change_password;
pub mod credentials;
pub mod recovery;
