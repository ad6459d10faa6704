//! The reasons for which a signature is refused.

use std::fmt;
use std::net::IpAddr;

use crate::model::ErrorCode;
use crate::protocol::Error;

/// Why a signature is refused. `Display` is the message for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// There is no `Authorization` header.
    Missing,
    /// The header is incomplete or malformed.
    Incomplete(String),
    /// The access key is not known.
    UnknownKey,
    /// The signature was made with another secret or over another request.
    Mismatch,
    /// The signature is for another service, region or time.
    Invalid(String),
    /// Any credentials are accepted, but the request may come from a web page.
    WebPage,
    /// Any credentials are accepted, but not from this address.
    ForeignNetwork(Option<IpAddr>),
}

impl SignatureError {
    /// The error's type on the wire. The status is 400 for each of them.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Missing => ErrorCode::MissingAuthenticationTokenException,
            Self::Incomplete(_) => ErrorCode::IncompleteSignatureException,
            Self::UnknownKey => ErrorCode::UnrecognizedClientException,
            Self::Mismatch | Self::Invalid(_) => ErrorCode::InvalidSignatureException,
            Self::WebPage | Self::ForeignNetwork(_) => ErrorCode::AccessDeniedException,
        }
    }
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing Authentication Token",
            Self::UnknownKey => "The security token included in the request is invalid.",
            Self::Mismatch => {
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method. Consult the service \
                 documentation for details."
            }
            Self::ForeignNetwork(source) => {
                let source =
                    source.map_or_else(|| "an unknown address".to_owned(), |ip| ip.to_string());
                return write!(
                    f,
                    "In the development profile any credentials are accepted, but only from the \
                     networks of admin.accept_any_credentials_from, and this request comes from \
                     {source}. List its network there, or configure admin.access_keys."
                );
            }
            Self::WebPage => {
                "In the development profile any credentials are accepted, so signed operations \
                 are refused to web pages, and under host names that the public DNS may have. Use \
                 localhost, an address, or the host of server.public_url, or configure \
                 admin.access_keys."
            }
            Self::Incomplete(message) | Self::Invalid(message) => message,
        })
    }
}

impl From<SignatureError> for Error {
    fn from(error: SignatureError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}
