//! The operations of this group, one file each.

mod description;
mod get_ui_customization;
mod set_ui_customization;

/// What stands for all app clients that have no look of their own.
const ALL: &str = "ALL";

/// The app client that a request names; `None` for [`ALL`].
fn client(given: Option<&str>) -> Option<&str> {
    given.filter(|id| *id != ALL)
}
