//! The operations of this group, one file each.

mod get_tokens_from_refresh_token;
mod initiate_auth;
mod outcome;
mod respond_to_auth_challenge;
