//! Users as administrators see them: made, listed, disabled, deleted.

pub mod accounts;
pub mod admin_create_user;
pub mod list_users;
