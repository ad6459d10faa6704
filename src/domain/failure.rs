//! Everything that can be refused, as facts. `operations::errors` gives each its wire name and
//! text, in one exhaustive match.

use super::acr::StepUpFault;
use super::app_client::AuthFlow;
use super::attribute::Contact;
pub use super::category::Category;
use super::client_secret::ClientSecretFault;
use super::customization_fault::CustomizationFault;
use super::feedback_fault::FeedbackFault;
use super::first_factor::Choice;
use super::group::GroupFault;
use super::identity_link::LinkFault;
use super::identity_provider::ProviderFault;
use super::log_delivery::LogDeliveryFault;
use super::managed_login_branding::BrandingFault;
use super::passkey_fault::PasskeyFault;
use super::pool_domain::DomainFault;
use super::provisioned_limit::LimitFault;
use super::resource_server::ResourceServerFault;
use super::risk_configuration::RiskFault;
use super::schema::Violation;
use super::schema_fault::SchemaFault;
use super::second_factor::{PreferenceFault, SecondFactor};
use super::session_tracking::TrackingFault;
use super::setting_fault::SettingFault;
use super::terms::TermsFault;
use super::tier::TierFault;
use super::token_exchange::TokenExchangeFault;
use super::trigger_settings::Trigger;
use super::user::UserStatus;
use super::user_import::ImportFault;

