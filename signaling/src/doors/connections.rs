//! How many TCP connections there are at a time, and whose.
//!
//! Nobody is kept out by those who only sit there. Where an address has all of its connections, a newer one takes the
//! place of the one that has waited longest; where all places are taken, those give way that belong to the address with
//! most of them. A WebSocket leaves this count when it is upgraded; then the rooms' own bounds hold.

use super::Source;
use super::guarded::{Guarded, Shared};
use super::proxies::Proxies;
use crate::config::Limits;
use crate::metrics::{Metrics, count, set};
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use axum_server::accept::Accept;
use futures::future::BoxFuture;
use http_body::{Frame, SizeHint};
use socket2::SockRef;
use std::collections::{BTreeMap, HashMap};
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tower::Service;

/// All connections of a server; sits before TLS, so that handshakes that are never finished count as well.
#[derive(Clone)]
pub(crate) struct Connections {
    table: Arc<Mutex<Table>>,
    limits: Limits,
    proxies: Proxies,
    metrics: Arc<Metrics>,
}

/// Who holds which connections; the lower a number, the older it is.
#[derive(Default)]
struct Table {
    next: u64,
    total: usize,
    of: HashMap<Source, BTreeMap<u64, Arc<Shared>>>,
}

impl Table {
    fn held_by(&self, source: Source) -> usize {
        self.of.get(&source).map_or(0, BTreeMap::len)
    }

    fn insert(&mut self, source: Source, shared: Arc<Shared>) -> u64 {
        let id = self.next;
        self.next += 1;
        self.total += 1;
        self.of.entry(source).or_default().insert(id, shared);
        id
    }

    fn remove(&mut self, source: Source, id: u64) -> Option<Arc<Shared>> {
        let held = self.of.get_mut(&source)?;
        let shared = held.remove(&id)?;
        if held.is_empty() {
            self.of.remove(&source);
        }
        self.total -= 1;
        Some(shared)
    }

    /// The connection of an address that has waited longest.
    fn idlest(&self, source: Source) -> Option<u64> {
        let waiting = self.of.get(&source)?.iter().filter_map(|(id, shared)| Some((shared.waiting_since()?, *id)));
        waiting.min().map(|(_, id)| id)
    }

    /// Which connection gives way to a newcomer of this address, where all places are taken: none where nobody has more
    /// than it has already, and nobody waits.
    fn to_give_way(&self, newcomer: Source) -> Option<(Source, u64)> {
        let (largest, held) = self.of.iter().map(|(source, held)| (*source, held.len())).max_by_key(|(_, n)| *n)?;
        let oldest = || self.of.get(&largest)?.keys().next().copied();
        let id = self.idlest(largest).or_else(|| oldest().filter(|_| held > self.held_by(newcomer) + 1))?;
        Some((largest, id))
    }
}

impl Connections {
    pub(crate) fn new(limits: Limits, proxies: Proxies, metrics: Arc<Metrics>) -> Self {
        Self { table: Arc::default(), limits, proxies, metrics }
    }

    /// Never held over anything that could panic.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more, if need be another's.
    fn admit(&self, peer: std::net::IpAddr, shared: Arc<Shared>) -> Option<Permit> {
        let source = Source::from(peer);
        let mut table = self.table();
        // A proxy's connections are many people's.
        let is_over = table.held_by(source) >= self.limits.connections_per_address_max && !self.proxies.trust(peer);
        let gives_way = if is_over {
            Some((source, table.idlest(source)?))
        } else if table.total >= self.limits.connections_max {
            Some(table.to_give_way(source)?)
        } else {
            None
        };
        if let Some((source, id)) = gives_way
            && let Some(shared) = table.remove(source, id)
        {
            shared.dismiss();
            count(&self.metrics.connections_dismissed);
        }
        let id = table.insert(source, Arc::clone(&shared));
        set(&self.metrics.connections, table.total);
        drop(table);
        Some(Permit { connections: self.clone(), source, id, shared })
    }
}

