//! Being host: who is in, what is sealed when, who holds what. The role is small on purpose: whoever has the
//! log and hears the others' reports can take it over.

mod balance;
mod cap;
mod commands;
mod distance;
mod frontier;
mod pace;
mod people;
mod plan;
mod reach;
mod relays;
mod saves;
mod seal;

use self::cap::Count;
pub(crate) use self::cap::{PARTICLES_MAX, scene_most};
use self::pace::Length;
use self::reach::Reach;
use self::saves::Opening;

use crate::api::{Channel, Config, Micros, PeerId};
use crate::membership::constants;
use crate::notice::{Announcement, OpenFailure, Refusal};
use crate::raft::{FORK_US, HOPELESS_US};
use crate::room::{Phase, Room};
use crate::wire::{Begin, Control, CutId, Msg, Origin, PEOPLE_MAX, Report, Roster, Segment};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::scene::Scene;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Between two words to those outside the roster.
const MEET_US: u64 = 1_000_000;
/// Between two welcomes of the same peer.
const WELCOME_US: u64 = 2_000_000;

/// What the host knows of a member.
#[derive(Debug, Default)]
pub(crate) struct Person {
    pub report: Report,
    /// When anything of this host's term was last heard of it.
    pub heard_at: Micros,
    links: BTreeMap<PeerId, Reach>,
    links_number: u32,
    leaving: bool,
    /// When it first said so.
    leaving_since: Micros,
    failed: bool,
    welcomed_at: Micros,
    /// Entries were sent to it up to this step; and when it last said that it has more.
    sent: u64,
    had: (u64, Micros),
    /// When a cut was last sent to it.
    given_at: Micros,
    /// Particle-ticks a second, smoothed.
    speed: u64,
}

/// What the host keeps of a strip.
#[derive(Debug, Default)]
pub(crate) struct StripNews {
    /// Grows while the stand-in is ahead of the executor.
    late: u32,
    /// The step of the last change of executor.
    changed: u64,
    /// The step at which this was last looked at.
    looked: u64,
    /// Since when nobody who is here has its state, and since when its executor has not.
    unheld_since: Option<Micros>,
    empty_since: Option<Micros>,
    /// When the stand-in was named.
    stand_in_since: Micros,
}

/// The host's own state.
#[derive(Debug, Default)]
pub(crate) struct Host {
    pub people: BTreeMap<PeerId, Person>,
    pub started: bool,
    pub paused: bool,
    pending: VecDeque<(PeerId, u64, Command)>,
    seqs: BTreeMap<PeerId, u64>,
    singles: u32,
    /// The tick and the time from which starts are reckoned.
    base: (u64, Micros),
    sums: BTreeMap<u64, BTreeMap<u32, Digest>>,
    /// The digests of the steps before this one are summed up.
    summed: u64,
    strips: BTreeMap<u32, StripNews>,
    taking: Option<(CutId, Vec<PeerId>, Micros)>,
    /// How long the last cut took.
    took_us: u64,
    common: Option<CutId>,
    cut_at: Micros,
    balanced_at: u64,
    beat_at: Micros,
    dirty: bool,
    stalled_since: Option<Micros>,
    /// Whose strip nothing is heard of, while the room stands still.
    suspect: Option<PeerId>,
    /// The frontier, and since when it has been there.
    stuck: (u64, Micros),
    progress: VecDeque<(Micros, u64)>,
    /// Words for everyone, the oldest first.
    announcements: VecDeque<Announcement>,
    /// Nobody lends a device, since when, and everyone was told.
    nobody_since: Option<Micros>,
    nobody: bool,
    /// When somebody outside the roster was last linked, or said hello.
    knocked_at: Option<Micros>,
    /// When the players were last told that something was refused.
    refused_at: Option<Micros>,
    count: Count,
    /// Particles at each step's end, by strip.
    parts: BTreeMap<u64, BTreeMap<u32, u64>>,
    length: Length,
    /// Since when this host has been without a majority.
    alone_since: Option<Micros>,
    /// When a successor is asked (again), where this host leaves or has no cut to go back to.
    take_over_at: Micros,
    /// Somebody was asked to take the role over: until then nothing is sealed, or whoever was asked would lack it.
    hands_over_until: Micros,
    /// Since when another would be clearly nearer to everyone, and when that is looked at again.
    far_since: Option<Micros>,
    far_at: Micros,
    /// When ways around links were last looked for, and since when who does not reach whom.
    ways_at: Micros,
    apart_since: self::relays::Apart,
    /// Pairs that do not reach each other, and everyone knows.
    told_apart: BTreeSet<(PeerId, PeerId)>,
    /// When this peer became host: what it knows of the others is not older.
    since: Micros,
    /// The order of executors that is striven for, since when.
    goal: Option<(Vec<PeerId>, Micros)>,
    placed_at: Micros,
    /// When seams are looked at again.
    seams_due: Micros,
    /// Until when these get no strip, because their links carry no border.
    apart: BTreeMap<PeerId, Micros>,
    /// Until the frontier is here, a change of the partition is under way.
    changing: u64,
    /// Who wants a cut, for a save.
    savers: BTreeSet<PeerId>,
    /// The save with which the world is to go on.
    opening: Option<Opening>,
}

