//! Many participants in one thread and in virtual time: the real room protocol over the real links; only the
//! datagrams' carrier and the passing of time are made up. Time jumps from event to event.

use crate::check::Checks;
use crate::kernel::{Kernel, Make};
use crate::trace::Shared;
use crate::wire::{Weather, Wire};
use driver::link::LinkConfig;
use driver::node::{Node, NodeOutput};
use room::api::{Config, Event, Micros, PeerId, Request, Status};
use room::notice::{BackendError, Notice, Refusal};
use sim_kernels::job::{Job, JobOutput};
use std::collections::BTreeMap;

/// What happens at a time.
enum What {
    Peer(PeerId),
    Datagram { from: PeerId, bytes: Vec<u8> },
    Done { job: u64, result: Result<JobOutput, BackendError> },
    Wake,
}

/// A participant's own clock: it starts anywhere and runs a little fast or slow.
#[derive(Clone, Copy, Debug)]
pub struct Skew {
    /// What it shows at time 0.
    pub start: Micros,
    /// Parts in a million too fast.
    pub ppm: i64,
}

impl Skew {
    fn shows(self, now: Micros) -> Micros {
        (self.start as i64 + now as i64 + now as i64 / 1000 * self.ppm / 1000).max(0) as u64
    }

    /// When it will show `local` (or a little later).
    fn when(self, local: Micros) -> Micros {
        let passed = local.saturating_sub(self.start) as i64;
        (passed - passed / 1000 * self.ppm / 1000 + passed / 2_000_000 + 2).max(0) as u64
    }
}

/// A participant.
pub struct Peer {
    /// Links and room.
    pub node: Node,
    /// What it computes with.
    pub kernel: Box<dyn Kernel>,
    /// Its clock.
    pub skew: Skew,
    /// Neither killed nor gone.
    pub alive: bool,
    /// Until then it does nothing at all.
    pub frozen_until: Micros,
    /// Time for a tick of a thousand particles.
    pub tick_us: u64,
    /// It came to compute.
    pub lends: bool,
    /// The newest status.
    pub status: Status,
    /// What it was told.
    pub notices: Vec<Notice>,
    /// Why it cannot be in the room.
    pub refused: Option<Refusal>,
    /// It left in order.
    pub left: bool,
    wake: Micros,
    busy_until: Micros,
}

/// All participants, the network between them, and what looks at them from outside.
pub struct World {
    /// Virtual time.
    pub now: Micros,
    /// The network.
    pub wire: Wire,
    /// Everyone who ever was.
    pub peers: BTreeMap<PeerId, Peer>,
    /// The checkers.
    pub checks: Checks,
    /// Events so far.
    pub events: u64,
    queue: BTreeMap<(Micros, u64), (PeerId, What)>,
    count: u64,
    make: Make,
    /// Sees what all rooms take and give.
    pub trace: Option<Shared>,
}

impl World {
    /// Nobody yet.
    pub fn new(weather: Weather, seed: u64, checks: Checks, make: Make) -> Self {
        Self {
            make,
            trace: None,
            now: 1_000_000,
            wire: Wire::new(weather, seed),
            peers: BTreeMap::new(),
            checks,
            events: 0,
            queue: BTreeMap::new(),
            count: 0,
        }
    }

    /// Everyone alive, by name.
    pub fn alive(&self) -> Vec<PeerId> {
        self.peers.iter().filter(|p| p.1.alive).map(|p| *p.0).collect()
    }

    /// Adds a participant; everyone alive finds it and it finds everyone.
    pub fn join(&mut self, config: Config, skew: Skew, tick_us: u64) {
        let me = config.me;
        let lends = config.profile.lend;
        let node = Node::with_tap(
            config,
            LinkConfig::default(),
            skew.shows(self.now),
            self.trace.as_ref().map(|trace| trace.tap(me)),
        );
        let others = self.alive();
        let peer = Peer {
            node,
            kernel: (self.make)(),
            skew,
            alive: true,
            frozen_until: 0,
            tick_us,
            lends,
            status: Status::default(),
            notices: Vec::new(),
            refused: None,
            left: false,
            wake: 0,
            busy_until: 0,
        };
        self.peers.insert(me, peer);
        for other in others {
            self.push(self.now + 1_000, me, What::Peer(other));
            self.push(self.now + 2_000, other, What::Peer(me));
        }
        self.drain(me);
    }

    /// Two that lost each other find each other again.
    pub fn meet(&mut self, a: PeerId, b: PeerId) {
        self.push(self.now + 1_000, a, What::Peer(b));
        self.push(self.now + 2_000, b, What::Peer(a));
    }

