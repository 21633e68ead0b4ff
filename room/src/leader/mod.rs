//! Being leader: who is in, what is sealed when, who holds what. The role is small on purpose: the peer that has the
//! log and hears the others' reports can take it over.

mod balance;
mod cap;
mod cluster;
mod commands;
mod decide;
mod distance;
mod due;
mod enough;
mod frontier;
mod pace;
mod people;
mod placement;
mod places;
mod plan;
mod progress;
mod reach;
mod relays;
mod replay;
mod rewind;
mod saves;
mod seal;
mod seams;
#[cfg(test)]
mod testing;

use self::cap::Count;
use self::cluster::ClusterView;
use self::commands::{Budget, Pending};
use self::decide::{Decision, Memory};
use self::due::{Due, PersonDue};
use self::progress::Progress;
use self::reach::Reach;
use self::replay::{Replay, Tape};
use self::rewind::Rewind;
use self::saves::Opening;
pub(crate) use crate::checkpoint::saves::WishKey;

use crate::api::{Channel, Config, Micros, PeerId, Profile, Tempo};
use crate::bucket::Bucket;
use crate::checkpoint::Checkpoints;
use crate::checkpoint::saves::Saves;
use crate::costs::{PARTICLES_MAX, scene_most};
use crate::heartbeat::{Heartbeat, Report};
use crate::membership::Phase;
use crate::message::Reason;
use crate::notice::{Announcement, Name, Notice, OpenFailure, Refusal, SaveRefusal, Someone};
use crate::overlay::{LinkFigures, Overlay};
use crate::partition::Partition;
use crate::player::Control;
use crate::raft::Raft;
use crate::replica::Replicas;
use crate::roster::{PEOPLE_MAX, Roster};
use crate::timeline::{CheckpointId, Origin, Segment, Timeline};
use crate::timers::Timers;
use crate::wire::{Kind, Msg, fingerprint, membership};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Between two words to those outside the roster.
const MEET_US: u64 = 1_000_000;
/// Nothing is committed for this time, and those of the voters who lack it do not count.
const MUTE_US: u64 = 1_200_000;
/// Added to that where a new world is on its way.
const LARGE_US: u64 = 8_000_000;
/// Between two welcomes of the same peer.
const WELCOME_US: u64 = 2_000_000;

/// What the leader knows of a member.
#[derive(Debug, Default)]
pub(crate) struct Person {
    pub report: Report,
    /// When anything of this leader's term was last heard of it.
    pub heard_at: Micros,
    links: BTreeMap<PeerId, Reach>,
    links_number: u32,
    leaving: bool,
    failed: bool,
    /// Entries were sent to it up to this step.
    sent: u64,
    had: Had,
    /// Saves that it offered and that came to nothing, in a row.
    not_opened: u32,
    timers: Timers<PersonDue>,
    /// Particle-ticks a second, smoothed.
    speed: u64,
    budget: Budget,
    /// When its player last did something.
    active_at: Option<Micros>,
    /// Something to say to this one alone.
    tell: Option<Announcement>,
}

/// How much of the log a member said that it has, and since when it has said no more.
#[derive(Clone, Copy, Debug, Default)]
struct Had {
    known: u64,
    since: Micros,
}

/// A checkpoint that is being taken, who is to keep it, and since when.
#[derive(Debug)]
struct Taking {
    id: CheckpointId,
    keepers: Vec<PeerId>,
    since: Micros,
}

/// The state of strips as of the end of a step, which is to go to their stand-ins, and since when.
#[derive(Debug)]
struct Seeding {
    step: u64,
    strips: Vec<u32>,
    since: Micros,
}

/// The last state that a strip's stand-in was to get beside checkpoints: as of the end of which step, when that was
/// sealed, and how long it took.
#[derive(Clone, Copy, Debug)]
struct Seed {
    stand_in: PeerId,
    step: u64,
    since: Micros,
    /// Nothing while it is waited for.
    took_us: Option<Micros>,
}

/// By strip and holder: the hashes of the bands that it made for a step, and of those that it took.
type Seams = BTreeMap<(u32, PeerId), (u64, u64)>;

