//! The pages that people see in a browser. Their templates are in `templates/`, are checked when the
//! server is compiled, and escape every value.

pub mod development;
pub mod inbox;
mod page;
