//! A small http GET for the directory: one request, bounded in time and size. Natively over plain http, which
//! is what the signaling server offers native programs; in a page by the browser's own `fetch`.

/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// A query value with everything but letters, digits, `-`, `_` and `.` escaped.
pub(super) fn escaped(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    value.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Gets `url` and calls `done` with the body or with what went wrong, on another thread or later.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn get(url: String, done: impl FnOnce(Result<String, String>) + Send + 'static) {
    std::thread::spawn(move || done(native::get(&url)));
}

/// See above.
#[cfg(target_arch = "wasm32")]
pub(super) fn get(url: String, done: impl FnOnce(Result<String, String>) + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        done(web::get(&url).await.map_err(|error| format!("the server does not answer: {error:?}")));
    });
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use super::ANSWER_BYTES_MAX;
    use std::io::{Read, Write};
    use std::net::{TcpStream, ToSocketAddrs};
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(3);

    pub(super) fn get(url: &str) -> Result<String, String> {
        let rest = url.strip_prefix("http://").ok_or("rooms can be listed over http only")?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let with_port = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let in_words = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::ConnectionRefused => format!("no server listens at {host}"),
            _ => format!("the server at {host} does not answer: {error}"),
        };
        let address = with_port.to_socket_addrs().map_err(in_words)?.next().ok_or("the server has no address")?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(in_words)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(in_words)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(in_words)?;
        let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).map_err(in_words)?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES_MAX as u64).read_to_end(&mut answer).map_err(in_words)?;
        body(&answer)
    }

    /// The body of an HTTP/1.0 answer with status 200.
    pub(super) fn body(answer: &[u8]) -> Result<String, String> {
        let text = String::from_utf8_lossy(answer);
        let (head, body) = text.split_once("\r\n\r\n").ok_or("the server's answer was cut off")?;
        let status = head.split_whitespace().nth(1).unwrap_or("?");
        if status == "200" { Ok(body.to_owned()) } else { Err(format!("the server answered {status}")) }
    }
}

#[cfg(target_arch = "wasm32")]
mod web {
    use super::ANSWER_BYTES_MAX;
    use wasm_bindgen::{JsCast, JsValue};

    pub(super) async fn get(url: &str) -> Result<String, JsValue> {
        let call = |on: &JsValue, name: &str, argument: Option<&JsValue>| -> Result<js_sys::Promise, JsValue> {
            let function: js_sys::Function = js_sys::Reflect::get(on, &name.into())?.dyn_into()?;
            let promise = match argument {
                Some(argument) => function.call1(on, argument)?,
                None => function.call0(on)?,
            };
            promise.dyn_into()
        };
        let global = js_sys::global();
        let answer = wasm_bindgen_futures::JsFuture::from(call(&global, "fetch", Some(&url.into()))?).await?;
        if js_sys::Reflect::get(&answer, &"ok".into())? != JsValue::TRUE {
            return Err(js_sys::Reflect::get(&answer, &"status".into())?);
        }
        let text = wasm_bindgen_futures::JsFuture::from(call(&answer, "text", None)?).await?;
        let text = text.as_string().unwrap_or_default();
        if text.len() > ANSWER_BYTES_MAX { Err("too long".into()) } else { Ok(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped() {
        assert_eq!(escaped("am See/1"), "am%20See%2F1");
    }

    #[test]
    fn only_an_answer_of_200_is_one() {
        assert_eq!(native::body(b"HTTP/1.0 200 OK\r\na: b\r\n\r\n{}").unwrap(), "{}");
        assert!(native::body(b"HTTP/1.1 404 Not Found\r\n\r\nno").is_err());
        assert!(native::body(b"HTTP/1.1 200").is_err());
        assert!(get_fails_soon("http://127.0.0.1:1/rooms"));
    }

    fn get_fails_soon(url: &str) -> bool {
        native::get(url).is_err() && native::get("https://127.0.0.1/").is_err()
    }
}
