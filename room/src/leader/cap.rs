//! The room's cap on particles. The leader knows how many there were at a step's end and how many every later
//! segment may have added at most; a command is sealed only where what it may add still fits.

use super::Leader;
use crate::api::PeerId;
use crate::costs::{CELL_PARTICLES, PARTICLES_MAX, scene_most};
use crate::leader::Leading;
use crate::notice::Announcement;
use crate::partition::Strip;
use crate::timeline::{Origin, Sealed, Segment};
use sim_kernels::area::Area;
use sim_kernels::command::{Adds, Command, EMITTERS_CELLS_MAX, Emitter, SOURCES_MAX};
use sim_kernels::cpu::dormant::CELL_MAX;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::Globals;
use sim_kernels::grabs::GRABS_MAX;
use std::collections::{BTreeMap, BTreeSet};

/// Drains that players and scenes may have; the rest is for emitters that must rest.
const DRAINS_MAX: usize = SOURCES_MAX - 4;
/// Ticks that emitters rest for at least.
const REST_TICKS: u64 = 30;

/// A count that not all holders of all strips agree to is taken when there was no other for so many steps.
const UNCONFIRMED_STEPS: u64 = 64;

/// The most particles that may lie dormant in a room: where there are more, what the older strokes took away is gone.
const DORMANT_MAX: u64 = 1 << 18;

/// Particles at a step's end, and how many of them lie dormant, by strip and by who says so.
pub(super) type Parts = BTreeMap<(u32, PeerId), (u64, u64)>;

/// What its holders say of a strip.
pub(super) fn said_of(parts: &Parts, strip: u32) -> impl Iterator<Item = (u64, u64)> {
    parts.range((strip, PeerId(0))..=(strip, PeerId(u128::MAX))).map(|p| *p.1)
}

/// How many particles there are, and how many there may be.
#[derive(Debug, Default)]
pub(super) struct Count {
    /// The step at whose start `particles` were counted, or the most that there can have been.
    step: u64,
    particles: u64,
    /// What each sealed step may have added at most.
    granted: BTreeMap<u64, u64>,
}

impl Count {
    /// So many at the start of a step, for certain.
    pub(super) fn at(&mut self, step: u64, particles: u64) {
        (self.step, self.particles) = (step, particles);
        self.granted = self.granted.split_off(&step);
    }

    /// The most that there can be at the end of a step.
    fn most_after(&self, step: u64) -> u64 {
        let granted: u64 = self.granted.range(..=step).map(|g| g.1).sum();
        self.particles.saturating_add(granted)
    }

    /// The most that there can be after all that is sealed.
    fn most(&self) -> u64 {
        self.granted.values().sum::<u64>().saturating_add(self.particles)
    }

    fn room(&self) -> u64 {
        PARTICLES_MAX.saturating_sub(self.most())
    }
}

/// What may still be added, while a segment is put together.
#[derive(Debug)]
pub(super) struct Quota {
    left: u64,
    granted: u64,
    world: WorldSize,
    emitters: Vec<Emitter>,
    drains: Vec<(Rect, u64)>,
    /// Emitters that are there again once a stroke is taken back.
    stopped: Vec<Emitter>,
    /// Who holds something; nobody's own is 0.
    holders: BTreeSet<u128>,
    /// Something was refused.
    pub refused: Option<Announcement>,
}

