//! What administrators do with users: create, list, disable, delete.

pub mod accounts;
pub mod admin_create_user;
pub mod list_users;
