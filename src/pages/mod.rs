//! The pages that people see in a browser, and the greeting on the console. Their templates are in
//! `templates/`, are checked when the server is compiled, and escape every value that a page shows.

pub mod clock;
pub mod development;
pub mod inbox;
pub mod login;
pub mod overview;
mod page;
mod times;
pub mod triggers;