/// What the leader keeps of a strip.
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

/// The leader's own state.
#[derive(Debug, Default)]
pub(crate) struct Leader {
    out: VecDeque<Output>,
    people: BTreeMap<PeerId, Person>,
    memory: Memory,
    /// The voters who made this peer leader.
    votes: Vec<PeerId>,
    started: bool,
    paused: bool,
    tempo: Tempo,
    pending: Pending,
    seqs: BTreeMap<PeerId, u64>,
    singles: u32,
    /// The tick and the time from which starts are reckoned.
    base: (u64, Micros),
    sums: BTreeMap<u64, BTreeMap<u32, Digest>>,
    /// The digests of the steps before this one are summed up.
    summed: u64,
    /// What the holders of strips said of the bands that they made for a step, and that they took.
    seams: BTreeMap<u64, Seams>,
    /// The first step that is not committed, while there is one, and since when.
    uncommitted: Option<(u64, Micros)>,
    taking: Option<Taking>,
    /// What was sealed of this since the last turn, and when something was; by strip, what was.
    seeding: Option<Seeding>,
    seeded_at: Micros,
    seeds: BTreeMap<u32, Seed>,
    common: Option<CheckpointId>,
    checkpoint_at: Micros,
    dirty: bool,
    stalled_since: Option<Micros>,
    /// Whose strip nothing is heard of, while the room stands still.
    suspect: Option<PeerId>,
    /// The frontier, and since when it has been there.
    stuck: (u64, Micros),
    progress: Progress,
    /// Words for everyone, the oldest first.
    announcements: VecDeque<Announcement>,
    /// What is left for announcing who comes and goes.
    comings: Option<Bucket>,
    /// Nobody lends a device.
    nobody: bool,
    /// Everyone was told so.
    nobody_told: bool,
    /// Newcomers whose hello met a change of the roster, and how often.
    turned_away: BTreeMap<PeerId, (u32, Profile)>,
    count: Count,
    /// Particles at each step's end.
    parts: BTreeMap<u64, cap::Parts>,
    /// The step in which strokes were last had to forget what they took away.
    settled_at: u64,
    /// Since when this leader has been without a majority.
    alone_since: Option<Micros>,
    timers: Timers<Due>,
    /// When this peer became leader: what it knows of the others is not older.
    since: Micros,
    /// The room's pace in percent, as the predecessor told it last.
    pace_before: u32,
    /// Until the frontier is here, a change of the partition is under way.
    changing: u64,
    /// Who wants a checkpoint, for a save.
    savers: BTreeSet<PeerId>,
    /// The save with which the world is to go on.
    opening: Option<Opening>,
    /// The return that somebody wants.
    rewind: Option<Rewind>,
    /// What is done again.
    replay: Option<Replay>,
    /// The recording that it is of.
    tape: Option<Tape>,
}

impl Leader {
    /// See [`crate::Room::portrait`].
    pub(crate) fn portrait(&self) -> String {
        let person = |(id, p): (&PeerId, &Person)| {
            let done: Vec<_> = p.report.replicas.iter().map(|r| (r.strip, r.done)).collect();
            let flags = format!("{}{}", if p.leaving { " leaving" } else { "" }, if p.failed { " failed" } else { "" });
            format!("{} term {} known {} {done:?}{flags}", id.0, p.report.term, p.report.known)
        };
        let people: Vec<String> = self.people.iter().map(person).collect();
        format!("started {} changing {} goal {:?} {people:?}", self.started, self.changing, self.memory.places.goal())
    }

    /// What is to be done.
    pub(crate) fn take_output(&mut self) -> VecDeque<Output> {
        std::mem::take(&mut self.out)
    }

    /// When something of this leader's term was last heard of a member.
    pub(crate) fn heard_at(&self, peer: PeerId) -> Option<Micros> {
        self.people.get(&peer).map(|p| p.heard_at)
    }

    /// Whether somebody told this leader that they wish to leave.
    pub(crate) fn is_leaving(&self, peer: PeerId) -> bool {
        self.people.get(&peer).is_some_and(|p| p.leaving)
    }

