//! The state machine itself: its parts, and which input goes to which of them.

mod computing;
mod electing;
mod following;
mod joining;
mod leading;
mod saving;
mod sending;
mod status;
mod viewing;

use self::status::Stats;
use crate::api::{Channel, Config, Event, Input, Micros, Output, PeerId, Request};
use crate::checkpoint::Checkpoints;
use crate::checkpoint::saves::Saves;
use crate::clock::Clock;
use crate::costs;
use crate::door::{Door, Refused, Standing};
use crate::heartbeat::Heartbeats;
use crate::leader::Leader;
use crate::membership::messages::refuse_foreign;
use crate::membership::{Membership, Phase};
use crate::message::Reason;
use crate::notice::{Name, Notice, Someone};
use crate::overlay::Overlay;
use crate::player::{Control, PendingCommands};
use crate::presence::Presence;
use crate::raft::Raft;
use crate::replica::Replicas;
use crate::roster::Roster;
use crate::timeline::{CheckpointId, Timeline};
use crate::view::Views;
use crate::wire::{self, Kind, Msg, WireError, heartbeat, presence};
use sim_kernels::geom::Rect;
use std::collections::VecDeque;

/// Who wakes up so much later than it wished to was asleep.
const SLEPT_US: u64 = 100_000;

/// One peer's part in a room. See the crate's documentation.
pub struct Room {
    cfg: Config,
    me: PeerId,
    now: Micros,
    out: VecDeque<Output>,
    wake: Micros,
    overlay: Overlay,
    membership: Membership,
    /// The log's newest, committed or not.
    roster: Roster,
    fast: bool,
    raft: Raft,
    log: Option<Timeline>,
    replicas: Replicas,
    checkpoints: Checkpoints,
    saves: Saves,
    /// What follows from agreement was done up to this step.
    grown: u64,
    clock: Clock,
    leader: Option<Box<Leader>>,
    heartbeats: Heartbeats,
    player: PendingCommands,
    /// Messages that made no sense.
    malformed: u64,
    door: Door,
    /// What is taken in just now came through a relay.
    relayed: bool,
    stats: Stats,
    views: Views,
    presence: Presence,
}

impl Room {
    /// A peer that founds a room (with `found`) or waits for a link to one.
    pub fn new(cfg: Config, now: Micros) -> Self {
        let mut room = Self {
            me: cfg.me,
            now,
            out: VecDeque::new(),
            wake: now,
            overlay: Overlay::default(),
            membership: Membership::new(now),
            roster: Roster::default(),
            fast: false,
            raft: Raft::default(),
            log: None,
            replicas: Replicas::default(),
            checkpoints: Checkpoints::default(),
            saves: Saves::default(),
            grown: 0,
            clock: Clock::default(),
            leader: None,
            heartbeats: Heartbeats::new(now),
            player: PendingCommands::default(),
            malformed: 0,
            door: Door::default(),
            relayed: false,
            stats: Stats::default(),
            views: Views::default(),
            presence: Presence::default(),
            cfg,
        };
        if let Some(scene) = room.cfg.found.take() {
            room.found(scene);
        }
        room.turn_first();
        room.turn_rest();
        room
    }

    /// Whether there is a link to a peer.
    pub fn is_linked(&self, peer: PeerId) -> bool {
        self.overlay.has(peer)
    }

    /// Whether this peer is the executor of a region, as far as the log is committed.
    pub fn executes(&self, region: Rect) -> bool {
        let log = self.log.as_ref();
        log.is_some_and(|l| l.partition().regions(self.me, l.globals().size()).any(|r| r == region))
    }

    /// Bands that came so far for strips of which this peer is the executor.
    pub fn own_bands(&self) -> u64 {
        self.replicas.figures().own_bands
    }

