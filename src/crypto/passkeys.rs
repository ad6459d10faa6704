//! Checking what authenticators sign. webauthn-rs-core reads and verifies it; this module hands it what the
//! server expects, and takes its findings (ADR 39).
//!
//! Whether the page may use the passkey is judged by [`crate::domain::passkey::is_within`]; the library is told
//! only the one origin that was judged, and checks that the signed bytes name it.

use std::sync::LazyLock;
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;
use tracing::subscriber::{NoSubscriber, with_default};
use url::Url;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AttestationFormat, AttestationMetadata, AuthenticationExtensionsClientOutputs,
    AuthenticationState, AuthenticatorAssertionResponseRaw, AuthenticatorAttestationResponseRaw,
    COSEAlgorithm, COSEEC2Key, COSEKey, COSEKeyType, Credential, ECDSACurve, ParsedAttestation,
    ParsedAttestationData, PublicKeyCredential, RegisterPublicKeyCredential, RegisteredExtensions,
    RegistrationExtensionsClientOutputs, RegistrationState, UserVerificationPolicy,
};

use super::CryptoError;
use crate::domain::passkey::Passkey;
use crate::domain::passkey_fault::PasskeyFault;
use crate::domain::passkey_response::{self, AuthenticationResponse, RegistrationResponse};
use crate::domain::sign_in_settings::UserVerification;

/// The only kind of credential that WebAuthn has.
const PUBLIC_KEY: &str = "public-key";

/// What a response has to fit.
pub struct Expected<'a> {
    /// The domain of the passkey.
    pub relying_party_id: &'a str,
    /// The origin that the response names, and that was found to be within the domain.
    pub origin: &'a str,
    /// The challenge, base64url without padding.
    pub challenge: &'a str,
    /// Whether the authenticator has to verify its user.
    pub verification: UserVerification,
}

impl Expected<'_> {
    /// The library for this domain and origin; `None` if the origin is no URL.
    fn library(&self) -> Option<WebauthnCore> {
        let origin = Url::parse(self.origin).ok()?;
        Some(WebauthnCore::new_unsafe_experts_only(
            self.relying_party_id,
            self.relying_party_id,
            vec![origin],
            // The library only hands it on to browsers.
            Duration::ZERO,
            Some(false),
            Some(false),
        ))
    }

    const fn policy(&self) -> UserVerificationPolicy {
        match self.verification {
            UserVerification::Required => UserVerificationPolicy::Required,
            UserVerification::Preferred => UserVerificationPolicy::Preferred,
        }
    }
}

/// A new credential.
pub struct NewCredential {
    /// What later responses are checked with, as the store keeps it: the library's JSON.
    pub document: String,
    /// The authenticator's signature counter.
    pub counter: u32,
}

/// What a right response to a sign-in shows.
pub struct VerifiedAssertion {
    /// What the store keeps of the credential from now on.
    pub document: String,
    /// The authenticator's signature counter.
    pub counter: u32,
    /// Whether the authenticator has verified its user.
    pub user_verified: bool,
    /// Whether the passkey can be copied to other machines.
    pub is_synced: bool,
}

/// Runs the library without its log: a stranger's response is no event, and some of its lines repeat it.
fn silently<T>(run: impl FnOnce() -> T) -> T {
    with_default(NoSubscriber::default(), run)
}

/// Checks the response to a registration. A statement about the authenticator is not asked for; one that is
/// given has to be right, and is not kept.
///
/// # Errors
/// Why the response does not register a passkey.
pub fn verify_registration(
    expected: &Expected<'_>,
    response: &RegistrationResponse,
) -> Result<NewCredential, PasskeyFault> {
    let library = expected.library().ok_or(PasskeyFault::Origin)?;
    // The library makes challenges of its own, of another length; so the state is given to it in the form in
    // which it stores one.
    let state: RegistrationState = serde_json::from_value(json!({
        "policy": expected.policy(),
        "exclude_credentials": [],
        "challenge": expected.challenge,
        "credential_algorithms": [COSEAlgorithm::ES256, COSEAlgorithm::RS256],
        "require_resident_key": true,
        "authenticator_attachment": null,
        "extensions": {},
        "allow_synchronised_authenticators": true,
    }))
    .map_err(|_| PasskeyFault::Malformed)?;
    let given = RegisterPublicKeyCredential {
        id: passkey_response::text(&response.credential_id),
        raw_id: response.credential_id.clone(),
        response: AuthenticatorAttestationResponseRaw {
            attestation_object: response.attestation_object.clone(),
            client_data_json: response.client_data_json.clone(),
            transports: None,
        },
        type_: PUBLIC_KEY.to_owned(),
        extensions: RegistrationExtensionsClientOutputs::default(),
    };
    let mut credential = silently(|| library.register_credential(&given, &state, None))
        .map_err(|error| fault(&error))?;
    if credential.cred_id != response.credential_id {
        return Err(PasskeyFault::Malformed);
    }
    credential.attestation = no_attestation();
    Ok(NewCredential {
        counter: credential.counter,
        document: serde_json::to_string(&credential).map_err(|_| PasskeyFault::Malformed)?,
    })
}