    /// Whether somebody has said nothing for long.
    pub(crate) fn is_silent(&self, peer: PeerId, now: Micros) -> bool {
        self.heard_at(peer).is_none_or(|at| now > at + MEET_US)
    }

    /// Whether there is a majority; without one, when the room is to go on without it. From then on it counts from the
    /// beginning.
    pub(crate) fn quorum(&mut self, has: bool, now: Micros, patience_us: Micros) -> Option<Micros> {
        if has {
            self.alone_since = None;
            return None;
        }
        let due = *self.alone_since.get_or_insert(now) + patience_us;
        if now >= due {
            self.alone_since = None;
        }
        Some(due)
    }

    /// Of a room that runs already, of which the predecessor told this last; who elected this peer.
    pub(crate) fn successor(told: &Heartbeat, now: Micros, votes: Vec<PeerId>) -> Self {
        let (paused, tempo, pace_before) = (told.paused, told.tempo, told.speed_percent);
        Self { started: true, paused, tempo, since: now, pace_before, votes, ..Self::default() }
    }
}

/// What the next superstep is to be.
#[derive(Default)]
struct Superstep {
    /// Where it is another one.
    partition: Option<Partition>,
    ticks: u32,
    /// Who keeps a checkpoint of its end.
    keepers: Vec<PeerId>,
    /// The strips whose stand-ins get their state as of its end.
    seeds: Vec<u32>,
}

/// A leader at work: what it reads of the others' machines, and its own memory.
pub(crate) struct Leading<'a> {
    pub now: Micros,
    pub me: PeerId,
    pub term: u64,
    pub cfg: &'a Config,
    pub phase: Phase,
    /// Members whose links ended with a goodbye.
    pub parted: &'a BTreeSet<PeerId>,
    pub overlay: &'a Overlay,
    pub raft: &'a Raft,
    pub checkpoints: &'a Checkpoints,
    pub saves: &'a Saves,
    /// This peer's own.
    pub replicas: &'a Replicas,
    /// Since when the room stands at a step, under whichever leader.
    pub stands_since: Micros,
    /// Strips of which two devices computed different digests, so far.
    pub disagreements: u64,
    /// The newest roster of the log.
    pub roster: &'a mut Roster,
    pub log: &'a mut Timeline,
    /// What the members are told beside entries, and when they last were.
    pub heartbeat: &'a mut Heartbeat,
    pub heartbeat_at: &'a mut Micros,
    pub leader: &'a mut Leader,
}

/// What a leader wants done.
#[derive(Debug)]
pub(crate) enum Output {
    /// Send this over the link.
    Send { to: PeerId, channel: Channel, msg: Msg, payload: Vec<u8> },
    /// The same, on the channel for bulk where it is long.
    SendLarge { to: PeerId, msg: Msg },
    /// Tell this peer's own player.
    Tell(Notice),
    /// The roster is another one.
    Roster,
    /// This peer, as a member, reports to itself.
    Report,
    /// Look whether a majority has the newest entries.
    Commit,
    /// Compute what can be computed.
    Compute,
    /// Older checkpoints may go.
    Thin,
    /// Nothing comes of the save that this peer's own player opened.
    RefuseSave(u64, SaveRefusal),
    /// A member is in a newer term.
    Outranked(PeerId, u64),
    /// A voter acknowledges what is sealed.
    Acknowledges(PeerId),
    /// This one is to lead next.
    Successor(PeerId),
    /// So many digests differed.
    Disagree(u64),
    /// The room helps itself with a checkpoint although nobody is gone.
    Rescue,
    /// This peer leaves: there is nothing more to hand over.
    Leave,
    /// Somebody said what makes no sense.
    Refused(PeerId, Kind, Reason),
    /// Look again at this time.
    Wake(Micros),
}

