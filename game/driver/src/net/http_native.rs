//! The smallest HTTP client that can ask our own signaling server: one request, one answer, http or https.
//! Natively the driver has a thread of its own, so this may block for its bounded time.

use super::directory::ANSWER_BYTES_MAX;
use super::tls;
use super::trust::Trust;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Gets, or posts JSON. Answers with the status and the body.
pub async fn request(url: &str, body: Option<&str>, trust: &Trust) -> Result<(u16, Vec<u8>), String> {
    let (secure, rest) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
        (Some(rest), _) => (false, rest),
        (None, Some(rest)) => (true, rest),
        (None, None) => return Err(format!("`{url}` is no address of a signaling server: write ws://HOST:3536")),
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let address = tls::with_port(host, if secure { 443 } else { 80 });
    let fail = |e: std::io::Error| format!("the signaling server at {host} cannot be reached: {}", words(&e));
    let mut last = std::io::Error::other("the name has no address");
    for address in address.to_socket_addrs().map_err(fail)? {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => {
                stream.set_read_timeout(Some(TIMEOUT)).map_err(fail)?;
                stream.set_write_timeout(Some(TIMEOUT)).map_err(fail)?;
                if !secure {
                    return exchange(stream, host, path, body).map_err(fail);
                }
                let config = tls::config(trust)?;
                let connection = rustls::ClientConnection::new(config, tls::server_name(host)?);
                let connection = connection.map_err(|e| fail(std::io::Error::other(e)))?;
                return exchange(rustls::StreamOwned::new(connection, stream), host, path, body).map_err(fail);
            }
            Err(e) => last = e,
        }
    }
    Err(fail(last))
}

/// What went wrong; for a certificate that nobody vouches for, only what to do.
fn words(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::Other(other)) => other.0.to_string(),
        Some(rustls::Error::InvalidMessage(_)) => {
            "it speaks no TLS at that port: write ws:// for the plain port, wss:// for the other".into()
        }
        _ if error.kind() == ErrorKind::ConnectionRefused => "no server listens there".into(),
        _ => error.to_string(),
    }
}

fn exchange(
    mut stream: impl Read + Write,
    host: &str,
    path: &str,
    body: Option<&str>,
) -> std::io::Result<(u16, Vec<u8>)> {
    let path = if path.is_empty() { "/" } else { path };
    let method = if body.is_some() { "POST" } else { "GET" };
    let text = body.unwrap_or("");
    // HTTP/1.0 keeps chunked answers away; the connection's end is the answer's end.
    let request = format!(
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let mut answer = Vec::new();
    match stream.take(ANSWER_BYTES_MAX as u64 + 1).read_to_end(&mut answer) {
        // Some servers end TLS without saying so; an answer that was cut is no JSON and is refused as such.
        Err(e) if e.kind() == ErrorKind::UnexpectedEof && !answer.is_empty() => {}
        result => drop(result?),
    }
    parse(&answer).ok_or_else(|| std::io::Error::other("the answer is not HTTP, or too long"))
}

fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    if answer.len() > ANSWER_BYTES_MAX {
        return None;
    }
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.lines().next()?.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer[end + 4..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn answers_are_taken_apart() {
        assert_eq!(parse(b"HTTP/1.1 409 Conflict\r\nA: b\r\n\r\nbody"), Some((409, b"body".to_vec())));
        assert_eq!(parse(b"nonsense"), None);
        assert_eq!(parse(b"\r\n\r\n"), None);
    }
}
