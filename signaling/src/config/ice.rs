//! STUN and TURN servers as hosts write them and as clients are given them.

use serde::Serialize;
use std::fmt;

/// Longest address of an ICE server, in bytes.
const BYTES_MAX: usize = 300;

/// ICE servers in the shape that matchbox takes them: all share one credential.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ice {
    /// Where they are.
    pub urls: Vec<IceAddress>,
    /// For TURN.
    pub username: Option<String>,
    /// For TURN.
    pub credential: Option<String>,
}

/// What an ICE server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IceKind {
    /// Tells a participant its address.
    Stun,
    /// Passes on what two participants cannot send directly.
    Turn,
}

impl IceKind {
    fn schemes(self) -> [&'static str; 2] {
        match self {
            Self::Stun => ["stun", "stuns"],
            Self::Turn => ["turn", "turns"],
        }
    }
}

/// `stun:HOST:PORT` or `turn:HOST:PORT`, also with `s` for TLS and, for TURN, `?transport=tcp`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IceAddress(String);

/// Why a text is no address of an ICE server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IceAddressError {
    /// Another scheme than the option's.
    #[error("`{0}` is another kind of server: write HOST:PORT, or {1}:HOST:PORT")]
    Scheme(String, &'static str),
    /// No host.
    #[error("no host is named: write HOST:PORT")]
    NoHost,
    /// The host has signs that no host has.
    #[error("`{0}` is no host: write HOST:PORT, without // and /")]
    Host(String),
    /// The port is none.
    #[error("`{0}` is no port: it is a number from 1 to 65535")]
    Port(String),
    /// The part after `?` is none that there is.
    #[error("`?{0}` is unknown: only ?transport=udp and ?transport=tcp can follow")]
    Query(String),
}

impl IceAddress {
    /// Reads `HOST:PORT`, `HOST`, or the same with the scheme.
    ///
    /// # Errors
    ///
    /// Says which part is wrong and what to write instead.
    pub fn parse(kind: IceKind, text: &str) -> Result<Self, IceAddressError> {
        let [plain, secure] = kind.schemes();
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest)) if scheme == plain || scheme == secure => (scheme, rest),
            Some((other, _)) if ["stun", "stuns", "turn", "turns"].contains(&other) => {
                return Err(IceAddressError::Scheme(other.to_owned(), plain));
            }
            _ => (plain, text),
        };
        let (address, query) = match rest.split_once('?') {
            Some((address, query)) if ["transport=udp", "transport=tcp"].contains(&query) => (address, Some(query)),
            Some((_, query)) => return Err(IceAddressError::Query(query.to_owned())),
            None => (rest, None),
        };
        let (host, port) = match address.rsplit_once(':') {
            // The last colon of a bare IPv6 address in brackets is within them.
            Some((_, port)) if port.ends_with(']') => (address, None),
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        };
        if host.is_empty() {
            return Err(IceAddressError::NoHost);
        }
        // A name, an IPv4 address, or an IPv6 address in brackets.
        let of_v6 = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let is_host = match of_v6 {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)),
        };
        if !is_host || text.len() > BYTES_MAX {
            return Err(IceAddressError::Host(host.chars().take(40).collect()));
        }
        if let Some(port) = port.filter(|port| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
            return Err(IceAddressError::Port(port.to_owned()));
        }
        let query = query.map_or(String::new(), |query| format!("?{query}"));
        Ok(Self(format!("{scheme}:{address}{query}")))
    }

    /// As clients are given it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_get_their_scheme_or_are_refused_in_words() {
        let stun = |text| IceAddress::parse(IceKind::Stun, text).map(|a| a.0);
        let turn = |text| IceAddress::parse(IceKind::Turn, text).map(|a| a.0);
        assert_eq!(stun("a.example:3478").unwrap(), "stun:a.example:3478");
        assert_eq!(stun("stun:a.example:3478").unwrap(), "stun:a.example:3478");
        assert_eq!(stun("a.example").unwrap(), "stun:a.example");
        assert_eq!(stun("[2001:db8::1]:3478").unwrap(), "stun:[2001:db8::1]:3478");
        assert_eq!(stun("[2001:db8::1]").unwrap(), "stun:[2001:db8::1]");
        assert_eq!(turn("turns:a.example:443?transport=tcp").unwrap(), "turns:a.example:443?transport=tcp");
        for bad in ["", ":3478", "a b:1", "a:x", "a:0", "a:70000", "stun://a:1", "a/b:1", "turn:a:1", "a?x=y", "[x]:1"]
        {
            assert!(stun(bad).is_err(), "{bad} was taken");
        }
        assert!(stun("turn:a:1").unwrap_err().to_string().contains("stun:HOST:PORT"));
    }
}
