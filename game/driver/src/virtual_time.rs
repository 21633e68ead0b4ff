//! Participants in one thread and in virtual time: the real room protocol and the real links over a net of
//! queues, with weather. Only the kernels take real time; the clock jumps to the next thing to do. One seed,
//! one run.
//!
//! For tests and for `tidepool-headless run --net virtual`.

use crate::link::LinkConfig;
use crate::net::hub::{Hub, VirtualNet};
use crate::net::shim::{Shim, Weather};
use crate::net::{Net, NetEvent};
use crate::node::{Node, NodeOutput};
use crate::notice::Notice;
use crate::share::Share;
use futures::executor::block_on;
use room::api::{Config, Event, Micros, PeerId, Request};
use room::notice::BackendError;
use sim_kernels::job::{Backend, Job, JobOutput};
use std::collections::{BTreeMap, VecDeque};
use std::task::{Context, Poll, Waker};

/// Turns without the clock moving; more are a loop without end.
const TURNS_MAX: u32 = 100_000;

/// What jobs take in virtual time; real times would make runs differ.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Every job.
    pub job_us: u64,
    /// And so much a tick.
    pub tick_us: u64,
    /// And so much for a million particles and ticks.
    pub million_us: u64,
}

/// Participants that turn together.
#[derive(Default)]
pub struct World {
    hub: Hub,
    now: Micros,
    turns: u32,
    peers: BTreeMap<PeerId, Peer>,
}

impl World {
    /// The virtual time.
    pub fn now(&self) -> Micros {
        self.now
    }

    /// Someone comes.
    pub fn join(&mut self, config: Config, backend: Box<dyn Backend>, cost: Cost, weather: Weather) {
        let me = config.me;
        let peer = Peer {
            node: Node::new(config, LinkConfig::default(), self.now),
            net: Shim::new(self.hub.join(me), weather),
            backend,
            cost,
            done: VecDeque::new(),
            busy_until: 0,
            frozen_until: 0,
            notices: Vec::new(),
        };
        self.peers.insert(me, peer);
    }

    /// Someone is gone without a word.
    pub fn remove(&mut self, peer: PeerId) {
        self.peers.remove(&peer);
    }

    /// Someone does nothing for a while; what is sent to it waits.
    pub fn freeze(&mut self, peer: PeerId, us: Micros) {
        let until = self.now + us;
        if let Some(peer) = self.peers.get_mut(&peer) {
            peer.frozen_until = peer.frozen_until.max(until);
        }
    }

    /// Nothing passes between the two sides for a while.
    pub fn cut(&mut self, left: &[PeerId], right: &[PeerId], us: Micros) {
        let until = self.now + us;
        for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (a, b))) {
            for (from, to) in [(a, b), (b, a)] {
                if let Some(peer) = self.peers.get_mut(from) {
                    peer.net.mute(*to, until);
                }
            }
        }
    }

    /// What somebody's links told so far.
    pub fn notices(&self, peer: PeerId) -> &[Notice] {
        self.peers.get(&peer).map_or(&[], |p| &p.notices)
    }

    /// A participant, while it is there.
    pub fn node(&self, peer: PeerId) -> Option<&Node> {
        self.peers.get(&peer).map(|p| &p.node)
    }

    /// Someone's player asks.
    pub fn request(&mut self, peer: PeerId, request: Request) {
        let now = self.now;
        if let Some(peer) = self.peers.get_mut(&peer) {
            peer.node.request(now, request);
        }
    }

    /// Someone lends so much of the device from now on.
    pub fn share(&mut self, peer: PeerId, share: Share) {
        if let Some(peer) = self.peers.get_mut(&peer) {
            peer.node.share(share);
        }
    }

    /// Someone's page closes: it says goodbye at once.
    pub fn close(&mut self, peer: PeerId) {
        let now = self.now;
        if let Some(peer) = self.peers.get_mut(&peer) {
            peer.node.close_now(now);
        }
    }

    /// Does what is due, and moves the clock on when nothing is. What players are told goes to `tell`.
    ///
    /// # Errors
    /// In words, when the clock does not move any more: an error of the protocol.
    pub fn step(&mut self, mut tell: impl FnMut(PeerId, Event)) -> Result<(), String> {
        let now = self.now;
        let mut any = false;
        for (&id, peer) in &mut self.peers {
            any |= peer.turn(now, &mut |event| tell(id, event));
        }
        let next = self.peers.values().map(|p| p.next_timeout(now)).min().unwrap_or(now);
        if any || next <= now {
            self.turns += 1;
            if self.turns >= TURNS_MAX {
                return Err(format!("the clock stands still at {now} us"));
            }
            // What is due at once and was not done by a turn is due a moment later.
            self.now += u64::from(!any);
        } else {
            self.turns = 0;
            self.now = next;
        }
        Ok(())
    }
}

struct Peer {
    node: Node,
    net: Shim<VirtualNet>,
    backend: Box<dyn Backend>,
    cost: Cost,
    done: VecDeque<(Micros, u64, Result<JobOutput, BackendError>)>,
    busy_until: Micros,
    frozen_until: Micros,
    /// What its links told.
    notices: Vec<Notice>,
}

impl Peer {
    /// Does everything that can be done now; whether there was anything.
    fn turn(&mut self, now: Micros, tell: &mut dyn FnMut(Event)) -> bool {
        if now < self.frozen_until {
            return false;
        }
        let mut cx = Context::from_waker(Waker::noop());
        let mut any = false;
        while let Poll::Ready(event) = self.net.poll(&mut cx, now) {
            any = true;
            match event {
                NetEvent::Peer(peer) => self.node.peer(now, peer),
                NetEvent::Datagram { from, bytes } => self.node.datagram(now, from, &bytes),
                NetEvent::Gone(_) | NetEvent::Open | NetEvent::Distrusted(_) | NetEvent::NoMorePeers(_) => {}
            }
        }
        while let Some((_, job, result)) = self.done.pop_front_if(|d| d.0 <= now) {
            any = true;
            self.node.done(now, job, result);
        }
        self.node.tick(now);
        while let Some(output) = self.node.poll(now) {
            any = true;
            match output {
                NodeOutput::Datagram { to, bytes } => self.net.send(now, to, bytes),
                NodeOutput::Job { number, job } => self.compute(now, number, job),
                NodeOutput::Event(event) => tell(event),
                NodeOutput::Notice(notice) => self.notices.push(notice),
            }
        }
        any
    }

    /// Does a job at once; its answer comes after its virtual time.
    fn compute(&mut self, now: Micros, number: u64, job: Job) {
        let ticks = if let Job::Step(step) = &job { step.commands.len() as u64 } else { 0 };
        let mut result = block_on(self.backend.run(job)).map_err(|why| BackendError::from(&why));
        let particles = result.as_ref().map_or(0, |o| o.particles);
        let cost = self.cost.job_us + ticks * (self.cost.tick_us + particles * self.cost.million_us / 1_000_000);
        if let Ok(output) = &mut result {
            output.compute_us = cost;
        }
        self.busy_until = self.busy_until.max(now) + cost;
        self.done.push_back((self.busy_until, number, result));
    }

    fn next_timeout(&self, now: Micros) -> Micros {
        if now < self.frozen_until {
            return self.frozen_until;
        }
        let times = [Some(self.node.next_timeout(now)), self.net.next_timeout(), self.done.front().map(|d| d.0)];
        times.into_iter().flatten().min().unwrap_or(now)
    }
}
