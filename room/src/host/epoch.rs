//! Beginnings: an epoch for everyone, from a scene or from a snapshot.

use crate::api::{Pace, PeerId};
use crate::partition::{Partition, equal};
use crate::room::Room;
use crate::wire::{Begin, Msg, Origin, PEOPLE_MAX, Report, SnapId};
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;
use std::sync::Arc;

/// Words that wait to be sent at most; the newest are kept short of that.
const WORDS_MAX: usize = 32;
/// Characters of a notice; in bytes at most four times that.
const WORDS_CHARS_MAX: usize = 200;

impl Room {
    /// Begins an epoch for everyone.
    pub(super) fn begin_epoch(
        &mut self,
        origin: Origin,
        step: u64,
        scene: Scene,
        globals: Option<Globals>,
        partition: Partition,
    ) {
        let heard = self.host.iter().flat_map(|h| h.people.values()).map(|p| p.report.epoch).max().unwrap_or(0);
        let epoch = self.log.as_ref().map_or(0, |l| l.epoch).max(heard).saturating_add(1);
        let seqs = self.log.as_ref().map(|l| l.seqs.clone()).unwrap_or_default();
        let tick = globals.as_ref().map_or(0, |g| g.tick);
        let begin = Begin {
            term: self.term,
            epoch,
            step,
            origin,
            scene,
            globals,
            partition,
            seqs: seqs.into_iter().rev().take(4 * PEOPLE_MAX).collect(),
            fast: self.cfg.pace == Pace::Fast,
            roster: self.roster.clone(),
        };
        self.count_begins(origin, step, &begin.scene);
        if let Some(host) = &mut self.host {
            for person in host.people.values_mut() {
                person.welcomed_at = self.now;
                let snapshots = std::mem::take(&mut person.report.snapshots);
                person.report = Report { epoch, known: step, done: step, snapshots, ..Report::default() };
            }
            host.sums.clear();
            host.taking = None;
            host.common = if let Origin::Snapshot(id) = origin { Some(id) } else { None };
            host.snapshot_at = self.now;
            host.base = (tick, 0);
            host.balanced = (tick, self.now);
            host.stalled_since = None;
            host.progress.clear();
            host.pending.retain(|_| origin != Origin::Scene);
        }
        let msg = Msg::Begin(Box::new(begin));
        self.others().into_iter().for_each(|to| self.send_large(to, &msg));
        if let Msg::Begin(begin) = msg {
            self.begin(*begin);
        }
        self.news();
    }

    pub(super) fn host_collected(&mut self) {
        let Some(host) = &mut self.host else { return };
        if host.collecting.is_empty() && !host.lost.is_empty() {
            let words = std::mem::take(&mut host.lost).join(", ");
            self.set_back(words);
        }
    }

    /// Sends the room back to the newest snapshot that serves, or to the scene's start.
    pub(super) fn set_back(&mut self, words: String) {
        let me = self.me;
        let Some(host) = &mut self.host else { return };
        // What the others hold decides; a new host has not heard all of them yet.
        host.collecting.extend(host.people.iter().filter(|(id, p)| !p.heard && **id != me).map(|p| *p.0));
        if !host.collecting.is_empty() {
            host.lost.push(words);
            return;
        }
        let Some(log) = &self.log else { return };
        let (tick, computing) = (log.globals.tick, Arc::clone(&log.partition));
        let Some(scene) = self.scene.clone() else { return };
        let lenders = self.lenders();
        let holders = |id: SnapId| -> Vec<PeerId> {
            let held = |p: PeerId| {
                self.host.as_ref().and_then(|h| h.people.get(&p)).is_some_and(|p| p.report.snapshots.contains(&id))
            };
            let mine = self.snaps.held();
            let holds = |p: &PeerId| if *p == self.me { mine.contains(&id) } else { held(*p) };
            let compute: Vec<PeerId> = lenders.iter().copied().filter(holds).collect();
            // Where none of those who compute has it, one who only watches brings it back.
            if compute.is_empty() { self.keepers().into_iter().filter(holds).take(1).collect() } else { compute }
        };
        // All that computed hold the last common one; a newer one that only some hold is worth less than their work.
        let all = |id: &SnapId| lenders.iter().filter(|&&p| computing.has(p)).all(|p| holders(*id).contains(p));
        let mine = self.snaps.held();
        let usable = |id: &&SnapId| !holders(**id).is_empty();
        let best =
            mine.iter().rev().filter(usable).find(|id| all(id)).or_else(|| mine.iter().rev().find(usable)).copied();
        let lost_s = |from: u64| format!("{:.1}", tick.saturating_sub(from) as f64 / 60.0);
        if let Some(id) = best
            && let Some(globals) = self.snaps.globals(id).cloned()
        {
            let peers = self.mutually_linked(holders(id));
            let partition = equal(&peers, scene.world);
            let notice = format!("{words}: {} s were lost", lost_s(globals.tick));
            self.begin_epoch(Origin::Snapshot(id), id.step + 1, scene, Some(globals), partition);
            self.announce(notice);
        } else {
            let partition = self.fresh_partition(&scene);
            self.begin_epoch(Origin::Scene, 0, scene, None, partition);
            self.announce(format!("{words}: the scene begins again, {} s were lost", lost_s(0)));
        }
    }

    pub(super) fn mutually_linked(&self, peers: Vec<PeerId>) -> Vec<PeerId> {
        let mut kept: Vec<PeerId> = Vec::new();
        for peer in peers {
            if kept.iter().all(|&other| self.linked(peer, other)) {
                kept.push(peer);
            }
        }
        kept
    }

    /// Tells everyone in words.
    pub(super) fn announce(&mut self, words: String) {
        self.notice(words.clone());
        if let Some(host) = &mut self.host {
            host.notices.truncate(WORDS_MAX - 1);
            host.notices.push_back(words.chars().take(WORDS_CHARS_MAX).collect::<String>());
            host.dirty = true;
        }
    }
}