impl Host {
    /// See [`Room::portrait`].
    pub(crate) fn portrait(&self) -> String {
        let person = |(id, p): (&PeerId, &Person)| {
            let done: Vec<_> = p.report.replicas.iter().map(|r| (r.strip, r.done)).collect();
            let flags = format!("{}{}", if p.leaving { " leaving" } else { "" }, if p.failed { " failed" } else { "" });
            format!("{} term {} known {} {done:?}{flags}", id.0, p.report.term, p.report.known)
        };
        let people: Vec<String> = self.people.iter().map(person).collect();
        format!("started {} changing {} goal {:?} {people:?}", self.started, self.changing, self.goal)
    }

    /// Of a room that runs already.
    pub(crate) fn successor(paused: bool, now: Micros) -> Self {
        Self { started: true, paused, since: now, ..Self::default() }
    }
}

impl Room {
    /// Opens a room.
    pub(crate) fn found(&mut self, scene: Scene) {
        self.term = 1;
        self.phase = Phase::In;
        let me = self.me;
        let id = me.0 as u64 ^ (me.0 >> 64) as u64;
        let begin = Begin {
            lineage: id,
            parent: id,
            term: 1,
            era: 0,
            step: 0,
            before_term: 0,
            globals: scene.globals(),
            scene: scene.clone(),
            partition: Default::default(),
            seqs: Vec::new(),
            fast: self.cfg.is_fast(),
            roster: Roster { people: vec![(me, self.cfg.profile.clone())], voters: vec![me] },
        };
        self.host = Some(Box::new(Host::default()));
        self.host_id = Some(me);
        self.begin(begin);
        self.host_person(me);
        self.send_links();
        self.send_report();
        self.begin_world(Origin::Scene(Box::new(scene)));
    }

    /// What the host does of itself.
    pub(crate) fn host_turn(&mut self) {
        if self.host.is_none() {
            return;
        }
        self.host_agree();
        self.host_frontier();
        self.host_count();
        self.host_goodbyes();
        self.host_nobody();
        self.host_ways();
        self.host_voters();
        if self.phase == Phase::Leaving {
            self.host_leaves();
        } else {
            self.host_hands_on();
        }
        self.host_look_at_strips();
        self.host_lost_strips();
        self.host_meets();
        self.host_saves();
        self.host_opens();
        // Few at a time: each may make the next possible, and a broken condition must not spin.
        for _ in 0..8 {
            if self.host.is_none() || !self.seal() {
                break;
            }
            self.send_log(true);
            self.host_agree();
            self.exec_turn();
        }
        self.send_log(false);
    }

    /// Linked peers outside the roster, or silent in it, may belong to another part of a room that was cut in two.
    fn host_meets(&mut self) {
        let now = self.now;
        let silent = |p: &PeerId| {
            let person = self.host.as_ref().and_then(|h| h.people.get(p));
            !self.roster.has(*p) || person.is_none_or(|p| now > p.heard_at + MEET_US)
        };
        let strangers: Vec<PeerId> = self.overlay.peers().filter(silent).collect();
        if strangers.is_empty() {
            return;
        }
        if self.now >= self.meet_at {
            self.meet_at = self.now + MEET_US;
            strangers.into_iter().for_each(|peer| self.send_meet(peer));
        }
        self.wake_at(self.meet_at);
    }