impl Quota {
    /// Whether a command of somebody may be sealed; what it may add is taken off.
    pub(super) fn admit(&mut self, command: &Command, by: u128) -> bool {
        if !self.holds(command, by) {
            self.refused = Some(Announcement::TooManyGrabs { max: GRABS_MAX as u32 });
            return false;
        }
        if *command == Command::Undo {
            self.emitters.append(&mut self.stopped);
        }
        let need = match command.adds() {
            Adds::Nothing => 0,
            Adds::Over(area) => most(&area, self.world, self.left),
            Adds::Beside(area) => beside(&area, self.world, self.left),
            Adds::Within(rect) => rect.area() as u64 * CELL_PARTICLES,
            Adds::Particles(count) => count.into(),
            Adds::Emitter(emitter) => {
                let cells: usize = self.emitters.iter().chain([&emitter]).map(|e| e.rect.area()).sum();
                let fits = self.emitters.len() < SOURCES_MAX && cells <= EMITTERS_CELLS_MAX;
                if fits {
                    self.emitters.push(emitter);
                } else {
                    self.refused = Some(Announcement::TooManyFountains { max: SOURCES_MAX as u32 });
                }
                return fits;
            }
            Adds::Drain(rect, until) => {
                let fits = self.drains.len() < DRAINS_MAX;
                if fits {
                    self.drains.push((rect, until));
                } else {
                    self.refused = Some(Announcement::TooManyDrains { max: DRAINS_MAX as u32 });
                }
                return fits;
            }
        };
        let fits = need <= self.left;
        if fits {
            self.left -= need;
            self.granted += need;
        } else {
            self.refused = Some(FULL);
        }
        fits
    }

    /// Takes off what a step may add in which something is done again, and answers whether it fits. Drains and grabs
    /// add nothing: those were admitted then.
    fn again(mut self, tick: u64, ticks: u32, commands: &[Sealed]) -> (Self, bool) {
        let mut fits = true;
        for sealed in commands {
            match sealed.command.adds() {
                Adds::Drain(rect, until) => self.drains.push((rect, until)),
                Adds::Nothing => _ = self.admit(&sealed.command, sealed.author.map_or(0, |author| author.0.0)),
                Adds::Over(_) | Adds::Beside(_) | Adds::Within(_) | Adds::Particles(_) | Adds::Emitter(_) => {
                    fits &= self.admit(&sealed.command, 0);
                }
            }
        }
        fits &= self.emit(tick, ticks).is_empty();
        (self, fits)
    }

    /// Notes who holds something and who lets go; false where one more would be too many. Those whose time is over count until that
    /// is committed.
    fn holds(&mut self, command: &Command, by: u128) -> bool {
        match command {
            Command::Grab { .. } if self.holders.len() >= GRABS_MAX => self.holders.contains(&by),
            Command::Grab { .. } => {
                self.holders.insert(by);
                true
            }
            Command::Release => {
                self.holders.remove(&by);
                true
            }
            _ => true,
        }
    }

    /// Lets the emitters run for these ticks, or has them rest: then what they make is drained at once.
    pub(super) fn emit(&mut self, tick: u64, ticks: u32) -> Vec<Command> {
        let end = tick + u64::from(ticks);
        let resting = |e: &Emitter| self.drains.iter().any(|d| d.1 >= end && d.0.intersect(e.rect) == e.rect);
        let running: Vec<Rect> =
            self.emitters.iter().filter(|e| e.until > tick && !resting(e)).map(|e| e.rect).collect();
        let need: u64 = running.iter().map(|r| r.area() as u64 * CELL_PARTICLES * u64::from(ticks)).sum();
        if need <= self.left {
            self.left -= need;
            self.granted += need;
            return Vec::new();
        }
        self.refused = Some(FULL);
        let until = tick + u64::from(ticks).max(REST_TICKS);
        let free = SOURCES_MAX.saturating_sub(self.drains.len());
        let all = running
            .iter()
            .copied()
            .reduce(|a, b| Rect::new(a.x0.min(b.x0), a.y0.min(b.y0), a.x1.max(b.x1), a.y1.max(b.y1)));
        // With too few places left one drain does for all, and takes more than it must.
        let rects = if running.len() <= free { running } else { all.into_iter().collect() };
        rects.into_iter().map(|rect| Command::Drain { rect, until }).collect()
    }
}

/// Shown when something could not be added.
const FULL: Announcement = Announcement::RoomIsFull { particles_max: PARTICLES_MAX };

/// The most particles that can be added over an area; exactly its cells where its bounds alone would be too many.
fn most(over: &Area, world: WorldSize, left: u64) -> u64 {
    let bounds = over.bounds().intersect(world.rect());
    let area = bounds.area() as u64 * CELL_PARTICLES;
    if area <= left {
        return area;
    }
    let cells = (bounds.y0..bounds.y1).flat_map(|y| (bounds.x0..bounds.x1).map(move |x| (x, y)));
    cells.filter(|&(x, y)| over.covers(x, y)).count() as u64 * CELL_PARTICLES
}

