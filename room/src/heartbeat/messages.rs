//! What the leader tells its members whenever there is news, and what they report.

use crate::api::{Moment, PeerId, Proposal, Tempo};
use crate::checkpoint::CHECKPOINTS_MAX;
use crate::costs::{EPOCH_MAX, REPLAY_TICKS_MAX, REPLICAS_MAX, STEP_MAX, TICKS_MAX};
use crate::message::{About, Class, Messages, Who, declared, messages, row};
use crate::notice::{Announcement, BackendError};
use crate::overlay::{RELAYS_MAX, Relay};
use crate::raft::TERM_MAX;
use crate::roster::{PEOPLE_MAX, VOTERS_MAX};
use crate::timeline::{CheckpointId, Segment};
use serde::{Deserialize, Serialize};
use sim_kernels::digest::Digest;
use sim_kernels::geom::WORLD_WIDTH_MAX;

/// The most segments in one message.
pub const SEGMENTS_MAX: usize = 32;
/// The most announcements in one message.
pub const ANNOUNCEMENTS_MAX: usize = 8;
/// 32 entries, of which a few begin new worlds.
const LOG: usize = 8 << 20;
/// The longest report.
const REPORT: usize = 32 << 10;

messages! {
    "What the leader tells its members whenever there is news, and what they report.";

    /// The leader: entries of the log and the state of the room (Raft's AppendEntries).
    Heartbeat(Box<Heartbeat>) => row(Who::LeaderOrVoter, Class::LOG, LOG);
    /// To the leader: how far I am.
    Report(Box<Report>) => row(Who::Guest, Class::LOG, REPORT);
}

/// What the leader sends whenever there is news.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The history that the entries are of.
    pub lineage: u64,
    /// The history that this one forked from, or itself.
    pub parent: u64,
    /// The leader's term, below 2^48.
    pub term: u64,
    /// Who elected this leader, to those who have not said yet that they follow it: they may not reach all voters.
    /// At most 7.
    pub votes: Vec<PeerId>,
    /// The step of the first entry below (or that of the next one), below 2^48.
    pub from: u64,
    /// The term of the entry before that one; at most `term`.
    pub before_term: u64,
    /// Entries with their terms: what the receiver has not acknowledged; at most [`SEGMENTS_MAX`].
    pub segments: Vec<(u64, Segment)>,
    /// Entries before this step are committed.
    pub committed: u64,
    /// All strips have completed the steps before this one.
    pub frontier: u64,
    /// The tick there.
    pub frontier_tick: u64,
    /// The newest whole digest, with its epoch and tick.
    pub digest: Option<(u32, u64, Digest)>,
    /// How many particles all strips have together, as last reported.
    pub particles: u64,
    /// How many of them lie dormant.
    pub dormant: u64,
    /// The world's clock stands.
    pub paused: bool,
    /// The newest checkpoint that all its keepers have: pieces of older ones go where they are not to be kept.
    pub checkpoint: Option<CheckpointId>,
    /// For whom the room waits, where somebody is late.
    pub waiting: Option<PeerId>,
    /// How fast the world's clock goes, of real time.
    pub speed_percent: u32,
    /// Microseconds a tick, and steps behind what is committed, of everyone. Now and then; where there is none, nothing is said
    /// of them.
    pub people: Vec<(PeerId, u32, u32)>,
    /// Strips whose stand-ins are to be as far as they can.
    pub hurry: Vec<u32>,
    /// Around which links the room goes; at most 256.
    pub relays: Vec<Relay>,
    /// Nobody lends a device: the world waits.
    pub nobody: bool,
    /// News for everyone; at most [`ANNOUNCEMENTS_MAX`].
    pub announcements: Vec<Announcement>,
    /// Moments that the room can be taken back to, the oldest first; at most `CHECKPOINTS_MAX`. Now and then; where
    /// there is none, nothing is said of them.
    pub moments: Vec<Moment>,
    /// Somebody wants the room back at an earlier moment, and others are asked.
    pub proposal: Option<Proposal>,
    /// The checkpoint to which the room may go back soon.
    pub goes_to: Option<CheckpointId>,
    /// What was done is done again up to this tick, below 2^48.
    pub replays_to: Option<u64>,
    /// A recording plays, which the sender alone has.
    pub plays: bool,
    /// How fast the world's clock is to go.
    pub tempo: Tempo,
}

/// How far a replica of a strip is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplicaReport {
    /// Which strip.
    pub strip: u32,
    /// All steps before this one are completed.
    pub done: u64,
    /// Its state is yet to come from others.
    pub fresh: bool,
    /// The strip's digest at the end of the last completed step.
    pub digest: Option<Digest>,
    /// How many particles the strip has there.
    pub particles: u64,
    /// How many of them lie dormant.
    pub dormant: u64,
    /// The same by tile column of the strip.
    pub columns: Vec<u32>,
    /// First column.
    pub column: u16,
    /// What the last step took to compute, in microseconds.
    pub compute_us: u32,
    /// How many ticks that step has, at most 16.
    pub ticks: u32,
    /// Hashes of the bands that it made for other strips at the start of that step, and of those that it took, summed
    /// up: what was made must be what was taken. Nothing where it did not make them all.
    pub bands: Option<(u64, u64)>,
}

