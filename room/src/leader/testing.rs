//! Clusters for the tables of the policies' tests, each a few words away from a room in which all is well.

use super::cluster::ClusterView;
use super::{Person, Seed};
use crate::api::{Config, Micros, Pace, PeerId, Profile, Tempo};
use crate::codec::band::PARTICLE_BYTES;
use crate::heartbeat::ReplicaReport;
use crate::overlay::{LinkFigures, Overlay, Relay};
use crate::partition::seams::BAND_HEAD_BYTES;
use crate::partition::{Partition, Strip, equal};
use crate::roster::Roster;
use sim_kernels::geom::WorldSize;
use std::collections::BTreeMap;

/// Who leads, in every row.
pub(super) const ME: u128 = 1;
/// How far everyone is where a row says nothing else.
pub(super) const STEP: u64 = 1000;
/// Every row's time, long after the leader's term began, so that a row may go back from it.
pub(super) const NOW: Micros = 100_000_000;
const TERM: u64 = 3;
const COLUMNS: u16 = 40;
const RTT_US: u32 = 20_000;
/// [`PARTICLE_BYTES`] of a mix without words of state beyond the 16 bytes.
const WATER_BYTES: u64 = 10;

/// What a [`ClusterView`] borrows from.
pub(super) struct Cluster {
    /// Boxed: tables have many of these on the stack.
    cfg: Box<Config>,
    roster: Roster,
    people: BTreeMap<PeerId, Person>,
    overlay: Overlay,
    links: BTreeMap<(PeerId, PeerId), LinkFigures>,
    relays: Vec<Relay>,
    partition: Partition,
    since: Micros,
    changing: u64,
    waiting: Option<PeerId>,
    superstep_ticks: u32,
    paused: bool,
    tempo: Tempo,
    speed_percent: Option<u32>,
    singles: u32,
    taking: bool,
    checkpoint_at: Micros,
    seeding: bool,
    seeded_at: Micros,
    seeds: BTreeMap<u32, Seed>,
}

impl Cluster {
    /// Peers 1 to `count`, all linked, all lending, equally fast, each the executor of a strip for which the next one
    /// stands in; everyone has completed the steps before [`STEP`].
    pub fn of(count: u128) -> Self {
        let peers: Vec<PeerId> = (1..=count).map(PeerId).collect();
        let mut cluster = Self {
            cfg: Box::new(Config {
                me: PeerId(ME),
                profile: profile(true),
                found: None,
                superstep_ticks: 0,
                pace: Pace::RealTime,
                wait_for: 0,
                equal_strips: false,
                stand_ins: true,
                end_tick: None,
            }),
            roster: Roster::default(),
            people: BTreeMap::new(),
            overlay: Overlay::default(),
            links: BTreeMap::new(),
            relays: Vec::new(),
            partition: Partition::default(),
            since: 0,
            changing: 0,
            waiting: None,
            superstep_ticks: 2,
            paused: false,
            tempo: Tempo::Full,
            speed_percent: None,
            singles: 0,
            taking: false,
            checkpoint_at: NOW,
            seeding: false,
            seeded_at: 0,
            seeds: BTreeMap::new(),
        };
        for &peer in &peers {
            cluster = cluster.joins(peer.0);
        }
        let roles: Vec<(u128, u128)> = (1..=count).map(|p| (p, if count > 1 { p % count + 1 } else { 0 })).collect();
        cluster.roles(&roles)
    }

