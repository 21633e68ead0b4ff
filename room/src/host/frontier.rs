//! What follows from the reports: how far all are, the room's digest, the common snapshot, the speed.

use crate::api::PeerId;
use crate::room::Room;

/// A follower further behind than this starts anew from the present.
pub(super) const BEHIND_MAX: u64 = 256;

impl Room {
    /// How far all executors are, the room's digest, and the snapshot that all have.
    pub(super) fn host_frontier(&mut self) {
        let (Some(host), Some(log)) = (&mut self.host, &mut self.log) else { return };
        let done = |peer: PeerId| host.people.get(&peer).map_or(0, |p| p.report.done);
        let frontier = log.partition.executors().map(done).min().unwrap_or(log.next);
        if frontier > self.beat.frontier
            && let Some(tick) = log.tick_at(frontier)
        {
            self.beat.frontier = frontier;
            self.beat.frontier_tick = tick;
            host.dirty = true;
        }
        let mut complete = Vec::new();
        for (&step, parts) in &host.sums {
            let Some(known) = log.steps.get(&step) else { continue };
            if let Some(globals) = known.globals_digest
                && known.new.executors().all(|p| parts.contains_key(&p))
            {
                let mut sum = globals;
                known.new.executors().filter_map(|p| parts.get(&p)).for_each(|&d| sum.add(d));
                complete.push((step, known.segment.tick + u64::from(known.segment.ticks), sum));
            }
        }
        for (step, tick, sum) in complete {
            host.sums.remove(&step);
            if self.beat.digest.is_none_or(|d| d.0 <= tick) {
                self.beat.digest = Some((tick, sum));
                host.dirty = true;
            }
        }
        let now = self.now;
        // What nobody needs any more.
        let behind = log.next.saturating_sub(BEHIND_MAX);
        let known = host.people.values().map(|p| p.report.known).min().unwrap_or(log.next).max(behind);
        let needed = known.min(self.exec.at).min(frontier.max(behind)).saturating_sub(1);
        log.forget_before(needed);
        host.sums = host.sums.split_off(&needed);
        host.parts = host.parts.split_off(&needed);
        while host.progress.front().is_some_and(|p| now > p.0 + 2_000_000) {
            host.progress.pop_front();
        }
        if host.progress.back().is_none_or(|p| now >= p.0 + 50_000) {
            host.progress.push_back((now, self.beat.frontier_tick));
        }
        if let Some(&(since, tick)) = host.progress.front()
            && now > since
        {
            let ticks = self.beat.frontier_tick.saturating_sub(tick);
            self.beat.speed_percent = (ticks * 100_000_000 / 60 / (now - since)).min(100_000) as u32;
        }
    }
}