/// The most that can come to lie dormant in the cells of an area.
fn beside(area: &Area, world: WorldSize, left: u64) -> u64 {
    let times = u64::from(CELL_MAX) / CELL_PARTICLES;
    most(area, world, left / times).saturating_mul(times)
}

/// The most that a segment of the log can have added, whatever its leader granted.
fn segment_most(segment: &Segment, globals: &Globals) -> u64 {
    let undoes = segment.commands.iter().any(|c| c.command == Command::Undo);
    let stopped = globals.strokes.emitters_stopped().filter(|_| undoes);
    let emitters: u64 = globals.emitters.iter().chain(stopped).map(|e| e.rect.area() as u64).sum();
    let commands = segment.commands.iter().map(|c| match c.command.adds() {
        Adds::Over(area) => most(&area, globals.size(), u64::MAX),
        Adds::Beside(area) => beside(&area, globals.size(), u64::MAX),
        Adds::Within(rect) => rect.area() as u64 * CELL_PARTICLES,
        Adds::Particles(count) => count.into(),
        Adds::Nothing | Adds::Emitter(_) | Adds::Drain(..) => 0,
    });
    commands.sum::<u64>() + emitters * CELL_PARTICLES * u64::from(segment.ticks)
}

impl Leading<'_> {
    /// The count at a world's beginning, before anyone has reported.
    pub(super) fn count_begins(&mut self, origin: &Origin) {
        let particles = match origin {
            Origin::Scene(scene) => scene_most(scene),
            Origin::Checkpoint(id, ..) => self.checkpoints.count(*id),
            Origin::Save(opened) => self.saves.particles(opened.id),
        };
        (self.heartbeat.particles, self.heartbeat.dormant) = (particles, 0);
        let step = self.log.end();
        self.leader.parts.clear();
        self.leader.count = Count::default();
        self.leader.count.at(step, particles);
    }

    /// What a step may add in which something is done again, and whether that fits. Where it does not, what the step
    /// may add is as much as it is: what this room itself did was admitted then, and is counted whole.
    pub(super) fn count_again(&self, tick: u64, ticks: u32, commands: &[Sealed]) -> (Quota, bool) {
        let (quota, fits) = self.quota().again(tick, ticks, commands);
        if fits {
            return (quota, true);
        }
        let endless = Quota { left: u64::MAX, ..self.quota() };
        (endless.again(tick, ticks, commands).0, false)
    }

    /// Whether it is counted how many particles there are after all that is sealed.
    pub(super) fn is_counted(&self) -> bool {
        let later = |segment: &Segment| segment.ticks > 0 || !segment.commands.is_empty();
        !self.log.entries_from(self.leader.count.step).any(|(_, segment)| later(segment))
    }

    /// The count where another leader had the role until now: what its last segments granted is reckoned again.
    pub(crate) fn count_inherited(&mut self) {
        let from = self.heartbeat.frontier.max(self.log.first());
        self.leader.count.at(from, self.heartbeat.particles);
        let globals = self.log.globals();
        self.leader.count.granted =
            self.log.entries_from(from).map(|(_, s)| (s.step, segment_most(s, globals))).collect();
    }

    /// Counts the newest step of which every strip was reported.
    pub(super) fn leader_count(&mut self) {
        let newest = |from: u64, is_whole: &dyn Fn(&Strip, &Parts) -> bool| {
            self.leader.parts.range(from..).rev().find_map(|(&step, parts)| {
                let known = self.log.step(step).filter(|s| s.epoch == self.log.epoch_end())?;
                let strips = &known.new.strips;
                let whole = strips.iter().all(|s| is_whole(s, parts));
                // Of two that differ, the one that says more: where one is honest, no more is let in than fits.
                // Less lies dormant than any of them says: nobody has all strokes forget what they took away.
                let most = |s: &Strip| {
                    let of = |part: fn((u64, u64)) -> u64| said_of(parts, s.id).map(part);
                    (of(|said| said.0).max().unwrap_or(0), of(|said| said.1).min().unwrap_or(0))
                };
                let sum = |all: (u64, u64), one: (u64, u64)| (all.0.saturating_add(one.0), all.1.saturating_add(one.1));
                whole.then(|| (step, strips.iter().map(most).fold((0, 0), sum)))
            })
        };
        let all = newest(0, &|s, parts| s.holders().all(|p| parts.contains_key(&(s.id, p))));
        let late = self.leader.count.step + UNCONFIRMED_STEPS + 1;
        let any = || newest(late, &|s, parts| said_of(parts, s.id).next().is_some());
        let Some((step, (said, dormant))) = all.or_else(any) else { return };
        // Nobody is believed to have what was never poured.
        let particles = said.min(self.leader.count.most_after(step));
        self.leader.count.at(step + 1, particles);
        self.leader.parts = self.leader.parts.split_off(&(step + 1));
        (self.heartbeat.particles, self.heartbeat.dormant) = (particles, dormant.min(particles));
    }

    /// Whether all that there is may lie dormant, with what this adds.
    pub(super) fn may_lie_dormant(&self, quota: &Quota) -> bool {
        self.leader.count.most().saturating_add(quota.granted) <= DORMANT_MAX
    }

    /// What the leader itself says in a step where too much lies dormant; not again before it was counted what that left.
    pub(super) fn leader_settles(&mut self, step: u64) -> Option<Command> {
        let leader = &mut *self.leader;
        let due = self.heartbeat.dormant > DORMANT_MAX && leader.count.step > leader.settled_at;
        due.then(|| {
            leader.settled_at = step;
            Command::Settle
        })
    }

    /// What the next segment may add.
    pub(super) fn quota(&self) -> Quota {
        let globals = &self.log.globals();
        let mut quota = Quota {
            left: self.leader.count.room(),
            granted: 0,
            world: self.log.scene_end().world,
            emitters: globals.emitters.clone(),
            drains: globals.drains.clone(),
            stopped: globals.strokes.emitters_stopped().copied().collect(),
            holders: globals.grabs.iter().map(|grab| grab.by).collect(),
            refused: None,
        };
        // What is sealed and not committed yet counts too.
        for (_, segment) in self.log.entries_from(self.log.commit_index()) {
            for sealed in &segment.commands {
                quota.holds(&sealed.command, sealed.author.map_or(0, |author| author.0.0));
                match sealed.command.adds() {
                    Adds::Emitter(emitter) => quota.emitters.push(emitter),
                    Adds::Drain(rect, until) => quota.drains.push((rect, until)),
                    Adds::Nothing if sealed.command == Command::Undo => quota.emitters.append(&mut quota.stopped),
                    Adds::Nothing | Adds::Over(_) | Adds::Beside(_) | Adds::Within(_) | Adds::Particles(_) => {}
                }
            }
        }
        quota
    }
}

impl Leader {
    /// A segment is sealed with what the quota granted.
    pub(super) fn grant(&mut self, step: u64, quota: &Quota) {
        if quota.granted > 0 {
            self.count.granted.insert(step, quota.granted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_hold_something_than_may_and_who_does_may_go_on() {
        let mut quota = Quota {
            left: 0,
            granted: 0,
            world: WorldSize::new(64, 64).expect("a valid size"),
            emitters: Vec::new(),
            drains: Vec::new(),
            stopped: Vec::new(),
            holders: BTreeSet::new(),
            refused: None,
        };
        let grab = Command::Grab { at: [4, 4], radius: 3, only: None };
        assert!((0..64).all(|by| quota.admit(&grab, by)) && quota.refused.is_none());
        assert!(!quota.admit(&grab, 64));
        assert_eq!(quota.refused, Some(Announcement::TooManyGrabs { max: 64 }));
        assert!(quota.admit(&grab, 7), "it goes on");
        assert!(quota.admit(&Command::Release, 90), "who holds nothing lets go of nothing");
        assert!(!quota.admit(&grab, 64));
        assert!(quota.admit(&Command::Release, 7) && quota.admit(&grab, 64) && !quota.admit(&grab, 7));
    }
}
