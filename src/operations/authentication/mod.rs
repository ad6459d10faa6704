//! The operations of this group, one file each.

mod get_tokens_from_refresh_token;
mod global_sign_out;
mod initiate_auth;
mod outcome;
mod respond_to_auth_challenge;
mod revoke_token;
