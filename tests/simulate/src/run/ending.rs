//! How a run ends: a core of participants that stays well goes on whatever else is wrong, and then, without any fault,
//! everyone is in one room again.

use super::Run;
use crate::returns::Whom;
use netsim::Netem;
use room::api::{Micros, PeerId, Request};
use std::collections::{BTreeMap, BTreeSet};

/// After the last fault the room has this long to be whole again.
const PEACE_US: Micros = 30_000_000;
/// A core that stays well has this long to go on while all else goes wrong: as long as it takes to notice who is gone,
/// to elect, to fork where a majority is gone, and to bring in who lost its links.
const CORE_US: Micros = 30_000_000;
/// So far it must come.
const CORE_TICKS: u64 = 90;
/// And in a room whose supersteps have a fixed length no more than so many of them: over long links each costs an
/// exchange, and such a room may not take longer ones.
const CORE_STEPS: u64 = 30;

impl Run<'_> {
    /// Liveness, by TigerBeetle's rule: some participants who reach each other stay well from here on, everybody else
    /// has a fault that stays, the network stays as bad as it is, and those who are well must go on: as one room,
    /// unless some of them are in a room whose leader is one of the others.
    pub(super) fn core(&mut self) {
        let now = self.stage.world.now();
        let in_room = |id: &PeerId| {
            self.stage.world.checks.lineage(*id).is_some()
                && !self.stage.leaving.contains(id)
                && self.stage.world.peers[id].lends
        };
        let all: Vec<PeerId> =
            self.stage.world.alive().into_iter().filter(|id| !self.stage.leaving.contains(id)).collect();
        let Some(&first) = all.iter().find(|id| in_room(id) && !self.stage.world.is_frozen(**id)) else { return };
        let mut core = vec![first];
        core.extend(all.iter().copied().filter(|&id| id != first).filter(|_| self.stage.rng.below(2) > 0));
        let rest: Vec<PeerId> = self.stage.world.alive().into_iter().filter(|id| !core.contains(id)).collect();
        let far = |netem: Netem| Netem { latency_us: netem.latency_us + 300_000, loss_ppm: 300_000, ..netem };
        for &id in &rest {
            let (kind, hard) = match self.stage.rng.below(5) {
                0 => ("cut", true),
                1 => ("freeze", true),
                2 => ("mute", true),
                3 => ("delay", false),
                _ => continue, // Well, but alone with what ails the others.
            };
            match kind {
                "cut" => self.stage.world.network.cut(now, &[id], &core, true),
                "mute" => self.stage.world.network.cut_one_way(now, &[id], &core, true),
                "freeze" => self.stage.world.freeze(id, 2 * CORE_US),
                _ => {
                    for &other in &core {
                        let bad = far(self.stage.world.network.netem);
                        self.stage.world.network.links.extend([((id, other), bad), ((other, id), bad)]);
                    }
                }
            }
            self.stage.fault(kind, hard, Micros::MAX, Whom::Between(vec![id], core.clone()));
        }
        self.stage.faults_stay();
        let well = Netem { latency_us: 2_000, jitter_us: 2_000, ..Netem::default() };
        for &a in &core {
            self.stage.world.thaw(a);
            if let Some(peer) = self.stage.world.peers.get_mut(&a) {
                peer.tick_us = peer.tick_us.min(3_000);
            }
            self.stage.world.network.cut(now, &[a], &core, false);
            self.stage.world.network.links.extend(core.iter().map(|&b| ((a, b), well)));
        }
        if self.talk {
            println!("{:8.3} s core {core:?} rest {rest:?}", now as f64 / 1e6);
        }
        let ticks = match self.plan.superstep_ticks {
            0 => CORE_TICKS,
            fixed => CORE_TICKS.min(CORE_STEPS * u64::from(fixed)),
        };
        // By participant: the history and the tick from which it goes on.
        let mut from: BTreeMap<PeerId, (u64, u64)> = BTreeMap::new();
        let mut looked = now;
        while self.stage.world.now() < now + CORE_US {
            // Some of them may be in rooms of others.
            let paused: Vec<PeerId> =
                core.iter().copied().filter(|id| self.stage.world.peers[id].status.paused).collect();
            for id in paused {
                self.stage.world.ask(id, Request::Resume);
            }
            let next = self.stage.world.now() + 250_000;
            self.stage.world.run_until(next);
            if self.stage.world.checks.violation.is_some() {
                return;
            }
            core.retain(|id| self.stage.world.peers[id].alive);
            // A peer that follows somebody outside the core, whom not all of it reach, goes on there.
            let outside: BTreeSet<PeerId> =
                core.iter().filter_map(|id| self.leader_of(*id)).filter(|id| !core.contains(id)).collect();
            let asked: Vec<PeerId> = core.iter().copied().filter(|id| !self.is_stranded(*id, &outside)).collect();
            let lineages: BTreeSet<Option<u64>> = asked.iter().map(|id| self.stage.world.checks.lineage(*id)).collect();
            if asked.is_empty() || lineages.contains(&None) || lineages.len() > 1 && outside.is_empty() {
                from.clear();
                if next > looked + 6_000_000 {
                    looked = next;
                    self.anew_in(&mut core, well);
                }
                continue;
            }
            let goes_on = |id: &PeerId| {
                let (lineage, tick) =
                    (self.stage.world.checks.lineage(*id).unwrap_or(0), self.stage.world.peers[id].status.tick);
                let since = from.entry(*id).or_insert((lineage, tick));
                if since.0 != lineage || tick < since.1 {
                    *since = (lineage, tick);
                }
                tick >= since.1 + ticks
            };
            if asked.iter().map(goes_on).fold(true, |all, one| all & one) {
                self.outcome.core_us = self.stage.world.now() - now;
                return;
            }
        }
        self.outcome.violation = Some(format!(
            "those who are well, {:?}, do not go on within {} s: {}",
            core.iter().map(|id| id.0).collect::<Vec<_>>(),
            CORE_US / 1_000_000,
            self.portrait()
        ));
    }

    fn leader_of(&self, id: PeerId) -> Option<PeerId> {
        self.stage.world.peers[&id].status.people.iter().find(|p| p.leader).map(|p| p.id)
    }

    /// Whether no room could take one of the core on, while leaders outside the core lead others of it: nobody is in a
    /// room without a link to its leader, and where nobody lends the world is at rest.
    fn is_stranded(&self, id: PeerId, outside: &BTreeSet<PeerId>) -> bool {
        let linked = |a: PeerId, b: PeerId| self.stage.world.peers[&a].node.is_linked(b);
        let reaches = |leader: &PeerId| linked(id, *leader) && linked(*leader, id);
        let rests = !self.stage.world.peers[&id].status.people.iter().any(|p| p.profile.lend);
        match self.leader_of(id) {
            Some(leader) if outside.contains(&leader) => rests,
            _ if outside.is_empty() || outside.iter().any(reaches) => false,
            _ => rests || self.stage.world.checks.lineage(id).is_none(),
        }
    }

    /// A peer that of the core lost its links to the others of it comes again, as its driver would.
    fn anew_in(&mut self, core: &mut [PeerId], well: Netem) {
        let linked = |a: PeerId, b: PeerId| self.stage.world.peers[&a].node.is_linked(b);
        let lost = |a: PeerId| core.iter().filter(|&&b| a != b && !(linked(a, b) && linked(b, a))).count();
        let Some(at) = (1..core.len()).max_by_key(|&i| lost(core[i])).filter(|&i| lost(core[i]) > 0) else { return };
        let lends = self.stage.world.peers[&core[at]].lends;
        self.stage.world.kill(core[at]);
        let new = self.stage.join(lends);
        core[at] = new;
        for &b in core.iter() {
            self.stage.world.network.links.extend([((new, b), well), ((b, new), well)]);
        }
    }

    /// No more faults: the peer that lost its links begins again, as its driver would; then all are one room.
    pub(super) fn peace(&mut self) {
        self.stage.world.checks.calms_down();
        self.stage.world.network.netem = Netem { latency_us: 1_000, jitter_us: 1_000, ..Netem::default() };
        self.stage.world.network.links.clear();
        self.stage.world.network.mend();
        if self.plan.core {
            self.stage.world.alive().into_iter().for_each(|id| self.stage.world.thaw(id));
        }
        self.begin_anew();
        self.stage.ask_first(Request::Resume);
        if self.stage.world.alive().iter().all(|id| self.stage.world.checks.lineage(*id).is_none()) {
            return; // Everyone who was ever in the room is gone, and so is the room.
        }
        let end = self.stage.world.now() + PEACE_US;
        let (mut whole_since, mut looked) = (None, self.stage.world.now());
        while self.stage.world.now() < end {
            // Somebody presses the button again where it stands still.
            if self.stage.world.alive().iter().any(|id| self.stage.world.peers[id].status.paused) {
                self.stage.ask_first(Request::Resume);
            }
            let next = self.stage.world.now() + 250_000;
            self.stage.world.run_until(next);
            if self.stage.world.checks.violation.is_some() {
                return;
            }
            if self.stage.world.alive().iter().all(|id| self.stage.world.checks.lineage(*id).is_none()) {
                return; // The last who were in the room left.
            }
            if !self.somebody_lends() {
                self.stage.join(true);
            }
            if !self.is_whole() {
                whole_since = None;
                if self.stage.world.now() > looked + 3_000_000 {
                    looked = self.stage.world.now();
                    self.begin_anew();
                }
                continue;
            }
            // A room that goes back counts from there.
            let (now, least) = (self.stage.world.now(), self.least_tick());
            whole_since.take_if(|(_, tick)| least < *tick);
            let (since, tick) = *whole_since.get_or_insert((now, least));
            if self.stage.world.now() > since + 3_000_000 && self.least_tick() > tick + 120 {
                return;
            }
        }
        self.outcome.violation =
            Some(format!("not whole again {} s after the last fault: {}", PEACE_US / 1_000_000, self.portrait()));
    }

    /// A peer that lost a link for good comes again under another name, as its driver would: the one who lost most.
    fn begin_anew(&mut self) {
        let alive = self.stage.world.alive();
        let linked = |a: PeerId, b: PeerId| self.stage.world.peers[&a].node.is_linked(b);
        let lost = |a: &PeerId| alive.iter().filter(|&&b| *a != b && !(linked(*a, b) && linked(b, *a))).count();
        if let Some(&most) = alive.iter().max_by_key(|a| (lost(a), a.0))
            && lost(&most) > 0
        {
            let lends = self.stage.world.peers[&most].lends;
            self.stage.world.kill(most);
            self.stage.join(lends);
        }
    }

    /// Whether somebody who lends is there, and not about to leave.
    fn somebody_lends(&self) -> bool {
        self.stage.world.alive().iter().any(|id| self.stage.world.peers[id].lends && !self.stage.leaving.contains(id))
    }

    fn least_tick(&self) -> u64 {
        self.stage.world.peers.values().filter(|p| p.alive).map(|p| p.status.tick).min().unwrap_or(0)
    }

    /// Everyone alive sees everyone alive, and nobody else, in one history.
    fn is_whole(&self) -> bool {
        let alive = self.stage.world.alive();
        let lineage = alive.first().and_then(|&id| self.stage.world.checks.lineage(id));
        alive.iter().all(|id| {
            let people: Vec<PeerId> = self.stage.world.peers[id].status.people.iter().map(|p| p.id).collect();
            people.len() == alive.len()
                && alive.iter().all(|a| people.contains(a))
                && self.stage.world.checks.lineage(*id) == lineage
        })
    }

    pub(super) fn portrait(&self) -> String {
        let one = |id: &PeerId| {
            let p = &self.stage.world.peers[id];
            let people: Vec<String> = p
                .status
                .people
                .iter()
                .map(|q| {
                    format!(
                        "{}{}{}",
                        q.id.0,
                        if q.leader { "h" } else { "" },
                        if q.region.is_some() { "x" } else { "" }
                    )
                })
                .collect();
            format!(
                "{} at {} of {:?} {}% waits {:?} sees [{}]",
                id.0,
                p.status.tick,
                self.stage.world.checks.lineage(*id),
                p.status.speed_percent,
                p.status.waiting_for,
                people.join(" ")
            )
        };
        let rooms = self
            .stage
            .world
            .alive()
            .into_iter()
            .map(|id| format!("\n    {}: {}", id.0, self.stage.world.peers[&id].node.portrait()));
        self.stage.world.alive().iter().map(one).collect::<Vec<_>>().join("; ") + &rooms.collect::<String>()
    }
}
