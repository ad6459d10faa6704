//! User pools that exist without a call of an operation: those that the configuration declares, and the
//! one that the first start of the development profile makes.

pub mod apply;
pub mod declared;
pub mod problems;
mod settings;
pub mod starter;