/// The cluster as a leader sees it now. A macro, so that the leader's memory may be borrowed beside it.
macro_rules! view {
    ($leading:ident) => {
        ClusterView {
            me: $leading.me,
            term: $leading.term,
            since: $leading.leader.since,
            cfg: $leading.cfg,
            roster: &*$leading.roster,
            people: &$leading.leader.people,
            overlay: $leading.overlay,
            relays: &$leading.heartbeat.relays,
            partition: $leading.log.partition_end(),
            world: $leading.log.scene_end().world,
            step: $leading.log.end(),
            tick: $leading.log.tick_end(),
            committed: $leading.log.commit_index(),
            frontier: $leading.heartbeat.frontier,
            waiting: $leading.heartbeat.waiting,
            suspect: $leading.leader.suspect,
            changing: $leading.leader.changing,
            superstep_ticks: $leading.leader.memory.length.ticks(),
            paused: $leading.leader.paused && !$leading.replays(),
            tempo: $leading.leader.tempo,
            speed_percent: $leading.leader.progress.speed_percent(),
            singles: $leading.leader.singles,
            taking: $leading.leader.taking.is_some(),
            checkpoint_at: $leading.leader.checkpoint_at,
            seeding: $leading.leader.seeding.is_some(),
            seeded_at: $leading.leader.seeded_at,
            seeds: &$leading.leader.seeds,
        }
    };
}