impl<S> Accept<TcpStream, S> for Connections {
    type Stream = Guarded;
    type Service = Admitted<S>;
    type Future = Ready<io::Result<(Guarded, Admitted<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let shared = Arc::new(Shared::new());
        let admitted = stream.peer_addr().map(|peer| self.admit(peer.ip(), Arc::clone(&shared)));
        ready(match admitted {
            Ok(Some(permit)) => {
                // Signals are small and wait for nobody. What is sent to slow readers waits on the disk, not in memory;
                // where the system does not take the size, its own will do.
                let _ = SockRef::from(&stream).set_send_buffer_size(self.limits.send_buffer_bytes);
                let nodelay = stream.set_nodelay(true);
                let guarded = Guarded::new(stream, shared, self.limits.handshake, self.limits.stall);
                nodelay.map(|()| (guarded, Admitted { service, permit: Arc::new(permit) }))
            }
            Ok(None) => {
                count(&self.metrics.connections_refused);
                Err(io::Error::other("too many connections"))
            }
            Err(error) => Err(error),
        })
    }
}

/// A place, given back when dropped.
struct Permit {
    connections: Connections,
    source: Source,
    id: u64,
    shared: Arc<Shared>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.shared.upgraded();
        let mut table = self.connections.table();
        table.remove(self.source, self.id);
        set(&self.connections.metrics.connections, table.total);
    }
}

/// A connection's service together with its place. hyper drops it when the connection ends or becomes a WebSocket.
#[derive(Clone)]
pub(crate) struct Admitted<S> {
    service: S,
    permit: Arc<Permit>,
}

impl<S, R> Service<Request<R>> for Admitted<S>
where
    S: Service<Request<R>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<R>) -> Self::Future {
        let answering = Answering::new(Arc::clone(&self.permit.shared));
        let answer = self.service.call(request);
        Box::pin(async move { Ok(answer.await?.map(|body| Body::new(Answer { body, _answering: answering }))) })
    }
}

/// A request that is being answered, until the last of the answer is handed over.
struct Answering(Arc<Shared>);

impl Answering {
    fn new(shared: Arc<Shared>) -> Self {
        shared.request_begins();
        Self(shared)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.request_ends();
    }
}

/// An answer's body that knows when it has been sent.
struct Answer {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    struct Door {
        connections: Connections,
        permits: Vec<Permit>,
    }

    impl Door {
        fn new(trusted: &[&str]) -> Self {
            let limits = Limits { connections_max: 6, connections_per_address_max: 3, ..Limits::default() };
            let trusted = trusted.iter().map(|net| net.parse().unwrap()).collect();
            let connections = Connections::new(limits, Proxies::new(trusted, Default::default()), Arc::default());
            Self { connections, permits: Vec::new() }
        }

        /// Whether one more of this address is let in; `busy` with a request from then on.
        fn comes(&mut self, from: u8, busy: bool) -> bool {
            let shared = Arc::new(Shared::new());
            if busy {
                shared.request_begins();
            }
            let permit = self.connections.admit(IpAddr::V4(Ipv4Addr::new(192, 0, 2, from)), shared);
            let is_in = permit.is_some();
            self.permits.extend(permit);
            is_in
        }

        fn held(&self, from: u8) -> usize {
            self.connections.table().held_by(Source::from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, from))))
        }
    }

    #[test]
    fn those_who_only_wait_keep_nobody_out() {
        let mut door = Door::new(&[]);
        for _ in 0..50 {
            assert!(door.comes(1, false));
        }
        assert_eq!(door.held(1), 3);
        // Its requests are not broken off for a further one of its own.
        let mut door = Door::new(&[]);
        assert!([(); 3].map(|()| door.comes(1, true)) == [true; 3] && !door.comes(1, false));
        assert!(door.comes(2, false));
        // A place that is given back is free.
        door.permits.clear();
        assert!(door.comes(1, true) && door.held(2) == 0);
    }

    #[test]
    fn who_holds_most_gives_way() {
        let mut door = Door::new(&[]);
        for _ in 0..3 {
            assert!(door.comes(1, true) && door.comes(2, true));
        }
        // All are busy and all places taken: a newcomer gets one of those who have most, up to a fair share.
        assert!(door.comes(3, true) && door.comes(3, true));
        assert_eq!(door.held(1) + door.held(2), 4);
        assert!(!door.comes(3, true), "each has two");
        assert!(door.comes(4, true));
        assert_eq!(door.connections.table().total, 6);
    }

    #[test]
    fn a_trusted_proxy_may_hold_many() {
        let mut door = Door::new(&["192.0.2.1/32"]);
        for _ in 0..5 {
            assert!(door.comes(1, true));
        }
        assert_eq!(door.held(1), 5);
    }
}