/// What an error of the library means to the caller (administration 12.2).
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library has some eighty errors, and most say that the response is not what it should be"
)]
const fn fault(error: &WebauthnError) -> PasskeyFault {
    match error {
        WebauthnError::InvalidRPIDHash => PasskeyFault::RelyingParty,
        WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => {
            PasskeyFault::Origin
        }
        WebauthnError::AttestationNotSupported
        | WebauthnError::AttestationStatementVerUnsupported
        | WebauthnError::COSEKeyInvalidType
        | WebauthnError::COSEKeyInvalidAlgorithm
        | WebauthnError::COSEKeyEDUnsupported
        | WebauthnError::COSEKeyECDSAInvalidCurve
        | WebauthnError::COSEKeyEDDSAInvalidCurve
        | WebauthnError::COSEKeyRSANEInvalid
        | WebauthnError::CredentialAlteredAlgFromRequest
        | WebauthnError::CredentialInsecureCryptography
        // Of Ed25519 keys that are none of SSH too.
        | WebauthnError::SshPublicKeyEDUnsupported
        | WebauthnError::UserNotVerified => PasskeyFault::NotSupported,
        _ => PasskeyFault::Malformed,
    }
}

/// Checks the response to a sign-in with `passkey`; `None` if it is wrong in any way, also if the signature counter
/// has not risen although the authenticator counts.
///
/// # Errors
/// [`CryptoError::BadKey`] if the stored credential cannot be read.
pub fn verify_assertion(
    expected: &Expected<'_>,
    passkey: &Passkey,
    response: &AuthenticationResponse,
) -> Result<Option<VerifiedAssertion>, CryptoError> {
    let mut credential: Credential =
        serde_json::from_str(&passkey.credential).map_err(|_| CryptoError::BadKey)?;
    credential.counter = passkey.counter;
    // What the pool demands today counts, and not what the library would conclude from the registration.
    credential.registration_policy = expected.policy();
    credential.user_verified = false;
    let state: AuthenticationState = serde_json::from_value(json!({
        "credentials": [],
        "policy": expected.policy(),
        "challenge": expected.challenge,
        "appid": null,
        // Passkeys that were in one device begin to be copied to others when their keeper learns to.
        "allow_backup_eligible_upgrade": true,
    }))
    .map_err(|_| CryptoError::Encoding)?;
    let given = PublicKeyCredential {
        id: passkey_response::text(&response.credential_id),
        raw_id: response.credential_id.clone(),
        response: AuthenticatorAssertionResponseRaw {
            authenticator_data: response.authenticator_data.clone(),
            client_data_json: response.client_data_json.clone(),
            signature: response.signature.clone(),
            user_handle: response.user_handle.clone(),
        },
        extensions: AuthenticationExtensionsClientOutputs::default(),
        type_: PUBLIC_KEY.to_owned(),
    };
    let Some(library) = expected.library() else {
        return Ok(None);
    };
    let checked = silently(|| library.authenticate_single_credential(&given, &state, &credential));
    let Ok(result) = checked else {
        return Ok(None);
    };
    credential.counter = result.counter();
    credential.backup_eligible = result.backup_eligible();
    credential.backup_state = result.backup_state();
    Ok(Some(VerifiedAssertion {
        document: serde_json::to_string(&credential).map_err(|_| CryptoError::Encoding)?,
        counter: result.counter(),
        user_verified: result.user_verified(),
        is_synced: result.backup_eligible(),
    }))
}

const fn no_attestation() -> ParsedAttestation {
    ParsedAttestation {
        data: ParsedAttestationData::None,
        metadata: AttestationMetadata::None,
    }
}

/// A stored credential with this id that stands for one that does not exist. Its public key is the node's own,
/// and nobody has kept the private key.
///
/// # Errors
/// [`CryptoError`] if the library fails.
pub fn stand_in(credential_id: &[u8]) -> Result<String, CryptoError> {
    static PUBLIC: LazyLock<Option<Vec<u8>>> = LazyLock::new(|| {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).ok()?;
        Some(key.public_key().as_ref().to_vec())
    });
    // An uncompressed point (SEC 1, 2.3.3): 4, then the coordinates.
    let point = PUBLIC.as_ref().ok_or(CryptoError::Library)?;
    let coordinates = point.get(1..).and_then(|both| both.split_at_checked(32));
    let (x, y) = coordinates.ok_or(CryptoError::BadKey)?;
    let credential = Credential {
        cred_id: credential_id.to_vec(),
        cred: COSEKey {
            type_: COSEAlgorithm::ES256,
            key: COSEKeyType::EC_EC2(COSEEC2Key {
                curve: ECDSACurve::SECP256R1,
                x: x.to_vec(),
                y: y.to_vec(),
            }),
        },
        counter: 0,
        transports: None,
        user_verified: false,
        backup_eligible: false,
        backup_state: false,
        registration_policy: UserVerificationPolicy::Preferred,
        extensions: RegisteredExtensions::none(),
        attestation: no_attestation(),
        attestation_format: AttestationFormat::None,
    };
    serde_json::to_string(&credential).map_err(|_| CryptoError::Encoding)
}
