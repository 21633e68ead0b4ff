//! Participants in one thread and in virtual time: the real room protocol and the real links over the virtual
//! network. Only the kernels take real time; the clock jumps to the next thing to do. One seed, one run.
//!
//! For tests and for `tidepool-headless run --net virtual`.

use crate::handle::Step;
use crate::link::LinkConfig;
use crate::net::netem::Netem;
use crate::node::{Node, NodeOutput};
use crate::notice::Notice;
use crate::share::Share;
use crate::supersteps::Supersteps;
use futures::executor::block_on;
use netsim::{Network, Schedule};
use room::api::{Config, Event, Micros, PeerId, Request};
use room::notice::BackendError;
use sim_kernels::job::{Backend, Job, JobOutput, StepJob};
use std::collections::BTreeMap;

/// Events without the clock moving; more are a loop without end.
const EVENTS_MAX: u32 = 1_000_000;

/// What jobs take in virtual time; real times would make runs differ.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Every job.
    pub job_us: u64,
    /// And so much a tick.
    pub tick_us: u64,
    /// And so much for a million particles and ticks, those of the bands with them: at each tick reaches less of these.
    pub million_us: u64,
}

/// What happens at a participant.
enum What {
    Peer(PeerId),
    Datagram { from: PeerId, bytes: Vec<u8> },
    Done { number: u64, result: Result<JobOutput, BackendError> },
    Wake,
}

/// Participants that turn together.
pub struct World {
    schedule: Schedule<PeerId, What>,
    network: Network<PeerId>,
    /// Cuts end at these times.
    mends: BTreeMap<Micros, Vec<(PeerId, PeerId)>>,
    peers: BTreeMap<PeerId, Peer>,
    /// Events since the clock last moved.
    events: u32,
    /// Whether those who come remember their supersteps.
    measures: bool,
}

struct Peer {
    node: Node,
    backend: Box<dyn Backend>,
    cost: Cost,
    spent: Spent,
    wake: Micros,
    notices: Vec<Notice>,
    supersteps: Supersteps,
    steps: Vec<Step>,
}

/// What a participant's kernels have computed.
#[derive(Default)]
struct Spent {
    until: Micros,
    slot: u8,
    /// Of the step that comes next in a slot, so much is computed.
    inside: BTreeMap<u8, Micros>,
}

impl Default for World {
    fn default() -> Self {
        Self::new(1)
    }
}

impl World {
    /// Nobody yet. The seed drives jitter and loss.
    pub fn new(seed: u64) -> Self {
        Self {
            schedule: Schedule::new(0),
            network: Network::new(Netem::default(), seed),
            mends: BTreeMap::new(),
            peers: BTreeMap::new(),
            events: 0,
            measures: false,
        }
    }

    /// Who comes from now on remembers its supersteps, for [`World::steps`].
    pub fn measure(&mut self) {
        self.measures = true;
    }

    /// The virtual time.
    pub fn now(&self) -> Micros {
        self.schedule.now()
    }

    /// Someone comes; `netem` is what becomes of all that it sends.
    pub fn join(&mut self, config: Config, backend: Box<dyn Backend>, cost: Cost, netem: Netem) {
        let (me, now) = (config.me, self.now());
        self.network.nodes.insert(me, netem);
        for other in self.peers.keys().copied() {
            self.schedule.push(now, me, What::Peer(other));
            self.schedule.push(now, other, What::Peer(me));
        }
        let node = Node::new(config, LinkConfig::default(), now);
        let supersteps = Supersteps::new(self.measures);
        let (notices, steps) = (Vec::new(), Vec::new());
        self.peers
            .insert(me, Peer { node, backend, cost, spent: Spent::default(), wake: 0, notices, supersteps, steps });
        self.wake(me);
    }

    /// Someone is gone without a word.
    pub fn remove(&mut self, peer: PeerId) {
        self.peers.remove(&peer);
    }

    /// Someone does nothing for a while; what is sent to it waits.
    pub fn freeze(&mut self, peer: PeerId, us: Micros) {
        self.schedule.freeze(peer, self.now() + us);
    }

