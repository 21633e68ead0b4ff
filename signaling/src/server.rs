//! Start and stop: from the configuration to the app, from the app to the router, from the router to the sockets.

use crate::app::App;
use crate::config::{Config, Limits};
use crate::doors::connections::Connections;
use crate::error::Error;
use crate::invite::{Invites, lan_addresses};
use crate::listen::{bind, reached_at, tls};
use crate::names::RoomName;
use crate::router::router;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long connections may take to end after [`Running::stop`].
const STOP: Duration = Duration::from_secs(2);
/// Open files that are left to the rest of the program.
const FILES_KEPT: u64 = 256;

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
    /// Listens and serves from a thread of its own; returns as soon as connections are taken. Raises the program's soft
    /// limit of open files as far as its connections need and the system allows.
    ///
    /// # Errors
    ///
    /// An address that is taken or not this machine's, and a certificate that cannot be read, made or kept: see
    /// [`Error`].
    pub fn start(mut config: Config) -> Result<Running, Error> {
        if config.http.is_none() && config.https.is_none() {
            return Err(Error::Nowhere);
        }
        fit_open_files(&mut config.limits);
        let http = config.http.map(|address| bind(address, config.ports_may_move)).transpose()?;
        let https = config.https.map(|address| bind(address, config.ports_may_move)).transpose()?;
        let http_addr = http.as_ref().and_then(reached_at);
        let https_addr = https.as_ref().and_then(reached_at);
        let invited_to = https.as_ref().or(http.as_ref()).and_then(|listener| listener.local_addr().ok());
        let invited_to = invited_to.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        let addresses = match invited_to.ip() {
            ip if ip.is_unspecified() => lan_addresses(ip.is_ipv6()),
            ip => vec![ip],
        };
        let tls = https.is_some().then(|| tls(&config, &addresses)).transpose()?;
        let (tls, fingerprint) = tls.unzip();
        let own_certificate = config.cert_and_key.is_none();
        let invites =
            Invites::new(config.public.as_ref(), &addresses, invited_to.port(), https.is_some(), own_certificate);
        let (shutdown, stopping) = watch::channel(false);
        let app = App::new(config, invites.clone(), http_addr, https_addr, stopping);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("signaling")
            .enable_all()
            .build()
            .map_err(Error::Start)?;
        let thread = std::thread::Builder::new()
            .name("signaling".to_owned())
            .spawn(move || {
                runtime.block_on(serve(Arc::new(app), http, https.zip(tls)));
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

    /// The link for a browser on this machine itself; none without http.
    pub fn local(&self, room: &str) -> Option<String> {
        let address = self.http_addr?;
        let room = RoomName::parse(room).ok()?;
        // Browsers take plain http for secure at localhost, and at a loopback address.
        Some(match address.ip() {
            IpAddr::V4(Ipv4Addr::LOCALHOST) => format!("http://localhost:{}/?room={room}", address.port()),
            _ => format!("http://{address}/?room={room}"),
        })
    }

    /// Whether the invitation names an address that others can reach.
    pub fn is_on_lan(&self) -> bool {
        self.invites.invitation(None).lan
    }

    /// Where native programs on this machine connect: `ws://127.0.0.1:PORT`, or the only address at which http listens,
    /// without room and ticket.
    pub fn ws_url(&self) -> Option<String> {
        Some(format!("ws://{}", self.http_addr?))
    }

    /// Where native programs connect through TLS, as for [`Self::ws_url`].
    pub fn wss_url(&self) -> Option<String> {
        Some(format!("wss://{}", self.https_addr?))
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

/// Bounds what the server takes by what the system lets it open: else it could accept nobody while those who are there
/// only wait, and the rest of the program could open nothing.
fn fit_open_files(limits: &mut Limits) {
    // A connection to a page has a file open, too.
    let wanted = 2 * limits.connections_max as u64 + limits.peers_max as u64 + FILES_KEPT;
    let Ok(allowed) = rlimit::increase_nofile_limit(wanted) else { return };
    if allowed < wanted {
        let share = allowed.saturating_sub(FILES_KEPT) as usize;
        limits.connections_max = limits.connections_max.min(share / 4).max(16);
        limits.peers_max = limits.peers_max.min(share / 2).max(16);
        tracing::warn!(
            "the system lets this program open {allowed} files: {} connections and {} people at a time",
            limits.connections_max,
            limits.peers_max
        );
    }
}

/// Both listeners, until the stop.
async fn serve(app: Arc<App>, http: Option<TcpListener>, https: Option<(TcpListener, RustlsConfig)>) {
    let limits = app.limits();
    let connections = Connections::new(limits.clone(), app.proxies().clone(), Arc::clone(app.metrics()));
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let mut tasks = tokio::task::JoinSet::new();
    if let Some(listener) = http {
        match axum_server::from_tcp(listener) {
            Ok(server) => {
                let mut server = server.acceptor(connections.clone()).handle(handle.clone());
                *server.http_builder() = http1(limits.handshake);
                tasks.spawn(server.serve(service.clone()));
            }
            Err(e) => tracing::error!("http: {e}"),
        }
    }
    if let Some((listener, tls)) = https {
        match axum_server::from_tcp(listener) {
            Ok(server) => {
                let tls = RustlsAcceptor::new(tls).handshake_timeout(limits.handshake).acceptor(connections);
                let mut server = server.acceptor(tls).handle(handle.clone());
                *server.http_builder() = http1(limits.handshake);
                tasks.spawn(server.serve(service));
            }
            Err(e) => tracing::error!("https: {e}"),
        }
    }
    let mut stopping = app.shutdown();
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

/// HTTP/1.1 whose heads must arrive in time. A connection that sends nothing at all is not seen by this: its stream
/// has a deadline of its own.
fn http1(head: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(32 * 1024);
    builder
}
