//! Start, router, stop. The whole stack that a request passes is in [`router`] and [`listen`].

use crate::config::Config;
use crate::invite::{Invites, lan_addresses};
use crate::limited::Limited;
use crate::metrics::{Metrics, count};
use crate::names::RoomName;
use crate::rooms::Rooms;
use crate::socket::Link;
use crate::{api, cert, page, socket};
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long connections may take to end after [`Running::stop`].
const STOP: Duration = Duration::from_secs(2);

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An address is taken or not this machine's.
    #[error("cannot listen on {0}: {1} (is another Tidepool running? another port helps)")]
    Listen(SocketAddr, io::Error),
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

/// What all requests share.
pub struct App {
    pub(crate) config: Config,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) shutdown: watch::Receiver<bool>,
    pub(crate) http_port: Option<u16>,
    pub(crate) https_port: Option<u16>,
    rooms: Mutex<Rooms<Link>>,
    invites: OnceLock<Invites>,
    started: Instant,
}

impl App {
    /// The directory; held only between two waits, and no use of it panics half-way.
    pub(crate) fn rooms(&self) -> MutexGuard<'_, Rooms<Link>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Looked up once: the addresses that the certificate names, too.
    pub(crate) fn invites(&self) -> &Invites {
        self.invites.get_or_init(|| self.find_invites(&lan_addresses()))
    }

    /// A server that listens at one address only is invited to by that one.
    fn find_invites(&self, addresses: &[std::net::IpAddr]) -> Invites {
        let bound = self.config.https.or(self.config.http).map(|a| a.ip()).filter(|ip| !ip.is_unspecified());
        let bound: Option<Vec<_>> = bound.map(|ip| if ip.is_loopback() { vec![] } else { vec![ip] });
        let addresses = bound.as_deref().unwrap_or(addresses);
        let own = self.config.cert_and_key.is_none();
        let port = self.https_port.or(self.http_port).unwrap_or(0);
        Invites::new(self.config.public_url.as_deref(), addresses, self.https_port.is_some(), port, own)
    }
}

/// See [`Server::start`].
pub struct Server;

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    /// Where http is to be reached on this machine.
    pub http_addr: Option<SocketAddr>,
    /// Where https is to be reached on this machine.
    pub https_addr: Option<SocketAddr>,
    fingerprint: Option<String>,
    invites: Invites,
    shutdown: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Listens and serves from a thread of its own; returns as soon as connections are taken.
    pub fn start(config: Config) -> Result<Running, Error> {
        let http = config.http.map(|a| bind(a, config.ports_may_move)).transpose()?;
        let https = config.https.map(|a| bind(a, config.ports_may_move)).transpose()?;
        let address = |l: &Option<TcpListener>| l.as_ref().and_then(|l| l.local_addr().ok());
        let (http_addr, https_addr) = (address(&http), address(&https));
        let addresses = lan_addresses();
        let tls = https.is_some().then(|| tls(&config, &addresses)).transpose()?;
        let (tls, fingerprint) = tls.unzip();
        let (shutdown, stopping) = watch::channel(false);
        let app = App {
            rooms: Mutex::new(Rooms::new(config.limits.clone())),
            metrics: Arc::default(),
            shutdown: stopping.clone(),
            http_port: http_addr.map(|a| a.port()),
            https_port: https_addr.map(|a| a.port()),
            invites: OnceLock::new(),
            started: Instant::now(),
            config,
        };
        let invites = app.invites.get_or_init(|| app.find_invites(&addresses)).clone();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("signaling")
            .enable_all()
            .build()
            .map_err(Error::Start)?;
        let thread = std::thread::Builder::new()
            .name("signaling".to_owned())
            .spawn(move || {
                runtime.block_on(serve(Arc::new(app), http, https.zip(tls), stopping));
                runtime.shutdown_timeout(STOP / 4);
            })
            .map_err(Error::Start)?;
        Ok(Running { http_addr, https_addr, fingerprint, invites, shutdown, thread: Some(thread) })
    }
}

impl Running {
    /// The link that invites others into a room: https on the local network. `room` is taken as
    /// [`RoomName`] takes it; a name that cannot be one gives the link without a room.
    pub fn invite(&self, room: &str) -> String {
        self.invites.invitation(RoomName::parse(room).ok().as_ref()).link
    }

    /// The link for a browser on this machine itself.
    pub fn local(&self, room: &str) -> Option<String> {
        let port = self.http_addr?.port();
        Some(format!("http://localhost:{port}/?room={}", RoomName::parse(room).ok()?))
    }

    /// Whether the invitation names an address that others can reach.
    pub fn is_on_lan(&self) -> bool {
        self.invites.invitation(None).lan
    }

    /// Where native programs on this machine connect: `ws://127.0.0.1:PORT`, without room and ticket.
    pub fn ws_url(&self) -> Option<String> {
        Some(format!("ws://127.0.0.1:{}", self.http_addr?.port()))
    }

