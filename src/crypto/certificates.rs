//! X.509 certificates of keys that the server has.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256};
use rustls::pki_types::PrivatePkcs8KeyDer;

use super::{CryptoError, SigningKey};
use crate::domain::time::Timestamp;

/// How long a certificate is valid.
const YEARS: i32 = 10;

/// A certificate that `key` signs for itself, in DER, valid for ten years from the day of `now`.
///
/// # Errors
/// If the library fails, or the time has no date.
pub fn self_signed(key: &SigningKey, name: &str, now: Timestamp) -> Result<Vec<u8>, CryptoError> {
    let der = key.to_pkcs8()?;
    let der = PrivatePkcs8KeyDer::from(der.as_slice());
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_RSA_SHA256)
        .map_err(|_| CryptoError::BadKey)?;
    let today = jiff::Timestamp::from_millisecond(now.millis())
        .map_err(|_| CryptoError::Encoding)?
        .to_zoned(TimeZone::UTC)
        .date();
    let end = today
        .checked_add(YEARS.years())
        .map_err(|_| CryptoError::Encoding)?;
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    let time = |date: Date| {
        let month = date.month().unsigned_abs();
        rcgen::date_time_ymd(i32::from(date.year()), month, date.day().unsigned_abs())
    };
    parameters.not_before = time(today);
    parameters.not_after = time(end);
    let certificate = parameters
        .self_signed(&pair)
        .map_err(|_| CryptoError::Library)?;
    Ok(certificate.der().to_vec())
}
