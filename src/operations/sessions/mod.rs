//! The operations of this group, one file each.

mod admin_list_user_sessions;
mod admin_revoke_user_session;
mod admin_user_global_sign_out;
mod description;
mod get_user_pool_client_session_configuration;
mod get_user_pool_session_configuration;
mod global_sign_out;
mod list_user_sessions;
mod revoke_token;
mod revoke_user_session;
mod session_configuration;
mod set_user_pool_client_session_configuration;
mod set_user_pool_session_configuration;