    /// Where native programs connect through TLS: `wss://127.0.0.1:PORT`, without room and ticket.
    pub fn wss_url(&self) -> Option<String> {
        Some(format!("wss://127.0.0.1:{}", self.https_addr?.port()))
    }

    /// SHA-256 of the certificate that https shows, as pairs of hexadecimal digits with colons: what a native
    /// program elsewhere is given to believe it.
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// Says goodbye to everyone and returns when the ports are free again, after 3 s at the latest.
    pub fn stop(mut self) {
        self.end();
    }

    /// Waits until the server ends by itself, which it does not do unless something is badly wrong.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    fn end(&mut self) {
        let _ = self.shutdown.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn bind(address: SocketAddr, may_move: bool) -> Result<TcpListener, Error> {
    let bound = match TcpListener::bind(address) {
        Err(e) if may_move && e.kind() == io::ErrorKind::AddrInUse => {
            TcpListener::bind(SocketAddr::new(address.ip(), 0))
        }
        bound => bound,
    };
    let listener = bound.map_err(|e| Error::Listen(address, e))?;
    listener.set_nonblocking(true).map_err(|e| Error::Listen(address, e))?;
    Ok(listener)
}

fn tls(config: &Config, addresses: &[std::net::IpAddr]) -> Result<(RustlsConfig, String), Error> {
    let pair = match &config.cert_and_key {
        Some((cert, key)) => cert::given(cert, key)?,
        None => {
            let folder = config.data.clone().or_else(cert::data_folder).ok_or(Error::NoFolder)?;
            cert::kept(&folder, addresses, time::OffsetDateTime::now_utc())?
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

/// Both listeners, until the stop.
async fn serve(
    app: Arc<App>,
    http: Option<TcpListener>,
    https: Option<(TcpListener, RustlsConfig)>,
    mut stopping: watch::Receiver<bool>,
) {
    let limits = app.config.limits.clone();
    let limited = Limited::new(limits.connections_max, Arc::clone(&app.metrics));
    let service = router(Arc::clone(&app)).into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let mut tasks = tokio::task::JoinSet::new();
    if let Some(listener) = http {
        match axum_server::from_tcp(listener) {
            Ok(server) => {
                let mut server = server.acceptor(limited.clone()).handle(handle.clone());
                *server.http_builder() = http1(limits.handshake);
                tasks.spawn(server.serve(service.clone()));
            }
            Err(e) => log::error!("http: {e}"),
        }
    }
    if let Some((listener, tls)) = https {
        match axum_server::from_tcp(listener) {
            Ok(server) => {
                let tls = RustlsAcceptor::new(tls).handshake_timeout(limits.handshake).acceptor(limited);
                let mut server = server.acceptor(tls).handle(handle.clone());
                *server.http_builder() = http1(limits.handshake);
                tasks.spawn(server.serve(service));
            }
            Err(e) => log::error!("https: {e}"),
        }
    }
    let _ = stopping.wait_for(|stop| *stop).await;
    handle.graceful_shutdown(Some(STOP / 2));
    // WebSockets outlive the servers' own count of connections: each says goodbye and leaves its room.
    let ended = async {
        while tasks.join_next().await.is_some() {}
        while app.rooms().counts()[1] > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let _ = tokio::time::timeout(STOP, ended).await;
}

/// HTTP/1.1 whose heads must arrive in time.
fn http1(head: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(32 * 1024);
    builder
}

/// All addresses. What is none of the named ones is a room's WebSocket or a file of the page.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/join", get(api::join))
        .route("/rooms", get(api::list))
        .route("/rooms/{room}", get(api::entry).post(api::change))
        .route("/config.json", get(api::config))
        .route("/invite.json", get(api::invite_json))
        .route("/invite.svg", get(api::invite_svg))
        .route("/healthz", get(api::healthz))
        .route("/metrics", get(api::metrics))
        .fallback(room_or_file)
        .layer(DefaultBodyLimit::max(app.config.limits.body_bytes_max))
        .layer(from_fn_with_state(Arc::clone(&app), around))
        .with_state(app)
}

/// Around every request: a count, a time limit, and no caching unless the answer allows it.
async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    count(&app.metrics.requests);
    let answer = tokio::time::timeout(app.config.limits.answer, next.run(request));
    let Ok(mut response) = answer.await else {
        return api::refuse(StatusCode::REQUEST_TIMEOUT, "the request took too long");
    };
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn room_or_file(
    State(app): State<Arc<App>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    query: Result<Query<HashMap<String, String>>, QueryRejection>,
    ws: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let wants_socket = headers.get(header::UPGRADE).is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if !wants_socket {
        return page::serve(app.config.web.as_deref(), &method, uri.path(), &headers).await;
    }
    let query = query.map(|q| q.0).unwrap_or_default();
    match ws {
        Ok(ws) => socket::upgrade(app, ws, uri.path().trim_start_matches('/'), &query),
        Err(why) => why.into_response(),
    }
}
