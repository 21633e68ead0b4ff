//! Counters for `/metrics`: a metric is one field, and its doc comment is its help text.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $name:ident,)+) => {
        /// Everything that is counted since the start.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $($(#[doc = $help])+ pub $name: AtomicU64,)+
        }

        impl Metrics {
            /// Prometheus' text format, with the rooms' present numbers.
            pub fn render(&self, [rooms, peers, tickets]: [usize; 3]) -> String {
                let mut out = String::new();
                for (name, value) in [("rooms", rooms), ("peers", peers), ("tickets", tickets)] {
                    let _ = writeln!(out, "# TYPE tidepool_{name} gauge\ntidepool_{name} {value}");
                }
                $(
                    let help = concat!($($help),+).trim();
                    let _ = writeln!(
                        out,
                        "# HELP tidepool_{0}_total {help}\n# TYPE tidepool_{0}_total counter\ntidepool_{0}_total {1}",
                        stringify!($name),
                        self.$name.load(Ordering::Relaxed),
                    );
                )+
                out
            }
        }
    };
}

metrics! {
    /// Requests answered, WebSockets included.
    requests,
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
    /// Messages that were not understood.
    messages_bad,
    /// Peers disconnected because they sent too much or read too little.
    peers_dropped,
    /// Connections closed at once because there were too many.
    connections_refused,
}

/// Adds one.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_format() {
        let m = Metrics::default();
        count(&m.signals);
        let text = m.render([2, 5, 1]);
        assert!(text.contains("# HELP tidepool_signals_total Signals passed from one peer to another.\n"));
        assert!(text.contains("\ntidepool_signals_total 1\n") && text.contains("\ntidepool_peers 5\n"));
    }
}
