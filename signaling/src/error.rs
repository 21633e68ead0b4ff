//! Why a server does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What [`crate::Server::start`] fails with; the words say what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An address is taken or not this machine's.
    #[error("cannot listen on {0}: {1} ({hint})", hint = listen_hint(.1))]
    Listen(SocketAddr, io::Error),
    /// Neither http nor https has an address.
    #[error("there is nothing to listen on: give an address for http, or for https")]
    Nowhere,
    /// A file that must be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// There is no place for the certificate.
    #[error("no folder for the certificate: set HOME, or TIDEPOOL_DATA, or name one")]
    NoFolder,
    /// Making the certificate failed.
    #[error("making the certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// The certificate or key is not usable.
    #[error("the certificate or its key cannot be used: {0}")]
    Certificate(String),
    /// The system gives no thread or no event queue.
    #[error("starting: {0}")]
    Start(io::Error),
}

fn listen_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "is another Tidepool running? another port helps",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a right of their own: choose a higher one",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address: [::] stands for all that it has",
        _ => "another address or port may help",
    }
}
