//! At most so many TCP connections at a time: an acceptor that holds a permit for as long as the
//! connection's service lives. A WebSocket leaves this count when it is upgraded; then the rooms' own
//! bounds hold.

use crate::metrics::{Metrics, count};
use axum_server::accept::Accept;
use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_service::Service;

/// Sits before TLS, so that handshakes that are never finished count as well.
#[derive(Clone)]
pub struct Limited {
    places: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Limited {
    /// `max` at a time, over all listeners that share clones of this.
    pub fn new(max: usize, metrics: Arc<Metrics>) -> Self {
        Self { places: Arc::new(Semaphore::new(max)), metrics }
    }
}

impl<S> Accept<TcpStream, S> for Limited {
    type Stream = TcpStream;
    type Service = Held<S>;
    type Future = Ready<io::Result<(TcpStream, Held<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() else {
            count(&self.metrics.connections_refused);
            return ready(Err(io::Error::other("too many connections")));
        };
        // Signals are small and wait for nobody.
        let nodelay = stream.set_nodelay(true);
        ready(nodelay.map(|()| (stream, Held { service, _permit: Arc::new(permit) })))
    }
}

/// A connection's service together with its permit.
#[derive(Clone)]
pub struct Held<S> {
    service: S,
    _permit: Arc<OwnedSemaphorePermit>,
}

impl<S: Service<R>, R> Service<R> for Held<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.service.call(request)
    }
}
