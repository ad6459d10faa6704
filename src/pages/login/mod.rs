//! The views of a domain's login pages (domain 10 and 11): what a page shows, as plain data, and the markup, style,
//! script and texts that show it. Routes and flows are not here; they fill in a view and answer with it.
//!
//! Every page is a struct with a [`Shell`], which holds what all pages have in common, and implements
//! [`askama::Template`]. No page has script or style of its own: the policy in [`headers`] permits the files of
//! [`assets`] and the style of a [`branding`] only.

pub mod assets;
pub mod branding;
pub mod field;
pub mod headers;
pub mod language;
pub mod mfa;
pub mod outcome;
pub mod passkey;
pub mod passwords;
pub mod samples;
pub mod shell;
pub mod sign_in;
pub mod sign_up;
pub mod texts;

#[cfg(test)]
mod tests;
