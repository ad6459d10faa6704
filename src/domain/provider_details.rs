//! `ProviderDetails` of an identity provider: how it is reached, and what it is asked for (administration 4.1, 4.2).

use std::collections::BTreeMap;

use secrecy::SecretString;
use url::{Host, Url};

use super::provider_type::ProviderType;
use super::saml_metadata::SamlMetadata;

/// The details by their keys.
pub type Details = BTreeMap<String, String>;
/// The secrets among them.
pub type Secrets = BTreeMap<String, SecretString>;

/// The most bytes of a provider's details. The document of a SAML provider has half of it at the most.
const MAX_BYTES: usize = 262_144;

const CLIENT_ID: &str = "client_id";
/// The secret that the server shares with the provider.
pub const CLIENT_SECRET: &str = "client_secret";
/// Apple's private key, which is never shown.
pub const PRIVATE_KEY: &str = "private_key";
const SCOPES: &str = "authorize_scopes";
/// What a social provider needs at least.
const SOCIAL: [&str; 3] = [CLIENT_ID, CLIENT_SECRET, SCOPES];
const ISSUER: &str = "oidc_issuer";
const METHOD: &str = "attributes_request_method";
const FILE: &str = "MetadataFile";
const URL: &str = "MetadataURL";
/// The most bytes of an origin, of which each link has a copy.
const MAX_ORIGIN_BYTES: usize = 1_024;
const REDIRECT_BINDING: &str = "SSORedirectBindingURI";
const LOGOUT_BINDING: &str = "SLORedirectBindingURI";
const OWN_CERTIFICATE: &str = "ActiveEncryptionCertificate";
const FACEBOOK_VERSION: &str = "api_version";

/// The details that are complete, and the secrets taken out of them.
#[derive(Debug)]
pub struct Complete {
    /// What is no secret.
    pub details: Details,
    /// What is.
    pub secrets: Secrets,
    /// What the provider's accounts belong to, whatever the provider is called: of SAML the entity id, or the address
    /// of metadata that is not read yet; of OpenID Connect the issuer; of others their type.
    pub origin: String,
}

/// Checks the details that a request gives, and adds what follows from the type and from them.
///
/// Slow, if there is a large document: not to be called while a transaction is open.
///
/// # Errors
/// [`DetailsFault`].
pub fn complete(kind: ProviderType, mut details: Details) -> Result<Complete, DetailsFault> {
    let bytes: usize = details
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if bytes > MAX_BYTES {
        return Err(DetailsFault::TooLong(MAX_BYTES));
    }
    let has = |key: &&str| details.get(*key).is_some_and(|value| !value.is_empty());
    let needs = |keys: &[&str], fault| {
        if keys.iter().all(has) {
            Ok(())
        } else {
            Err(fault)
        }
    };
    let origin = match kind {
        ProviderType::Saml => complete_saml(&mut details)?,
        ProviderType::Oidc => {
            let all = [CLIENT_ID, METHOD, SCOPES, ISSUER];
            needs(&all, DetailsFault::OidcIncomplete)?;
            complete_oidc(&mut details)?
        }
        ProviderType::SignInWithApple => {
            let all = [CLIENT_ID, "team_id", "key_id", PRIVATE_KEY];
            needs(&all, DetailsFault::AppleIncomplete)?;
            needs(&[SCOPES], DetailsFault::SocialIncomplete)?;
            add(&mut details, &APPLE);
            kind.as_str().to_owned()
        }
        ProviderType::Google => {
            needs(&SOCIAL, DetailsFault::SocialIncomplete)?;
            add(&mut details, &GOOGLE);
            kind.as_str().to_owned()
        }
        ProviderType::Facebook => {
            needs(&SOCIAL, DetailsFault::SocialIncomplete)?;
            complete_facebook(&mut details)?;
            kind.as_str().to_owned()
        }
        ProviderType::LoginWithAmazon => {
            needs(&SOCIAL, DetailsFault::SocialIncomplete)?;
            add(&mut details, &AMAZON);
            kind.as_str().to_owned()
        }
    };
    let secrets = [CLIENT_SECRET, PRIVATE_KEY]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), details.remove(key)?.into())))
        .collect();
    Ok(Complete {
        details,
        secrets,
        origin,
    })
}

/// Whether the details of a SAML provider have its metadata as a document, and not only its address.
#[must_use]
pub fn has_document(details: &Details) -> bool {
    details.get(FILE).is_some_and(|file| !file.is_empty())
}

/// A key, and the value that it has unless another is given.
type Added = (&'static str, &'static str);

const GOOGLE: [Added; 6] = [
    (
        "attributes_url",
        "https://people.googleapis.com/v1/people/me?personFields=",
    ),
    ("attributes_url_add_attributes", "true"),
    (
        "authorize_url",
        "https://accounts.google.com/o/oauth2/v2/auth",
    ),
    (ISSUER, "https://accounts.google.com"),
    ("token_request_method", "POST"),
    ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
];
const AMAZON: [Added; 5] = [
    ("attributes_url", "https://api.amazon.com/user/profile"),
    ("attributes_url_add_attributes", "false"),
    ("authorize_url", "https://www.amazon.com/ap/oa"),
    ("token_request_method", "POST"),
    ("token_url", "https://api.amazon.com/auth/o2/token"),
];
const APPLE: [Added; 5] = [
    ("attributes_url_add_attributes", "false"),
    ("authorize_url", "https://appleid.apple.com/auth/authorize"),
    (ISSUER, "https://appleid.apple.com"),
    ("token_request_method", "POST"),
    ("token_url", "https://appleid.apple.com/auth/token"),
];
const OIDC: [Added; 1] = [("attributes_url_add_attributes", "false")];

