//! Following the log: entries and news from the leader, what follows from commitment, and reports to the leader.

use super::Room;
use crate::api::{Channel, Committed, Event, PeerId, Region, Returns};
use crate::checkpoint::CHECKPOINTS_MAX;
use crate::heartbeat::messages::Message;
use crate::heartbeat::{Heartbeat, Report};
use crate::notice::BackendError;
use crate::timeline::Timeline;
use crate::timeline::{CheckpointId, Origin, Return};
use crate::wire::clock;
use sim_kernels::geom::Rect;

/// Steps before the newest that a member keeps half of.
const BEHIND_MAX: u64 = 512;

impl Room {
    /// News from the leader, or a member's report to this one.
    pub(super) fn heartbeat_from(&mut self, from: PeerId, message: Message) {
        match message {
            Message::Heartbeat(heartbeat) => self.log_from(from, *heartbeat),
            Message::Report(_) if self.is_stranger(from) => self.tell_stranger(from),
            Message::Report(report) => self.report_from(from, *report),
        }
    }

    /// The leader's clock, or a member's question for it.
    pub(super) fn clock_from(&mut self, from: PeerId, message: clock::Message) {
        match message {
            clock::Message::Ping(_) if self.is_stranger(from) => self.tell_stranger(from),
            clock::Message::Ping(sent) => {
                self.send(from, Channel::Log, clock::Message::Pong { sent, leader: self.now }, &[]);
            }
            clock::Message::Pong { sent, leader } => self.clock.pong(sent, leader, self.now),
        }
    }

    /// Entries and news, from the leader.
    fn log_from(&mut self, from: PeerId, mut msg: Heartbeat) {
        if !self.is_from_leader(from, msg.lineage, msg.term, &msg.votes) {
            return;
        }
        if self.overlay.was_early() {
            // A peer that follows a leader because a majority voted for it may have told it before it knew that it
            // leads.
            self.send_links();
        }
        self.raft.heard(self.now, self.heartbeats.heard_at());
        self.heartbeats.heard(self.now);
        for announcement in std::mem::take(&mut msg.announcements) {
            self.notice(announcement.into());
        }
        let Some(log) = &mut self.log else { return };
        let segments = std::mem::take(&mut msg.segments);
        let (before, end) = (self.raft.match_index(), log.end());
        let news = !segments.is_empty();
        match log.offer(msg.from, msg.before_term, segments) {
            Some(verified) => self.raft.matches(before.max(verified)),
            None => self.raft.matches(before.min(log.end()).max(log.commit_index())),
        }
        if log.end() < end {
            self.raft.replaced(log.lineage(), log.end());
        }
        let committed = msg.committed.min(self.raft.match_index());
        let grew = log.commit(committed);
        if news || self.raft.match_index() != before {
            self.roster_follows();
        }
        if grew {
            self.log_grew();
        }
        // The leader must hear now and then that its words arrive.
        if news || self.raft.match_index() != before || self.heartbeats.report_due(self.now) {
            self.send_report();
        }
        self.thin(msg.checkpoint);
        if let (Some((epoch, tick, sum)), Some(log)) = (msg.digest, &mut self.log)
            && epoch <= log.epoch_end()
        {
            log.past_mut().add_digest(epoch, tick, sum);
        }
        self.heartbeats.take(msg);
    }

    /// Older checkpoints go, but not the one to which the room is about to go back, or with which this epoch or a recording
    /// that it plays began.
    pub(super) fn thin(&mut self, common: Option<CheckpointId>) {
        let began_with = self.log.as_ref().and_then(Timeline::origin);
        let plays_from = self.leader.as_ref().and_then(|leader| leader.plays_from());
        self.checkpoints.protect([began_with, self.heartbeats.newest().goes_to, plays_from]);
        if let Some(id) = common {
            self.checkpoints.keep_seeds(|strip, id| self.replicas.waits_before(strip, id.step));
            self.checkpoints.forget_early_before(id);
        }
        self.checkpoints.thin(self.now);
    }

    /// The roster is the log's.
    pub(super) fn roster_follows(&mut self) {
        let Some(log) = &self.log else { return };
        if self.roster != *log.roster() {
            self.roster = log.roster().clone();
            self.membership.roster_changed(&self.roster);
        }
    }

