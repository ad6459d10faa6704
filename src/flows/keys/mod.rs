//! The life of keys: which master keys the database needs, sealing anew under the current one, and the
//! exchange of signing keys.

pub mod inventory;
pub mod reseal;
pub mod retirement;
pub mod rotation;