    /// Nothing passes between the two sides for a while.
    pub fn cut(&mut self, left: &[PeerId], right: &[PeerId], us: Micros) {
        let now = self.now();
        self.network.cut(now, left, right, true);
        let pairs = left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b)));
        self.mends.entry(now + us).or_default().extend(pairs);
    }

    /// A participant, while it is there.
    pub fn node(&self, peer: PeerId) -> Option<&Node> {
        self.peers.get(&peer).map(|p| &p.node)
    }

    /// What someone's links told.
    pub fn notices(&self, peer: PeerId) -> &[Notice] {
        self.peers.get(&peer).map_or(&[], |p| &p.notices)
    }

    /// The supersteps of someone's own strips since this was last asked, where they are remembered.
    pub fn steps(&mut self, peer: PeerId) -> Vec<Step> {
        self.peers.get_mut(&peer).map_or_else(Vec::new, |p| std::mem::take(&mut p.steps))
    }

    /// Someone's player asks.
    pub fn request(&mut self, peer: PeerId, request: Request) {
        self.with(peer, |node, now| node.request(now, request));
    }

    /// Someone lends so much of the device from now on.
    pub fn share(&mut self, peer: PeerId, share: Share) {
        self.with(peer, |node, _| node.share(share));
    }

    /// Someone's page closes: it says goodbye at once.
    pub fn close(&mut self, peer: PeerId) {
        self.with(peer, |node, now| node.close_now(now));
    }

    fn with(&mut self, peer: PeerId, act: impl FnOnce(&mut Node, Micros)) {
        let now = self.now();
        if let Some(peer) = self.peers.get_mut(&peer) {
            act(&mut peer.node, now);
        }
        self.wake(peer);
    }

    /// A participant is looked at now.
    fn wake(&mut self, peer: PeerId) {
        let now = self.now();
        if let Some(peer) = self.peers.get_mut(&peer) {
            peer.wake = now;
        }
        self.schedule.push(now, peer, What::Wake);
    }

    /// Moves the clock to the next thing that is due and does it. What players are told goes to `tell`.
    ///
    /// # Errors
    /// In words, when the clock does not move any more: an error of the protocol.
    pub fn step(&mut self, mut tell: impl FnMut(PeerId, Event)) -> Result<(), String> {
        let before = self.now();
        while let Some(mend) =
            self.mends.first_entry().filter(|m| self.schedule.next_at().is_none_or(|at| *m.key() <= at))
        {
            let (at, pairs) = mend.remove_entry();
            pairs.into_iter().for_each(|(a, b)| self.network.cut(at, &[a], &[b], false));
        }
        let Some(Some((id, what))) = self.schedule.pop() else { return Ok(()) };
        let now = self.now();
        self.events = if now == before { self.events + 1 } else { 0 };
        if self.events >= EVENTS_MAX {
            return Err(format!("the clock stands still at {now} us"));
        }
        let Some(peer) = self.peers.get_mut(&id) else { return Ok(()) };
        match what {
            What::Peer(other) => peer.node.peer(now, other),
            What::Datagram { from, bytes } => peer.node.datagram(now, from, &bytes),
            What::Done { number, result } => {
                peer.node.done(now, number, result);
                peer.steps.extend(peer.supersteps.ended(number, || now));
            }
            What::Wake if peer.wake > now => return Ok(()),
            What::Wake => peer.node.tick(now),
        }
        peer.supersteps.borders(peer.node.borders(), || now);
        while let Some(output) = peer.node.poll(now) {
            match output {
                NodeOutput::Datagram { to, bytes } => {
                    for (at, bytes) in self.network.carry(now, id, to, bytes) {
                        self.schedule.push(at.max(now + 1), to, What::Datagram { from: id, bytes });
                    }
                }
                NodeOutput::Job { number, job } => {
                    let begins = now.max(peer.spent.until);
                    peer.supersteps.begins(number, &job, || begins, |region| peer.node.executes(region));
                    let (at, result) = peer.compute(now, job);
                    self.schedule.push(at, id, What::Done { number, result });
                }
                NodeOutput::Event(event) => tell(id, event),
                NodeOutput::Notice(notice) => peer.notices.push(notice),
            }
        }
        let at = peer.node.next_timeout(now).max(now + 1);
        if peer.wake <= now || at < peer.wake {
            peer.wake = at;
            self.schedule.push(at, id, What::Wake);
        }
        Ok(())
    }
}

impl Peer {
    /// Does a job at once; its answer comes after its virtual time.
    fn compute(&mut self, now: Micros, job: Job) -> (Micros, Result<JobOutput, BackendError>) {
        let (ticks, beside) = match &job {
            Job::Begin(step) | Job::Step(step) => reckoned(step),
            _ => (0, 0),
        };
        let spent = &mut self.spent;
        let (begins, mut done) = (matches!(job, Job::Begin(_)), 0);
        match &job {
            Job::Select(slot) => spent.slot = *slot,
            Job::Step(_) => done = spent.inside.remove(&spent.slot).unwrap_or(0),
            _ => {}
        }
        let mut result = block_on(self.backend.run(job)).map_err(|why| BackendError::from(&why));
        let particles = result.as_ref().map_or(0, |o| o.particles);
        // Where there is no inside, nothing was computed.
        let ticks = if begins && particles == 0 { 0 } else { ticks };
        let particle_ticks = particles * ticks + beside;
        let computing = ticks * self.cost.tick_us + particle_ticks * self.cost.million_us / 1_000_000;
        let cost = self.cost.job_us + computing.saturating_sub(done);
        if begins && ticks > 0 {
            spent.inside.insert(spent.slot, computing);
        }
        if let Ok(output) = &mut result {
            output.compute_us = cost;
        }
        spent.until = spent.until.max(now) + cost;
        (spent.until, result)
    }
}

/// How many ticks a superstep has, and how many particles beside the region it computes in all of them together: the
/// bands reach less far in, tick by tick, until none is left.
fn reckoned(step: &StepJob) -> (u64, u64) {
    let ticks = step.commands.len() as u64;
    let beside = step.incoming.iter().filter(|particle| {
        let (x, y) = particle.cell();
        !step.region.contains(x, y)
    });
    (ticks, beside.count() as u64 * (ticks + 1) / 2)
}
