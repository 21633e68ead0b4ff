//! Whose request it is: the TCP connection's other end, or whom a trusted proxy names.
//!
//! Every hop writes down whom it heard, at the list's end. So the list is read from its end, as long as who wrote the
//! entry is trusted; what a client itself wrote before that is never reached. One header only is read, the one that the
//! proxies write: the other one would be the client's.

use super::Source;
use crate::config::ForwardedHeader;
use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// Hops that are followed; there are seldom two.
const HOPS_MAX: usize = 16;

/// The client of one hop; `None` for one that is hidden or makes no sense.
fn client_of_hop(header: ForwardedHeader, entry: &str) -> Option<IpAddr> {
    let node = match header {
        ForwardedHeader::XForwardedFor => entry,
        ForwardedHeader::Forwarded => entry.split(';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
        })?,
    };
    let node = node.trim();
    let bare = node.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| node.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The proxies that are believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    trusted: Vec<IpNet>,
    header: ForwardedHeader,
}

impl Proxies {
    pub(crate) fn new(trusted: Vec<IpNet>, header: ForwardedHeader) -> Self {
        Self { trusted, header }
    }

    /// Whether this address is a proxy's.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|net| net.contains(&address))
    }

    /// Who asks, given the connection's other end.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Source {
        let mut client = peer;
        let lines: Vec<&str> = headers.get_all(self.header.name()).iter().filter_map(|v| v.to_str().ok()).collect();
        let entries = lines.iter().rev().flat_map(|line| line.rsplit(','));
        for entry in entries.take(HOPS_MAX) {
            if !self.trust(client) {
                break;
            }
            // A proxy that hides its client, or writes nonsense, answers for it itself.
            let Some(address) = client_of_hop(self.header, entry) else { break };
            client = address;
        }
        client.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(header: ForwardedHeader, peer: &str, lines: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8", "::1/128"].map(|net| net.parse().unwrap()).to_vec();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        Proxies::new(trusted, header).client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let x = |peer, value: &str| client(ForwardedHeader::XForwardedFor, peer, &[("x-forwarded-for", value)]);
        assert_eq!(x("10.0.0.1", "192.0.2.7"), "192.0.2.7");
        assert_eq!(x("::ffff:10.0.0.1", "192.0.2.7:4711"), "192.0.2.7");
        assert_eq!(x("198.51.100.9", "192.0.2.7"), "198.51.100.9", "a stranger's word counts for nothing");
        assert_eq!(x("10.0.0.1", "1.1.1.1, 192.0.2.7"), "192.0.2.7", "what the client wrote itself is not reached");
        assert_eq!(x("10.0.0.1", "192.0.2.7, 10.2.3.4"), "192.0.2.7", "a second proxy");
        assert_eq!(x("10.0.0.1", "192.0.2.7, unknown"), "10.0.0.1");
        assert_eq!(x("::1", "[2001:db8::1]"), "2001:db8::/64");
        // The header that the proxies do not write is the client's own.
        let other = [("forwarded", "for=192.0.2.7")];
        assert_eq!(client(ForwardedHeader::XForwardedFor, "10.0.0.1", &other), "10.0.0.1");
    }

    #[test]
    fn both_headers_are_read_from_their_end() {
        let f = |value: &str| client(ForwardedHeader::Forwarded, "10.0.0.1", &[("forwarded", value)]);
        assert_eq!(f("for=192.0.2.7;proto=https;by=10.0.0.1"), "192.0.2.7");
        assert_eq!(f("proto=https;For=\"[2001:db8::1]:4711\""), "2001:db8::/64");
        assert_eq!(f("for=1.1.1.1, for=192.0.2.7"), "192.0.2.7");
        assert_eq!(f("for=_hidden"), "10.0.0.1");
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "192.0.2.7")];
        assert_eq!(client(ForwardedHeader::XForwardedFor, "10.0.0.1", &lines), "192.0.2.7");
    }
}
