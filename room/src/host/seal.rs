//! Sealing: when the next segment is due, what it says, and how it reaches the members.

use super::frontier::BEHIND_MAX;
use crate::api::{Channel, Micros, Pace, PeerId};
use crate::room::Room;
use crate::wire::{LogMsg, Msg, NOTICES_MAX, Origin, Report, SEGMENTS_MAX, Segment, SnapId};
use std::sync::Arc;

/// Added to half a round trip when a segment is sealed ahead of its start.
const LEAD_MARGIN_US: u64 = 5_000;
const LATE_US: u64 = 250_000;
/// Sealed steps that may be incomplete: one runs, one has its bands on the way, one is known ahead.
pub(super) const AHEAD_STEPS: u64 = 3;
const BEAT_US: u64 = 200_000;
const NEWS_US: u64 = 30_000;
/// Worlds up to this many cells have their digest taken at every step, others about twice a second.
const DIGEST_CELLS_MAX: usize = 512 * 1024;

impl Room {
    pub(super) fn rtt_max_us(&self) -> u32 {
        // Who only watches may be late.
        let computes = |id: &PeerId| self.log.as_ref().is_some_and(|l| l.partition.has(*id));
        let links = self.links.iter().filter(|(id, _)| computes(id));
        links.map(|(_, l)| l.rtt_us.min(1_000_000)).max().unwrap_or(0)
    }

    /// Seals the next segment if it is time; whether it did.
    pub(super) fn seal(&mut self) -> bool {
        if !self.host_started() {
            return false;
        }
        let fast = self.cfg.pace == Pace::Fast;
        let rtt_us = u64::from(self.rtt_max_us());
        let now = self.now;
        let wanted = self.wanted_partition();
        let Some(log) = &self.log else { return false };
        let (step, tick) = (log.next, log.globals.tick);
        let partition = wanted.clone().map_or_else(|| Arc::clone(&log.partition), Arc::new);
        let executors = partition.strips.len();
        let mut ticks = self.superstep_ticks(&partition);
        let idle = self.lenders().is_empty();
        let Some(host) = &self.host else { return false };
        if let Some(end) = self.cfg.end_tick {
            ticks = ticks.min(end.saturating_sub(tick).min(64) as u32);
        }
        if host.paused {
            ticks = ticks.min(1).min(host.singles);
        }
        if executors == 0 || idle {
            ticks = 0;
        }
        let snapshot = self.wanted_snapshot(executors);
        if ticks == 0 && wanted.is_none() && snapshot.is_empty() {
            self.unstalled();
            return false;
        }
        let superstep_us = u64::from(ticks.max(1)) * 1_000_000 / 60;
        let ahead = AHEAD_STEPS + if fast { 1 } else { rtt_us / superstep_us };
        let (Some(host), Some(log)) = (&mut self.host, &self.log) else { return false };
        let done = |peer: PeerId| host.people.get(&peer).map_or(step, |p| p.report.done);
        let slowest = log.partition.executors().map(|p| (done(p), p)).min();
        if let Some((least, _)) = slowest
            && least + ahead < step + 1
        {
            self.stalled(least);
            return false;
        }
        let alone = executors == 1 && wanted.as_ref().unwrap_or(&log.partition).has(self.me);
        let lead_us = if alone { 0 } else { superstep_us + rtt_us / 2 + LEAD_MARGIN_US };
        let mut start = 0;
        if !fast && ticks > 0 {
            let due = |base: (u64, Micros)| base.1 + (tick - base.0.min(tick)) * 1_000_000 / 60;
            if host.base.1 == 0 || due(host.base) + 2 * superstep_us < now + lead_us.saturating_sub(LEAD_MARGIN_US) {
                // A stall is not chased: the clock begins anew.
                host.base = (tick, now + lead_us);
            }
            start = due(host.base);
            if now + lead_us < start {
                let at = start - lead_us;
                self.unstalled();
                self.wake_at(at);
                return false;
            }
        }
        self.unstalled();
        let commands = self.sealed_commands(step, tick, ticks);
        let (Some(host), Some(log)) = (&mut self.host, &mut self.log) else { return false };
        let end = tick + u64::from(ticks);
        let world = log.globals.size();
        let small = world.rect().area() <= DIGEST_CELLS_MAX;
        let digest = small || tick / 30 != end / 30 || self.cfg.end_tick == Some(end) || host.paused;
        if host.paused {
            host.singles = host.singles.saturating_sub(ticks);
        }
        let id = SnapId { epoch: log.epoch, step };
        let to = snapshot.clone();
        let old = Arc::clone(&log.partition);
        let segment = Segment { step, tick, ticks, start, partition: wanted, commands, snapshot, digest };
        let grew = log.offer(vec![segment]);
        debug_assert!(grew, "the host's own segment fits its log");
        if *partition != *old {
            self.partition_sealed(&old, &partition, tick);
        }
        if !to.is_empty() {
            self.snapshot_sealed(id, &to);
        }
        self.log_grew();
        self.send_own_known();
        grew
    }

