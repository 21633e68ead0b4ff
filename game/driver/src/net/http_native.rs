//! The smallest HTTP client that can ask our own signaling server: one request, one answer, plain http.
//! Natively the driver has a thread of its own, so this may block for its bounded time.

use super::directory::ANSWER_BYTES_MAX;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Gets, or posts JSON. Answers with the status and the body.
pub async fn request(url: &str, body: Option<&str>) -> Result<(u16, Vec<u8>), String> {
    let Some(rest) = url.strip_prefix("http://") else {
        return Err("this program talks to the signaling server's plain port: write ws://HOST:3536".into());
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let address = if host.contains(':') { host.to_string() } else { format!("{host}:80") };
    let fail = |e: std::io::Error| format!("the signaling server at {host} cannot be reached: {e}");
    let mut last = std::io::Error::other("the name has no address");
    for address in address.to_socket_addrs().map_err(fail)? {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => return exchange(stream, host, path, body).map_err(fail),
            Err(e) => last = e,
        }
    }
    Err(fail(last))
}

fn exchange(mut stream: TcpStream, host: &str, path: &str, body: Option<&str>) -> std::io::Result<(u16, Vec<u8>)> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let path = if path.is_empty() { "/" } else { path };
    let method = if body.is_some() { "POST" } else { "GET" };
    let text = body.unwrap_or("");
    // HTTP/1.0 keeps chunked answers away; the connection's end is the answer's end.
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    )?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX as u64 + 1).read_to_end(&mut answer)?;
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
