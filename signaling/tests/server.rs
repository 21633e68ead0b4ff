//! The real server on loopback, seen by raw clients: http by hand, matchbox's JSON over WebSockets, TLS.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use signaling::{Config, Ice, Limits, Running, Server};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const SOON: Duration = Duration::from_secs(5);

fn start(config: Config) -> (Running, SocketAddr) {
    let running = Server::start(config).unwrap();
    let http = running.http_addr.unwrap();
    (running, http)
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
        self.head.lines().find(named).map(|line| line[name.len() + 1..].trim())
    }
}

async fn ask_on(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str, body: &str) -> Answer {
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

async fn get(at: SocketAddr, path: &str) -> Answer {
    ask_on(TcpStream::connect(at).await.unwrap(), &format!("GET {path} HTTP/1.1"), "").await
}

async fn post(at: SocketAddr, path: &str, body: &Value) -> Answer {
    ask_on(TcpStream::connect(at).await.unwrap(), &format!("POST {path} HTTP/1.1"), &body.to_string()).await
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Peer {
    socket: Socket,
    id: String,
    key: String,
    founder: bool,
}

impl Peer {
    async fn join(at: SocketAddr, room: &str, name: &str) -> Self {
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

    async fn signal(&mut self, to: &str, data: Value) {
        let request = json!({ "Signal": { "receiver": to, "data": data } });
        self.socket.send(Message::text(request.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Value {
        receive(&mut self.socket).await
    }
}

async fn receive(socket: &mut Socket) -> Value {
    loop {
        match timeout(SOON, socket.next()).await.expect("a message in time").expect("an open socket").unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("unexpected {other:?}"),
        }
    }
}

async fn status_of_ws(url: String) -> u16 {
    match connect_async(url).await {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        other => panic!("expected a refusal, got {:?}", other.map(|_| "a connection")),
    }
}

#[tokio::test]
async fn two_peers_exchange_signals() {
    let (_running, at) = start(Config::loopback());
    let mut anna = Peer::join(at, "tide", "Anna").await;
    let mut ben = Peer::join(at, "tide", "Ben").await;
    assert!(anna.founder && !ben.founder);
    // Who was there first makes the offer.
    assert_eq!(anna.next().await, json!({ "NewPeer": ben.id }));
    anna.signal(&ben.id, json!({ "Offer": "sdp of Anna" })).await;
    assert_eq!(ben.next().await, json!({ "Signal": { "sender": anna.id, "data": { "Offer": "sdp of Anna" } } }));
    ben.socket.send(Message::text("\"KeepAlive\"")).await.unwrap();
    ben.signal(&anna.id, json!({ "Answer": "sdp of Ben" })).await;
    assert_eq!(anna.next().await, json!({ "Signal": { "sender": ben.id, "data": { "Answer": "sdp of Ben" } } }));
    // Someone in another room learns nothing and reaches nobody.
    let mut cleo = Peer::join(at, "pool", "Cleo").await;
    assert!(cleo.founder);
    cleo.signal(&anna.id, json!({ "Offer": "from outside" })).await;
    cleo.socket.send(Message::text("not json")).await.unwrap();
    cleo.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    // What she sends to herself comes after all that.
    let own = cleo.id.clone();
    cleo.signal(&own, json!({ "Offer": "to myself" })).await;
    cleo.next().await;
    // A goodbye is passed on; what Cleo sent never arrived before it.
    ben.socket.close(None).await.unwrap();
    assert_eq!(anna.next().await, json!({ "PeerLeft": ben.id }));
    let metrics = String::from_utf8(get(at, "/metrics").await.body).unwrap();
    for line in [
        "tidepool_peers 2",
        "tidepool_signals_total 3",
        "tidepool_signals_astray_total 1",
        "tidepool_messages_bad_total 2",
    ] {
        assert!(metrics.contains(&format!("\n{line}\n")), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn the_directory_follows() {
    let (_running, at) = start(Config::loopback());
    assert_eq!(get(at, "/rooms").await.json(), json!({ "rooms": [] }));
    assert_eq!(get(at, "/rooms/tide").await.status, 404);
    let anna = Peer::join(at, "tide", "Anna").await;
    let mut ben = Peer::join(at, "tide", "Ben").await;
    let change =
        post(at, &format!("/rooms/tide?key={}", anna.key), &json!({ "world": "dam-break", "places": 4 })).await;
    assert_eq!(change.status, 200);
    let rooms = get(at, "/rooms").await;
    let entry = json!({ "name": "tide", "people": 2, "names": ["Anna", "Ben"], "world": "dam-break", "free": 2, "founder": anna.id });
    assert_eq!(rooms.json(), json!({ "rooms": [entry] }));
    assert_eq!(rooms.header("cache-control"), Some("no-store"));
    assert_eq!(post(at, &format!("/rooms/tide?key={}", ben.key), &json!({ "world": "mine" })).await.status, 403);
    assert_eq!(post(at, "/rooms/tide?key=x", &json!({ "name": "y" })).await.status, 403);
    assert_eq!(post(at, &format!("/rooms/tide?key={}", ben.key), &json!("text")).await.status, 400);
    let long = json!({ "world": "w".repeat(5000) });
    assert_eq!(post(at, &format!("/rooms/tide?key={}", anna.key), &long).await.status, 413);
    // Without her goodbye, the founder's place falls to Ben as soon as her socket is gone.
    drop(anna);
    assert!(ben.next().await["PeerLeft"].is_string());
    assert_eq!(get(at, "/rooms/tide").await.json()["founder"], json!(ben.id));
}

#[tokio::test]
async fn the_door() {
    let (_running, at) = start(Config { limits: Limits { places_max: 2, ..Limits::default() }, ..Config::loopback() });
    for path in ["/join", "/join?room=a%20b", "/join?room=rooms", "/join?room=../x"] {
        let answer = get(at, path).await;
        assert!(answer.status == 400 && answer.json()["error"].is_string(), "{path}");
    }
    assert_eq!(status_of_ws(format!("ws://{at}/tide")).await, 403);
    assert_eq!(status_of_ws(format!("ws://{at}/tide?ticket=abc")).await, 403);
    assert_eq!(status_of_ws(format!("ws://{at}/a%20b?ticket=abc")).await, 400);
    let joined = get(at, "/join?room=tide").await.json();
    let ticket = joined["ticket"].as_str().unwrap();
    assert_eq!(status_of_ws(format!("ws://{at}/pool?ticket={ticket}")).await, 403);
    let _socket = connect_async(format!("ws://{at}/tide?ticket={ticket}")).await.unwrap();
    assert_eq!(status_of_ws(format!("ws://{at}/tide?ticket={ticket}")).await, 403);
    let _second = Peer::join(at, "tide", "x").await;
    assert_eq!(get(at, "/join?room=tide").await.status, 409);
}

#[tokio::test]
async fn open_servers_take_plain_matchbox_clients() {
    let (_running, at) = start(Config { open: true, ..Config::loopback() });
    let mut socket = connect_async(format!("ws://{at}/tide")).await.unwrap().0;
    let id = receive(&mut socket).await["IdAssigned"].clone();
    assert_eq!(get(at, "/rooms/tide").await.json()["founder"], id);
}

#[tokio::test]
async fn floods_and_giants_are_disconnected() {
    let limits = Limits { messages_burst: 50, messages_per_second: 1, message_bytes_max: 1000, ..Limits::default() };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let mut anna = Peer::join(at, "tide", "Anna").await;
    let mut flooder = Peer::join(at, "tide", "Flo").await;
    assert_eq!(anna.next().await, json!({ "NewPeer": flooder.id }));
    for _ in 0..200 {
        if flooder.socket.send(Message::text("\"KeepAlive\"")).await.is_err() {
            break;
        }
    }
    assert_eq!(anna.next().await, json!({ "PeerLeft": flooder.id }));
    let mut giant = Peer::join(at, "tide", "Gia").await;
    assert_eq!(anna.next().await, json!({ "NewPeer": giant.id }));
    let _ = giant.socket.send(Message::text("x".repeat(2000))).await;
    assert_eq!(anna.next().await, json!({ "PeerLeft": giant.id }));
}

#[tokio::test]
async fn silent_and_deaf_peers_are_disconnected() {
    let limits = Limits { idle: Duration::from_millis(1500), queue_messages_max: 4, ..Limits::default() };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let mut anna = Peer::join(at, "tide", "Anna").await;
    // Reads nothing, so answers no ping either; but its system's buffers take what is small.
    let silent = Peer::join(at, "tide", "Sil").await;
    assert_eq!(anna.next().await, json!({ "NewPeer": silent.id }));
    assert_eq!(anna.next().await, json!({ "PeerLeft": silent.id }));
    // Sent more than its buffers take, one that does not read is taken out at once, and Anna stays.
    let deaf = Peer::join(at, "tide", "Dea").await;
    assert_eq!(anna.next().await, json!({ "NewPeer": deaf.id }));
    let large = "x".repeat(60_000);
    let deadline = tokio::time::Instant::now() + SOON;
    for _ in 0..1000 {
        anna.signal(&deaf.id, json!({ "Offer": large })).await;
        if get(at, "/rooms/tide").await.json()["people"] == 1 {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the deaf peer is still there");
    }
    assert_eq!(anna.next().await, json!({ "PeerLeft": deaf.id }));
}

#[tokio::test]
async fn slow_heads_and_too_many_connections() {
    let limits = Limits { handshake: Duration::from_millis(300), connections_max: 3, ..Limits::default() };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(b"GET / HT").await.unwrap();
        slow.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut fourth = TcpStream::connect(at).await.unwrap();
    let refused = timeout(SOON, fourth.read(&mut [0; 16])).await.unwrap();
    assert!(matches!(refused, Ok(0) | Err(_)), "the fourth connection was answered");
    for mut stream in slow {
        let mut rest = Vec::new();
        let _ = timeout(SOON, stream.read_to_end(&mut rest)).await.expect("the slow ones are cut off");
    }
    assert_eq!(get(at, "/healthz").await.body, b"ok\n");
    // WebSockets are bounded by the rooms, not by this: more of them than that can be open.
    let mut peers = Vec::new();
    for _ in 0..5 {
        peers.push(Peer::join(at, "tide", "x").await);
    }
    assert_eq!(get(at, "/rooms/tide").await.json()["people"], 5);
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tidepool-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: &str) {
        std::fs::write(self.0.join(name), bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn the_page() {
    let folder = Folder::new("page");
    folder.write("index.html", "<p>tide");
    folder.write("app-0123456789abcdef.wasm", "plain");
    folder.write("app-0123456789abcdef.wasm.br", "brotli");
    folder.write("app-0123456789abcdef.wasm.gz", "gzip");
    folder.write(".secret", "no");
    let (_running, at) = start(Config { web: Some(folder.0.clone()), ..Config::loopback() });
    let index = get(at, "/?room=tide").await;
    assert_eq!((index.status, &index.body[..]), (200, &b"<p>tide"[..]));
    assert_eq!(index.header("cache-control"), Some("no-cache"));
    assert_eq!(index.header("content-type"), Some("text/html; charset=utf-8"));
    for (accepts, coding, body) in
        [("gzip, br", Some("br"), "brotli"), ("gzip", Some("gzip"), "gzip"), ("", None, "plain")]
    {
        let request = format!("GET /app-0123456789abcdef.wasm HTTP/1.1\r\naccept-encoding: {accepts}");
        let app = ask_on(TcpStream::connect(at).await.unwrap(), &request, "").await;
        assert_eq!((app.header("content-encoding"), &app.body[..]), (coding, body.as_bytes()));
        assert_eq!(app.header("content-type"), Some("application/wasm"));
        assert_eq!(app.header("cache-control"), Some("public, max-age=31536000, immutable"));
    }
    for path in ["/.secret", "/../page", "/%2e%2e/etc/passwd", "/none.js", "//etc/passwd"] {
        assert_eq!(get(at, path).await.status, 404, "{path}");
    }
    let (_bare, bare) = start(Config::loopback());
    assert!(String::from_utf8(get(bare, "/").await.body).unwrap().contains("cargo xtask web"));
}

#[tokio::test]
async fn configuration_and_invitations() {
    let ice = Ice { urls: vec!["stun:127.0.0.1:3478".into()], ..Ice::default() };
    let (_running, at) =
        start(Config { ice, public_url: Some("https://tide.example.org".into()), ..Config::loopback() });
    let config = get(at, "/config.json").await.json();
    assert_eq!(config["ice"], json!({ "urls": ["stun:127.0.0.1:3478"], "username": null, "credential": null }));
    assert_eq!((&config["http_port"], &config["https_port"]), (&json!(at.port()), &Value::Null));
    let invite = get(at, "/invite.json?room=Tide").await.json();
    assert_eq!(invite["link"], "https://tide.example.org/?room=tide");
    let svg = get(at, "/invite.svg?room=tide").await;
    assert_eq!((svg.status, svg.header("content-type")), (200, Some("image/svg+xml")));
    assert_eq!(get(at, "/invite.svg?room=").await.status, 400);
    assert_eq!(get(at, "/invite.json").await.json()["link"], "https://tide.example.org/");
    let (_plain, plain) = start(Config::loopback());
    assert_eq!(get(plain, "/config.json").await.json()["ice"]["urls"], json!([]));
}

async fn tls(to: SocketAddr, folder: &Path, name: &str) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("certificate.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(to).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

#[tokio::test]
async fn https_with_its_own_certificate() {
    let folder = Folder::new("tls");
    let any = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let config = Config { https: Some(any), data: Some(folder.0.clone()), ..Config::loopback() };
    let (running, _) = start(config.clone());
    let https = running.https_addr.unwrap();
    // A strict client that trusts this certificate is content with it, by name and by address.
    for name in ["localhost", "127.0.0.1"] {
        let stream = tls(https, &folder.0, name).await.unwrap();
        assert_eq!(ask_on(stream, "GET /healthz HTTP/1.1", "").await.body, b"ok\n");
    }
    assert!(tls(https, &folder.0, "elsewhere.example").await.is_err());
    // WebSockets too.
    let joined =
        ask_on(tls(https, &folder.0, "localhost").await.unwrap(), "GET /join?room=tide HTTP/1.1", "").await.json();
    let url = format!("wss://localhost/tide?ticket={}", joined["ticket"].as_str().unwrap());
    let stream = tls(https, &folder.0, "localhost").await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let first = timeout(SOON, socket.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(first.to_text().unwrap(), format!("{{\"IdAssigned\":{}}}", joined["peer"]));
    // Bound to loopback, it does not pretend that others could come in.
    assert_eq!(running.invite("tide"), format!("https://127.0.0.1:{}/?room=tide", https.port()));
    assert!(!running.is_on_lan());
    // Stopped, it says goodbye and frees its ports; started again, it shows the same certificate.
    let before = std::fs::read(folder.0.join("certificate.pem")).unwrap();
    let started = std::time::Instant::now();
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
    let goodbye = timeout(SOON, socket.next()).await.unwrap();
    assert!(matches!(goodbye, Some(Ok(Message::Close(_))) | None), "{goodbye:?}");
    let again = Server::start(Config { https: Some(https), ..config }).unwrap();
    assert_eq!(std::fs::read(folder.0.join("certificate.pem")).unwrap(), before);
    // The port is taken now: an error in words, or another port where the caller allows it.
    let taken = Config { https: None, http: again.http_addr, ..Config::loopback() };
    assert!(Server::start(taken.clone()).unwrap_err().to_string().contains("cannot listen on"));
    let moved = Server::start(Config { ports_may_move: true, ..taken }).unwrap();
    assert_ne!(moved.http_addr, again.http_addr);
}
