//! What a server is started with.

mod address;
mod forwarded;
mod ice;
mod limits;

pub use address::{PublicAddress, PublicAddressError};
pub use forwarded::{ForwardedHeader, ForwardedHeaderError};
pub use ice::{Ice, IceAddress, IceAddressError, IceKind};
pub use limits::{Limits, Rate};

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// Plain http and ws: for this machine itself and for native programs.
pub const HTTP_PORT: u16 = 3536;
/// https and wss: browsers elsewhere give WebGPU and the clipboard to secure pages only.
pub const HTTPS_PORT: u16 = 3537;

/// Everything that [`crate::Server::start`] needs to know. `Config::default()` listens on all interfaces, over IPv4
/// and IPv6, at the usual ports, with a certificate of its own, no ICE servers, and no page.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where http listens; `None` for not at all; port 0 for any free port. The unspecified address of either kind
    /// (`0.0.0.0`, `[::]`) stands for all interfaces over IPv4 and IPv6.
    pub http: Option<SocketAddr>,
    /// Where https listens, as for `http`.
    pub https: Option<SocketAddr>,
    /// When a port is taken, use any free one instead of failing (for a server inside another program).
    pub ports_may_move: bool,
    /// The folder of the built web page.
    pub web: Option<PathBuf>,
    /// Where the certificate is kept; `None` for the user's data folder.
    pub data: Option<PathBuf>,
    /// A given certificate chain and its key, both PEM, instead of one that the server makes.
    pub cert_and_key: Option<(PathBuf, PathBuf)>,
    /// The address that invitations name, such as `https://tide.example.org` or `https://example.org/tide/`, instead
    /// of the one found on the local network. With a path, everything is served below that path as well.
    pub public: Option<PublicAddress>,
    /// The proxies whose word about their clients' addresses is believed. Nobody else's is.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which those proxies write it.
    pub forwarded_header: ForwardedHeader,
    /// Handed to clients.
    pub ice: Ice,
    /// Let WebSockets in without a ticket (plain matchbox clients, tests). Such a peer is never founder
    /// unless it is the first one in its room.
    pub open: bool,
    /// Bounds.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        let any = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        Self {
            http: Some(SocketAddr::new(any, HTTP_PORT)),
            https: Some(SocketAddr::new(any, HTTPS_PORT)),
            ports_may_move: false,
            web: None,
            data: None,
            cert_and_key: None,
            public: None,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            ice: Ice::default(),
            open: false,
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// On 127.0.0.1 only, at free ports, http alone: for tests and for rooms within one machine.
    pub fn loopback() -> Self {
        Self { http: Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)), https: None, ..Self::default() }
    }
}
