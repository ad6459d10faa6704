//! The life of keys: which master keys the database needs, sealing anew under the current one, and the
//! exchange of signing keys.

pub mod inventory;
pub mod reseal;
pub mod retirement;
pub mod rotation;

use crate::crypto::KeyPurpose;
use crate::store::sealed_values::SealedColumn;

/// What a column's values are sealed for.
pub const fn purpose(column: SealedColumn) -> KeyPurpose {
    match column {
        SealedColumn::ClientSecret | SealedColumn::SecondClientSecret => KeyPurpose::ClientSecret,
        SealedColumn::SigningKey | SealedColumn::SamlKey => KeyPurpose::SigningKey,
        SealedColumn::SoftwareToken => KeyPurpose::TotpSeed,
        SealedColumn::Message => KeyPurpose::Message,
        SealedColumn::DeviceVerifier => KeyPurpose::DeviceVerifier,
        SealedColumn::ProviderSecrets => KeyPurpose::ProviderSecret,
        SealedColumn::AccessKey => KeyPurpose::AccessKey,
        SealedColumn::ImportFile => KeyPurpose::ImportFile,
        SealedColumn::ImportedTokenKeys => KeyPurpose::ImportedTokenKeys,
    }
}
