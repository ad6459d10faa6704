//! Operations on user pools.

mod add_custom_attributes;
mod create_user_pool;
mod delete_user_pool;
mod describe_user_pool;
pub(super) mod description;
mod get_user_pool_mfa_config;
mod lambda_config;
mod list_user_pools;
mod mfa_config;
mod set_user_pool_mfa_config;
pub mod settings;
mod update_user_pool;