fn add(details: &mut Details, added: &[Added]) {
    for (key, value) in added {
        details
            .entry((*key).to_owned())
            .or_insert_with(|| (*value).to_owned());
    }
}

fn complete_facebook(details: &mut Details) -> Result<(), DetailsFault> {
    let version = details
        .entry(FACEBOOK_VERSION.to_owned())
        .or_insert_with(|| "v17.0".to_owned())
        .clone();
    let is_version = version
        .strip_prefix('v')
        .and_then(|numbers| numbers.split_once('.'))
        .is_some_and(|numbers| {
            let is_number = |text: &str| {
                !text.is_empty() && text.len() < 6 && text.bytes().all(|b| b.is_ascii_digit())
            };
            is_number(numbers.0) && is_number(numbers.1)
        });
    if !is_version {
        return Err(DetailsFault::Value(FACEBOOK_VERSION));
    }
    for (key, value) in [
        (
            "attributes_url",
            format!("https://graph.facebook.com/{version}/me?fields="),
        ),
        ("attributes_url_add_attributes", "true".to_owned()),
        (
            "authorize_url",
            format!("https://www.facebook.com/{version}/dialog/oauth"),
        ),
        ("token_request_method", "GET".to_owned()),
        (
            "token_url",
            format!("https://graph.facebook.com/{version}/oauth/access_token"),
        ),
    ] {
        details.entry(key.to_owned()).or_insert(value);
    }
    Ok(())
}

fn complete_oidc(details: &mut Details) -> Result<String, DetailsFault> {
    if let Some(method) = details.get(METHOD)
        && !["GET", "POST"].contains(&method.as_str())
    {
        return Err(DetailsFault::RequestMethod(method.clone()));
    }
    for key in [
        ISSUER,
        "authorize_url",
        "token_url",
        "attributes_url",
        "jwks_uri",
    ] {
        if let Some(address) = details.get(key).filter(|address| !address.is_empty())
            && !is_protected(address)
        {
            return Err(DetailsFault::PlainHttp);
        }
    }
    add(details, &OIDC);
    let issuer = details.get(ISSUER).cloned().unwrap_or_default();
    if issuer.len() > MAX_ORIGIN_BYTES {
        return Err(DetailsFault::Value(ISSUER));
    }
    Ok(issuer)
}

/// Whether the address begins with `https`, or leads to this machine.
fn is_protected(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_local)
}

/// Whether the address is one that a browser or the server can be sent to.
fn is_address(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
}

fn complete_saml(details: &mut Details) -> Result<String, DetailsFault> {
    // The server's own: what was described before may come back in an update.
    details.remove(OWN_CERTIFICATE);
    for key in ["IDPSignout", "EncryptedResponses", "IDPInit"] {
        if details
            .get(key)
            .is_some_and(|value| !["true", "false"].contains(&value.as_str()))
        {
            return Err(DetailsFault::Value(key));
        }
    }
    let algorithm = "RequestSigningAlgorithm";
    if details
        .get(algorithm)
        .is_some_and(|value| value != "rsa-sha256")
    {
        return Err(DetailsFault::Value(algorithm));
    }
    let given = |key: &str| details.get(key).filter(|value| !value.is_empty());
    match (given(FILE), given(URL)) {
        (None, None) => Err(DetailsFault::NoMetadata),
        (Some(_), Some(_)) => Err(DetailsFault::TwoMetadata),
        (None, Some(address)) => {
            if is_address(address) && address.len() <= MAX_ORIGIN_BYTES {
                Ok(address.clone())
            } else {
                Err(DetailsFault::Value(URL))
            }
        }
        (Some(file), None) => {
            let metadata = SamlMetadata::read(file).ok_or(DetailsFault::NotMetadata)?;
            // SAML has no longer entity ids (SAML 2.0 Core, 8.3.6).
            if metadata.entity_id.is_empty() || metadata.entity_id.len() > MAX_ORIGIN_BYTES {
                return Err(DetailsFault::NotMetadata);
            }
            for (key, found) in [
                (REDIRECT_BINDING, metadata.sign_in),
                (LOGOUT_BINDING, metadata.sign_out),
            ] {
                details.remove(key);
                if let Some(found) = found {
                    if !is_address(&found) {
                        return Err(DetailsFault::NotMetadata);
                    }
                    details.insert(key.to_owned(), found);
                }
            }
            Ok(metadata.entity_id)
        }
    }
}

/// What is wrong with details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetailsFault {
    /// They have more bytes than this.
    TooLong(usize),
    /// A SAML provider has no metadata.
    NoMetadata,
    /// A SAML provider has metadata from two places.
    TwoMetadata,
    /// The document is no metadata of an identity provider.
    NotMetadata,
    /// What an OpenID Connect provider needs is not all there.
    OidcIncomplete,
    /// What a social provider needs is not all there.
    SocialIncomplete,
    /// What Apple needs is not all there.
    AppleIncomplete,
    /// An address is not protected by TLS.
    PlainHttp,
    /// Attributes are to be requested by an unknown method.
    RequestMethod(String),
    /// This detail has a value that it cannot have.
    Value(&'static str),
}

#[cfg(test)]
mod tests;
