//! Operations on app clients.

mod create_user_pool_client;
mod delete_user_pool_client;
mod describe_user_pool_client;
mod description;
mod list_user_pool_clients;
pub mod settings;
mod update_user_pool_client;