    /// A participant stops without a word.
    pub fn kill(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.alive = false;
            self.checks.gone(id);
        }
    }

    /// A participant does nothing for a while; what is sent to it waits.
    pub fn freeze(&mut self, id: PeerId, us: Micros) {
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.frozen_until = peer.frozen_until.max(self.now + us);
        }
    }

    /// A player asks; whether anything hears it: what is done on a frozen device is lost.
    pub fn ask(&mut self, id: PeerId, request: Request) -> bool {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&id).filter(|p| p.alive && p.frozen_until <= now) else { return false };
        peer.node.request(peer.skew.shows(now), request);
        self.drain(id);
        true
    }

    fn push(&mut self, at: Micros, to: PeerId, what: What) {
        self.count += 1;
        self.queue.insert((at, self.count), (to, what));
    }

    /// Does what a participant wants done.
    fn drain(&mut self, id: PeerId) {
        loop {
            let now = self.now;
            let Some(peer) = self.peers.get_mut(&id) else { return };
            let local = peer.skew.shows(now);
            match peer.node.poll(local) {
                Some(NodeOutput::Datagram { to, bytes }) => {
                    if self.peers.get(&to).is_some_and(|p| p.alive) {
                        for at in self.wire.carry(now, id, to, bytes.len()) {
                            self.push(at.max(now + 1), to, What::Datagram { from: id, bytes: bytes.clone() });
                        }
                    }
                }
                Some(NodeOutput::Job { number, job }) => {
                    let ticks = if let Job::Step(step) = &job { step.commands.len() as u64 } else { 0 };
                    let mut result = peer.kernel.run(job).map_err(|_| BackendError::BadJob);
                    let particles = result.as_ref().map_or(0, |r| r.particles);
                    let cost = 20 + ticks * peer.tick_us * (particles + 100) / 1000;
                    if let Ok(output) = &mut result {
                        output.compute_us = cost;
                    }
                    peer.busy_until = peer.busy_until.max(now) + cost;
                    let at = peer.busy_until;
                    self.push(at, id, What::Done { job: number, result });
                }
                Some(NodeOutput::Notice(_)) => {}
                Some(NodeOutput::Event(event)) => {
                    self.checks.event(now, id, &event);
                    peer.take(event);
                }
                None => break,
            }
        }
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&id) else { return };
        if peer.alive && peer.node.is_over() {
            peer.alive = false;
            self.checks.gone(id);
            return;
        }
        let at = peer.skew.when(peer.node.next_timeout(peer.skew.shows(now))).max(now + 1);
        if peer.wake <= now || at < peer.wake {
            peer.wake = at;
            self.push(at, id, What::Wake);
        }
    }

    /// One event; false when nothing is left to happen.
    pub fn step(&mut self) -> bool {
        let Some(((at, number), (id, what))) = self.queue.pop_first() else { return false };
        self.now = at.max(self.now);
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&id).filter(|p| p.alive) else { return true };
        if peer.frozen_until > now {
            let until = peer.frozen_until;
            self.queue.insert((until, number), (id, what));
            return true;
        }
        self.events += 1;
        let local = peer.skew.shows(now);
        match what {
            What::Peer(other) => peer.node.peer(local, other),
            What::Datagram { from, bytes } => peer.node.datagram(local, from, &bytes),
            What::Done { job, result } => peer.node.done(local, job, result),
            What::Wake => {
                if peer.wake > now {
                    return true;
                }
                peer.node.tick(local);
            }
        }
        self.drain(id);
        true
    }

    /// Lets time pass.
    pub fn run_until(&mut self, end: Micros) {
        while self.queue.first_key_value().is_some_and(|e| e.0.0 <= end) && self.checks.violation.is_none() {
            self.step();
        }
        self.now = self.now.max(end);
    }
}

impl Peer {
    fn take(&mut self, event: Event) {
        match event {
            Event::Status(status) => self.status = *status,
            Event::Notice(notice) => self.notices.push(notice),
            Event::Refused(why) => self.refused = Some(why),
            Event::Left => self.left = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skewed_clock_goes_both_ways() {
        for ppm in [-500, 0, 300] {
            let skew = Skew { start: 77_000_000, ppm };
            for now in [0, 5, 1_000, 123_456_789] {
                let back = skew.when(skew.shows(now));
                assert!(back >= now && back <= now + 10 + now / 1000, "{ppm} {now} {back}");
            }
        }
    }
}
