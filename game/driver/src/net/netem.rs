//! A thin uplink, latency, jitter, loss and cuts, by a seed, above any net: the test world's faults on real sockets.

use super::{Net, NetEvent};
use netsim::Shaper;
use room::api::{Micros, PeerId};
use std::task::{Context, Poll};

pub use netsim::Netem;

/// A net whose datagrams go through a [`Shaper`].
#[derive(Debug)]
pub struct Shaped<N> {
    net: N,
    shaper: Shaper<PeerId>,
}

impl<N: Net> Shaped<N> {
    /// Puts netem above a net.
    pub fn new(net: N, netem: Netem, seed: u64) -> Self {
        Self { net, shaper: Shaper::new(netem, seed) }
    }

    /// What is below.
    pub fn net_mut(&mut self) -> &mut N {
        &mut self.net
    }
}

impl<N: Net> Net for Shaped<N> {
    fn poll(&mut self, cx: &mut Context<'_>, now: Micros) -> Poll<NetEvent> {
        while let Some((to, bytes)) = self.shaper.sends(now) {
            self.net.send(now, to, bytes);
        }
        while let Poll::Ready(event) = self.net.poll(cx, now) {
            let NetEvent::Datagram { from, bytes } = event else { return Poll::Ready(event) };
            if let Some(bytes) = self.shaper.receive(now, from, bytes) {
                return Poll::Ready(NetEvent::Datagram { from, bytes });
            }
        }
        match self.shaper.receives(now) {
            Some((from, bytes)) => Poll::Ready(NetEvent::Datagram { from, bytes }),
            None => Poll::Pending,
        }
    }

    fn send(&mut self, now: Micros, to: PeerId, bytes: Vec<u8>) {
        if let Some(bytes) = self.shaper.send(now, to, bytes) {
            self.net.send(now, to, bytes);
        }
    }

    fn next_timeout(&self) -> Option<Micros> {
        self.shaper.next_timeout().into_iter().chain(self.net.next_timeout()).min()
    }

    fn mute(&mut self, peer: PeerId, until: Micros) {
        self.shaper.mute(peer, until);
    }
}
