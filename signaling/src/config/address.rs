//! The address by which others reach this server, as its host writes it.

use crate::names::RESERVED;
use std::fmt;
use std::str::FromStr;
use url::Url;

/// `https://HOST`, with a port or a path where there is one. A path names a folder: `https://example.org/tide` and
/// `https://example.org/tide/` are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicAddress(Url);

/// Why a text is no such address; the words say what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicAddressError {
    /// It lacks `https://`.
    #[error("it lacks its beginning: write https://{0}")]
    NoScheme(String),
    /// It is no URL.
    #[error("it is no address ({0}): write https://HOST or https://HOST/PATH/")]
    NotUrl(url::ParseError),
    /// The scheme is neither http nor https.
    #[error("a browser opens no page by `{0}:`: write https://HOST")]
    Scheme(String),
    /// It carries a user name or password.
    #[error("it carries a user name or password, which all who are invited would see: leave them out")]
    Credentials,
    /// It carries `?...` or `#...`.
    #[error("nothing may follow `?` or `#`: the server writes the room there")]
    Query,
    /// The path has other signs than the server takes.
    #[error("a path may have letters a-z, digits, - _ . and / only, such as https://HOST/tide/")]
    Path,
    /// The path begins with an address of the server's own.
    #[error("a path cannot begin with /{0}, which is an address of the server's own: choose another")]
    Reserved(String),
}

impl FromStr for PublicAddress {
    type Err = PublicAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // `tide.example.org:3537` alone would be read as a scheme.
        let has_scheme = text.contains("://");
        let mut url = match Url::parse(text) {
            Ok(url) if has_scheme => url,
            Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) if !text.is_empty() && !text.starts_with('/') => {
                return Err(PublicAddressError::NoScheme(text.to_owned()));
            }
            Ok(url) => return Err(PublicAddressError::Scheme(url.scheme().to_owned())),
            Err(error) => return Err(PublicAddressError::NotUrl(error)),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(PublicAddressError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(PublicAddressError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(PublicAddressError::Query);
        }
        let path = url.path().trim_matches('/').to_owned();
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if !path.is_empty() && !path.split('/').all(plain) {
            return Err(PublicAddressError::Path);
        }
        // Else a proxy that takes the path away and one that leaves it could not be told apart.
        let first = path.split('/').next().unwrap_or("");
        if RESERVED.contains(&first) {
            return Err(PublicAddressError::Reserved(first.to_owned()));
        }
        url.set_path(&if path.is_empty() { String::from("/") } else { format!("/{path}/") });
        Ok(Self(url))
    }
}

impl PublicAddress {
    /// With the slash at its end.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The path without the slash at its end: `/tide`, or nothing.
    pub fn prefix(&self) -> &str {
        self.0.path().trim_end_matches('/')
    }
}

impl fmt::Display for PublicAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_a_folder() {
        for (text, url, prefix) in [
            ("https://tide.example.org", "https://tide.example.org/", ""),
            ("https://Example.org:8443/", "https://example.org:8443/", ""),
            ("https://example.org/tide", "https://example.org/tide/", "/tide"),
            (" http://[2001:db8::1]:80/a/b// ", "http://[2001:db8::1]/a/b/", "/a/b"),
        ] {
            let address: PublicAddress = text.parse().unwrap();
            assert_eq!((address.to_string().as_str(), address.prefix()), (url, prefix));
        }
    }

    #[test]
    fn what_is_none_is_refused_with_what_to_write() {
        let words = |text: &str| text.parse::<PublicAddress>().unwrap_err().to_string();
        assert!(words("tide.example.org").contains("https://tide.example.org"));
        assert!(words("tide.example.org:3537").contains("https://tide.example.org:3537"));
        for bad in ["", "/tide", "https://", "ftp://h", "https://u:p@h", "https://h/?room=x", "https://h/#x"] {
            assert!(bad.parse::<PublicAddress>().is_err(), "{bad} was taken");
        }
        for bad in ["https://h/a b/", "https://h/a%20b/", "https://h/a//b/", "https://h/{x}/", "https://h/käse/"] {
            assert_eq!(bad.parse::<PublicAddress>(), Err(PublicAddressError::Path), "{bad}");
        }
        assert!(words("https://h/rooms/").contains("/rooms"));
    }
}
