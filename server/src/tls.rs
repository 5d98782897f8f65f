//! TLS: an optional listener with a certificate of its own making, and trust for outgoing calls.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Makes a certificate authority and a certificate for this machine, and writes the authority's certificate down for
/// clients to trust.
///
/// # Errors
/// A sentence, when the file cannot be written or the certificate cannot be made.
pub fn self_signed(ca_file: &Path) -> Result<TlsAcceptor, String> {
    let text = |error: rcgen::Error| error.to_string();
    let mut authority = CertificateParams::new(Vec::new()).map_err(text)?;
    // An authority and a leaf, not one certificate for both: Java and Go refuse a leaf that signs itself as
    // an authority.
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Claque development authority");
    let authority_key = KeyPair::generate().map_err(text)?;
    let authority_certificate = authority.self_signed(&authority_key).map_err(text)?;
    // Only the certificate: the key of the authority lives and ends with this process, so that nobody can
    // sign more with it.
    std::fs::write(ca_file, authority_certificate.pem())
        .map_err(|error| format!("{}: {error}", ca_file.display()))?;
    let issuer = Issuer::new(authority, authority_key);
    // Addresses too: several client libraries are configured with one, and check it against the certificate.
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let key = KeyPair::generate().map_err(text)?;
    let leaf = CertificateParams::new(names).map_err(text)?.signed_by(&key, &issuer).map_err(text)?;
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)
        .map_err(|error| error.to_string())?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The longest file of authorities: many times what all public ones need. Unit: bytes.
const AUTHORITIES_BYTES_MAX: u64 = 16 << 20;

/// The authorities that outgoing calls trust: the public authorities, and those of a PEM file where one is given.
///
/// # Errors
/// A sentence, when the file cannot be read, or holds no authority.
pub(crate) fn trust(authorities: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = authorities {
        let wrong = |error: String| format!("{}: {error}", file.display());
        let about = std::fs::metadata(file).map_err(|error| wrong(error.to_string()))?;
        // A device or a pipe may never end.
        if !about.is_file() || about.len() > AUTHORITIES_BYTES_MAX {
            let bound = format!("an ordinary file of at most {AUTHORITIES_BYTES_MAX} bytes is expected");
            return Err(wrong(bound));
        }
        let bytes = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
        let mut found = 0;
        for certificate in CertificateDer::pem_slice_iter(&bytes) {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            found += 1;
        }
        // The parser skips what is no certificate: a file of keys would otherwise be trusted as an empty
        // list, in silence.
        if found == 0 {
            return Err(wrong("no certificate in it; a PEM file of authorities is expected".to_owned()));
        }
    }
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}

/// Secures an outgoing connection.
pub(crate) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    trust: Arc<ClientConfig>,
    host: &str,
    stream: S,
) -> Result<TlsStream<S>, String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
    TlsConnector::from(trust).connect(name, stream).await.map_err(|error| format!("no TLS: {error}"))
}
