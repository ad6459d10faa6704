//! The purposes for which values are sealed and hashed.

/// The purpose for which a value is sealed or hashed. Each purpose has its own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPurpose {
    /// A user's SRP verifier.
    SrpVerifier,
    /// A pool's private signing key, PKCS#8.
    SigningKey,
    /// An app client's secret.
    ClientSecret,
    /// A user's TOTP seed.
    TotpSeed,
    /// A remembered device's SRP verifier.
    DeviceVerifier,
    /// A message in the outbox, whose text contains the code.
    Message,
    /// Passwords of mail servers and webhooks that a pool's settings hold.
    Setting,
    /// A refresh token, which the client carries.
    RefreshToken,
    /// The session of a challenge, which the client carries.
    Session,
    /// The secret block of an SRP exchange, which the client carries.
    SecretBlock,
    /// A pagination token, which the client carries.
    PageToken,
    /// The hash of a confirmation code.
    Code,
    /// The hash of a token's or session's id.
    TokenId,
    /// Stable values for users that do not exist.
    SimulatedUser,
    /// Ids of the development profile's first pool and client.
    StarterId,
    /// What attempts are counted by: users, addresses, sources.
    Limit,
    /// The stored value that shows at start whether the master key is the one of the database.
    KeyCheck,
    /// A password's Argon2id hash.
    PasswordHash,
    /// The hash of a device that a user signed in from.
    KnownDevice,
    /// The token by which a user says whose a sign-in was.
    EventFeedback,
    /// What is secret among the details of an identity provider.
    ProviderSecret,
    /// The secret of an administrator's access key.
    AccessKey,
    /// The signature of a URL that a file with users is uploaded to.
    ImportUrl,
    /// A piece of a file with users.
    ImportFile,
    /// A piece of a file that user pools are exported to.
    Export,
    /// The keys that a user pool has brought from another server.
    ImportedTokenKeys,
    /// What one login page leaves for the next, which the browser carries.
    PageData,
}

impl KeyPurpose {
    /// All purposes, in the order of their discriminants.
    pub(super) const ALL: [Self; 27] = [
        Self::SrpVerifier,
        Self::SigningKey,
        Self::ClientSecret,
        Self::TotpSeed,
        Self::DeviceVerifier,
        Self::Message,
        Self::Setting,
        Self::RefreshToken,
        Self::Session,
        Self::SecretBlock,
        Self::PageToken,
        Self::Code,
        Self::TokenId,
        Self::SimulatedUser,
        Self::StarterId,
        Self::Limit,
        Self::KeyCheck,
        Self::PasswordHash,
        Self::KnownDevice,
        Self::EventFeedback,
        Self::ProviderSecret,
        Self::AccessKey,
        Self::ImportUrl,
        Self::ImportFile,
        Self::Export,
        Self::ImportedTokenKeys,
        Self::PageData,
    ];

    /// The label in the key derivation. A changed label would make stored values unreadable.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::SrpVerifier => "srp verifier",
            Self::SigningKey => "signing key",
            Self::ClientSecret => "client secret",
            Self::TotpSeed => "totp seed",
            Self::DeviceVerifier => "device verifier",
            Self::Message => "message",
            Self::Setting => "setting",
            Self::RefreshToken => "refresh token",
            Self::Session => "session",
            Self::SecretBlock => "secret block",
            Self::PageToken => "page token",
            Self::Code => "code",
            Self::TokenId => "token id",
            Self::SimulatedUser => "simulated user",
            Self::StarterId => "starter id",
            Self::Limit => "limit",
            Self::KeyCheck => "key check",
            Self::PasswordHash => "password hash",
            Self::KnownDevice => "known device",
            Self::EventFeedback => "event feedback",
            Self::ProviderSecret => "provider secret",
            Self::AccessKey => "access key",
            Self::ImportUrl => "import url",
            Self::ImportFile => "import file",
            Self::Export => "export",
            Self::ImportedTokenKeys => "imported token keys",
            Self::PageData => "page data",
        }
    }
}
