//! A file per target.

pub(crate) mod attributes;
pub(crate) mod challenges;
pub(crate) mod cursors;
pub(crate) mod domain;
pub(crate) mod filters;
pub(crate) mod http;
pub(crate) mod passkeys;
pub(crate) mod requests;
pub(crate) mod shapes;
pub(crate) mod sigv4;
pub(crate) mod srp;
pub(crate) mod tokens;
pub(crate) mod triggers;