    pub fn view(&self) -> ClusterView<'_> {
        ClusterView {
            me: self.cfg.me,
            term: TERM,
            since: self.since,
            cfg: &self.cfg,
            roster: &self.roster,
            people: &self.people,
            overlay: &self.overlay,
            relays: &self.relays,
            partition: &self.partition,
            world: world(),
            step: STEP + 2,
            tick: 2 * (STEP + 2),
            committed: STEP + 1,
            frontier: STEP,
            waiting: self.waiting,
            suspect: None,
            changing: self.changing,
            superstep_ticks: self.superstep_ticks,
            paused: self.paused,
            tempo: self.tempo,
            speed_percent: self.speed_percent,
            singles: self.singles,
            taking: self.taking,
            checkpoint_at: self.checkpoint_at,
            seeding: self.seeding,
            seeded_at: self.seeded_at,
            seeds: &self.seeds,
        }
    }

    pub fn configured(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.cfg);
        self
    }

    /// One more, who lends and holds nothing yet.
    pub fn joins(mut self, peer: u128) -> Self {
        let peer = PeerId(peer);
        for other in self.roster.people.iter().map(|p| p.0) {
            for (a, b) in [(peer, other), (other, peer)] {
                self.links.insert((a, b), LinkFigures { peer: b, rtt_us: RTT_US, goodput: 0, full: false });
            }
        }
        self.roster.people.push((peer, profile(true)));
        self.roster.voters.push(peer);
        let mut person = Person { heard_at: NOW, links_number: 1, ..Person::default() };
        (person.report.term, person.report.known) = (TERM, STEP + 1);
        self.people.insert(peer, person);
        if peer.0 != ME {
            self.overlay.peer_up(peer);
        }
        self.linked()
    }

    /// Executors and stand-ins, left to right, over strips of equal width; 0 is nobody. All have what they hold.
    pub fn roles(mut self, roles: &[(u128, u128)]) -> Self {
        let executors: Vec<PeerId> = roles.iter().map(|r| PeerId(r.0)).collect();
        self.partition = equal(&executors, world());
        for (strip, role) in self.partition.strips.iter_mut().zip(roles) {
            strip.stand_in = (role.1 > 0).then_some(PeerId(role.1));
        }
        for (id, person) in &mut self.people {
            let held = self.partition.strips.iter().filter(|s| s.is_held_by(*id));
            person.report.replicas = held.map(replica).collect();
        }
        self
    }

    /// The first columns of the strips but the first.
    pub fn seams(mut self, seams: &[u16]) -> Self {
        for (i, &seam) in seams.iter().enumerate() {
            self.partition.strips[i].to = seam;
            self.partition.strips[i + 1].from = seam;
        }
        let roles: Vec<Strip> = self.partition.strips.clone();
        for replica in self.people.values_mut().flat_map(|p| &mut p.report.replicas) {
            let strip = roles.iter().find(|s| s.id == replica.strip).expect("it is held");
            *replica = self::replica(strip);
        }
        self
    }

    pub fn watches(mut self, peer: u128) -> Self {
        let profile = self.roster.people.iter_mut().find(|p| p.0.0 == peer).expect("it is in the room");
        profile.1.lend = false;
        self
    }

    pub fn leaves(self, peer: u128) -> Self {
        self.person(peer, |p| p.leaving = true)
    }

    /// Its backend broke.
    pub fn fails(self, peer: u128) -> Self {
        self.person(peer, |p| p.failed = true)
    }

    /// The leader's link to it is gone.
    pub fn loses(mut self, peer: u128) -> Self {
        self.overlay.peer_down(PeerId(peer));
        self
    }

    /// Particle-ticks a second, as measured.
    pub fn speed(self, peer: u128, speed: u64) -> Self {
        self.person(peer, |p| p.speed = speed)
    }

    /// It has completed the steps before this one of a strip.
    pub fn done(self, strip: u32, peer: u128, done: u64) -> Self {
        self.replica(strip, peer, |r| r.done = done)
    }

    /// The strip's state is on its way to it.
    pub fn fresh(self, strip: u32, peer: u128) -> Self {
        self.replica(strip, peer, |r| r.fresh = true)
    }

    /// It holds nothing of a strip.
    pub fn lacks(self, strip: u32, peer: u128) -> Self {
        self.person(peer, |p| p.report.replicas.retain(|r| r.strip != strip))
    }

    /// The leader's log is there up to this step.
    pub fn knows(self, peer: u128, known: u64) -> Self {
        self.person(peer, |p| p.report.known = known)
    }

    /// It computes what it stands in for only when that is needed.
    pub fn lazy(self, peer: u128) -> Self {
        self.person(peer, |p| p.report.lazy = true)
    }

    /// It has not said yet whom it reaches.
    pub fn says_nothing(self, peer: u128) -> Self {
        self.person(peer, |p| p.links_number = 0)
    }

    /// Particle-ticks a second, as calibrated.
    pub fn calibrated(mut self, peer: u128, throughput: u64) -> Self {
        let profile = self.roster.people.iter_mut().find(|p| p.0.0 == peer).expect("it is in the room");
        profile.1.throughput = throughput;
        self
    }

    /// How long a step of a strip takes there.
    pub fn computes(self, strip: u32, peer: u128, compute_us: u32) -> Self {
        self.replica(strip, peer, |r| r.compute_us = compute_us)
    }

    /// So many particles in each of the world's columns.
    pub fn particles(mut self, columns: impl Fn(u16) -> u32) -> Self {
        for replica in self.people.values_mut().flat_map(|p| &mut p.report.replicas) {
            for (slot, x) in replica.columns.iter_mut().zip(replica.column..) {
                *slot = columns(x);
            }
        }
        self
    }

    pub fn rtt(self, a: u128, b: u128, rtt_us: u32) -> Self {
        self.link(a, b, |l| l.rtt_us = rtt_us)
    }

    /// The link between two is full at so many bytes a second where a particle has no words beyond its 16 bytes. With
    /// more words bands are larger, and the link is as much wider, so that a row means the same with every mix of
    /// materials. Give the particles before it.
    pub fn limit(self, a: u128, b: u128, bytes: u32) -> Self {
        let columns = self.people.values().flat_map(|p| &p.report.replicas).flat_map(|r| &r.columns);
        // What two ticks reach: a column and a half.
        let particles = u64::from(columns.copied().max().unwrap_or(0)) * 3 / 2;
        let band = |particle_bytes| particles * particle_bytes + BAND_HEAD_BYTES;
        let bytes = u64::from(bytes) * band(PARTICLE_BYTES) / band(WATER_BYTES);
        self.link(a, b, |l| (l.goodput, l.full) = (bytes as u32, true))
    }

    /// Two do not reach each other.
    pub fn apart(mut self, a: u128, b: u128) -> Self {
        for (a, b) in [(PeerId(a), PeerId(b)), (PeerId(b), PeerId(a))] {
            self.links.remove(&(a, b));
        }
        self.linked()
    }

    /// A third one passes on what two exchange.
    pub fn relayed(mut self, a: u128, b: u128, via: u128) -> Self {
        self.relays.push(Relay { a: PeerId(a), b: PeerId(b), via: PeerId(via) });
        self
    }

    pub fn since(mut self, since: Micros) -> Self {
        self.since = since;
        self
    }

    /// The room waits for somebody.
    pub fn waits(mut self, peer: u128) -> Self {
        self.waiting = Some(PeerId(peer));
        self
    }

    pub fn changing(mut self, step: u64) -> Self {
        self.changing = step;
        self
    }

    /// The world stands still, but for so many ticks.
    pub fn at(mut self, tempo: Tempo) -> Self {
        self.tempo = tempo;
        self
    }

    /// As fast as was measured, in percent of real time.
    pub fn does(mut self, percent: u32) -> Self {
        self.speed_percent = Some(percent);
        self
    }

    pub fn paused(mut self, singles: u32) -> Self {
        (self.paused, self.singles) = (true, singles);
        self
    }

    /// The last checkpoint was begun then.
    pub fn checkpoint(mut self, at: Micros) -> Self {
        self.checkpoint_at = at;
        self
    }

    /// A strip's stand-in last got its state then, as of a step's end, and that took this long, or goes on.
    pub fn seeded(mut self, strip: u32, stand_in: u128, step: u64, at: Micros, took_us: Option<Micros>) -> Self {
        self.seeded_at = at;
        self.seeds.insert(strip, Seed { stand_in: PeerId(stand_in), step, since: at, took_us });
        self
    }

    /// In this turn.
    pub fn seeding(mut self) -> Self {
        self.seeding = true;
        self
    }

    /// A checkpoint is being taken.
    pub fn taking(mut self) -> Self {
        self.taking = true;
        self
    }

    fn person(mut self, peer: u128, change: impl FnOnce(&mut Person)) -> Self {
        change(self.people.get_mut(&PeerId(peer)).expect("it is in the room"));
        self
    }

    fn replica(self, strip: u32, peer: u128, change: impl FnOnce(&mut ReplicaReport)) -> Self {
        let of = |p: &mut Person| change(p.report.replicas.iter_mut().find(|r| r.strip == strip).expect("it holds it"));
        self.person(peer, of)
    }

    fn link(mut self, a: u128, b: u128, change: impl Fn(&mut LinkFigures)) -> Self {
        for pair in [(PeerId(a), PeerId(b)), (PeerId(b), PeerId(a))] {
            change(self.links.get_mut(&pair).expect("they are linked"));
        }
        self.linked()
    }

    /// Everyone reports their links.
    fn linked(mut self) -> Self {
        for (id, person) in &mut self.people {
            let links: Vec<LinkFigures> = self.links.iter().filter(|l| l.0.0 == *id).map(|l| *l.1).collect();
            person.take_links(&links, NOW);
        }
        self
    }
}

/// Executors and stand-ins, left to right: `1/2 2/-`.
pub(super) fn roles(plan: &Partition) -> String {
    let role = |s: &Strip| format!("{}/{}", s.peer.0, s.stand_in.map_or("-".to_owned(), |p| p.0.to_string()));
    plan.strips.iter().map(role).collect::<Vec<_>>().join(" ")
}

fn world() -> WorldSize {
    WorldSize::new(i32::from(COLUMNS) * 16, 64).expect("a small world")
}

fn profile(lend: bool) -> Profile {
    Profile { name: String::new(), lend, backend: String::new(), throughput: 0 }
}

fn replica(strip: &Strip) -> ReplicaReport {
    let columns = vec![100; usize::from(strip.width())];
    ReplicaReport { strip: strip.id, done: STEP, columns, column: strip.from, ticks: 2, ..ReplicaReport::default() }
}
