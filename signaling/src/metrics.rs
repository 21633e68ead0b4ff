//! What `/metrics` tells: a metric is one field, and its doc comment is its help text.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! metrics {
    ($($kind:ident { $($(#[doc = $help:literal])+ $name:ident,)+ })+) => {
        /// Everything that is counted since the start, and what there is at present.
        #[derive(Debug, Default)]
        pub(crate) struct Metrics {
            $($($(#[doc = $help])+ pub(crate) $name: AtomicU64,)+)+
        }

        impl Metrics {
            /// Prometheus' text format.
            pub(crate) fn render(&self) -> String {
                let mut out = String::new();
                $($(
                    let help = concat!($($help),+).trim();
                    write_metric(&mut out, stringify!($kind), stringify!($name), help, &self.$name);
                )+)+
                out
            }
        }
    };
}

metrics! {
    gauge {
        /// Rooms that are open.
        rooms,
        /// WebSockets in rooms.
        peers,
        /// Tickets that were handed out and not yet used.
        tickets,
        /// TCP connections that are not WebSockets.
        connections,
    }
    counter {
        /// Connections that were let in by closing another one, which only waited or was one of very many.
        connections_dismissed,
        /// Connections closed at once because there were too many.
        connections_refused,
        /// Requests answered, WebSockets included.
        requests,
        /// Requests refused because their address made too many.
        requests_limited,
        /// Requests that took too long to be answered.
        requests_timed_out,
        /// Requests whose body was too long.
        requests_too_long,
        /// Answers that failed by a fault of the server's own.
        faults,
        /// Tickets handed out.
        joins,
        /// Requests to join or enter that were refused.
        refusals,
        /// WebSockets that entered a room.
        entries,
        /// Signals passed from one peer to another.
        signals,
        /// Signals to peers that are not in the sender's room.
        signals_astray,
        /// Signals dropped because their sender sent that peer too many, or that peer reads too slowly.
        signals_dropped,
        /// Messages that were not understood.
        messages_bad,
        /// Peers disconnected because they sent too much.
        peers_too_fast,
        /// Peers disconnected because they read too little.
        peers_too_slow,
        /// Peers disconnected because they said nothing.
        peers_silent,
        /// Peers disconnected because they sent what is no WebSocket message, or too long a one.
        peers_broken,
    }
}

fn write_metric(out: &mut String, kind: &str, name: &str, help: &str, value: &AtomicU64) {
    let ending = if kind == "counter" { "_total" } else { "" };
    let name = format!("tidepool_{name}{ending}");
    let value = value.load(Ordering::Relaxed);
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
}

/// Adds one to a counter.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Sets a gauge.
pub(crate) fn set(gauge: &AtomicU64, value: usize) {
    gauge.store(value as u64, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_format() {
        let m = Metrics::default();
        count(&m.signals);
        set(&m.peers, 5);
        let text = m.render();
        assert!(text.contains("# HELP tidepool_signals_total Signals passed from one peer to another.\n"));
        assert!(text.contains("# TYPE tidepool_peers gauge\ntidepool_peers 5\n"));
        assert!(text.contains("\ntidepool_signals_total 1\n"));
    }
}
