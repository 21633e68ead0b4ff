//! Being host: who is in, what is sealed when, who computes what, and what happens when someone goes.
//! The role is small on purpose: any member can take it over from its own log and the others' reports.

mod balance;
mod cap;
mod commands;
mod epoch;
mod frontier;
mod pace;
mod people;
mod reach;
mod reports;
mod seal;
mod snapshots;
mod succession;

use self::cap::Count;
use self::pace::Length;
use self::reach::Reach;
use self::seal::AHEAD_STEPS;
use self::snapshots::Taking;
use crate::api::{Micros, PeerId};
use crate::room::{Phase, Room};
use crate::wire::{Origin, Report, Roster, SnapId};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::scene::Scene;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What the host knows of a member.
#[derive(Debug, Default)]
pub(crate) struct Person {
    pub report: Report,
    /// Whether anything was reported to this host.
    heard: bool,
    links: BTreeMap<PeerId, Reach>,
    links_number: u32,
    leaving: bool,
    failed: bool,
    /// Another that computes and that it cannot reach.
    apart: Option<PeerId>,
    welcomed_at: Micros,
    /// When its region went to others for its links' sake.
    merged_at: Option<Micros>,
    /// The last snapshot that it was to get, and when.
    served: Option<(SnapId, Micros)>,
    /// Particle-ticks a second, smoothed.
    speed: u64,
}

/// The host's own state.
#[derive(Debug, Default)]
pub(crate) struct Host {
    pub people: BTreeMap<PeerId, Person>,
    /// Members whose word is awaited before the room is set back.
    collecting: BTreeSet<PeerId>,
    lost: Vec<String>,
    pending: VecDeque<(PeerId, u64, Command)>,
    seqs: BTreeMap<PeerId, u64>,
    started: bool,
    paused: bool,
    singles: u32,
    /// The tick and the time from which starts are reckoned.
    base: (u64, Micros),
    sums: BTreeMap<u64, BTreeMap<PeerId, Digest>>,
    taking: Option<Taking>,
    common: Option<SnapId>,
    snapshot_at: Micros,
    /// The tick and the time of the last look at the balance.
    balanced: (u64, Micros),
    /// How many could compute at the last look, and its time.
    looked: usize,
    looked_at: Micros,
    length: Length,
    beat_at: Micros,
    dirty: bool,
    stalled_since: Option<Micros>,
    progress: VecDeque<(Micros, u64)>,
    /// Words for everyone, the oldest first.
    notices: VecDeque<String>,
    /// Nobody lends a device.
    nobody: bool,
    /// When the players were last told that something was refused.
    refused_at: Option<Micros>,
    count: Count,
    /// Particles at each step's end, by owner.
    parts: BTreeMap<u64, BTreeMap<PeerId, u64>>,
    /// Two executors that cannot reach each other, and since when.
    apart: Option<(PeerId, PeerId, Micros)>,
}

impl Room {
    /// Opens a room.
    pub(crate) fn found(&mut self, scene: Scene) {
        self.term = 1;
        self.host_id = Some(self.me);
        self.phase = Phase::In;
        self.roster = Roster { term: 1, version: 1, people: vec![(self.me, self.cfg.profile.clone())] };
        self.host = Some(Box::default());
        self.host_person(self.me);
        let partition = self.fresh_partition(&scene);
        self.begin_epoch(Origin::Scene, 0, scene, None, partition);
    }

    /// What the host does of itself.
    pub(crate) fn host_turn(&mut self) {
        if self.host.is_none() {
            return;
        }
        self.host_frontier();
        self.host_count();
        self.host_snapshots();
        self.host_apart();
        self.host_goodbyes();
        self.host_nobody();
        // A set-back that is due is finished first: the successor would not know of it.
        if self.phase == Phase::Leaving && self.host.as_ref().is_some_and(|h| h.collecting.is_empty()) {
            self.hand_over();
        }
        let idle = self.host.as_ref().is_some_and(|h| h.started && h.collecting.is_empty())
            && self.log.as_ref().is_some_and(|l| l.partition.strips.is_empty());
        if idle && !self.lenders().is_empty() {
            self.set_back("nobody was computing".into());
        }
        // Few at a time: each may make the next possible, and a broken condition must not spin.
        for _ in 0..2 * AHEAD_STEPS {
            if self.host.is_none() || !self.seal() {
                break;
            }
            self.send_log(true);
            self.exec_turn();
        }
        self.send_log(false);
    }

    fn others(&self) -> Vec<PeerId> {
        self.roster.people.iter().map(|p| p.0).filter(|&p| p != self.me).collect()
    }

    fn news(&mut self) {
        if let Some(host) = &mut self.host {
            host.dirty = true;
        }
    }
}