    /// The host's own report of a longer log needs no message.
    pub(super) fn send_own_known(&mut self) {
        let next = self.log.as_ref().map_or(0, |l| l.next);
        if let Some(me) = self.host.as_mut().and_then(|h| h.people.get_mut(&self.me)) {
            me.report.known = next;
        }
    }

    pub(super) fn stalled(&mut self, least: u64) {
        let now = self.now;
        let (Some(host), Some(log)) = (&mut self.host, &self.log) else { return };
        let since = *host.stalled_since.get_or_insert(now);
        if now < since + LATE_US {
            self.wake_at(since + LATE_US);
            return;
        }
        let late = |p: &PeerId| host.people.get(p).is_some_and(|p| p.report.done == least);
        let waits = |p: &PeerId| host.people.get(p).is_some_and(|p| p.report.missing.is_some());
        let slow: Vec<PeerId> = log.partition.executors().filter(late).collect();
        let culprit = slow.iter().find(|p| !waits(p)).or(slow.first()).copied();
        if self.beat.waiting != culprit {
            self.beat.waiting = culprit;
            self.news();
        }
    }

    pub(super) fn unstalled(&mut self) {
        if let Some(host) = &mut self.host {
            host.stalled_since = None;
            host.dirty |= self.beat.waiting.is_some();
            self.beat.waiting = None;
        }
    }

    /// Whether the room may run: everyone is heard, and as many as wanted are in.
    pub(super) fn host_started(&mut self) -> bool {
        let Some(host) = &self.host else { return false };
        if !host.collecting.is_empty() {
            return false;
        }
        if host.started {
            return true;
        }
        let Some(scene) = self.scene.clone() else { return false };
        let partition = self.fresh_partition(&scene);
        let enough = partition.strips.len() >= (self.cfg.wait_for.max(1) as usize).min(scene.world.tiles_x() as usize);
        if !enough && (self.cfg.wait_for > 1 || partition.strips.is_empty()) {
            return false;
        }
        if let Some(host) = &mut self.host {
            host.started = true;
        }
        if self.log.as_ref().is_some_and(|l| *l.partition != partition) {
            self.begin_epoch(Origin::Scene, 0, scene, None, partition);
        }
        true
    }

    /// Tells the members what is new; `sealed`: there is a segment.
    pub(super) fn send_log(&mut self, sealed: bool) {
        let now = self.now;
        let Some(host) = &mut self.host else { return };
        let due = host.beat_at + if host.dirty { NEWS_US } else { BEAT_US };
        if !sealed && now < due {
            self.wake_at(due);
            return;
        }
        host.beat_at = now;
        host.dirty = false;
        self.beat.term = self.term;
        self.beat.paused = host.paused;
        let count = host.notices.len().min(NOTICES_MAX);
        self.beat.notices = host.notices.drain(..count).collect();
        self.beat.nobody = host.nobody;
        let tick_us = |r: &Report| r.compute_us / r.ticks.max(1);
        self.beat.people = host.people.iter().map(|(&id, p)| (id, tick_us(&p.report), p.report.done)).collect();
        let Some(log) = &self.log else { return };
        self.beat.epoch = log.epoch;
        self.beat_at = now;
        let next = log.next;
        let mut messages = Vec::new();
        let mut behind = Vec::new();
        for (&peer, person) in host.people.iter().filter(|p| *p.0 != self.me) {
            let known = person.report.known;
            let first = log.steps.first_key_value().map_or(next, |s| *s.0);
            if person.heard && person.report.epoch == log.epoch && known + BEHIND_MAX / 2 < next && known < first {
                behind.push(peer);
                continue;
            }
            // A new host does not know yet who has what: the newest may be missing, the older is asked for.
            let from = if person.heard { known.min(next) } else { next.saturating_sub(SEGMENTS_MAX as u64) };
            let segments = log.steps.range(from..).take(SEGMENTS_MAX).map(|s| s.1.segment.clone()).collect();
            // A roster may have overtaken the welcome.
            let stale = !sealed && person.report.roster < self.roster.version;
            messages.push((peer, Msg::Log(Box::new(LogMsg { segments, ..self.beat.clone() })), stale));
        }
        let roster = Msg::Roster(self.roster.clone());
        for (peer, msg, stale) in messages {
            self.send(peer, Channel::Log, &msg, &[]);
            if stale {
                self.send(peer, Channel::Log, &roster, &[]);
            }
        }
        behind.into_iter().for_each(|peer| self.welcome(peer));
        self.wake_at(now + BEAT_US);
    }
}
