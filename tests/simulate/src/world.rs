//! Many participants in one thread and in virtual time: the real room protocol over the real links; only the
//! datagrams' carrier and the passing of time are made up. Time jumps from event to event.

use crate::check::Checks;
use crate::kernel::{Kernel, Make};
use crate::returns::{Fault, Whom};
use crate::trace::Shared;
use driver::link::LinkConfig;
use driver::node::{Node, NodeOutput};
use netsim::{Netem, Network, Schedule, Skew};
use room::api::{Config, Event, Micros, PeerId, Request, Status};
use room::notice::{BackendError, Notice, Refusal};
use sim_kernels::geom::Rect;
use sim_kernels::job::{Job, JobOutput};
use sim_kernels::particle::Particle;
use std::collections::BTreeMap;

/// What happens at a time.
enum What {
    Peer(PeerId),
    Datagram { from: PeerId, bytes: Vec<u8> },
    Done { job: u64, result: Result<JobOutput, BackendError> },
    Wake,
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
    /// The next band's particle that it takes in is another one: a bit of its memory flips.
    pub flips: bool,
    /// Its last job copied a state: what follows is run ahead on a speculation, and thrown away or compared with the
    /// truth.
    speculations: bool,
    wake: Micros,
    busy_until: Micros,
    /// So much of the next step is computed already.
    inside_us: Micros,
}

/// All participants, the network between them, and what looks at them from outside.
pub struct World {
    /// The network.
    pub network: Network<PeerId>,
    /// Everyone who ever was.
    pub peers: BTreeMap<PeerId, Peer>,
    /// The checkers.
    pub checks: Checks,
    /// Events so far.
    pub events: u64,
    schedule: Schedule<PeerId, What>,
    make: Make,
    /// Sees what all rooms take and give.
    pub trace: Option<Shared>,
    /// Print what participants are told.
    pub talk: bool,
}

/// Prints what a participant in this lineage is told, where it is news.
fn tell(now: Micros, id: PeerId, event: &Event, lineage: Option<u64>) {
    let at = format!("{:8.3} s   P{}", now as f64 / 1e6, id.0);
    match event {
        Event::Notice(notice) => println!("{at}: {notice:?}"),
        Event::Committed(a) if a.begins || lineage != Some(a.lineage) => {
            let begins = if a.begins { ", which begins again" } else { "" };
            println!("{at} is in {:x}, of {:x}: step {} at tick {}{begins}", a.lineage, a.parent, a.step, a.tick);
        }
        _ => {}
    }
}

impl World {
    /// Nobody yet.
    pub fn new(netem: Netem, seed: u64, checks: Checks, make: Make) -> Self {
        Self {
            make,
            trace: None,
            talk: false,
            network: Network::new(netem, seed),
            peers: BTreeMap::new(),
            checks,
            events: 0,
            schedule: Schedule::new(1_000_000),
        }
    }

