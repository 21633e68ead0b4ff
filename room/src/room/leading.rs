//! This peer as the leader: when its machine has its turn, and what it wants done.

use super::Room;
use crate::api::{Micros, PeerId, Profile};
use crate::heartbeat::Report;
use crate::leader::{Leader, Leading, Output, WishKey};
use crate::notice::Announcement;
use crate::overlay::LinkFigures;
use crate::raft::{FORK_US, HOPELESS_US};
use crate::roster::Roster;
use crate::timeline::{Origin, Segment, Snapshot};
use crate::wire::player;
use sim_kernels::scene::Scene;

/// Entries that are sealed in one turn. Each may make the next possible, and a broken condition must not spin.
const SEALS_MAX: u32 = 8;

impl Room {
    /// The leader's machine at work, where this peer leads.
    fn leading(&mut self) -> Option<Leading<'_>> {
        let (leader, log) = (self.leader.as_deref_mut()?, self.log.as_mut()?);
        let stands_since = self.heartbeats.stands_since();
        let (heartbeat, heartbeat_at) = self.heartbeats.lead();
        Some(Leading {
            now: self.now,
            me: self.me,
            term: self.raft.term(),
            cfg: &self.cfg,
            phase: self.membership.phase(),
            parted: self.membership.parted(),
            overlay: &self.overlay,
            raft: &self.raft,
            checkpoints: &self.checkpoints,
            saves: &self.saves,
            replicas: &self.replicas,
            stands_since,
            disagreements: self.stats.disagreements,
            roster: &mut self.roster,
            log,
            heartbeat,
            heartbeat_at,
            leader,
        })
    }

    /// Lets the leader's machine do something, where this peer leads, and then does what it wants done.
    fn lead<T>(&mut self, what: impl FnOnce(&mut Leading<'_>) -> T) -> Option<T> {
        let answer = self.leading().map(|mut leading| what(&mut leading));
        self.drain_leader();
        answer
    }

    /// Opens a room.
    pub(super) fn found(&mut self, scene: Scene) {
        self.raft.found(self.me);
        self.membership.found();
        let me = self.me;
        let id = me.0 as u64 ^ (me.0 >> 64) as u64;
        let begin = Snapshot {
            lineage: id,
            parent: id,
            term: 1,
            epoch: 0,
            step: 0,
            before_term: 0,
            work: 0,
            globals: scene.globals(),
            scene: scene.clone(),
            partition: Default::default(),
            seqs: Vec::new(),
            fast: self.cfg.is_fast(),
            roster: Roster { people: vec![(me, self.cfg.profile.clone())], voters: vec![me] },
        };
        self.leader = Some(Box::new(Leader::default()));
        self.begin(begin);
        self.leader_person(me);
        self.send_links();
        self.send_report();
        self.lead(|leading| leading.begin_world(Origin::Scene(Box::new(scene))));
    }

    /// What the leader does of itself.
    pub(super) fn leader_turn(&mut self) {
        if self.leader.is_none() {
            return;
        }
        self.leader_commit();
        self.lead(|leading| leading.turn());
        self.lead(|leading| leading.look_at_strips());
        self.leader_meets();
        self.lead(|leading| leading.leader_rewinds());
        self.lead(|leading| leading.leader_saves());
        self.lead(|leading| leading.leader_opens());
        for _ in 0..SEALS_MAX {
            if self.lead(|leading| leading.seal()) != Some(true) {
                break;
            }
            self.lead(|leading| leading.send_log(true));
            self.leader_commit();
            self.exec_turn();
        }
        self.lead(|leading| leading.send_log(false));
    }

    /// Linked peers outside the roster, or silent in it, may belong to another part of a room that was cut in two.
    fn leader_meets(&mut self) {
        let Some(leader) = &self.leader else { return };
        let silent = |p: &PeerId| !self.roster.has(*p) || leader.is_silent(*p, self.now);
        let strangers: Vec<PeerId> = self.overlay.peers().filter(silent).collect();
        if strangers.is_empty() {
            return;
        }
        let (due, wake) = self.membership.meet_due(self.now);
        if due {
            strangers.into_iter().for_each(|peer| self.send_meet(peer, None));
        }
        self.wake_at(wake);
    }

    /// What a majority has is committed.
    fn leader_commit(&mut self) {
        let Some(committed) = self.lead(|leading| leading.commit()) else { return };
        if committed {
            self.log_grew();
            self.exec_turn();
        }
        let mute = self.lead(|leading| leading.mutes()).unwrap_or_default();
        mute.into_iter().for_each(|voter| self.raft.is_mute(voter, self.now));
        self.leader_quorum();
    }

    /// What this leader slept through says nothing of the others.
    pub(super) fn leader_slept(&mut self, us: Micros) {
        if let Some(leader) = &mut self.leader {
            leader.slept(us);
        }
    }

    /// Without a majority nothing is committed: after a while the room goes on with those who are here.
    fn leader_quorum(&mut self) {
        let has = self.has_majority();
        // Reports come often; what a fork would cost is asked only where one may be near.
        let patience = if !has && self.would_lose() { HOPELESS_US } else { FORK_US / 2 };
        let now = self.now;
        let Some(due) = self.leader.as_mut().and_then(|leader| leader.quorum(has, now, patience)) else { return };
        if now >= due {
            self.fork();
        } else {
            self.wake_at(due);
        }
    }

    /// A newcomer.
    pub(super) fn hello(&mut self, from: PeerId, theirs: [u32; 4], profile: Profile) {
        self.lead(|leading| leading.hello(from, theirs, profile));
    }

    /// A member's report.
    pub(super) fn report_from(&mut self, from: PeerId, report: Report) {
        self.lead(|leading| leading.report_from(from, report));
    }

    /// A member's links.
    pub(super) fn links_from(&mut self, from: PeerId, number: u32, peers: &[LinkFigures]) {
        self.lead(|leading| leading.links_from(from, number, peers));
    }

    /// A member wishes to leave.
    pub(super) fn leaving_from(&mut self, from: PeerId) {
        self.lead(|leading| leading.leaving_from(from));
    }

    /// A member is another than before.
    pub(super) fn profile_from(&mut self, from: PeerId, profile: Profile) {
        self.lead(|leading| leading.profile_from(from, profile));
    }

    /// What a member's player did or pressed.
    pub(super) fn player_from(&mut self, from: PeerId, message: player::Message) {
        match message {
            player::Message::Commands { epoch, list } => {
                self.lead(|leading| leading.commands_from(from, epoch, list));
            }
            player::Message::Control(control) if self.leader.is_some() => {
                self.lead(|leading| leading.control_from(from, control));
            }
            // The role has gone on; what cannot be said again follows it. (Who has left is nobody's leader, and has
            // none.)
            player::Message::Control(control) if from == self.me && self.raft.leader() != Some(self.me) => {
                self.control(control);
            }
            player::Message::Control(_) => {}
        }
    }

    /// Somebody outside the roster is at the door.
    pub(crate) fn leader_knock(&mut self) {
        self.lead(|leading| leading.leader_knock());
    }

    /// The leader begins to know somebody.
    pub(crate) fn leader_person(&mut self, peer: PeerId) {
        self.lead(|leading| leading.leader_person(peer));
    }

    /// A new leader goes on where its predecessor was.
    pub(crate) fn inherit(&mut self) {
        self.lead(|leading| {
            leading.change_inherited();
            leading.count_inherited();
            leading.opening_inherited();
            leading.replay_inherited();
        });
    }

    /// An entry that takes no time: something is noted.
    pub(crate) fn note(&mut self, segment: Segment) {
        self.lead(|leading| leading.note(segment));
    }

    /// Tells everyone.
    pub(crate) fn announce(&mut self, announcement: Announcement) {
        if self.leader.is_some() {
            self.lead(|leading| leading.announce(announcement));
        } else {
            self.notice(announcement.into());
        }
    }

    /// Whether this leader takes a save in that somebody opened.
    pub(super) fn leader_takes_save(&mut self, wish: WishKey) -> bool {
        self.lead(|leading| leading.leader_takes_save(wish)).unwrap_or(false)
    }

    /// Somebody's save is here, or on its way.
    pub(super) fn leader_opens_save(&mut self, wish: WishKey) {
        self.lead(|leading| leading.leader_opens_save(wish));
    }

    /// The world goes on from a save: the leader's work on it is done.
    pub(super) fn opening_done(&mut self, wish: WishKey) {
        self.lead(|leading| leading.opening_done(wish));
    }

    fn drain_leader(&mut self) {
        let Some(leader) = &mut self.leader else { return };
        for output in leader.take_output() {
            match output {
                Output::Send { to, channel, msg, payload } => self.send(to, channel, msg, &payload),
                Output::SendLarge { to, msg } => self.send_large(to, msg),
                Output::Tell(notice) => self.notice(notice),
                Output::Roster => self.membership.roster_changed(&self.roster),
                Output::Report => self.send_report(),
                Output::Commit => self.leader_commit(),
                Output::Compute => self.exec_turn(),
                Output::Thin => self.thin(self.heartbeats.newest().checkpoint),
                Output::RefuseSave(wish, why) => {
                    self.saves.refused(wish, why);
                    self.drain_saves();
                }
                Output::Outranked(peer, term) => self.outranked(peer, term),
                Output::Acknowledges(peer) => self.raft.acknowledges(peer, self.now),
                Output::Successor(peer) => self.raft.name(peer, self.now),
                Output::Disagree(count) => self.stats.disagreements += count,
                Output::Rescue => self.stats.rescues += 1,
                Output::Leave => self.goodbye(),
                Output::Refused(from, kind, reason) => self.refuse(from, kind, reason),
                Output::Wake(at) => self.wake_at(at),
            }
        }
    }
}
