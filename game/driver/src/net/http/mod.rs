//! The one HTTP client: a request to a signaling server, and a bounded answer. Natively over http and https by `ureq`
//! and `rustls`, believing whom the user trusts ([`Trust`](crate::net::trust::Trust)); in a page by the browser's
//! `fetch`.
//!
//! Nothing here is retried, redirected or kept open: the server is asked seldom, and by short questions.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(not(target_arch = "wasm32"))]
pub use native::request;
#[cfg(target_arch = "wasm32")]
pub use web::request;

use crate::net::trust::written;
use std::time::Duration;

/// Bytes of an answer that are read at most.
pub const ANSWER_BYTES_MAX: usize = 1 << 20;
/// A question and its answer are given up after this.
const TIMEOUT: Duration = Duration::from_secs(8);

/// An answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body, at most [`ANSWER_BYTES_MAX`] bytes.
    pub body: Vec<u8>,
}

/// Why there is no answer, or none that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// What was given is no address of a server.
    #[error("`{0}` is no address of a signaling server: write ws://HOST:3536")]
    Address(String),
    /// Nobody listens there.
    #[error("the signaling server at {host} cannot be reached: no server listens there")]
    NoServer {
        /// Where.
        host: String,
    },
    /// No answer came in time.
    #[error("the signaling server at {host} cannot be reached: it does not answer")]
    Silent {
        /// Where.
        host: String,
    },
    /// There is something, and it speaks no TLS.
    #[error(
        "the signaling server at {host} cannot be reached: it speaks no TLS at that port: write ws:// for the plain \
         port, wss:// for the other"
    )]
    NoTls {
        /// Where.
        host: String,
    },
    /// Nobody vouches for its certificate.
    #[error(
        "the signaling server at {host} cannot be reached: nobody vouches for its certificate ({why}), as is usual for \
         a server at home. Compare its SHA-256 fingerprint {} with the one that the server prints at its start; when \
         they are the same, say so with --fingerprint {} (or --ca FILE with the certificate itself), or use the \
         server's plain address, ws://HOST:3536",
        written(fingerprint),
        written(fingerprint)
    )]
    UnknownCertificate {
        /// Where.
        host: String,
        /// SHA-256 of its certificate.
        fingerprint: [u8; 32],
        /// What the library says is wrong with it.
        why: String,
    },
    /// Another failure of the network, as the system tells it.
    #[error("the signaling server at {host} cannot be reached: {why}")]
    Network {
        /// Where; empty in a page, which is not told.
        host: String,
        /// What the system says.
        why: String,
    },
    /// More than [`ANSWER_BYTES_MAX`] bytes.
    #[error("the signaling server's answer is too long")]
    TooLong,
    /// Not what this program expects; what the decoder says.
    #[error("the signaling server's answer makes no sense: {0}")]
    Unreadable(String),
    /// The server says no.
    #[error("{}", if why.is_empty() { format!("the signaling server answered {status}") } else { why.clone() })]
    Refused {
        /// With this status.
        status: u16,
        /// In these words, if any.
        why: String,
    },
}

impl From<HttpError> for String {
    fn from(error: HttpError) -> Self {
        error.to_string()
    }
}