    /// What a majority has is agreed.
    fn host_agree(&mut self) {
        let (Some(host), Some(log)) = (&self.host, &mut self.log) else { return };
        let known = |v: &PeerId| match host.people.get(v) {
            _ if *v == self.me => log.end(),
            Some(p) if p.report.term == self.term && p.report.lineage == log.lineage => p.report.known,
            _ => 0,
        };
        let mut ends: Vec<u64> = log.roster().voters.iter().map(known).collect();
        ends.sort_unstable_by(|a, b| b.cmp(a));
        let Some(&agreed) = ends.get(log.roster().majority() - 1) else { return };
        if agreed > log.next && log.term_of(agreed - 1) == Some(self.term) && log.agree(agreed) {
            self.news();
            self.log_grew();
            self.exec_turn();
        }
        self.host_quorum();
    }

    /// What this host slept through says nothing of the others.
    pub(crate) fn host_slept(&mut self, us: Micros) {
        let Some(host) = &mut self.host else { return };
        host.people.values_mut().for_each(|p| p.heard_at += us);
        host.stuck.1 += us;
        let unheld = host.strips.values_mut().flat_map(|n| [&mut n.unheld_since, &mut n.empty_since]);
        for since in unheld.chain([&mut host.alone_since, &mut host.stalled_since]).flatten() {
            *since += us;
        }
    }

    /// Without a majority nothing is agreed: after a while the room goes on with those who are here.
    fn host_quorum(&mut self) {
        let has = self.has_majority();
        // Reports come often; what a fork would cost is asked only where one may be near.
        let patience = if !has && self.would_lose() { HOPELESS_US } else { FORK_US / 2 };
        let now = self.now;
        let Some(host) = &mut self.host else { return };
        if has {
            host.alone_since = None;
            return;
        }
        let due = *host.alone_since.get_or_insert(now) + patience;
        if now >= due {
            host.alone_since = None;
            self.fork();
        } else {
            self.wake_at(due);
        }
    }

    /// An entry that takes no time: something is noted.
    pub(crate) fn note(&mut self, segment: Segment) -> bool {
        // A host's first entry always fits: with it, what waits for agreement can be agreed.
        let Some(log) = self.log.as_mut().filter(|l| !l.is_full() || l.last_term() < self.term) else { return false };
        let tick = match &segment.origin {
            Some(Origin::Scene(_)) => 0,
            Some(Origin::Cut(_, globals)) => globals.tick,
            Some(Origin::Save(opened)) => opened.globals.tick,
            None => log.tick_end(),
        };
        let (step, term) = (log.end(), self.term);
        let changes = segment.partition.is_some();
        let fits = log.append(term, Segment { step, tick, ticks: 0, ..segment });
        if let Some(host) = &mut self.host
            && changes
            && fits
        {
            host.changing = step + 1;
        }
        self.roster_follows();
        self.send_report();
        self.news();
        fits
    }

    /// A newcomer.
    pub(crate) fn hello(&mut self, from: PeerId, theirs: [u32; 4], profile: crate::api::Profile) {
        let now = self.now;
        let Some(host) = &mut self.host else { return };
        if theirs != constants() {
            return self.send(from, Channel::Log, &Msg::Refused(Refusal::Kernels), &[]);
        }
        if self.roster.has(from) {
            // Its welcome is on its way, or it began anew and nobody noticed that it was gone.
            let person = host.people.entry(from).or_default();
            if now > person.welcomed_at + WELCOME_US {
                *person = Person { welcomed_at: now, heard_at: now, ..Person::default() };
                self.welcome(from);
            }
            return;
        }
        if self.roster.people.len() >= PEOPLE_MAX {
            let no = Refusal::Full { people_max: PEOPLE_MAX as u32 };
            return self.send(from, Channel::Log, &Msg::Refused(no), &[]);
        }
        self.host_knock();
        if self.log.as_ref().is_some_and(|l| l.roster_is_open()) {
            return; // One at a time; it says hello again.
        }
        let mut roster = self.roster.clone();
        roster.people.push((from, profile));
        if self.note(Segment { roster: Some(roster), ..Segment::default() }) {
            self.announce(Announcement::Joined(self.someone(from)));
            self.host_person(from);
            self.welcome(from);
        }
    }

    pub(crate) fn host_person(&mut self, peer: PeerId) {
        if let Some(host) = &mut self.host {
            host.people.insert(peer, Person { welcomed_at: self.now, heard_at: self.now, ..Person::default() });
        }
    }

