//! Who is let in, and how much of everything: before any request is understood.
//!
//! [`connections`] bounds TCP connections, each of them [`guarded`] by deadlines; [`proxies`] says whose request it is;
//! [`budget`] says how many more that one may make.

pub(crate) mod budget;
pub(crate) mod connections;
mod guarded;
pub(crate) mod proxies;

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Whose budgets are charged: a machine over IPv4, a network of 64 bits over IPv6, where one machine has more addresses
/// than it could ever use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Source(IpAddr);

/// Whose request it is, as an extension of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub Source);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(ip) => Self(IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)))),
            ip => Self(ip),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(ip) => write!(f, "{ip}"),
            IpAddr::V6(ip) => write!(f, "{ip}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_machine_or_a_network() {
        let source = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:3:4:5:6"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
        // As a socket for both families tells it.
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
    }
}
