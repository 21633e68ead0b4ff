//! TLS to signaling servers, natively: public authorities, and whom the user trusts besides.

use super::trust::{Trust, written};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use std::sync::Arc;

/// A certificate that nobody vouches for.
#[derive(Debug, thiserror::Error)]
#[error("nobody vouches for its certificate ({why}), whose SHA-256 fingerprint is {}", written(fingerprint))]
pub(crate) struct Unknown {
    /// What is wrong with it.
    pub(super) why: String,
    /// SHA-256 of it.
    pub(super) fingerprint: [u8; 32],
}

/// The settings of connections that believe `trust`.
pub(crate) fn config(trust: &Trust) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(ring::default_provider());
    let words = |e: &dyn std::fmt::Display| format!("TLS cannot be set up: {e}");
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    // A server's own certificate may be no good as a root; it is compared as a whole besides.
    roots.add_parsable_certificates(trust.certificates.iter().map(|c| CertificateDer::from(c.clone())));
    let public = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|e| words(&e))?;
    let verifier = Verifier { trust: trust.clone(), public, provider: provider.clone() };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| words(&e))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The name, and the port where one is named, of `host:port`.
fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (name, Some(port)),
        _ => (host, None),
    }
}

/// `host:port`, with this port where none is named.
pub(crate) fn with_port(host: &str, port: u16) -> String {
    match split_port(host) {
        (_, Some(_)) => host.to_owned(),
        (name, None) => format!("{name}:{port}"),
    }
}

/// The name that a certificate must bear, from `host:port`.
pub(crate) fn server_name(host: &str) -> Result<ServerName<'static>, String> {
    let (name, _) = split_port(host);
    let bare = name.trim_start_matches('[').trim_end_matches(']').to_owned();
    ServerName::try_from(bare).map_err(|_| format!("`{host}` is no name of a server"))
}

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    public: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let digest = ::ring::digest::digest(&::ring::digest::SHA256, end_entity);
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest.as_ref());
        if self.trust.fingerprints.contains(&fingerprint)
            || self.trust.certificates.iter().any(|c| c[..] == end_entity[..])
        {
            return Ok(ServerCertVerified::assertion());
        }
        self.public.verify_server_cert(end_entity, intermediates, server_name, ocsp, now).map_err(|why| {
            let unknown = Unknown { why: why.to_string(), fingerprint };
            Error::Other(OtherError(Arc::new(unknown)))
        })
    }

    // Whatever the certificate is worth, the server must hold its key.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_servers_lose_their_port() {
        for (host, name) in [("a.example:3537", "a.example"), ("a.example", "a.example")] {
            assert_eq!(server_name(host).unwrap(), ServerName::try_from(name).unwrap());
        }
        for host in ["127.0.0.1:3537", "[::1]:3537", "[::1]"] {
            assert!(matches!(server_name(host).unwrap(), ServerName::IpAddress(_)), "{host}");
        }
        assert!(server_name("a b:1").is_err());
    }
}
