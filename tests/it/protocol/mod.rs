//! AWS JSON 1.1, signatures, regions and browsers: section 1.

mod conformance;
mod cors;
mod json;
mod regions;
mod signatures;