/// How far a member is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The history that the sender's log is of.
    pub lineage: u64,
    /// The sender's term, below 2^48.
    pub term: u64,
    /// When this peer was last welcomed, in microseconds of its own clock: what it said before, and comes late, is
    /// void.
    pub since: u64,
    /// The log here is the leader's up to this step.
    pub known: u64,
    /// The strips that the sender holds; at most 16.
    pub replicas: Vec<ReplicaReport>,
    /// Checkpoints held whole; at most 32.
    pub checkpoints: Vec<CheckpointId>,
    /// The save held whole.
    pub save: Option<Digest>,
    /// It computes what it holds for others only when that is needed.
    pub lazy: bool,
    /// The backend failed: the replicas are lost.
    pub failed: Option<BackendError>,
}

impl Messages for Message {
    declared!();

    fn is_valid(&self) -> bool {
        match self {
            Self::Heartbeat(heartbeat) => heartbeat.is_valid(),
            Self::Report(report) => report.is_valid(),
        }
    }

    fn sample(kind: Kind) -> (Self, Vec<u8>) {
        let (lineage, parent, term) = (1, 1, 1);
        // With an entry: who has others is of another version.
        let segments = vec![(term, Segment { keepers: vec![PeerId(1)], seeds: vec![1], ..Segment::default() })];
        let message = match kind {
            Kind::Heartbeat => {
                Self::Heartbeat(Box::new(Heartbeat { lineage, parent, term, segments, ..Heartbeat::default() }))
            }
            Kind::Report => Self::Report(Box::new(Report { lineage, term, ..Report::default() })),
        };
        (message, Vec::new())
    }

    fn near(kind: Kind, about: &About) -> Option<(Self, Vec<u8>)> {
        let (lineage, term, step) = (about.lineage, about.term, about.step);
        let message = match kind {
            Kind::Heartbeat => Self::Heartbeat(Box::new(Heartbeat {
                lineage,
                parent: lineage,
                term,
                from: step,
                before_term: term,
                committed: step,
                frontier: step,
                ..Heartbeat::default()
            })),
            Kind::Report => {
                let digest = Some(Digest([1; 4]));
                let replica = ReplicaReport { done: step, digest, particles: 9, ..ReplicaReport::default() };
                let checkpoints = vec![CheckpointId { epoch: about.epoch, step: step.saturating_sub(1) }];
                let replicas = vec![replica];
                let report = Report { lineage, term, known: step, replicas, checkpoints, ..Report::default() };
                Self::Report(Box::new(report))
            }
        };
        Some((message, Vec::new()))
    }
}

impl Heartbeat {
    fn is_valid(&self) -> bool {
        self.term < TERM_MAX
            && self.before_term <= self.term
            && self.dormant <= self.particles
            && [self.from, self.committed, self.frontier, self.frontier_tick, self.particles]
                .iter()
                .all(|&s| s < STEP_MAX)
            && self.segments.len() <= SEGMENTS_MAX
            && self.segments.iter().all(|(term, s)| *term <= self.term && s.is_valid())
            && self.people.len() <= PEOPLE_MAX
            && self.votes.len() <= VOTERS_MAX
            && self.hurry.len() <= REPLICAS_MAX * PEOPLE_MAX
            && self.relays.len() <= RELAYS_MAX
            && self.relays.iter().all(Relay::is_valid)
            && self.announcements.len() <= ANNOUNCEMENTS_MAX
            && self.announcements.iter().all(Announcement::is_valid)
            && self.moments.len() <= CHECKPOINTS_MAX
            && self.moments.iter().all(is_moment)
            && self.proposal.as_ref().is_none_or(is_proposal)
            && self.replays_to.is_none_or(|tick| tick < STEP_MAX)
    }
}

impl Report {
    fn is_valid(&self) -> bool {
        self.term < TERM_MAX
            && self.known < STEP_MAX
            && self.replicas.len() <= REPLICAS_MAX
            && self.replicas.iter().all(ReplicaReport::is_valid)
            && self.checkpoints.len() <= CHECKPOINTS_MAX
    }
}

fn is_moment(moment: &Moment) -> bool {
    moment.epoch < EPOCH_MAX && moment.step < STEP_MAX && moment.tick < STEP_MAX
}

fn is_proposal(proposal: &Proposal) -> bool {
    proposal.number < STEP_MAX
        && proposal.epoch < EPOCH_MAX
        && proposal.step < STEP_MAX
        && proposal.ticks <= REPLAY_TICKS_MAX
        && proposal.asked.len() <= PEOPLE_MAX
}

impl ReplicaReport {
    fn is_valid(&self) -> bool {
        self.done < STEP_MAX
            && self.ticks <= TICKS_MAX
            && self.particles < STEP_MAX
            && self.dormant <= self.particles
            && self.columns.len() <= (WORLD_WIDTH_MAX / 16) as usize
    }
}
