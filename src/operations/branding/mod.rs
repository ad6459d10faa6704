//! The operations of this group, one file each.

mod create_managed_login_branding;
mod delete_managed_login_branding;
mod describe_managed_login_branding;
mod describe_managed_login_branding_by_client;
mod description;
mod get_ui_customization;
mod managed_login;
mod set_ui_customization;
mod update_managed_login_branding;

/// What stands for all app clients that have no look of their own.
const ALL: &str = "ALL";

/// The app client that a request names; `None` for [`ALL`].
fn client(given: Option<&str>) -> Option<&str> {
    given.filter(|id| *id != ALL)
}
