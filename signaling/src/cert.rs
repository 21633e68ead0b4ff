//! The certificate that https needs: given, or made here and kept.
//!
//! A browser's exception holds for one certificate, so a new one is made only when it must be: near the
//! end of its year, or when this machine has got an address that the old one does not name. It then names
//! the old addresses too, since laptops come back to networks. It is no authority: nobody is asked to
//! install it anywhere, and it could vouch for nothing but this server.

use crate::error::Error;
use directories::BaseDirs;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Some browsers refuse certificates that are valid for longer than 398 days.
const VALID: SignedDuration = SignedDuration::from_hours(397 * 24);
/// Renewed when less is left.
const LEFT_MIN: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Names in one certificate; the oldest knowledge is dropped first.
const NAMES_MAX: usize = 64;

/// A certificate chain and its key, both PEM.
pub(crate) struct Pair {
    /// The chain.
    pub cert: Vec<u8>,
    /// The key.
    pub key: Vec<u8>,
}

/// Reads what the user gave.
pub(crate) fn given(cert: &Path, key: &Path) -> Result<Pair, Error> {
    let read = |path: &Path| fs::read(path).map_err(|e| Error::File(path.to_owned(), e));
    Ok(Pair { cert: read(cert)?, key: read(key)? })
}

/// The kept certificate (a new one where the kept one does not serve), naming this machine and `addresses`.
pub(crate) fn kept(folder: &Path, addresses: &[IpAddr], now: Timestamp) -> Result<Pair, Error> {
    let [cert, key, about] = ["certificate.pem", "key.pem", "certificate-names.txt"].map(|n| folder.join(n));
    let wanted = names(addresses);
    let old = fs::read_to_string(&about).ok().and_then(|text| About::parse(&text)).unwrap_or_default();
    if old.until >= now + LEFT_MIN
        && wanted.is_subset(&old.names)
        && let (Ok(cert), Ok(key)) = (fs::read(&cert), fs::read(&key))
    {
        return Ok(Pair { cert, key });
    }
    fs::create_dir_all(folder).map_err(|e| Error::File(folder.to_owned(), e))?;
    // Keep the key: browsers that compare keys find the same one.
    let pair = match fs::read_to_string(&key).ok().and_then(|pem| KeyPair::from_pem(&pem).ok()) {
        Some(pair) => pair,
        None => KeyPair::generate()?,
    };
    let mut all = wanted;
    for name in old.names {
        if all.len() < NAMES_MAX {
            all.insert(name);
        }
    }
    let until = now + VALID;
    let made = make(&pair, &all, now, until)?;
    write_private(&key, pair.serialize_pem().as_bytes())?;
    write_private(&cert, made.as_bytes())?;
    write_private(&about, About { until, names: all }.render().as_bytes())?;
    Ok(Pair { cert: made.into_bytes(), key: pair.serialize_pem().into_bytes() })
}

/// SHA-256 of a certificate, as people compare it: pairs of digits with colons.
pub(crate) fn fingerprint(certificate: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn make(pair: &KeyPair, names: &BTreeSet<String>, now: Timestamp, until: Timestamp) -> Result<String, Error> {
    let mut params = CertificateParams::new(names.iter().cloned().collect::<Vec<_>>())?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Tidepool on this computer");
    params.not_before = rcgen_time(now - SignedDuration::from_hours(24));
    params.not_after = rcgen_time(until);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params.self_signed(pair)?.pem())
}

/// The same moment as rcgen takes it, which has no date later than the year 9999.
fn rcgen_time(at: Timestamp) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at.as_second()).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}

/// What this machine is called.
fn names(addresses: &[IpAddr]) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    names.extend(addresses.iter().map(IpAddr::to_string));
    let host = fs::read_to_string("/etc/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    let host = host.unwrap_or_default().trim().to_ascii_lowercase();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if !host.is_empty() && host.len() <= 63 && host.bytes().all(plain) {
        names.insert(format!("{host}.local"));
        names.insert(host);
    }
    names
}

/// Where the certificate is kept unless told otherwise: `TIDEPOOL_DATA`, or a folder of the user's data folder.
pub(crate) fn data_folder() -> Option<PathBuf> {
    let named = std::env::var_os("TIDEPOOL_DATA").filter(|folder| !folder.is_empty());
    let name = if cfg!(any(windows, target_os = "macos")) { "Tidepool" } else { "tidepool" };
    named.map(PathBuf::from).or_else(|| Some(BaseDirs::new()?.data_dir().join(name)))
}

/// Written beside and renamed, readable by the user alone.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let write = || {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&beside)?.write_all(bytes)?;
        fs::rename(&beside, path)
    };
    write().map_err(|e| Error::File(path.to_owned(), e))
}

/// What is known of the kept certificate: its end and its names, a line each.
struct About {
    until: Timestamp,
    names: BTreeSet<String>,
}

impl Default for About {
    fn default() -> Self {
        Self { until: Timestamp::UNIX_EPOCH, names: BTreeSet::new() }
    }
}

impl About {
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let first = lines.next()?;
        // Earlier versions wrote seconds.
        let seconds = first.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        let until = seconds.or_else(|| first.parse().ok())?;
        Some(Self { until, names: lines.take(NAMES_MAX).map(str::to_owned).collect() })
    }

    fn render(&self) -> String {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        format!("{}\n{}\n", self.until, names.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(n: i64) -> SignedDuration {
        SignedDuration::from_hours(24 * n)
    }

    #[test]
    fn an_end_is_written_as_a_date_and_read_as_seconds_too() {
        let about = About { until: Timestamp::from_second(1_800_000_000).unwrap(), names: ["a".to_owned()].into() };
        assert_eq!(about.render(), "2027-01-15T08:00:00Z\na\n");
        for text in ["2027-01-15T08:00:00Z\na\n", "1800000000\na\n"] {
            assert_eq!(About::parse(text).unwrap().until, about.until);
        }
    }

    #[test]
    fn kept_until_it_must_change() {
        let folder = std::env::temp_dir().join(format!("tidepool-cert-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let now = Timestamp::now();
        let home: IpAddr = "192.168.1.7".parse().unwrap();
        let office: IpAddr = "10.1.2.3".parse().unwrap();
        let first = kept(&folder, &[home], now).unwrap();
        assert_eq!(kept(&folder, &[home], now + days(300)).unwrap().cert, first.cert);
        // A new address: a new certificate with the same key, which then serves both networks.
        let second = kept(&folder, &[office], now).unwrap();
        assert!(second.cert != first.cert && second.key == first.key);
        assert_eq!(kept(&folder, &[home], now).unwrap().cert, second.cert);
        assert_ne!(kept(&folder, &[home], now + days(390)).unwrap().cert, second.cert);
        #[cfg(unix)]
        {
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&fs::metadata(folder.join("key.pem")).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        // Broken leftovers are replaced, not believed.
        fs::write(folder.join("key.pem"), "nonsense").unwrap();
        fs::write(folder.join("certificate-names.txt"), "nonsense").unwrap();
        assert_ne!(kept(&folder, &[home], now).unwrap().key, first.key);
        fs::remove_dir_all(&folder).unwrap();
    }
}