/// A refusal. A flow that returns one has committed nothing, save what is counted against limits, and what a
/// function refuses that is called after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    // Pools and clients
    /// No user pool has this id.
    PoolNotFound(String),
    /// The ARN is no user pool's.
    NotAPool(String),
    /// No app client has this id (in this pool).
    ClientNotFound(String),
    /// A pool or client cannot have these settings.
    Setting(SettingFault),
    /// A pool cannot have this schema.
    Schema(SchemaFault),
    /// There are as many as there may be.
    LimitReached(Limited, i64),
    /// The pool's settings protect it against deletion.
    DeletionProtected,
    /// The same thing was changed at the same time.
    ConcurrentChange,

    // Client secrets
    /// The client has a secret and the request no hash of it.
    SecretHashMissing(String),
    /// The client has a secret and the request does not carry it.
    SecretMissing(String),
    /// The hash does not fit the secret, the username and the client.
    SecretHashWrong(String),
    /// The hash that comes with a refresh token does not fit the secret, the token's user and the
    /// client.
    RefreshSecretHashWrong(String),

    // Users
    /// There is no such user, and the caller may know it.
    UserNotFound,
    /// The function that knows users from elsewhere did not accept the user; with the app client's id.
    UserNotMigrated(String),
    /// The username is taken.
    UsernameExists,
    /// The e-mail address or phone number that is the username is taken.
    ContactIsUsername(Contact),
    /// Another user signs in with this attribute's value.
    AliasExists(&'static str),
    /// The username must be one of these contacts.
    UsernameMustBe(Vec<Contact>),
    /// A username in a contact's format could be mistaken for an alias.
    UsernameLooksLike(Contact),
    /// Only administrators make users in this pool.
    SignUpNotPermitted,
    /// The user is switched off.
    UserDisabled,
    /// The sign-up is not confirmed yet.
    UserNotConfirmed,
    /// An administrator reset the password.
    PasswordResetRequired,
    /// The user cannot be confirmed in this status.
    CannotConfirm(UserStatus),
    /// A code was asked for, but the user is confirmed.
    AlreadyConfirmed,
    /// A code was asked for, but the pool verifies nothing by itself.
    AutoVerificationOff,
    /// An invitation can be repeated only while the user has a temporary password.
    CannotResendInvitation,
    /// The user has no address for the message.
    NoContact(Contact),

    // Attributes
    /// The change of attributes breaks the schema.
    Attributes(Vec<Violation>),
    /// `sub` and the verified flags are not the client's to change.
    NotMutable(String),
    /// A value is null.
    NullAttribute(String),
    /// The client may not write one of the attributes.
    UnauthorizedAttribute,
    /// Not an e-mail address, or not a phone number.
    MalformedContact(Contact),
    /// The contact that is the username is given another value among the attributes.
    UsernameAttributeDiffers(Contact),
    /// A verified flag without the contact that it describes.
    FlagWithoutContact(Contact),
    /// Neither `email` nor `phone_number`.
    NotVerifiable,
    /// The user has no value to verify.
    NothingToVerify(Contact),
    /// A preferred username that is an alias waits for the confirmation.
    PreferredUsernameTooEarly,
    /// The answer to the new-password challenge has no new password.
    NewPasswordMissing,
    /// An attribute that the new-password challenge asked for is not there.
    NewPasswordAttributeMissing(String),
    /// The new-password challenge may not change what the user has.
    NewPasswordAttributeProvided(String),

    // Passwords
    /// A user without a password needs a passwordless factor, which the pool does not have.
    PasswordMissing,
    /// The password breaks the policy.
    Password(PasswordFault),
    /// The password is one that is known to others.
    PasswordKnown,
    /// The password was used before.
    PasswordReused,
    /// The password, or the user, is wrong.
    WrongCredentials,
    /// Locked for a while after wrong passwords.
    PasswordAttemptsExceeded,
    /// A temporary password outlived its days.
    TemporaryPasswordExpired,
    /// No verified contact to send a recovery code to.
    NoRecoveryContact,
    /// The pool leaves recovery to administrators.
    RecoveryByAdminOnly,
    /// The password cannot be reset while the user has a temporary one.
    CannotResetPassword,

    // Codes
    /// Not the code that was sent.
    CodeMismatch,
    /// The code's time is over, it was redeemed, or none was sent.
    CodeExpired,
    /// Too many tries in the name of one user, or messages to one address.
    AttemptLimitExceeded,
    /// Too many requests from one source, by one app client, or in the pool.
    TooManyRequests,
    /// Too many messages of the pool, or to the recipient, wait for their delivery.
    OutboxFull,

    // Sign-in
    /// The client does not allow the flow.
    FlowNotEnabled(AuthFlow),
    /// The operation does not know the flow.
    FlowNotSupported,
    /// The pool has no triggers for custom challenges.
    CustomAuthNotConfigured,
    /// A parameter of the flow or challenge is missing.
    MissingParameter(String),
    /// What the first factor begins with is missing: the password, or SRP's A.
    FirstFactorIncomplete(Choice),
    /// The SRP timestamp is not in the one accepted shape.
    MalformedTimestamp,
    /// The client's SRP value is zero modulo N, or no number.
    MalformedSrpA,
    /// The challenge's session is not one of ours, or another user's.
    InvalidSession,
    /// The session's time is over.
    SessionExpired,
    /// The session was used.
    SessionSpent,
    /// The challenge is not the one that the session waits for, or does not exist here.
    ChallengeNotSupported,

    // Second factors
    /// Not the code that was sent, or that the user's app shows.
    SignInCodeMismatch(SecondFactor),
    /// The code of the app was accepted before.
    SoftwareTokenReused,
    /// The code does not prove the app that is being set up.
    SoftwareTokenNotProven,
    /// The pool has no authenticator apps.
    SoftwareTokenNotInPool,
    /// The factor is not one of those that the user may choose.
    FactorNotOffered,
    /// The sign-in cannot reach the level that it was asked to reach.
    StepUp(StepUpFault),
    /// The user's preferences cannot be these.
    Preference(PreferenceFault),
    /// Only codes by SMS to the phone number can be turned on in the legacy way.
    MfaOption,
    /// The pool does not take passkeys for both factors.
    WebAuthnMfaNotInPool,
    /// Neither an access token nor a session.
    NoTokenOrSession,

    // Passkeys
    /// A passkey is not registered, found or deleted.
    Passkey(PasskeyFault),

    /// Something is not done with a client's secrets.
    ClientSecret(ClientSecretFault),
    /// The pool's tier lacks something.
    Tier(TierFault),
    /// No token is derived, or none issued to a client.
    TokenExchange(TokenExchangeFault),

    // Groups
    /// Something is not done with a group.
    Group(GroupFault),

    // Looks
    /// Something is not done with terms.
    Terms(TermsFault),
    /// A risk configuration is not set.
    Risk(RiskFault),
    /// Log delivery is not configured.
    LogDelivery(LogDeliveryFault),
    /// Something is not done with a domain.
    Domain(DomainFault),
    /// The look of the login pages is not set or not shown.
    Customization(CustomizationFault),
    /// Something is not done with a managed login branding.
    Branding(BrandingFault),
    /// Pools have no replicas, since a server has one region.
    NoReplicas,
    /// A limit is not shown or not changed.
    ProvisionedLimit(LimitFault),
    // Identity providers
    /// Something is not done with an identity provider.
    Provider(ProviderFault),

    /// An account at an identity provider is not linked.
    Link(LinkFault),

    // Resource servers
    /// Something is not done with a resource server.
    ResourceServer(ResourceServerFault),

    /// Something is not done with an import of users, or because of one.
    Import(ImportFault),

    // Events
    /// Feedback on an event is not taken.
    Feedback(FeedbackFault),

    // Sessions
    /// A session is not revoked, or its pool not configured.
    Tracking(TrackingFault),

    // Devices
    /// The user has no device with this key.
    DeviceNotFound,
    /// Not a device key that this sign-in has issued, or no device key at all.
    DeviceKeyNotIssued,
    /// The device is confirmed already.
    DeviceExists,
    /// The salt or the verifier of a device is no number of the group.
    MalformedDeviceVerifier,

    // Tokens
    /// Not an access token of ours.
    InvalidAccessToken,
    /// Its signature is not by the pool's key.
    AccessTokenSignature,
    /// Its time is over.
    AccessTokenExpired,
    /// It, or the session it comes from, was revoked.
    AccessTokenRevoked,
    /// It lacks `aws.cognito.signin.user.admin`.
    AccessTokenScope,
    /// Not a refresh token of ours for this client.
    InvalidRefreshToken,
    /// Its time is over.
    RefreshTokenExpired,
    /// It was revoked.
    RefreshTokenRevoked,
    /// It was replaced by rotation, and its grace period is over.
    RefreshTokenReused,
    /// Not a refresh token at all.
    UnsupportedTokenType,
    /// The client does not revoke tokens.
    RevocationDisabled,
    /// The token belongs to another client.
    TokenOfAnotherClient,

    // Triggers
    /// The function refuses, with this text.
    TriggerRefused(Trigger, String),
    /// The function was not reached, or did not answer.
    TriggerFailed(Trigger, TriggerProblem),
    /// The function's answer is not what the trigger's answer is.
    TriggerAnswerInvalid(Trigger),

    // Lists
    /// The filter is not of the one form.
    FilterSyntax,
    /// The filter's attribute cannot be searched by.
    FilterAttribute(String),
    /// An attribute was asked for that a user of the page lacks.
    AttributeNotPresent,
    /// This page token is not one of the server's for this list.
    InvalidPageToken(String),
}

