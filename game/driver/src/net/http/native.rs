//! The client of programs: `ureq` over TLS of our own settings. It blocks for its bounded time, so it is called on a
//! thread of its own and never in the driver's loop.

use super::{ANSWER_BYTES_MAX, Answer, HttpError, TIMEOUT};
use crate::net::tls::{self, Unknown};
use crate::net::trust::Trust;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::sync::Arc;
use ureq::Agent;
use ureq::http::Uri;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, TcpConnector, Transport, TransportAdapter,
};

/// Gets, or posts JSON.
///
/// # Errors
/// Where there is no answer, or too long a one; any status is an answer.
pub async fn request(url: &str, body: Option<&str>, trust: &Trust) -> Result<Answer, HttpError> {
    let uri: Uri = url.parse().map_err(|_| HttpError::Address(url.to_owned()))?;
    let Some(host) = uri.authority().map(|authority| authority.as_str().to_owned()) else {
        return Err(HttpError::Address(url.to_owned()));
    };
    let config = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .build();
    let tls = Tls(tls::config(trust).map_err(|why| HttpError::Network { host: host.clone(), why })?);
    let agent = Agent::with_parts(config, TcpConnector::default().chain(tls), DefaultResolver::default());
    let answer = match body {
        Some(body) => agent.post(uri).content_type("application/json").send(body),
        None => agent.get(uri).call(),
    };
    let mut answer = answer.map_err(|e| error(&host, e))?;
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX as u64).read_to_vec();
    Ok(Answer { status: answer.status().as_u16(), body: body.map_err(|e| error(&host, e))? })
}

fn error(host: &str, error: ureq::Error) -> HttpError {
    let host = host.to_owned();
    match error {
        ureq::Error::BodyExceedsLimit(_) => HttpError::TooLong,
        ureq::Error::Timeout(_) => HttpError::Silent { host },
        ureq::Error::BadUri(text) => HttpError::Address(text),
        ureq::Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidMessage(_)) => HttpError::NoTls { host },
            Some(rustls::Error::Other(other)) => match other.0.downcast_ref::<Unknown>() {
                Some(unknown) => {
                    HttpError::UnknownCertificate { host, fingerprint: unknown.fingerprint, why: unknown.why.clone() }
                }
                None => HttpError::Network { host, why: other.0.to_string() },
            },
            _ if error.kind() == ErrorKind::ConnectionRefused => HttpError::NoServer { host },
            _ if error.kind() == ErrorKind::TimedOut => HttpError::Silent { host },
            _ => HttpError::Network { host, why: error.to_string() },
        },
        other => HttpError::Network { host, why: other.to_string() },
    }
}

/// Puts TLS around connections for https.
#[derive(Debug)]
struct Tls(Arc<ClientConfig>);

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, Secured>;

    fn connect(&self, details: &ConnectionDetails<'_>, plain: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(plain) = plain else { return Ok(None) };
        if !details.needs_tls() {
            return Ok(Some(Either::A(plain)));
        }
        let name = tls::server_name(details.uri.host().unwrap_or_default()).map_err(ureq::Error::BadUri)?;
        let connection = ClientConnection::new(self.0.clone(), name).map_err(io::Error::other)?;
        let mut below = TransportAdapter::new(plain.boxed(), details.current_time.clone());
        below.set_timeout(details.timeout);
        let mut stream = StreamOwned::new(connection, below);
        // The handshake, so that what is wrong with a certificate is said here.
        stream.flush()?;
        let sizes = (details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Secured { stream, buffers: LazyBuffers::new(sizes.0, sizes.1) })))
    }
}

/// A connection within TLS.
struct Secured {
    stream: StreamOwned<ClientConnection, TransportAdapter>,
    buffers: LazyBuffers,
}

impl std::fmt::Debug for Secured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secured").finish_non_exhaustive()
    }
}

impl Transport for Secured {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        Ok(self.stream.write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        let came = match self.stream.read(self.buffers.input_append_buf()) {
            // Some servers end TLS without saying so: a body that was cut by it is found out by its length.
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => 0,
            came => came?,
        };
        self.buffers.input_appended(came);
        Ok(came > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pollster::block_on;
    use std::net::TcpListener;

    /// Somebody who answers each connection with these bytes.
    fn server(answer: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut stream = stream;
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer);
            }
        });
        format!("127.0.0.1:{}", address.port())
    }

    fn ask(url: &str) -> Result<Answer, HttpError> {
        block_on(request(url, None, &Trust::default()))
    }

    #[test]
    fn every_status_is_an_answer_and_nothing_is_followed() {
        let host = server(b"HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\nfull");
        assert_eq!(ask(&format!("http://{host}/x")), Ok(Answer { status: 409, body: b"full".to_vec() }));
        let host = server(b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(ask(&format!("http://{host}/")).unwrap().status, 302);
    }

    #[test]
    fn what_is_no_answer_says_why() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(ask(&format!("http://{free}/")), Err(HttpError::NoServer { host: free.to_string() }));
        let host = server(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
        assert!(ask(&format!("http://{host}/")).is_err());
        let host = server(b"nonsense\r\n\r\n");
        assert!(matches!(ask(&format!("http://{host}/")), Err(HttpError::Network { .. })));
        let host = server(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        assert_eq!(ask(&format!("https://{host}/")), Err(HttpError::NoTls { host }));
        for bad in ["", "/rooms", "http://", "http://a b/"] {
            assert!(matches!(ask(bad), Err(HttpError::Address(_))), "{bad}: {:?}", ask(bad));
        }
    }

    #[test]
    fn no_answer_is_longer_than_it_may_be() {
        const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n";
        let long: &'static [u8] = Box::leak([HEAD, &vec![b'x'; ANSWER_BYTES_MAX + 1]].concat().into_boxed_slice());
        let host = server(long);
        assert_eq!(ask(&format!("http://{host}/")), Err(HttpError::TooLong));
    }
}
