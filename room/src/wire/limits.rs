//! The limits: which decoded messages are taken at all.

use super::{
    Begin, COMMANDS_MAX, Control, Msg, Origin, PEOPLE_MAX, Roster, SEGMENT_COMMANDS_MAX, SEGMENTS_MAX, Segment,
    TICKS_MAX,
};
use crate::api::{PeerId, Profile};
use sim_kernels::geom::WORLD_WIDTH_MAX;

/// The most words in one message.
pub(crate) const NOTICES_MAX: usize = 8;
/// Terms and epochs stay below this, so that counting on never overflows.
const TERM_MAX: u32 = 1 << 30;
/// Steps and ticks stay below this.
const STEP_MAX: u64 = 1 << 48;

impl Msg {
    pub(super) fn has_payload(&self) -> bool {
        matches!(self, Self::Band { .. } | Self::SnapPart { .. } | Self::View { .. })
    }

    pub(super) fn is_valid(&self) -> bool {
        match self {
            Self::Hello { profile, .. } | Self::Profile(profile) => profile_is_valid(profile),
            Self::Refused(words) => words.len() <= 500,
            Self::Begin(b) => b.is_valid(),
            Self::Roster(r) => r.is_valid(),
            Self::Log(l) => {
                l.term < TERM_MAX
                    && l.segments.len() <= SEGMENTS_MAX
                    && l.segments.iter().all(Segment::is_valid)
                    && l.people.len() <= PEOPLE_MAX
                    && l.notices.len() <= NOTICES_MAX
                    && l.notices.iter().all(|w| w.len() <= 800)
            }
            Self::Report(r) => {
                r.term < TERM_MAX
                    && r.epoch < TERM_MAX
                    && r.columns.len() <= (WORLD_WIDTH_MAX / 16) as usize
                    && r.snapshots.len() <= 8
                    && r.failed.as_ref().is_none_or(|w| w.len() <= 300)
            }
            Self::Commands(list) => list.len() <= COMMANDS_MAX,
            Self::Control(Control::Load(scene)) => scene.problem().is_none(),
            Self::Links { peers, .. } => peers.len() <= PEOPLE_MAX,
            Self::Handover(h) => {
                h.term < TERM_MAX
                    && h.segments.len() <= 2 * SEGMENTS_MAX
                    && h.segments.iter().all(Segment::is_valid)
                    && h.pending.len() <= SEGMENT_COMMANDS_MAX
                    && h.roster.is_valid()
                    && h.leaving.len() <= PEOPLE_MAX
            }
            Self::SnapPart { index, count, .. } => index < count,
            Self::ViewAck(ids) => ids.len() <= 256,
            Self::Control(_) | Self::Leaving | Self::Goodbye | Self::Stranger { .. } | Self::Meet { .. } => true,
            Self::Ping(_) | Self::Pong { .. } | Self::Band { .. } | Self::View { .. } => true,
        }
    }
}

/// Whether a profile's strings are within their limits.
pub fn profile_is_valid(profile: &Profile) -> bool {
    profile.name.len() <= 32 && profile.backend.len() <= 64
}

impl Roster {
    pub(super) fn is_valid(&self) -> bool {
        let mut ids: Vec<PeerId> = self.people.iter().map(|p| p.0).collect();
        ids.sort_unstable();
        self.people.len() <= PEOPLE_MAX
            && self.term < TERM_MAX
            && self.version < TERM_MAX
            && self.people.iter().all(|(_, p)| profile_is_valid(p))
            && ids.windows(2).all(|w| w[0] != w[1])
    }
}

impl Begin {
    pub(super) fn is_valid(&self) -> bool {
        self.term < TERM_MAX
            && self.epoch < TERM_MAX
            && self.step < STEP_MAX
            && self.globals.as_ref().is_none_or(|g| g.tick < STEP_MAX)
            && self.scene.problem().is_none()
            && self.globals.as_ref().is_none_or(|g| g.is_valid() && g.size() == self.scene.world)
            && self.globals.is_none() == (self.origin == Origin::Scene)
            && self.partition.is_valid(self.scene.world)
            && self.seqs.len() <= 4 * PEOPLE_MAX
            && self.roster.is_valid()
    }
}

impl Segment {
    /// What can be told without knowing the room; the log checks the rest.
    pub(super) fn is_valid(&self) -> bool {
        self.ticks <= TICKS_MAX
            && self.step < STEP_MAX
            && self.tick < STEP_MAX
            && self.start < STEP_MAX
            && self.snapshot.len() <= PEOPLE_MAX
            && self.commands.len() <= SEGMENT_COMMANDS_MAX
            && self.commands.iter().all(|c| u32::from(c.offset) < self.ticks)
    }
}