    /// What follows from more agreement.
    pub(super) fn log_grew(&mut self) {
        let from = self.grown;
        let Some(log) = &self.log else { return };
        let (next, lineage, parent) = (log.commit_index(), log.lineage(), log.parent());
        for number in from.max(log.first())..next {
            let Some(step) = self.log.as_ref().and_then(|l| l.step(number)) else { continue };
            let committed = Committed {
                lineage,
                parent,
                step: number,
                epoch: step.epoch,
                tick: step.segment.tick,
                begins: step.segment.origin.is_some(),
                save: match &step.segment.origin {
                    Some(Origin::Save(opened)) => Some(opened.id),
                    _ => None,
                },
                returns: match &step.segment.origin {
                    Some(Origin::Checkpoint(id, _, why)) => {
                        Some(Returns { step: id.step, asked: *why == Return::Asked })
                    }
                    _ => None,
                },
                commands: Timeline::commands(&step.segment),
                regions: step
                    .new
                    .strips
                    .iter()
                    .map(|s| Region { rect: s.rect(step.world), executor: s.peer, stand_in: s.stand_in })
                    .collect(),
            };
            let (begins, world) = (step.segment.origin.clone(), step.world);
            self.event(Event::Committed(Box::new(committed)));
            self.exec_committed(number);
            if let Some(origin) = begins {
                let newest = self.log.as_ref().map_or(0, |l| l.newest_command(self.me));
                self.player.begins_again(newest, matches!(origin, Origin::Checkpoint(_, _, Return::Forced)));
                match origin {
                    Origin::Scene(_) => self.checkpoints.clear(),
                    // What is left stays, to be gone back to.
                    Origin::Checkpoint(..) => {}
                    Origin::Save(opened) => self.save_begins(number, &opened),
                }
                self.views.begin();
                self.heartbeats.begin_epoch();
                let tick = self.log.as_ref().and_then(|l| l.tick_at(number)).unwrap_or(0);
                let region: Rect = world.rect();
                self.event(Event::View { tick, region, full: true, tiles: Vec::new() });
            }
            self.expect_checkpoint(number);
            self.save_expects(number);
        }
        self.grown = next;
        self.give_up_behind(next);
        let needs = self.replicas.needs(self.log.as_ref());
        let Some(log) = &mut self.log else { return };
        if self.leader.is_none() {
            log.forget_before(needs.min(next.saturating_sub(BEHIND_MAX / 2)).saturating_sub(1));
        }
        let newest = log.newest_command(self.me);
        self.player.committed(newest);
    }

    /// Tells the leader how far this peer is.
    pub(super) fn send_report(&mut self) {
        self.report(None);
    }

    /// The backend failed.
    pub(super) fn report_failure(&mut self, why: BackendError) {
        self.report(Some(why));
    }

    fn report(&mut self, failed: Option<BackendError>) {
        let Some(log) = &self.log else { return };
        self.heartbeats.reported(self.now);
        let known = if self.leader.is_some() { log.end() } else { self.raft.match_index() };
        self.raft.holds(log.lineage(), known);
        let mut checkpoints = self.checkpoints.held();
        checkpoints.drain(..checkpoints.len().saturating_sub(CHECKPOINTS_MAX));
        let report = Report {
            lineage: log.lineage(),
            term: self.raft.term(),
            since: self.membership.welcomed_at(),
            known,
            replicas: self.replicas.reports(),
            checkpoints,
            save: self.saves.held(),
            lazy: self.replicas.is_lazy(),
            failed,
        };
        self.tell_leader(Message::Report(Box::new(report)));
    }

    /// Whether this peer is in a room with others and hears those who make it one: its leader, or as leader a majority.
    pub fn has_company(&self) -> bool {
        let heard = if self.leader.is_some() { self.has_majority() } else { !self.heartbeats.is_silent(self.now) };
        let others = self.roster.people.iter().any(|p| self.overlay.has(p.0));
        self.membership.is_in() && self.raft.leader().is_some() && others && heard
    }

    /// Whom the room waits for, as far as this peer knows.
    pub(super) fn waiting_for(&self) -> Option<PeerId> {
        let silent = self.raft.leader() != Some(self.me) && self.heartbeats.is_silent(self.now);
        let whom = if silent { self.raft.leader() } else { self.heartbeats.newest().waiting };
        whom.filter(|&p| p != self.me && self.roster.has(p))
    }

    /// What the step needs is known: whether this peer is to keep a checkpoint of its end.
    fn expect_checkpoint(&mut self, number: u64) {
        let Some(log) = &self.log else { return };
        let Some(step) = log.step(number) else { return };
        let id = CheckpointId { epoch: step.epoch, step: number };
        if step.segment.keepers.contains(&self.me)
            && let Some(globals) = step.globals_end.clone()
        {
            self.checkpoints.expect(id, step.new.clone(), globals);
        } else {
            let seeds = step.segment.seeds.iter().filter_map(|&strip| step.new.find(strip));
            for strip in seeds.filter(|strip| strip.stand_in == Some(self.me)) {
                self.checkpoints.seeded(strip.id, id);
            }
        }
    }
}
