//! What all requests share.

use crate::config::{Config, Limits};
use crate::doors::budget::Budgets;
use crate::doors::proxies::Proxies;
use crate::invite::Invites;
use crate::metrics::{Metrics, set};
use crate::outbox::Outbox;
use crate::page::Page;
use crate::rooms::Rooms;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Made once, from the configuration and from where the server listens.
pub(crate) struct App {
    config: Config,
    metrics: Arc<Metrics>,
    proxies: Proxies,
    page: Page,
    invites: Invites,
    http_port: Option<u16>,
    https_port: Option<u16>,
    shutdown: watch::Receiver<bool>,
    has_told_of_proxies: AtomicBool,
    rooms: Mutex<Rooms<Outbox>>,
    requests: Mutex<Budgets>,
    started: Instant,
}

impl App {
    pub(crate) fn new(
        config: Config,
        invites: Invites,
        http: Option<SocketAddr>,
        https: Option<SocketAddr>,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        let limits = &config.limits;
        Self {
            metrics: Arc::default(),
            proxies: Proxies::new(config.trusted_proxies.clone(), config.forwarded_header),
            page: Page::new(config.web.as_deref(), config.public.as_ref()),
            invites,
            http_port: http.map(|address| address.port()),
            https_port: https.map(|address| address.port()),
            shutdown,
            has_told_of_proxies: AtomicBool::new(false),
            rooms: Mutex::new(Rooms::new(limits.clone())),
            requests: Mutex::new(Budgets::new(limits.requests, limits.addresses_max)),
            started: Instant::now(),
            config,
        }
    }

    /// What the server was started with.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The bounds of everything.
    pub(crate) fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// What is counted.
    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Who is believed about whose requests they pass on.
    pub(crate) fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// The page's files.
    pub(crate) fn page(&self) -> &Page {
        &self.page
    }

    /// The links that invite.
    pub(crate) fn invites(&self) -> &Invites {
        &self.invites
    }

    /// The port of http, if there is one.
    pub(crate) fn http_port(&self) -> Option<u16> {
        self.http_port
    }

    /// The port of https, if there is one.
    pub(crate) fn https_port(&self) -> Option<u16> {
        self.https_port
    }

    /// True when the server is to stop.
    pub(crate) fn shutdown(&self) -> watch::Receiver<bool> {
        self.shutdown.clone()
    }

    /// Whether this is the first time that a proxy was seen which is not trusted.
    pub(crate) fn is_first_untrusted_proxy(&self) -> bool {
        !self.has_told_of_proxies.swap(true, Ordering::Relaxed)
    }

    /// The directory; held only between two waits, and no use of it panics half-way.
    pub(crate) fn rooms(&self) -> MutexGuard<'_, Rooms<Outbox>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The budgets of requests, held as briefly.
    pub(crate) fn requests(&self) -> MutexGuard<'_, Budgets> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Brings the gauges of the rooms up to date.
    pub(crate) fn gauge(&self) {
        let [rooms, peers, tickets] = self.rooms().counts();
        set(&self.metrics.rooms, rooms);
        set(&self.metrics.peers, peers);
        set(&self.metrics.tickets, tickets);
    }
}
