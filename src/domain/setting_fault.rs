//! What is wrong with the settings that a request gives a user pool or an app client.

use super::oauth_settings::OAuthFault;

/// A setting, or a combination of settings, that a user pool or an app client cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingFault {
    // User pools
    /// The pool would have both alias attributes and username attributes.
    AliasAndUsernameAttributes,
    /// `preferred_username` would be both a required attribute and an alias.
    PreferredUsernameRequiredAndAlias,
    /// This version of the server does not implement the setting.
    Unsupported(Unsupported),
    /// The first factors of sign-in are given without the password among them.
    FirstFactorsWithoutPassword,
    /// A code by SMS is a first factor of a pool that cannot send SMS.
    SmsCodeWithoutSms,
    /// The pool would have more tags than this.
    TooManyTags(usize),
    /// A tag has a key that AWS has reserved.
    ReservedTag(String),
    /// An attribute is to be verified before its update takes effect, but the pool does not verify it
    /// automatically.
    VerifiedBeforeUpdateOnly,
    /// The password policy and the older member of AdminCreateUserConfig give a temporary password
    /// different days.
    TemporaryPasswordDays,
    /// Recovery by an administrator is combined with another means.
    AdminRecoveryNotAlone,
    /// A means of recovery, or a priority among them, is given twice.
    RecoveryRepeated,
    /// The two members for the function before tokens name different ones.
    PreTokenFunctionsDiffer,
    /// Two levels of authentication would have one name.
    AcrValuesRepeated,
    /// A custom sender is given without the key for the codes that it sends.
    SenderWithoutKey,

    /// Second factors are asked for by a request that can set up none but SMS, and does not.
    SecondFactorNeedsSms,
    /// A request turns second factors off and sets one up.
    FactorsWhileOff,
    /// A request asks for second factors and sets up none.
    NoFactors,
    /// Second factors are required, and a code can be the first one.
    CodeAsFirstFactor,
    /// Second factors are required, and a passkey that is only one factor can be the first one.
    PasskeyAsSingleFactor,
    /// Passkeys are to belong to a name that is everybody's, as `co.uk` is.
    PasskeysOfPublicSuffix,

    // App clients
    /// The attributes that the client may read are not all readable by a client.
    ReadAttributes,
    /// The attributes that the client may write are not all writable by a client, or a required one
    /// is not among them.
    WriteAttributes,
    /// The pool has no such identity provider.
    UnknownProvider {
        /// The provider's name.
        provider: String,
        /// The pool's id.
        pool_id: String,
    },
    /// The pool has no such scope.
    UnknownScope(String),
    /// Its settings of OAuth do not fit together.
    OAuth(OAuthFault),
    /// Names of sign-in flows with and without the prefix `ALLOW_` are combined.
    MixedFlowNames,
    /// The flow for the client's own tokens is combined with another.
    ClientTokenFlowNotAlone,
    /// The refresh token flow is combined with refresh token rotation.
    RefreshFlowWithRotation,
    /// A token would live too short or too long.
    TokenValidity,
    /// The client's secret is given, and another one is to be generated.
    SecretGivenAndGenerated,
}

/// A setting that this version of the server does not implement. It is refused, so that no operator
/// relies on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// Encryption under the operator's key in AWS KMS.
    CustomerManagedKey,
}
