//! Certificates: the operator's for TLS, or development ones made at first start; one of our own for DTLS at each start.

use std::io::{Error, ErrorKind};
use std::path::Path;
use std::sync::Arc;

/// Names that development certificates are good for.
const NAMES: &[&str] = &["localhost", "switch.test", "shop.test", "127.0.0.1"];

fn invalid(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidData, error.to_string())
}

/// TLS for the web listeners. Without `files`, `certs/dev.crt` and `certs/dev.key` are used and made where they are missing.
pub fn tls(
    certs: &Path,
    files: Option<&(std::path::PathBuf, std::path::PathBuf)>,
) -> Result<Arc<rustls::ServerConfig>, Error> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let (certificate, key) = match files {
        Some(files) => files.clone(),
        None => development(certs)?,
    };
    let named = |file: &Path, error: String| invalid(format!("{}: {error}", file.display()));
    let chain: Vec<CertificateDer> = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect)
        .map_err(|error| named(&certificate, error.to_string()))?;
    let key_der = PrivateKeyDer::from_pem_file(&key).map_err(|error| named(&key, error.to_string()))?;
    let mut config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(invalid)?
            .with_no_client_auth()
            .with_single_cert(chain, key_der)
            .map_err(|error| named(&certificate, error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn development(certs: &Path) -> Result<(std::path::PathBuf, std::path::PathBuf), Error> {
    let (certificate, key) = (certs.join("dev.crt"), certs.join("dev.key"));
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    std::fs::create_dir_all(certs)?;
    let names: Vec<String> = NAMES.iter().map(ToString::to_string).collect();
    let made = rcgen::generate_simple_self_signed(names).map_err(invalid)?;
    std::fs::write(&certificate, made.cert.pem())?;
    super::secrets::write_private(&key, made.signing_key.serialize_pem().as_bytes())?;
    Ok((certificate, key))
}

/// A certificate and its PKCS#8 key (P-256, DER) for DTLS: new at each start, known to browsers by its fingerprint only.
pub fn dtls() -> Result<(Vec<u8>, Vec<u8>), Error> {
    let made = rcgen::generate_simple_self_signed(vec!["warmline".to_string()]).map_err(invalid)?;
    Ok((made.cert.der().to_vec(), made.signing_key.serialize_der()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_certificates_are_made_once() {
        let folder = crate::store::conformance::folder("certs");
        tls(&folder, None).expect("made");
        let first = std::fs::read(folder.join("dev.crt")).expect("there");
        tls(&folder, None).expect("read");
        assert_eq!(std::fs::read(folder.join("dev.crt")).expect("there"), first);
        std::fs::write(folder.join("dev.crt"), "nonsense").expect("written");
        assert!(tls(&folder, None).is_err());
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