    /// Gives a newcomer, or one far behind, the log's state.
    fn welcome(&mut self, to: PeerId) {
        let (Some(log), Some(host)) = (&self.log, &mut self.host) else { return };
        let begin = log.begin(self.term, self.cfg.is_fast());
        if let Some(person) = host.people.get_mut(&to) {
            person.welcomed_at = self.now;
            person.report = Report { known: begin.step, ..Report::default() };
        }
        self.send_large(to, &Msg::Begin(Box::new(begin)));
        self.news();
    }

    pub(crate) fn others(&self) -> Vec<PeerId> {
        self.roster.people.iter().map(|p| p.0).filter(|&p| p != self.me).collect()
    }

    pub(crate) fn news(&mut self) {
        if let Some(host) = &mut self.host {
            host.dirty = true;
        }
    }

    /// A member's word.
    pub(crate) fn host_message(&mut self, from: PeerId, msg: Msg) {
        let now = self.now;
        let Some(host) = &mut self.host else {
            // The role has gone on; what cannot be said again follows it.
            // (Who has left is nobody's host, and has none.)
            if let Msg::Control(control) = msg
                && from == self.me
                && self.host_id != Some(self.me)
            {
                self.control(control);
            }
            return;
        };
        let Some(person) = host.people.get_mut(&from) else { return };
        match msg {
            Msg::Report(report) => self.host_report(from, *report),
            Msg::Links { number, peers } if number > person.links_number => {
                person.links_number = number;
                person.take_links(&peers, now);
            }
            Msg::Links { .. } => {} // Overtaken by a newer one.
            Msg::Leaving => {
                if !std::mem::replace(&mut person.leaving, true) {
                    person.leaving_since = now;
                }
                person.heard_at = now;
                host.dirty = true;
            }
            Msg::Profile(profile) => {
                person.failed &= !profile.lend;
                // One change at a time; it is said again until the roster has it.
                let open = self.log.as_ref().is_none_or(|l| l.roster_is_open());
                let mut roster = self.roster.clone();
                let entry = roster.people.iter_mut().find(|p| p.0 == from);
                if let Some(entry) = entry.filter(|e| !open && e.1 != profile) {
                    entry.1 = profile;
                    self.note(Segment { roster: Some(roster), ..Segment::default() });
                }
            }
            Msg::Commands(list) => {
                for (seq, command) in list {
                    self.host_command(from, seq, command);
                }
            }
            Msg::Control(Control::Save) => {
                host.savers.insert(from);
            }
            Msg::Control(control) => self.host_control(control),
            _ => {}
        }
    }

    fn host_control(&mut self, control: Control) {
        let Some(host) = &mut self.host else { return };
        match control {
            Control::Pause => host.paused = true,
            Control::Resume => {
                host.paused = false;
                host.singles = 0;
                host.base.1 = 0;
            }
            Control::Step if host.paused => host.singles = (host.singles + 1).min(600),
            Control::Step => {}
            Control::Load(scene) if scene_most(&scene) > PARTICLES_MAX => {
                self.announce(Announcement::SceneTooLarge { particles_max: PARTICLES_MAX });
            }
            Control::Load(scene) => {
                host.paused = false;
                host.singles = 0;
                host.pending.clear();
                self.host_opens_not(OpenFailure::AnotherScene);
                self.begin_world(Origin::Scene(scene));
            }
            Control::Save => {}
        }
        self.news();
    }

    /// The world begins anew, from a scene or a cut.
    pub(super) fn begin_world(&mut self, origin: Origin) {
        let now = self.now;
        let partition = match &origin {
            Origin::Scene(scene) => self.fresh_partition(scene, &self.lenders()),
            Origin::Cut(id, _) => {
                let Some(log) = &self.log else { return };
                self.fresh_partition(log.scene_end(), &self.keepers(*id))
            }
            Origin::Save(opened) => self.saved_partition(opened),
        };
        if let Some(host) = &mut self.host {
            host.sums.clear();
            host.strips.clear();
            host.taking = None;
            if let Origin::Scene(_) | Origin::Save(_) = origin {
                host.common = None;
            }
            host.cut_at = now;
            host.base = (0, 0);
            host.balanced_at = 0;
            host.stalled_since = None;
            host.stuck = (0, now);
            host.progress.clear();
        }
        self.count_begins(&origin);
        self.note(Segment { origin: Some(origin), partition: Some(partition), ..Segment::default() });
    }
}

impl Config {
    /// Whether nobody waits for the clock.
    pub(crate) fn is_fast(&self) -> bool {
        self.pace == crate::api::Pace::Fast
    }
}
