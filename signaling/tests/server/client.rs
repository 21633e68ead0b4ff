//! Raw clients: http by hand, matchbox's JSON over WebSockets.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use signaling::{Config, Running, Server};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub(crate) const SOON: Duration = Duration::from_secs(10);

pub(crate) fn start(config: Config) -> (Running, SocketAddr) {
    let running = Server::start(config).unwrap();
    let http = running.http_addr.unwrap();
    (running, http)
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
        self.head.lines().find(named).map(|line| line[name.len() + 1..].trim())
    }
}

pub(crate) async fn ask_on(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str, body: &str) -> Answer {
    let length = body.len();
    let text = format!("{request}\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A TLS peer that closes without saying so is as good.
    let _ = timeout(SOON, stream.read_to_end(&mut bytes)).await.unwrap();
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

/// A connection from another address of this machine: all of 127.0.0.0/8 is, on Linux.
pub(crate) async fn connect_from(last: u8, to: SocketAddr) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, last], 0))).unwrap();
    socket.connect(to).await.unwrap()
}

/// One number of `/metrics`.
pub(crate) async fn metric(at: SocketAddr, name: &str) -> u64 {
    let text = String::from_utf8(get(at, "/metrics").await.body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("tidepool_{name} ")));
    line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse().unwrap()
}

/// Waits until that number is there.
pub(crate) async fn metric_becomes(at: SocketAddr, name: &str, value: u64) {
    let end = tokio::time::Instant::now() + SOON;
    while metric(at, name).await != value {
        assert!(tokio::time::Instant::now() < end, "{name} is {}", metric(at, name).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn get(at: SocketAddr, path: &str) -> Answer {
    ask_on(TcpStream::connect(at).await.unwrap(), &format!("GET {path} HTTP/1.1"), "").await
}

pub(crate) async fn post(at: SocketAddr, path: &str, body: &Value) -> Answer {
    ask_on(TcpStream::connect(at).await.unwrap(), &format!("POST {path} HTTP/1.1"), &body.to_string()).await
}

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) struct Peer {
    pub(crate) socket: Socket,
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) founder: bool,
}

impl Peer {
    pub(crate) async fn join(at: SocketAddr, room: &str, name: &str) -> Self {
        let joined = get(at, &format!("/join?room={room}&name={name}")).await;
        assert_eq!(joined.status, 200, "{:?}", joined.json());
        let joined = joined.json();
        let text = |field: &str| joined[field].as_str().unwrap().to_owned();
        let url = format!("ws://{at}/{room}?ticket={}", text("ticket"));
        let mut socket = connect_async(url).await.unwrap().0;
        let first = receive(&mut socket).await;
        assert_eq!(first, json!({ "IdAssigned": text("peer") }));
        Self { socket, id: text("peer"), key: text("key"), founder: joined["founder"].as_bool().unwrap() }
    }

    pub(crate) async fn signal(&mut self, to: &str, data: Value) {
        let request = json!({ "Signal": { "receiver": to, "data": data } });
        self.socket.send(Message::text(request.to_string())).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> Value {
        receive(&mut self.socket).await
    }
}

pub(crate) async fn receive(socket: &mut Socket) -> Value {
    loop {
        match timeout(SOON, socket.next()).await.expect("a message in time").expect("an open socket").unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("unexpected {other:?}"),
        }
    }
}

pub(crate) async fn status_of_ws(url: String) -> u16 {
    match connect_async(url).await {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        other => panic!("expected a refusal, got {:?}", other.map(|_| "a connection")),
    }
}

pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tidepool-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, bytes: &str) {
        std::fs::write(self.0.join(name), bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
