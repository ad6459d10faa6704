//! Operations on app clients.

mod add_user_pool_client_secret;
mod create_user_pool_client;
mod delete_user_pool_client;
mod delete_user_pool_client_secret;
mod describe_user_pool_client;
mod description;
mod list_user_pool_client_secrets;
mod list_user_pool_clients;
pub mod settings;
mod update_user_pool_client;
