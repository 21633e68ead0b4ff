//! The header in which proxies name their clients.

use std::fmt;
use std::str::FromStr;

/// The header in which trusted proxies name their clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: 192.0.2.1, 198.51.100.2`, which most proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=192.0.2.1, for="[2001:db8::1]"`, of RFC 7239.
    Forwarded,
}

/// No such header is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it can be x-forwarded-for or forwarded")]
pub struct ForwardedHeaderError;

impl ForwardedHeader {
    /// The header's name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

impl FromStr for ForwardedHeader {
    type Err = ForwardedHeaderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::XForwardedFor, Self::Forwarded];
        all.into_iter().find(|header| header.name().eq_ignore_ascii_case(text)).ok_or(ForwardedHeaderError)
    }
}

impl fmt::Display for ForwardedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
