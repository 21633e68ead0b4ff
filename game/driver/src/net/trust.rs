//! Which certificates of signaling servers are believed, beyond those that public authorities vouch for.
//!
//! A server at home makes its certificate by itself, so nobody vouches for it. A browser asks its user; a
//! program is told beforehand, by the certificate's fingerprint or by the certificate as a file. In a page the
//! browser decides alone and nothing here is used.

use std::fmt::Write as _;

/// What a file of certificates may have in bytes.
pub const FILE_BYTES_MAX: usize = 1 << 20;

/// Certificates that are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// SHA-256 of servers' certificates, taken as they are, whatever names or dates they bear.
    pub(super) fingerprints: Vec<[u8; 32]>,
    /// Authorities, or servers' own certificates, as DER.
    pub(super) certificates: Vec<Vec<u8>>,
}

impl Trust {
    /// What a command line names: certificates' fingerprints, and PEM files.
    ///
    /// # Errors
    /// Which of them is none, or cannot be read, and why.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read(fingerprints: &[String], files: &[std::path::PathBuf]) -> Result<Self, String> {
        use std::io::Read as _;
        let mut trust = Self::default();
        for text in fingerprints {
            trust.fingerprint(text).map_err(|why| format!("--fingerprint: {why}"))?;
        }
        for path in files {
            let mut pem = Vec::new();
            std::fs::File::open(path)
                .and_then(|file| file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut pem))
                .map_err(|why| why.to_string())
                .and_then(|_| trust.pem(&pem))
                .map_err(|why| format!("--ca {}: {why}", path.display()))?;
        }
        Ok(trust)
    }

    /// Believes the server whose certificate has this SHA-256, in hexadecimal digits, with or without colons.
    ///
    /// # Errors
    /// What to write instead of something that is no fingerprint.
    pub fn fingerprint(&mut self, text: &str) -> Result<(), String> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        let byte = |i: usize| digits.get(2 * i..2 * i + 2).and_then(|d| u8::from_str_radix(d, 16).ok());
        let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
        let bytes = bytes.filter(|_| digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let bytes = bytes.and_then(|b| <[u8; 32]>::try_from(b).ok()).ok_or_else(|| {
            format!("`{text}` is no SHA-256 fingerprint: write 64 hexadecimal digits, as the server prints them")
        })?;
        self.fingerprints.push(bytes);
        Ok(())
    }

    /// Believes the certificates of a PEM file: those of authorities, or a server's own.
    ///
    /// # Errors
    /// Where it is too large, no PEM, or has no certificate in it.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn pem(&mut self, pem: &[u8]) -> Result<(), String> {
        use rustls::pki_types::{CertificateDer, pem::PemObject};
        if pem.len() > FILE_BYTES_MAX {
            return Err(format!("it has {} bytes; at most {FILE_BYTES_MAX} are read", pem.len()));
        }
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let found = found.map_err(|e| format!("it is no PEM file: {e}"))?;
        if found.is_empty() {
            return Err("it holds no certificate (-----BEGIN CERTIFICATE-----)".into());
        }
        self.certificates.extend(found.iter().map(|c| c.as_ref().to_vec()));
        Ok(())
    }
}

/// A fingerprint as people compare it: pairs of digits with colons.
pub fn written(fingerprint: &[u8; 32]) -> String {
    fingerprint.iter().enumerate().fold(String::new(), |mut out, (i, byte)| {
        let _ = write!(out, "{}{byte:02X}", if i == 0 { "" } else { ":" });
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_read_as_they_are_written() {
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 37) as u8);
        let mut trust = Trust::default();
        trust.fingerprint(&written(&bytes)).unwrap();
        trust.fingerprint(&written(&bytes).replace(':', "").to_lowercase()).unwrap();
        assert_eq!(trust.fingerprints, [bytes, bytes]);
        for bad in ["", "12:34", &"é".repeat(32), &"+1".repeat(32), &"0".repeat(66)] {
            assert!(trust.fingerprint(bad).is_err(), "{bad}");
        }
    }

    #[test]
    #[cfg(not(target_arch = "wasm32"))]
    fn a_file_without_certificates_is_refused_in_words() {
        let mut trust = Trust::default();
        assert!(trust.pem(b"hello").unwrap_err().contains("BEGIN CERTIFICATE"));
        assert!(trust.pem(&vec![b'a'; FILE_BYTES_MAX + 1]).is_err());
        assert_eq!(trust, Trust::default());
    }
}