impl Leading<'_> {
    fn view(&self) -> ClusterView<'_> {
        view!(self)
    }

    fn view_and_memory(&mut self) -> (ClusterView<'_>, &mut Memory) {
        (view!(self), &mut self.leader.memory)
    }

    /// Does what was decided, in the order in which it was; what the next superstep is to be is left to sealing.
    fn apply(&mut self, decisions: impl IntoIterator<Item = Decision>) -> Superstep {
        let mut next = Superstep::default();
        for decision in decisions {
            match decision {
                Decision::Relays(relays) => {
                    self.heartbeat.relays = relays;
                    self.news();
                }
                Decision::Successor(peer) => self.name_successor(peer),
                Decision::Announce(announcement) => self.announce(announcement),
                Decision::Partition(partition) => next.partition = Some(partition),
                Decision::Ticks(ticks) => next.ticks = ticks,
                Decision::Checkpoint(keepers) => next.keepers = keepers,
                Decision::Seed(strips) => next.seeds = strips,
            }
        }
        next
    }

    fn send(&mut self, to: PeerId, channel: Channel, msg: impl Into<Msg>, payload: Vec<u8>) {
        self.leader.out.push_back(Output::Send { to, channel, msg: msg.into(), payload });
    }

    fn send_large(&mut self, to: PeerId, msg: impl Into<Msg>) {
        self.leader.out.push_back(Output::SendLarge { to, msg: msg.into() });
    }

    fn send_report(&mut self) {
        self.leader.out.push_back(Output::Report);
    }

    fn wake_at(&mut self, at: Micros) {
        self.leader.out.push_back(Output::Wake(at));
    }

    /// Somebody's id and name.
    fn someone(&self, id: PeerId) -> Someone {
        let profile = self.roster.people.iter().find(|p| p.0 == id);
        Someone { id, name: Name::new(profile.map_or("", |p| &p.1.name)) }
    }

    /// What goes on of itself before strips are looked at; see [`Leading::look_at_strips`].
    pub fn turn(&mut self) {
        self.leader_frontier();
        self.leader_count();
        self.leader_newcomers();
        self.leader_goodbyes();
        self.leader_nobody();
        self.look_for_relays();
        self.leader_voters();
        if self.phase == Phase::Leaving {
            self.leader_leaves();
        } else {
            self.leader_hands_on();
        }
    }

    /// Looks at strips that nobody holds, and at saves.
    pub fn look_at_strips(&mut self) {
        self.leader_look_at_strips();
        self.leader_lost_strips();
    }

    /// An entry that takes no time: something is noted.
    pub(crate) fn note(&mut self, segment: Segment) -> bool {
        // A leader's first entry always fits: with it, what waits for agreement can be committed.
        let log = &mut *self.log;
        if log.is_full() && log.last_term() >= self.term {
            return false;
        }
        let tick = match &segment.origin {
            Some(Origin::Scene(_)) => 0,
            Some(Origin::Checkpoint(_, globals, _)) => globals.tick,
            Some(Origin::Save(opened)) => opened.globals.tick,
            None => log.tick_end(),
        };
        let (step, term) = (log.end(), self.term);
        let changes = segment.partition.is_some();
        let fits = log.append(term, Segment { step, tick, ticks: 0, ..segment });
        if changes && fits {
            self.leader.changing = step + 1;
        }
        if *self.roster != *self.log.roster() {
            *self.roster = self.log.roster().clone();
            self.leader.out.push_back(Output::Roster);
        }
        self.send_report();
        self.news();
        fits
    }

    /// Whether more is committed: what a majority of the voters has.
    pub(crate) fn commit(&mut self) -> bool {
        let known = |v: &PeerId| match self.leader.people.get(v) {
            _ if *v == self.me => self.log.end(),
            Some(p) if p.report.term == self.term && p.report.lineage == self.log.lineage() => p.report.known,
            _ => 0,
        };
        let mut ends: Vec<u64> = self.log.roster().voters.iter().map(known).collect();
        ends.sort_unstable_by(|a, b| b.cmp(a));
        let Some(&committed) = ends.get(self.log.roster().majority() - 1) else { return false };
        let grew = committed > self.log.commit_index()
            && self.log.term_of(committed - 1) == Some(self.term)
            && self.log.commit(committed);
        if grew {
            self.news();
        }
        grew
    }

    /// Voters who are heard and acknowledge nothing, while others wait: they are no part of any majority.
    pub(crate) fn mutes(&mut self) -> Vec<PeerId> {
        let (now, term) = (self.now, self.term);
        if self.log.end() == self.log.commit_index() {
            self.leader.uncommitted = None;
            return Vec::new();
        }
        let since = match self.leader.uncommitted {
            Some((next, since)) if next == self.log.commit_index() => since,
            _ => {
                self.leader.uncommitted = Some((self.log.commit_index(), now));
                now
            }
        };
        // A new world may be large, and has to arrive first.
        let large = self.log.entries_from(self.log.commit_index()).any(|e| e.1.origin.is_some());
        let voters = &self.log.roster().voters;
        let slowest = voters.iter().map(|&v| u64::from(self.overlay.rtt_us(v))).max().unwrap_or(0);
        let due = since + MUTE_US + 4 * slowest + if large { LARGE_US } else { 0 };
        if now < due {
            self.leader.out.push_back(Output::Wake(due));
            return Vec::new();
        }
        // Of one who is silent nobody knows what it has.
        let lacks = |p: &Person| {
            let heard = p.heard_at > since + MUTE_US / 2;
            heard && (p.report.term != term || p.report.known <= self.log.commit_index())
        };
        let mute = voters.iter().filter(|v| **v != self.me && self.leader.people.get(v).is_some_and(lacks));
        mute.copied().collect()
    }

    /// A newcomer.
    pub(crate) fn hello(&mut self, from: PeerId, theirs: [u32; 4], profile: Profile) {
        let now = self.now;
        if theirs != fingerprint() {
            return self.send(from, Channel::Log, membership::Message::Refused(Refusal::Kernels), Vec::new());
        }
        if self.roster.has(from) {
            // Its welcome is on its way, or it began again and nobody noticed that it was gone.
            let person = self.leader.people.entry(from).or_default();
            if person.timers.is_over(PersonDue::Welcome, now) {
                self.leader_person(from);
                self.welcome(from);
            }
            return;
        }
        if self.roster.people.len() >= PEOPLE_MAX {
            let no = Refusal::Full { people_max: PEOPLE_MAX as u32 };
            return self.send(from, Channel::Log, membership::Message::Refused(no), Vec::new());
        }
        self.leader_knock();
        if self.log.roster_is_open() {
            // One at a time; it says hello again.
            self.leader.turned_away.entry(from).or_insert((0, profile)).0 += 1;
            return;
        }
        self.leader.turned_away.remove(&from);
        let mut roster = self.roster.clone();
        roster.people.push((from, profile));
        if self.note(Segment { roster: Some(roster), ..Segment::default() }) {
            self.announce(Announcement::Joined(self.someone(from)));
            self.leader_person(from);
            self.welcome(from);
        }
    }

    pub(crate) fn leader_person(&mut self, peer: PeerId) {
        let mut person = Person { heard_at: self.now, ..Person::default() };
        person.timers.set(PersonDue::Welcome, self.now + WELCOME_US);
        // What it had of its budgets it had: a hello gives it no more.
        if let Some(known) = self.leader.people.remove(&peer) {
            (person.budget, person.not_opened, person.active_at) = (known.budget, known.not_opened, known.active_at);
            for due in [PersonDue::Open, PersonDue::Rewind] {
                person.timers.set(due, known.timers.at(due));
            }
        }
        self.leader.people.insert(peer, person);
    }

    /// Gives a newcomer, or one far behind, the log's state.
    fn welcome(&mut self, to: PeerId) {
        let (log, leader) = (&*self.log, &mut *self.leader);
        let begin = log.begin(self.term, self.cfg.is_fast());
        if let Some(person) = leader.people.get_mut(&to) {
            person.timers.set(PersonDue::Welcome, self.now + WELCOME_US);
            person.report = Report { known: begin.step, ..Report::default() };
        }
        self.send_large(to, membership::Message::Welcome(Box::new(begin)));
        self.news();
    }

    pub(crate) fn others(&self) -> Vec<PeerId> {
        self.roster.people.iter().map(|p| p.0).filter(|&p| p != self.me).collect()
    }

    pub(crate) fn news(&mut self) {
        self.leader.dirty = true;
    }

    /// Whom a member reaches, and how well; an older word may overtake a newer one.
    pub(crate) fn links_from(&mut self, from: PeerId, number: u32, peers: &[LinkFigures]) {
        let Some(person) = self.leader.people.get_mut(&from) else { return };
        if number > person.links_number {
            person.links_number = number;
            person.take_links(peers, self.now);
        }
    }

    /// A member wishes to leave.
    pub(crate) fn leaving_from(&mut self, from: PeerId) {
        let Some(person) = self.leader.people.get_mut(&from) else { return };
        if !std::mem::replace(&mut person.leaving, true) {
            person.timers.set(PersonDue::Leave, self.now + people::LEAVE_US);
        }
        person.heard_at = self.now;
        self.leader.dirty = true;
    }

    /// A member's profile: one change at a time; it is said again until the roster has it.
    pub(crate) fn profile_from(&mut self, from: PeerId, profile: Profile) {
        let Some(person) = self.leader.people.get_mut(&from) else { return };
        person.failed &= !profile.lend;
        let open = self.log.roster_is_open() || self.next_newcomer().is_some();
        let mut roster = self.roster.clone();
        let entry = roster.people.iter_mut().find(|p| p.0 == from);
        if let Some(entry) = entry.filter(|e| !open && e.1 != profile) {
            entry.1 = profile;
            self.note(Segment { roster: Some(roster), ..Segment::default() });
        }
    }

    /// What a member's player did. What was drawn on another world is not for this one.
    pub(crate) fn commands_from(&mut self, from: PeerId, epoch: u32, list: Vec<(u64, Command)>) {
        if !self.leader.people.contains_key(&from) || epoch != self.log.epoch_end() {
            return;
        }
        let now = self.now;
        if let Some(person) = self.leader.people.get_mut(&from).filter(|_| !list.is_empty()) {
            person.active_at = Some(now);
        }
        for (seq, command) in list {
            self.leader_command(from, seq, command);
        }
    }

    /// What a member's player asks of the clock and the scene.
    pub(crate) fn control_from(&mut self, from: PeerId, control: Control) {
        let now = self.now;
        let Some(person) = self.leader.people.get_mut(&from) else { return };
        match control {
            Control::Save => {
                self.leader.savers.insert(from);
            }
            Control::Load(_) | Control::Rewind { .. } if !person.budget.load(now) => {
                self.tell(from, Announcement::TooManyWorlds);
            }
            Control::Rewind { to, ticks } => self.leader_rewind(from, to, ticks),
            Control::Vote { number, agrees } => self.leader_vote(from, number, agrees),
            Control::Load(_) | Control::Pause | Control::Resume | Control::Step | Control::Tempo(_) => {
                self.leader_control(control);
            }
        }
    }

    fn leader_control(&mut self, control: Control) {
        match control {
            // It stops what is done again as well, where it is.
            Control::Pause => {
                self.leader.paused = true;
                self.replay_pauses();
            }
            Control::Resume if self.leader.paused => {
                self.leader.paused = false;
                self.leader.singles = 0;
                self.leader.base.1 = 0;
            }
            Control::Resume => {}
            Control::Step if self.leader.paused => self.leader.singles = (self.leader.singles + 1).min(600),
            Control::Step => {}
            Control::Tempo(tempo) => self.goes_at(tempo),
            Control::Load(scene) if scene_most(&scene) > PARTICLES_MAX => {
                self.announce(Announcement::SceneTooLarge { particles_max: PARTICLES_MAX });
            }
            Control::Load(scene) => {
                self.leader.paused = false;
                self.leader.singles = 0;
                self.leader_opens_not(OpenFailure::AnotherScene);
                self.begin_world(Origin::Scene(scene));
            }
            Control::Save | Control::Rewind { .. } | Control::Vote { .. } => {}
        }
        self.news();
    }

    /// The world begins again, from a scene or a checkpoint.
    pub(super) fn begin_world(&mut self, origin: Origin) -> bool {
        let now = self.now;
        let view = self.view();
        let partition = match &origin {
            Origin::Scene(scene) => view.fresh_partition(scene, &view.lenders(), now),
            Origin::Checkpoint(id, ..) => view.fresh_partition(self.log.scene_end(), &self.keepers(*id), now),
            Origin::Save(opened) => self.saved_partition(opened),
        };
        // What waits was drawn on the world before; where that comes back it is said again.
        self.leader.pending.clear();
        self.leader.seqs.clear();
        self.leader.seams.clear();
        self.leader.sums.clear();
        self.leader.memory.begin_world();
        (self.leader.taking, self.leader.seeding) = (None, None);
        self.leader.seeds.clear();
        (self.leader.rewind, self.leader.replay, self.leader.tape) = (None, None, None);
        if let Origin::Scene(_) | Origin::Save(_) = origin {
            self.leader.common = None;
        }
        self.leader.checkpoint_at = now;
        self.leader.timers.hurry(Due::Moments);
        self.leader.base = (0, 0);
        self.leader.stalled_since = None;
        self.leader.stuck = (0, now);
        self.leader.progress.begin_world(self.log.end());
        self.count_begins(&origin);
        self.note(Segment { origin: Some(origin), partition: Some(partition), ..Segment::default() })
    }
}

