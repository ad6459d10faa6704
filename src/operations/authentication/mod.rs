//! The operations of this group, one file each.

mod admin_initiate_auth;
mod admin_respond_to_auth_challenge;
mod get_client_token;
mod get_derived_token;
mod get_tokens_from_refresh_token;
mod initiate_auth;
pub(super) mod outcome;
mod respond_to_auth_challenge;
mod sign_in;