impl Failure {
    /// The kind of this refusal.
    #[must_use]
    pub const fn category(&self) -> Category {
        match self {
            Self::PoolNotFound(_)
            | Self::ClientNotFound(_)
            | Self::UserNotFound
            | Self::DeviceNotFound
            | Self::UserNotMigrated(_) => Category::NotFound,
            Self::ClientSecret(fault) => fault.category(),
            Self::Tier(fault) => fault.category(),
            Self::TokenExchange(fault) => fault.category(),
            Self::Group(fault) => fault.category(),
            Self::Terms(fault) => fault.category(),
            Self::Risk(fault) => fault.category(),
            Self::LogDelivery(fault) => fault.category(),
            Self::Domain(fault) => fault.category(),
            Self::Customization(fault) => fault.category(),
            Self::Branding(fault) => fault.category(),
            Self::ProvisionedLimit(fault) => fault.category(),
            Self::Link(fault) => fault.category(),
            Self::Provider(fault) => fault.category(),
            Self::ResourceServer(fault) => fault.category(),
            Self::Import(fault) => fault.category(),
            Self::Feedback(fault) => fault.category(),
            Self::Tracking(fault) => fault.category(),
            Self::Passkey(fault) => fault.category(),
            Self::UsernameExists
            | Self::ContactIsUsername(_)
            | Self::AliasExists(_)
            | Self::DeviceExists => Category::AlreadyExists,
            Self::NotAPool(_)
            | Self::Setting(_)
            | Self::Schema(_)
            | Self::UsernameMustBe(_)
            | Self::UsernameLooksLike(_)
            | Self::NoContact(_)
            | Self::Attributes(_)
            | Self::NotMutable(_)
            | Self::NullAttribute(_)
            | Self::MalformedContact(_)
            | Self::UsernameAttributeDiffers(_)
            | Self::FlagWithoutContact(_)
            | Self::NotVerifiable
            | Self::NothingToVerify(_)
            | Self::PreferredUsernameTooEarly
            | Self::NewPasswordMissing
            | Self::NewPasswordAttributeMissing(_)
            | Self::NewPasswordAttributeProvided(_)
            | Self::PasswordMissing
            | Self::Password(_)
            | Self::PasswordKnown
            | Self::PasswordReused
            | Self::CodeMismatch
            | Self::MissingParameter(_)
            | Self::FirstFactorIncomplete(_)
            | Self::MalformedTimestamp
            | Self::MalformedSrpA
            | Self::SignInCodeMismatch(_)
            | Self::SoftwareTokenNotProven
            | Self::FactorNotOffered
            | Self::StepUp(_)
            | Self::Preference(_)
            | Self::MfaOption
            | Self::NoTokenOrSession
            | Self::DeviceKeyNotIssued
            | Self::MalformedDeviceVerifier
            | Self::FilterSyntax
            | Self::FilterAttribute(_)
            | Self::AttributeNotPresent
            | Self::InvalidPageToken(_) => Category::InvalidInput,
            Self::SecretHashMissing(_)
            | Self::SecretMissing(_)
            | Self::SecretHashWrong(_)
            | Self::RefreshSecretHashWrong(_)
            | Self::WrongCredentials
            | Self::InvalidSession
            | Self::InvalidAccessToken
            | Self::AccessTokenSignature
            | Self::AccessTokenRevoked
            | Self::InvalidRefreshToken
            | Self::RefreshTokenRevoked
            | Self::RefreshTokenReused => Category::Unauthenticated,
            Self::SignUpNotPermitted
            | Self::UserDisabled
            | Self::UnauthorizedAttribute
            | Self::RecoveryByAdminOnly
            | Self::AccessTokenScope
            | Self::TokenOfAnotherClient
            | Self::TriggerRefused(..) => Category::Forbidden,
            Self::DeletionProtected
            | Self::UserNotConfirmed
            | Self::PasswordResetRequired
            | Self::CannotConfirm(_)
            | Self::AlreadyConfirmed
            | Self::CannotResendInvitation
            | Self::CannotResetPassword
            | Self::NoRecoveryContact => Category::WrongState,
            Self::TemporaryPasswordExpired
            | Self::CodeExpired
            | Self::SoftwareTokenReused
            | Self::SessionExpired
            | Self::SessionSpent
            | Self::AccessTokenExpired
            | Self::RefreshTokenExpired => Category::Expired,
            Self::LimitReached(..)
            | Self::PasswordAttemptsExceeded
            | Self::AttemptLimitExceeded
            | Self::TooManyRequests
            | Self::OutboxFull => Category::LimitReached,
            Self::AutoVerificationOff
            | Self::FlowNotEnabled(_)
            | Self::FlowNotSupported
            | Self::CustomAuthNotConfigured
            | Self::ChallengeNotSupported
            | Self::SoftwareTokenNotInPool
            | Self::WebAuthnMfaNotInPool
            | Self::UnsupportedTokenType
            | Self::RevocationDisabled
            | Self::NoReplicas => Category::NotEnabled,
            Self::ConcurrentChange => Category::Conflict,
            Self::TriggerFailed(..) | Self::TriggerAnswerInvalid(_) => Category::Dependency,
        }
    }
}

/// Why a trigger's function brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerProblem {
    /// The configuration does not say where the function is reached.
    NotConfigured,
    /// It did not answer in time.
    TimedOut,
    /// There was no connection, or it broke.
    Unreachable,
    /// What stands in front of the function answered with this HTTP status.
    Status(u16),
}

/// What there can be only so many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// User pools of a region.
    UserPools,
    /// App clients of a pool.
    AppClients,
    /// Passkeys of a user.
    Passkeys,
    /// Groups of a pool.
    Groups,
    /// Accounts at identity providers that are linked to a user.
    IdentityLinks,
    /// Identity providers of a pool.
    IdentityProviders,
    /// Resource servers of a pool.
    ResourceServers,
}

/// What a password lacks; one is named at a time (behaviour 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    /// Characters.
    TooShort,
    /// An upper-case letter.
    NoUppercase,
    /// A lower-case letter.
    NoLowercase,
    /// A digit.
    NoNumber,
    /// A symbol.
    NoSymbol,
}