impl Config {
    /// Whether nobody waits for the clock.
    pub(crate) fn is_fast(&self) -> bool {
        self.pace == crate::api::Pace::Fast
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PeerId = PeerId(1);
    const B: PeerId = PeerId(2);

    #[test]
    fn a_sleep_is_nobodys_silence() {
        let mut leader = Leader::default();
        leader.people.insert(A, Person { heard_at: 100, ..Person::default() });
        let silent = |leader: &Leader| [100, 101].map(|at| leader.is_silent(A, at + MEET_US));
        assert_eq!(silent(&leader), [false, true]);
        assert!(leader.is_silent(B, 0), "it was never heard");
        assert_eq!(leader.quorum(false, 50, 10), Some(60));
        leader.slept(1000);
        assert_eq!(silent(&leader), [false, false]);
        assert_eq!(leader.quorum(false, 1050, 10), Some(1060), "without a majority since then");
    }

    #[test]
    fn a_successor_has_the_room_at_rest_or_as_fast_as_it_was() {
        let told = |paused| Heartbeat { paused, tempo: Tempo::Tenth, ..Heartbeat::default() };
        let successor = |paused| Leader::successor(&told(paused), 5, vec![A]);
        assert_eq!([false, true].map(|paused| successor(paused).paused), [false, true]);
        assert_eq!(successor(false).tempo, Tempo::Tenth);
    }
}
