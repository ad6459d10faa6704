//! The operations of this group, one file each.

mod account;
mod admin_disable_provider_for_user;
mod admin_link_provider_for_user;
mod create_identity_provider;
mod delete_identity_provider;
mod describe_identity_provider;
mod description;
mod get_identity_provider_by_identifier;
mod get_signing_certificate;
mod list_identity_providers;
mod update_identity_provider;

/// The most items of a page.
const MAX_PAGE: i32 = 60;
