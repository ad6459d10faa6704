//! Passkeys: what is kept of one, and which pages may use it.

use url::{Host, Url};

use super::sign_in_settings::UserVerification;
use super::time::Timestamp;

/// The most passkeys of a user (behaviour 8).
pub const MOST_PASSKEYS: i64 = 20;

/// A passkey that a user has registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The id that the authenticator gave it, base64url without padding.
    pub credential_id: String,
    /// The domain that it was made for; browsers let no other page use it.
    pub relying_party_id: String,
    /// The public key, and what else checking a signature needs, as `crypto::passkeys` writes it.
    pub credential: String,
    /// The authenticator's signature counter when the passkey was last used; 0 where it does not count.
    pub counter: u32,
    /// The ways by which a browser reaches the authenticator, such as `internal` or `usb`.
    pub transports: Vec<String>,
    /// Whether the authenticator is built into a device, if the browser told.
    pub attachment: Option<Attachment>,
    /// A name that tells the user's passkeys apart.
    pub friendly_name: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When the user last signed in with it.
    pub last_used_at: Option<Timestamp>,
}

/// Where an authenticator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// Built into the device.
    Platform,
    /// On its own: a security key, or a phone.
    CrossPlatform,
}

impl Attachment {
    /// The word of WebAuthn, which is also the API's and the store's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::CrossPlatform => "cross-platform",
        }
    }

    /// The attachment with this word. WebAuthn wants an unknown one to be ignored.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Platform, Self::CrossPlatform]
            .into_iter()
            .find(|attachment| attachment.as_str() == word)
    }
}

/// The name of a new passkey (administration 12.2).
#[must_use]
pub const fn friendly_name(attachment: Option<Attachment>) -> &'static str {
    match attachment {
        Some(Attachment::Platform) => "Platform passkey",
        Some(Attachment::CrossPlatform) => "Roaming passkey",
        None => "Passkey",
    }
}

/// A registration that has begun: what its response has to fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The challenge, base64url without padding.
    pub challenge: String,
    /// The app client that the user began it at.
    pub client_id: String,
    /// The domain that the passkey is to belong to.
    pub relying_party_id: String,
    /// Whether the authenticator has to verify its user.
    pub verification: UserVerification,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Whether a page of this origin may use passkeys of the domain `relying_party_id`: the page's host is the
/// domain or a subdomain of it, reached by HTTPS on any port. A host `localhost` may be reached by HTTP too,
/// since browsers trust it, and developers have no certificate for it.
#[must_use]
pub fn is_within(origin: &str, relying_party_id: &str) -> bool {
    let Ok(url) = Url::parse(origin) else {
        return false;
    };
    // An address has no subdomains, and browsers make no passkeys for one.
    let Some(Host::Domain(host)) = url.host() else {
        return false;
    };
    // What browsers write as an origin has nothing behind the port.
    if url.origin().ascii_serialization() != origin {
        return false;
    }
    let is_local = host == "localhost" || host.ends_with(".localhost");
    let is_secure = match url.scheme() {
        "https" => true,
        "http" => is_local,
        _ => false,
    };
    let is_domain = host == relying_party_id
        || host
            .strip_suffix(relying_party_id)
            .is_some_and(|before| before.ends_with('.'));
    is_secure && is_domain && !relying_party_id.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_within_the_domain_or_it_is_not() {
        for (origin, domain, expected) in [
            ("https://example.com", "example.com", true),
            ("https://example.com:8443", "example.com", true),
            ("https://login.example.com", "example.com", true),
            ("https://a.b.example.com", "example.com", true),
            ("http://localhost", "localhost", true),
            ("http://localhost:3000", "localhost", true),
            ("https://localhost:3000", "localhost", true),
            ("http://app.localhost:3000", "localhost", true),
            // Ends alike, and is another's domain.
            ("https://evil-example.com", "example.com", false),
            ("https://example.com.evil.net", "example.com", false),
            ("https://example.com", "login.example.com", false),
            ("https://com", "example.com", false),
            ("http://example.com", "example.com", false),
            ("http://notlocalhost", "localhost", false),
            ("http://127.0.0.1:3000", "localhost", false),
            ("http://127.0.0.1:3000", "127.0.0.1", false),
            ("https://[::1]", "::1", false),
            ("android:apk-key-hash:abc", "example.com", false),
            ("https://example.com/", "example.com", false),
            ("https://example.com/path", "example.com", false),
            ("https://user@example.com", "example.com", false),
            ("https://EXAMPLE.com", "example.com", false),
            ("https://example.com:443", "example.com", false),
            ("wss://example.com", "example.com", false),
            ("file:///etc/passwd", "example.com", false),
            ("null", "example.com", false),
            ("", "example.com", false),
            ("https://example.com", "", false),
            ("https://example.com.", "", false),
        ] {
            assert_eq!(is_within(origin, domain), expected, "{origin} {domain}");
        }
    }

    #[test]
    fn attachments_have_the_words_of_webauthn() {
        for (word, expected) in [
            ("platform", Some(Attachment::Platform)),
            ("cross-platform", Some(Attachment::CrossPlatform)),
            ("Platform", None),
            ("", None),
        ] {
            assert_eq!(Attachment::named(word), expected, "{word}");
        }
        assert_eq!(
            friendly_name(Some(Attachment::CrossPlatform)),
            "Roaming passkey"
        );
    }
}
