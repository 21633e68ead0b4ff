//! What members tell the host: how far they are, whom they reach, what their players ask.

use super::cap::{PARTICLES_MAX, scene_most};
use crate::api::PeerId;
use crate::room::Room;
use crate::wire::{Control, Msg, Origin, Report};

/// How long the beginning of an epoch may be on its way to a member.
const MISSED_US: u64 = 10_000_000;

impl Room {
    /// A member's word.
    pub(crate) fn host_message(&mut self, from: PeerId, msg: Msg) {
        let now = self.now;
        let Some(host) = &mut self.host else {
            // The role has gone on; what cannot be said again follows it.
            if let Msg::Control(_) = msg {
                self.tell_host(&msg);
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
                person.leaving = true;
                host.dirty = true;
            }
            Msg::Profile(profile) => {
                person.failed &= !profile.lend;
                if let Some(entry) = self.roster.people.iter_mut().find(|p| p.0 == from) {
                    entry.1 = profile;
                    self.send_roster();
                }
            }
            Msg::Commands(list) => {
                for (seq, command) in list {
                    self.host_command(from, seq, command);
                }
            }
            Msg::Control(control) => self.host_control(control),
            _ => {}
        }
    }

    pub(super) fn host_report(&mut self, from: PeerId, report: Report) {
        let term = self.term;
        let (Some(host), Some(log)) = (&mut self.host, &self.log) else { return };
        let Some(person) = host.people.get_mut(&from) else { return };
        if report.term == term && host.collecting.remove(&from) {
            person.report = report;
            person.heard = true;
            self.host_collected();
            return;
        }
        if report.term == term && report.epoch < log.epoch && self.now > person.welcomed_at + MISSED_US {
            // It missed an epoch's beginning, which was sent long ago.
            person.welcomed_at = self.now;
            if log.partition.has(from) {
                let words = format!("{} missed the start", self.name(from));
                self.set_back(words);
            } else {
                self.welcome(from);
            }
            return;
        }
        if report.epoch != log.epoch || report.done > log.next || report.known > log.next {
            return;
        }
        if let Some(digest) = report.digest
            && report.done > 0
            && log.steps.contains_key(&(report.done - 1))
        {
            host.sums.entry(report.done - 1).or_default().insert(from, digest);
        }
        if report.done > 0 && log.steps.contains_key(&(report.done - 1)) {
            host.parts.entry(report.done - 1).or_default().insert(from, report.particles);
        }
        let work = report.particles.saturating_mul(u64::from(report.ticks)).saturating_mul(1_000_000);
        if report.particles >= 1000 && report.ticks > 0 && report.done > person.report.done {
            let speed = work / u64::from(report.compute_us.max(1));
            person.speed = if person.speed == 0 { speed } else { (person.speed * 15 + speed) / 16 };
        }
        let failed = report.failed.clone();
        person.heard = true;
        let old = &person.report;
        // Reports overtake each other.
        if (report.done, report.known, report.snapshots.len()) >= (old.done, 0, 0) {
            let known = old.known.max(report.known);
            person.report = Report { known, ..report };
        }
        if let Some(words) = failed {
            person.failed = true;
            let words = format!("{} stopped computing: {words}", self.name(from));
            if self.holds_state(from) {
                self.set_back(words);
            }
        }
    }

    pub(super) fn host_control(&mut self, control: Control) {
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
                let words = format!("this scene has more than {PARTICLES_MAX} particles: it is not loaded");
                self.announce(words);
            }
            Control::Load(scene) => {
                host.paused = false;
                host.singles = 0;
                let partition = self.fresh_partition(&scene);
                self.begin_epoch(Origin::Scene, 0, *scene, None, partition);
            }
        }
        self.news();
    }
}