    /// Takes what happened. Call [`Room::poll`] afterwards until it answers [`Output::Wait`].
    pub fn handle(&mut self, now: Micros, input: Input) {
        self.now = now.max(self.now);
        let slept = self.now.saturating_sub(self.wake);
        if slept > SLEPT_US {
            self.slept(slept);
        }
        let bands = matches!(input, Input::Done { .. });
        match input {
            Input::PeerUp(peer) => self.peer_up(peer),
            Input::PeerDown(peer) => self.peer_down(peer),
            Input::PeerLeft(peer) => {
                if self.roster.has(peer) {
                    self.membership.parts(peer);
                }
                self.peer_down(peer);
            }
            Input::Message { from, bytes, .. } => self.message(from, &bytes),
            Input::Link { peer, rtt_us, goodput } => self.overlay.measured(peer, rtt_us, goodput),
            Input::Done { job, result } => self.job_done(job, result),
            Input::Player(request) => self.player(request),
            Input::Wake => {}
        }
        self.turn_first();
        if bands {
            // Others wait for a step's bands: they go before pictures are coded.
            self.wake = self.now + 1;
        } else {
            self.turn_rest();
        }
    }

    /// The next thing to do; [`Output::Wait`] when there is nothing more for now.
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or(Output::Wait(self.wake))
    }

    /// What others wait for, or this device: all that may go on of itself there, and the time of the next look.
    fn turn_first(&mut self) {
        self.wake = self.now + 1_000_000;
        if self.membership.phase() == Phase::Out {
            return;
        }
        self.heartbeats.look(self.log.as_ref().map_or(0, |l| l.commit_index()), self.now);
        self.member_turn();
        self.links_turn();
        self.election_turn();
        self.exec_turn();
        self.leader_turn();
        self.exec_turn();
        self.wake = self.wake.max(self.now + 1);
    }

    /// What takes longer to code, and what can wait for that.
    fn turn_rest(&mut self) {
        if self.membership.phase() == Phase::Out {
            return;
        }
        self.checkpoint_turn();
        self.saves_turn();
        self.view_turn();
        self.presence_turn();
        self.status_turn();
        self.wake = self.wake.max(self.now + 1);
    }

    /// This peer did nothing for this long: a tab was frozen, a frame took long, a lid was closed. What the others said
    /// meanwhile is yet to be read, so that time does not count as their silence.
    fn slept(&mut self, us: Micros) {
        self.membership.slept(us);
        self.heartbeats.slept(us);
        self.overlay.slept(us);
        self.raft.slept(us);
        self.leader_slept(us);
        self.replicas.slept(us);
        self.saves.slept(us);
        self.presence.slept(us);
    }

    /// Looks again at this time, or earlier.
    pub(crate) fn wake_at(&mut self, at: Micros) {
        self.wake = self.wake.min(at);
    }

    fn player(&mut self, request: Request) {
        if self.membership.phase() == Phase::Out {
            return;
        }
        match request {
            Request::Command(command) => {
                if !self.player.push(command) {
                    self.notice(Notice::LeaderDoesNotAnswer);
                }
            }
            Request::Pause => self.control(Control::Pause),
            Request::Step => self.control(Control::Step),
            Request::Resume => self.control(Control::Resume),
            Request::Tempo(tempo) => self.control(Control::Tempo(tempo)),
            Request::Load(scene) => match costs::scene_problem(&scene) {
                None => self.control(Control::Load(Box::new(scene))),
                Some(_) => self.notice(Notice::SceneIsInvalid),
            },
            Request::Rewind { to: (epoch, step), ticks } => {
                self.control(Control::Rewind { to: CheckpointId { epoch, step }, ticks });
            }
            Request::Vote { number, agrees } => self.control(Control::Vote { number, agrees }),
            Request::Save => self.save_wanted(),
            Request::Record { from: (epoch, step) } => self.recording_wanted(CheckpointId { epoch, step }),
            Request::Restore(bytes) => self.restore_wanted(bytes),
            Request::Profile(profile) => {
                if profile.is_valid() {
                    if profile.lend {
                        self.replicas.lent();
                    }
                    self.cfg.profile = profile;
                    self.membership.profile_changed();
                }
            }
            Request::Hand(hand) => self.presence.moves(hand),
            Request::Point(at) => self.tell_everyone(presence::Message::Point(at)),
            Request::Say(text) => self.tell_everyone(presence::Message::Say(text)),
            Request::Leave => self.leave(),
        }
    }

    fn message(&mut self, from: PeerId, bytes: &[u8]) {
        if self.membership.phase() == Phase::Out || !self.overlay.has(from) {
            return;
        }
        self.overlay.hears(from, self.now);
        if !self.admits(from, from, bytes) {
            return;
        }
        match wire::decode(bytes) {
            Ok((msg, payload)) => self.take(from, msg, payload),
            Err(WireError::Version(theirs)) if self.leader.is_some() => {
                self.send(from, Channel::Log, refuse_foreign(theirs), &[]);
            }
            Err(WireError::Version(_)) => {}
            Err(WireError::Malformed) => self.refuse_as(from, Refused(Kind::peek(bytes), Reason::Malformed)),
        }
    }

    /// Whether a message may come in; `link` is charged for what `author` says.
    pub(crate) fn admits(&mut self, link: PeerId, author: PeerId, bytes: &[u8]) -> bool {
        let voter = self.log.as_ref().is_some_and(|l| l.rosters().any(|r| r.voters.contains(&author)));
        let standing = Standing {
            member: self.roster.has(author),
            voter,
            leader: self.raft.leader() == Some(author),
            i_lead: self.leader.is_some(),
            i_am_new: self.membership.phase() == Phase::Joining,
        };
        match self.door.admit(self.now, link, bytes, standing) {
            Ok(_) => true,
            Err(refused) => {
                self.refuse_as(link, refused);
                // A peer that was leader here, and was away, does not know yet that it is not.
                if let (Refused(Some(Kind::Heartbeat(heartbeat::Kind::Heartbeat)), Reason::Standing), Some(log)) =
                    (refused, &self.log)
                {
                    let lineage = log.lineage();
                    self.raft.refuse_vote(link, lineage);
                    self.drain_raft();
                }
                false
            }
        }
    }

    /// A message's words are not its sender's to say, or make no sense.
    pub(crate) fn refuse(&mut self, from: PeerId, kind: Kind, reason: Reason) {
        self.refuse_as(from, Refused(Some(kind), reason));
    }

    fn refuse_as(&mut self, from: PeerId, refused: Refused) {
        self.malformed += u64::from(refused.1 == Reason::Malformed);
        if self.relayed {
            // Its author may have said it, or the relay changed it: nobody is named for what the other did.
            return self.door.count(refused);
        }
        if self.door.refuse(self.now, from, refused) {
            self.notice(Notice::SaysWhatItMayNot(self.someone(from)));
        }
    }

    /// A message that was let in, to the machine that it is for.
    pub(crate) fn take(&mut self, from: PeerId, msg: Msg, payload: &[u8]) {
        match msg {
            Msg::Membership(message) => self.membership_from(from, message),
            Msg::Raft(message) => self.raft_from(from, message),
            Msg::Heartbeat(message) => self.heartbeat_from(from, message),
            Msg::Clock(message) => self.clock_from(from, message),
            Msg::Player(message) => self.player_from(from, message),
            Msg::Overlay(message) => self.overlay_from(from, message, payload),
            Msg::Replica(message) => self.replica_from(from, message, payload),
            Msg::Checkpoint(message) => self.checkpoint_from(from, message, payload),
            Msg::View(message) => self.view_from(from, message, payload),
            Msg::Presence(message) => self.presence_from(from, message),
        }
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    pub(crate) fn notice(&mut self, notice: Notice) {
        self.event(Event::Notice(notice));
    }

    /// Somebody, as the roster here names them.
    pub(crate) fn someone(&self, id: PeerId) -> Someone {
        let profile = self.roster.people.iter().find(|p| p.0 == id);
        Someone { id, name: Name::new(profile.map_or("", |p| &p.1.name)) }
    }
}
