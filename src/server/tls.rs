//! TLS of the API listener, with a configured certificate or one generated for development.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::TlsConfig;

/// What the client and the server agree on in the TLS handshake before they speak HTTP/2.
pub const HTTP2_ALPN: &[u8] = b"h2";
/// The names and addresses of the local machine.
const DEVELOPMENT_NAMES: [&str; 4] = ["localhost", "*.localhost", "127.0.0.1", "::1"];

/// The acceptor for `config`; `None` if TLS is off.
///
/// # Errors
/// If the certificate or key cannot be read, written or used together.
pub fn acceptor(config: &TlsConfig, data_dir: &Path) -> anyhow::Result<Option<TlsAcceptor>> {
    let directory = data_dir.join("tls");
    let (certificate, key) = match (&config.certificate, &config.key) {
        (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
        _ if config.generate => (directory.join("certificate.pem"), directory.join("key.pem")),
        _ => return Ok(None),
    };
    if config.generate && !(certificate.exists() && key.exists()) {
        generate(&directory, &certificate, &key)
            .context("cannot make a development certificate")?;
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

/// Writes a self-signed certificate. It is generated once, so that a browser has to trust it once.
fn generate(directory: &Path, certificate: &Path, key: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let generated = rcgen::generate_simple_self_signed(DEVELOPMENT_NAMES.map(str::to_owned))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(key)?;
    file.write_all(generated.signing_key.serialize_pem().as_bytes())?;
    fs::write(certificate, generated.cert.pem())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_generated_once() {
        let directory = tempfile::tempdir().unwrap();
        let config = TlsConfig {
            generate: true,
            ..TlsConfig::default()
        };
        assert!(acceptor(&config, directory.path()).unwrap().is_some());
        let file = directory.path().join("tls/certificate.pem");
        let first = fs::read(&file).unwrap();
        assert!(acceptor(&config, directory.path()).unwrap().is_some());
        assert_eq!(fs::read(&file).unwrap(), first);
    }

    #[test]
    fn the_error_names_a_missing_certificate() {
        let config = TlsConfig {
            certificate: Some("/nowhere/certificate.pem".into()),
            key: Some("/nowhere/key.pem".into()),
            generate: false,
        };
        let error = acceptor(&config, Path::new("/nowhere")).err().unwrap();
        assert!(error.to_string().contains("/nowhere/certificate.pem"));
    }
}
