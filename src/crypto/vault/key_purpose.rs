//! What values are sealed and hashed for.

/// What a value is sealed or hashed for. Each has its own keys.
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
    /// A message waiting for delivery: its text carries the code.
    Message,
    /// Passwords of mail servers and webhooks that a pool's settings hold.
    Setting,
    /// A refresh token in a client's hands.
    RefreshToken,
    /// The session of a challenge in a client's hands.
    Session,
    /// The secret block of an SRP exchange in a client's hands.
    SecretBlock,
    /// A pagination token in a client's hands.
    PageToken,
    /// The hash of a confirmation code.
    Code,
    /// The hash of a token's or session's id.
    TokenId,
    /// Stable answers for users that do not exist.
    SimulatedUser,
    /// Ids of the development profile's first pool and client.
    StarterId,
    /// What tells at the start whether the master key is the database's.
    KeyCheck,
}

impl KeyPurpose {
    /// All of them, in the order of their discriminants.
    pub(super) const ALL: [Self; 16] = [
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
        Self::KeyCheck,
    ];

    /// The name that enters the key derivation. Never change one: what was sealed under it would
    /// not open again.
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
            Self::KeyCheck => "key check",
        }
    }
}
