//! TLS of the API's listeners, with a configured certificate or one generated for development.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::config::TlsConfig;
use crate::domain::time::Timestamp;

/// What the client and the server agree on in the TLS handshake before they speak HTTP/2.
pub const HTTP2_ALPN: &[u8] = b"h2";
/// The names and addresses of the local machine. A wildcard is for one label.
const DEVELOPMENT_NAMES: [&str; 5] = [
    "localhost",
    "*.localhost",
    "*.auth.localhost",
    "127.0.0.1",
    "::1",
];
/// Names that a certificate with all of these is good for. Many clients take no wildcard directly below the
/// top, so that none of it is here.
const NEEDED_NAMES: [&str; 4] = ["localhost", "pool.auth.localhost", "127.0.0.1", "::1"];
/// How long a generated certificate is good. Apple's systems accept 825 days at most.
const VALID_DAYS: i64 = 820;
/// How long before its end it is made anew.
const RENEWED_DAYS_BEFORE: i64 = 30;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The acceptor for `config`; `None` if TLS is off.
///
/// # Errors
/// If the certificate or key cannot be read, written or used together.
pub fn acceptor(
    config: &TlsConfig,
    data_dir: &Path,
    now: Timestamp,
) -> anyhow::Result<Option<TlsAcceptor>> {
    let directory = data_dir.join("tls");
    let (certificate, key) = match (&config.certificate, &config.key) {
        (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
        _ if config.generate => (
            TlsConfig::generated_certificate(data_dir),
            directory.join("key.pem"),
        ),
        _ => return Ok(None),
    };
    if config.generate && !(key.exists() && is_current(&certificate, now)) {
        generate(&directory, &certificate, &key, now)
            .context("cannot make a development certificate")?;
        tracing::info!(
            certificate = %certificate.display(),
            "made a certificate for HTTPS on this machine; browsers and programs have to be told once to trust it"
        );
    }
    let server = server_config(&certificate, &key).with_context(|| {
        format!(
            "cannot use the TLS certificate {} with the key {}",
            certificate.display(),
            key.display()
        )
    })?;
    Ok(Some(TlsAcceptor::from(Arc::new(server))))
}

fn server_config(certificate: &Path, key: &Path) -> anyhow::Result<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // In the order of preference.
    config.alpn_protocols = vec![HTTP2_ALPN.to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Whether the certificate has every name that is needed, and is good for a while yet.
fn is_current(certificate: &Path, now: Timestamp) -> bool {
    let Ok(certificate) = CertificateDer::from_pem_file(certificate) else {
        return false;
    };
    let Ok(parsed) = ParsedCertificate::try_from(&certificate) else {
        return false;
    };
    let has = |name: &&'static str| {
        ServerName::try_from(*name).is_ok_and(|name| verify_server_name(&parsed, &name).is_ok())
    };
    let mut itself = RootCertStore::empty();
    if !NEEDED_NAMES.iter().all(has) || itself.add(certificate.clone()).is_err() {
        return false;
    }
    let until = now.plus_seconds(RENEWED_DAYS_BEFORE * DAY_SECONDS);
    let until = Duration::from_secs(until.seconds().unsigned_abs());
    verify_server_cert_signed_by_trust_anchor(
        &parsed,
        &itself,
        &[],
        UnixTime::since_unix_epoch(until),
        aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .all,
    )
    .is_ok()
}

/// Writes a self-signed certificate. It is kept, so that a browser has to trust it once.
fn generate(
    directory: &Path,
    certificate: &Path,
    key: &Path,
    now: Timestamp,
) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let signing_key = KeyPair::generate()?;
    let generated = parameters(now)?.self_signed(&signing_key)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(key)?;
    file.write_all(signing_key.serialize_pem().as_bytes())?;
    fs::write(certificate, generated.pem())?;
    Ok(())
}

/// What stands in a certificate that is made `now`. It is no authority: whoever trusts it trusts this machine's
/// names and nothing else.
fn parameters(now: Timestamp) -> anyhow::Result<CertificateParams> {
    let day = |days: i64| {
        let at = now.plus_seconds(days * DAY_SECONDS);
        let date = jiff::Timestamp::from_second(at.seconds())?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date();
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        anyhow::Ok(date_time_ymd(i32::from(date.year()), month, day))
    };
    let mut parameters = CertificateParams::new(DEVELOPMENT_NAMES.map(str::to_owned))?;
    // A day earlier, for machines whose clock is behind.
    parameters.not_before = day(-1)?;
    parameters.not_after = day(VALID_DAYS)?;
    parameters
        .distinguished_name
        .push(DnType::CommonName, "Cognate development");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn generating() -> TlsConfig {
        TlsConfig {
            generate: true,
            ..TlsConfig::default()
        }
    }

    /// The certificate as it is after a start at `now`.
    fn after_start(directory: &Path, now: Timestamp) -> Vec<u8> {
        assert!(acceptor(&generating(), directory, now).unwrap().is_some());
        fs::read(TlsConfig::generated_certificate(directory)).unwrap()
    }

    #[test]
    fn a_certificate_is_generated_once_and_again_before_it_ends() {
        let directory = tempfile::tempdir().unwrap();
        let first = after_start(directory.path(), NOW);
        assert_eq!(after_start(directory.path(), NOW), first);
        let later = |days: i64| NOW.plus_seconds(days * DAY_SECONDS);
        let late = VALID_DAYS - RENEWED_DAYS_BEFORE;
        assert_eq!(after_start(directory.path(), later(late - 1)), first);
        assert_ne!(after_start(directory.path(), later(late + 1)), first);
    }

    #[test]
    fn a_certificate_that_lacks_a_name_is_made_anew() {
        let directory = tempfile::tempdir().unwrap();
        after_start(directory.path(), NOW);
        let names = ["localhost", "*.localhost", "127.0.0.1", "::1"];
        let old = rcgen::generate_simple_self_signed(names.map(str::to_owned)).unwrap();
        let file = TlsConfig::generated_certificate(directory.path());
        fs::write(&file, old.cert.pem()).unwrap();
        let key = directory.path().join("tls/key.pem");
        fs::write(key, old.signing_key.serialize_pem()).unwrap();
        assert_ne!(
            after_start(directory.path(), NOW),
            old.cert.pem().into_bytes()
        );
        assert!(is_current(&file, NOW));
    }

    #[test]
    fn the_certificate_has_the_names_of_this_machine_only() {
        let directory = tempfile::tempdir().unwrap();
        after_start(directory.path(), NOW);
        let file = TlsConfig::generated_certificate(directory.path());
        let certificate = CertificateDer::from_pem_file(file).unwrap();
        let parsed = ParsedCertificate::try_from(&certificate).unwrap();
        let has = |name: &str| {
            let name = ServerName::try_from(name.to_owned()).unwrap();
            verify_server_name(&parsed, &name).is_ok()
        };
        for name in NEEDED_NAMES {
            assert!(has(name), "{name}");
        }
        for name in [
            "example.com",
            "a.b.auth.localhost",
            "127.0.0.2",
            "auth.example.com",
        ] {
            assert!(!has(name), "{name}");
        }
    }

    #[test]
    fn the_error_names_a_missing_certificate() {
        let config = TlsConfig {
            certificate: Some("/nowhere/certificate.pem".into()),
            key: Some("/nowhere/key.pem".into()),
            generate: false,
        };
        let error = acceptor(&config, Path::new("/nowhere"), NOW).err().unwrap();
        assert!(error.to_string().contains("/nowhere/certificate.pem"));
    }
}
