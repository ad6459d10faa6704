//! The operations of this group, one file each.

mod get_signing_certificate;
