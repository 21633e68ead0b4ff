//! Where the server listens: sockets and TLS.

use crate::cert;
use crate::config::Config;
use crate::error::Error;
use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;

/// Connections that the system keeps until they are accepted.
const BACKLOG: i32 = 1024;

/// Listens at an address; where its port is taken and `may_move`, at any free one.
pub(crate) fn bind(address: SocketAddr, may_move: bool) -> Result<TcpListener, Error> {
    let bound = match bind_everywhere(address) {
        Err(e) if may_move && e.kind() == io::ErrorKind::AddrInUse => bind_everywhere(SocketAddr::new(address.ip(), 0)),
        bound => bound,
    };
    bound.map_err(|e| Error::Listen(address, e))
}

/// An unspecified address of either kind is all interfaces over both, where the system has IPv6.
fn bind_everywhere(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_unspecified() {
        return bind_one(address, address.is_ipv6());
    }
    let port = address.port();
    match bind_one(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port), false) {
        // Its port is taken, or is not ours to take; IPv4 would not be a way around that.
        Err(e) if matches!(e.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied) => Err(e),
        Err(_) => bind_one(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port), false),
        bound => bound,
    }
}

fn bind_one(address: SocketAddr, only_v6: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart need not wait for the last connections' end; on Windows the option means something else.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// The address by which a listener is reached on this machine.
pub(crate) fn reached_at(listener: &TcpListener) -> Option<SocketAddr> {
    let address = listener.local_addr().ok()?;
    let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    Some(SocketAddr::new(ip, address.port()))
}

/// TLS with the given certificate or with the kept one, and its fingerprint; `addresses` are to be named in it.
pub(crate) fn tls(config: &Config, addresses: &[IpAddr]) -> Result<(RustlsConfig, String), Error> {
    let pair = match &config.cert_and_key {
        Some((cert, key)) => cert::given(cert, key)?,
        None => {
            let folder = config.data.clone().or_else(cert::data_folder).ok_or(Error::NoFolder)?;
            cert::kept(&folder, addresses, jiff::Timestamp::now())?
        }
    };
    let words = |e: &dyn std::fmt::Display| Error::Certificate(e.to_string());
    let chain = CertificateDer::pem_slice_iter(&pair.cert).collect::<Result<Vec<_>, _>>().map_err(|e| words(&e))?;
    let key = PrivateKeyDer::from_pem_slice(&pair.key).map_err(|e| words(&e))?;
    let first = chain.first().ok_or_else(|| Error::Certificate("the file holds none".into()))?;
    let fingerprint = cert::fingerprint(first);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|b| b.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|e| words(&e))?;
    // WebSockets need HTTP/1.1.
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((RustlsConfig::from_config(Arc::new(tls)), fingerprint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    #[test]
    fn the_unspecified_address_is_reached_over_both_families() {
        for ip in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
            let listener = bind(SocketAddr::new(ip, 0), false).unwrap();
            let port = listener.local_addr().unwrap().port();
            assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok(), "{ip} over IPv4");
            let has_v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
            assert_eq!(TcpStream::connect((Ipv6Addr::LOCALHOST, port)).is_ok(), has_v6, "{ip} over IPv6");
            assert_eq!(reached_at(&listener), Some(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)));
        }
    }

    #[test]
    fn a_taken_port_is_told_or_left_for_a_free_one() {
        let any = |port| SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port);
        let first = bind(any(0), false).unwrap();
        let port = first.local_addr().unwrap().port();
        let error = bind(any(port), false).unwrap_err().to_string();
        assert!(error.contains("cannot listen on") && error.contains("another Tidepool"), "{error}");
        assert_ne!(bind(any(port), true).unwrap().local_addr().unwrap().port(), port);
    }
}
