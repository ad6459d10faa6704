//! Why the look of the classic login pages is not set, or not shown (administration 6.2).

use super::category::Category;

/// Why a look is not set, or not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomizationFault {
    /// The pool has no domain, so that it has no pages.
    NoDomain,
    /// The file is no PNG or JPEG.
    NoImage,
    /// The style sheet styles something that is not one of the classes.
    Class(String),
    /// The style sheet has a rule that begins with `@`.
    AtRule(String),
    /// The style sheet runs a script.
    Script,
    /// The style sheet cannot be read.
    Malformed,
}

impl CustomizationFault {
    /// The kind of this refusal.
    #[must_use]
    pub const fn category(&self) -> Category {
        match self {
            Self::NoDomain => Category::NotEnabled,
            Self::NoImage | Self::Class(_) | Self::AtRule(_) | Self::Script | Self::Malformed => {
                Category::InvalidInput
            }
        }
    }
}