    /// Virtual time.
    pub fn now(&self) -> Micros {
        self.schedule.now()
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
            skew.shows(self.now()),
            self.trace.as_ref().map(|trace| trace.tap(me)),
        );
        let (others, now) = (self.alive(), self.now());
        let peer = Peer {
            node,
            kernel: (self.make)(),
            skew,
            alive: true,
            tick_us,
            lends,
            status: Status::default(),
            notices: Vec::new(),
            refused: None,
            left: false,
            flips: false,
            speculations: false,
            wake: 0,
            busy_until: 0,
            inside_us: 0,
        };
        self.peers.insert(me, peer);
        for other in others {
            self.schedule.push(now + 1_000, me, What::Peer(other));
            self.schedule.push(now + 2_000, other, What::Peer(me));
        }
        self.drain(me);
    }

    /// Two that lost each other find each other again.
    pub fn meet(&mut self, a: PeerId, b: PeerId) {
        let now = self.now();
        self.schedule.push(now + 1_000, a, What::Peer(b));
        self.schedule.push(now + 2_000, b, What::Peer(a));
    }

    /// A participant stops without a word.
    pub fn kill(&mut self, id: PeerId) {
        let now = self.now();
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.alive = false;
            self.checks.gone(now, id, "kill");
        }
    }

    /// A participant does nothing for a while; what is sent to it waits.
    pub fn freeze(&mut self, id: PeerId, us: Micros) {
        let (from, until) = (self.now(), self.now() + us);
        self.schedule.freeze(id, until);
        self.checks.fault(Fault { kind: "freeze", hard: true, from, until, whom: Whom::One(id) });
    }

    /// A participant that does nothing goes on.
    pub fn thaw(&mut self, id: PeerId) {
        self.schedule.thaw(id);
    }

    /// A player asks; whether anything hears it: what is done on a frozen device is lost.
    pub fn ask(&mut self, id: PeerId, request: Request) -> bool {
        let (now, frozen) = (self.now(), self.is_frozen(id));
        let Some(peer) = self.peers.get_mut(&id).filter(|p| p.alive && !frozen) else { return false };
        peer.node.request(peer.skew.shows(now), request);
        self.drain(id);
        true
    }

    /// Whether a participant does nothing at all for now.
    pub fn is_frozen(&self, id: PeerId) -> bool {
        self.schedule.frozen(id).is_some()
    }

    /// Does what a participant wants done.
    fn drain(&mut self, id: PeerId) {
        loop {
            let now = self.now();
            let Some(peer) = self.peers.get_mut(&id) else { return };
            let local = peer.skew.shows(now);
            match peer.node.poll(local) {
                Some(NodeOutput::Datagram { to, bytes }) => {
                    if self.peers.get(&to).is_some_and(|p| p.alive) {
                        for (at, bytes) in self.network.carry(now, id, to, bytes) {
                            self.schedule.push(at.max(now + 1), to, What::Datagram { from: id, bytes });
                        }
                    }
                }
                Some(NodeOutput::Job { number, mut job }) => {
                    let region = if let Job::Step(step) = &job { step.region } else { Rect::default() };
                    // The nearest: of one at the margin's edge the region's result may not depend.
                    let away = |p: &Particle| (region.x0 - p.cell().0).max(p.cell().0 + 1 - region.x1);
                    if let Job::Step(step) = &mut job
                        && peer.flips
                        && !peer.speculations
                        && let Some(particle) = step.incoming.iter_mut().min_by_key(|p| away(p))
                    {
                        particle.0[2] ^= 1 << 9;
                        peer.flips = false;
                        self.checks.corrupted(id, region);
                    }
                    peer.speculations = matches!(job, Job::Copy(_));
                    let (ticks, begins) = match &job {
                        Job::Begin(step) => (step.commands.len() as u64, true),
                        Job::Step(step) => (step.commands.len() as u64, false),
                        _ => (0, false),
                    };
                    let mut result = peer.kernel.run(job).map_err(|_| BackendError::BadJob);
                    let particles = result.as_ref().map_or(0, |r| r.particles);
                    let mut computing_us = ticks * peer.tick_us * (particles + 100) / 1000;
                    if begins {
                        peer.inside_us = computing_us;
                    } else if ticks > 0 {
                        computing_us = computing_us.saturating_sub(std::mem::take(&mut peer.inside_us));
                    }
                    let cost = 20 + computing_us;
                    if let Ok(output) = &mut result {
                        output.compute_us = cost;
                    }
                    peer.busy_until = peer.busy_until.max(now) + cost;
                    let at = peer.busy_until;
                    self.schedule.push(at, id, What::Done { job: number, result });
                }
                Some(NodeOutput::Notice(notice)) => {
                    if let driver::notice::Notice::LinkEnded { who, .. } = &notice {
                        self.checks.link_lost(now, id, *who);
                    }
                    if self.talk {
                        println!("{:8.3} s   P{} link: {notice:?}", now as f64 / 1e6, id.0);
                    }
                }
                Some(NodeOutput::Event(event)) => {
                    if self.talk {
                        tell(now, id, &event, self.checks.lineage(id));
                    }
                    self.checks.event(now, id, &event, |other| peer.node.is_linked(other));
                    peer.take(event);
                }
                None => break,
            }
        }
        let now = self.now();
        let Some(peer) = self.peers.get_mut(&id) else { return };
        if peer.alive && peer.node.is_over() {
            peer.alive = false;
            self.checks.gone(now, id, "leave");
            return;
        }
        let at = peer.skew.when(peer.node.next_timeout(peer.skew.shows(now))).max(now + 1);
        if peer.wake <= now || at < peer.wake {
            peer.wake = at;
            self.schedule.push(at, id, What::Wake);
        }
    }

    /// One event; false when nothing is left to happen.
    pub fn step(&mut self) -> bool {
        let Some(next) = self.schedule.pop() else { return false };
        let Some((id, what)) = next else { return true };
        let now = self.now();
        let Some(peer) = self.peers.get_mut(&id).filter(|p| p.alive) else { return true };
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
        while self.schedule.next_at().is_some_and(|at| at <= end) && self.checks.violation.is_none() {
            self.step();
        }
        self.schedule.pass(end);
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
