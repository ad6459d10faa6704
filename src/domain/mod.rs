//! Types and rules of the domain as pure functions. Time and randomness come in as arguments;
//! nothing here knows SQL, HTTP or the wire's names for errors.

pub mod app_client;
pub mod app_client_request;
pub mod attribute;
pub mod attribute_update;
pub mod claims;
pub mod code;
pub mod contact_change;
pub mod failure;
pub mod grant;
pub mod group;
pub mod message_settings;
pub mod oauth_settings;
pub mod password;
pub mod permissions;
pub mod schema;
pub mod schema_change;
pub mod session;
pub mod sign_in_settings;
pub mod time;
pub mod token_validity;
pub mod user;
pub mod user_filter;
pub mod user_pool;
pub mod user_pool_request;
pub mod user_update;
pub mod username;
