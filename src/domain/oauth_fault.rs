//! Why an endpoint of OAuth refuses (domain 3.4, 4): the errors of RFC 6749 and RFC 7009.

/// A refusal of the token endpoint or the revocation endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OAuthFault {
    /// A parameter is missing, unknown or comes twice, or the proof of PKCE is wrong.
    InvalidRequest,
    /// The app client is unknown or does not prove its secret.
    InvalidClient,
    /// The code or refresh token is of no use, or of no use to this app client.
    InvalidGrant,
    /// The app client may not use this grant.
    UnauthorizedClient,
    /// The code was sent to another address than the one that the request names.
    InvalidRedirect,
    /// There is no such grant.
    UnsupportedGrantType,
    /// The app client may not have a scope.
    InvalidScope,
    /// A token of this type is not revoked.
    UnsupportedTokenType,
}
