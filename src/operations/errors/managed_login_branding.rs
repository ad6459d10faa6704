//! Types and texts of the refusals of managed login brandings (administration 6.3).

use crate::domain::managed_login_branding::BrandingFault;
use crate::model::ErrorCode as Code;

/// The type and the text.
pub(super) const fn branding(fault: BrandingFault) -> (Code, &'static str) {
    let invalid = Code::InvalidParameterException;
    match fault {
        BrandingFault::NotFound => (
            Code::ResourceNotFoundException,
            "Managed login branding does not exist.",
        ),
        BrandingFault::Exists => (
            Code::ManagedLoginBrandingExistsException,
            "Managed login branding already exists for the app client.",
        ),
        BrandingFault::DefaultsOrSettings => (
            invalid,
            "useCognitoProvidedValues or settings should be specified (but not both)",
        ),
        BrandingFault::SettingsNoObject => (invalid, "Settings must be a JSON object."),
        BrandingFault::AssetWithoutBytes => (invalid, "Each asset must have Bytes."),
        BrandingFault::AssetRepeated => (invalid, "Assets must differ in Category or ColorMode."),
        BrandingFault::IconElsewhere => (
            invalid,
            "The extension ICO is permitted for FAVICON_ICO only.",
        ),
        // UpdateManagedLoginBranding declares no LimitExceededException.
        BrandingFault::TooManyAssets => (
            invalid,
            "A managed login branding can have at most 40 assets.",
        ),
        BrandingFault::AssetsTooLarge => (
            invalid,
            "The assets of a managed login branding can have at most 8 MiB.",
        ),
    }
}
