//! What the player is told: status, globals, notices; and the figures behind them.

use super::Room;
use crate::api::{Event, Micros, PeerId, Person, Status};
use crate::message::Reason;
use crate::notice::Notice;
use crate::timeline::Timeline;
use crate::wire::Kind;

/// At most ten a second.
const STATUS_US: u64 = 100_000;
/// Globals follow strokes a little faster.
const GLOBALS_US: u64 = 50_000;

/// Figures for the people panel.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    pub disagreements: u64,
    /// Times that the room, as leader, had to help itself with a checkpoint although nobody was gone.
    pub rescues: u64,
    status: Option<Status>,
    status_at: Micros,
    globals_at: Micros,
    /// The others wait for this device, and its player was told.
    late: bool,
    leader: Option<PeerId>,
}

impl Stats {
    /// The log begins at a new place.
    pub fn begin(&mut self) {
        self.globals_at = 0;
    }
}

impl Room {
    /// Reports what changed.
    pub(crate) fn status_turn(&mut self) {
        let late = self.heartbeats.newest().waiting == Some(self.me) && self.roster.people.len() > 1;
        if late && !self.stats.late {
            self.notice(Notice::OthersWait);
        }
        self.stats.late = late;
        self.leader_change();
        if let Some(log) = &mut self.log
            && log.has_changed()
        {
            let due = self.stats.globals_at + GLOBALS_US;
            if self.now >= due || self.stats.globals_at == 0 {
                log.take_change();
                self.stats.globals_at = self.now;
                let globals = Box::new(log.globals().clone());
                self.event(Event::Globals(globals));
            } else {
                self.wake_at(due);
            }
        }
        let due = self.stats.status_at + STATUS_US;
        if self.now < due && self.stats.status.is_some() {
            self.wake_at(due);
            return;
        }
        let status = self.status();
        if self.stats.status.as_ref() != Some(&status) {
            self.stats.status_at = self.now;
            self.stats.status = Some(status.clone());
            self.event(Event::Status(Box::new(status)));
        }
    }

    /// Names another leader, once it is heard as one.
    fn leader_change(&mut self) {
        let heard = self.heartbeats.newest().term == self.raft.term() || self.leader.is_some();
        let new = self.raft.leader().filter(|_| heard && self.membership.is_in());
        if new.is_none() || new == self.stats.leader {
            return;
        }
        let old = std::mem::replace(&mut self.stats.leader, new);
        if let (Some(_), Some(leader)) = (old, new) {
            self.notice(if leader == self.me { Notice::LeaderIsMe } else { Notice::LeaderIs { who: leader } });
        }
    }

    /// The messages that were refused: of which kind, where that could be told, why, and how many.
    pub fn refusals(&self) -> impl Iterator<Item = (Option<Kind>, Reason, u64)> {
        self.door.counts()
    }

    /// Where this peer stands, in words for somebody who looks for an error of the protocol.
    pub fn portrait(&self) -> String {
        use std::fmt::Write as _;
        let mut words = format!(
            "{:?} term {} leader {:?}",
            self.membership.phase(),
            self.raft.term(),
            self.raft.leader().map(|h| h.0)
        );
        if let Some(log) = &self.log {
            let tail = log.end() - log.commit_index();
            let _ = write!(
                words,
                " step {}+{tail} frontier {} paused {}",
                log.commit_index(),
                self.heartbeats.newest().frontier,
                self.heartbeats.newest().paused
            );
            for s in &log.partition_end().strips {
                let _ = write!(words, " [{}: {}..{} {} {:?}]", s.id, s.from, s.to, s.peer.0, s.stand_in.map(|p| p.0));
            }
            let _ = write!(words, " voters {:?}", log.roster().voters.iter().map(|v| v.0).collect::<Vec<_>>());
        }
        let _ = write!(words, " {} {}", self.replicas.portrait(), self.waits_for());
        if let Some(leader) = &self.leader {
            let _ = write!(words, " leader: {}", leader.portrait());
        }
        let _ = write!(words, " keeps {} bytes", self.checkpoints.bytes());
        let _ = write!(words, " checkpoints {:?}", self.checkpoints.held());
        let _ = write!(words, " links {:?}", self.overlay.peers().map(|p| p.0).collect::<Vec<_>>());
        words
    }

    fn status(&self) -> Status {
        let log = self.log.as_ref();
        let newest = log.and_then(Timeline::last_step).map_or(0, |s| s.segment.ticks);
        let person = |(id, profile): &(PeerId, crate::api::Profile)| {
            let figures = self.heartbeats.newest().people.iter().find(|p| p.0 == *id);
            Person {
                id: *id,
                me: *id == self.me,
                leader: Some(*id) == self.raft.leader(),
                profile: profile.clone(),
                region: log.and_then(|l| l.partition().regions(*id, l.globals().size()).next()),
                stand_in_for: log.map_or_else(Vec::new, |l| {
                    let strips = l.partition().strips.iter().filter(|s| s.stand_in == Some(*id));
                    strips.map(|s| s.rect(l.globals().size())).collect()
                }),
                tick_us: figures.map_or(0, |p| p.1),
                rtt_us: self.overlay.rtt_us(*id),
                behind: figures.map_or(0, |p| p.2),
            }
        };
        let figures = self.replicas.figures();
        Status {
            tick: self.heartbeats.newest().frontier_tick,
            superstep_ticks: newest,
            speed_percent: self.heartbeats.newest().speed_percent,
            paused: self.heartbeats.newest().paused,
            tempo: self.heartbeats.newest().tempo,
            waiting_for: self.waiting_for(),
            nobody_computes: self.heartbeats.newest().nobody,
            particles: self.heartbeats.newest().particles - self.heartbeats.newest().dormant,
            digest: self.heartbeats.newest().digest.map(|d| (d.1, d.2)),
            digest_of: (self.heartbeats.newest().lineage, self.heartbeats.newest().digest.map_or(0, |d| d.0)),
            world: log.map_or((0, 0), |log| (log.lineage(), log.epoch())),
            people: self.roster.people.iter().map(person).collect(),
            exchange_us: figures.exchange_us(),
            band_bytes: figures.band_bytes,
            band_particles: figures.band_particles,
            wants: figures.wants,
            stood_in: figures.stood_in,
            disagreements: self.stats.disagreements,
            rescues: self.stats.rescues,
            speculations: figures.speculations,
            speculations_right: figures.speculations_right,
            ticks_rolled_back: figures.ticks_rolled_back,
            speculation_us: figures.speculation_us,
            moments: self.heartbeats.newest().moments.clone(),
            kept_bytes: self.checkpoints.bytes() as u64,
            proposal: self.heartbeats.newest().proposal.clone(),
            replays_to: self.heartbeats.newest().replays_to,
            recording: self.leader.as_ref().and_then(|leader| leader.playing()),
            refused: self.door.total(),
        }
    }
}
