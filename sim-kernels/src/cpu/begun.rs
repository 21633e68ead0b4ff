//! A step's inside, computed before what the other owners send is there, so that nobody waits while there is something to
//! compute: latency hiding of stencil codes (overlap of the interior with the halo exchange), in which nothing is computed
//! twice but a few columns of cells.
//!
//! What lies in a region is exact in all of its cells as a step begins, and in each substep what comes from beyond an edge
//! that the region shares with another reaches [`HALO_SUBSTEP`] cells farther in. So [`Begun`] computes the region without
//! those cells, less of it with each substep, and notes what lies along that receding edge: the skirt. With it and with what
//! has come, [`Begun::finish`] computes what is left: as wide a strip in each substep, from the cells beyond the region that
//! can still reach it to the receding edge.
//!
//! ```text
//!     beyond the region | the region
//!     incoming . . . .  | begun: exact without what is incoming
//!      . . . . . . . .  | . \ begun
//!        . . . . . . .  | . . . \         each substep: 3 cells
//!          . . . . . .  | . . . . . \
//! ```

use super::{Held, State, with_particles};
use crate::command::Command;
use crate::constants::{HALO_SUBSTEP, HALO_TICK, SUBSTEPS};
use crate::geom::{Rect, WorldSize};
use crate::job::StepJob;
use crate::materials::Class;
use crate::particle::{Kept, Particle, class_of};

/// Cells along the receding edge that a substep of the rest looks at: what lies as far as information travels in it may cross the
/// edge's next place, and is computed from what lies as far again.
const SKIRT: i32 = 2 * HALO_SUBSTEP;
/// The same as a tick begins, where there is heat: all its substeps, and the reactions at its end, look at what lay there then.
const SKIRT_TICK: i32 = 2 * HALO_TICK;

/// A step of which less than this part is inside to its end is not begun.
const INSIDE_LEAST: usize = 4;

/// Which particles of a superstep are computed, and what is done to them between its substeps.
pub(super) trait Part {
    /// Commands have changed the particles as a tick begins; `kept`: none of them has gone where it could come back from. Whether
    /// to go on.
    fn tick_begins(&mut self, state: &mut State, kept: bool) -> bool;
    /// A substep begins that is not its tick's first.
    fn substep_begins(&mut self, state: &mut State);
    /// A substep is over.
    fn substep_ends(&mut self, state: &mut State);
}

/// All of them.
pub(super) struct Whole;

impl Part for Whole {
    fn tick_begins(&mut self, _: &mut State, _: bool) -> bool {
        true
    }
    fn substep_begins(&mut self, _: &mut State) {}
    fn substep_ends(&mut self, _: &mut State) {}
}

/// The cells that are exact without what lies beyond a region, substep by substep.
#[derive(Clone, Copy, Debug)]
struct Receding {
    region: Rect,
    world: Rect,
    /// Substeps that are done.
    done: i32,
}

impl Receding {
    /// Those as far from the edge as this at least. Beyond the world lies nothing.
    fn within(self, cells: i32) -> Rect {
        let cells = HALO_SUBSTEP * self.done + cells;
        let (region, world) = (self.region, self.world);
        let inset = |at: i32, end: i32| if at == end { 0 } else { cells };
        Rect {
            x0: region.x0 + inset(region.x0, world.x0),
            y0: region.y0 + inset(region.y0, world.y0),
            x1: region.x1 - inset(region.x1, world.x1),
            y1: region.y1 - inset(region.y1, world.y1),
        }
    }

    /// How wide the skirt is that is noted now.
    fn skirt(self) -> i32 {
        if self.done % SUBSTEPS == 0 { SKIRT_TICK } else { SKIRT }
    }
}

/// Computes the inside, and notes what lies along its edge.
struct Inside {
    cells: Receding,
    skirts: Vec<Vec<Particle>>,
    /// Commands took what may come back: that is noted for the region as a whole.
    gives_up: bool,
}

impl Inside {
    fn note(&mut self, state: &State) {
        let beyond = self.cells.within(self.cells.skirt());
        self.skirts.push(with_particles!(state, p => p.store.outside(beyond)));
    }
}

impl Part for Inside {
    fn tick_begins(&mut self, state: &mut State, kept: bool) -> bool {
        self.gives_up |= !kept;
        // Commands reach beyond the region, too.
        with_particles!(&mut *state, p => p.store.keep(self.cells.within(0)));
        self.note(state);
        kept
    }

    fn substep_begins(&mut self, state: &mut State) {
        self.note(state);
    }

    fn substep_ends(&mut self, state: &mut State) {
        self.cells.done += 1;
        with_particles!(state, p => p.store.keep(self.cells.within(0)));
    }
}

/// Computes the rest, by what was noted.
struct Rest<'a> {
    cells: Receding,
    skirts: &'a [Vec<Particle>],
}

impl Rest<'_> {
    fn add_skirt(&self, state: &mut State) {
        let skirt = &self.skirts[self.cells.done as usize];
        let near = self.cells.within(SKIRT);
        state.cover(class_of(skirt));
        let heat = state.class().has_heat();
        let is_near = |p: &&Particle| heat || !near.contains(p.cell().0, p.cell().1);
        with_particles!(state, p => skirt.iter().filter(is_near).for_each(|&one| p.store.add(Kept::keep(one))));
    }
}

impl Part for Rest<'_> {
    fn tick_begins(&mut self, state: &mut State, _: bool) -> bool {
        with_particles!(&mut *state, p => p.store.keep_outside(self.cells.within(0)));
        self.add_skirt(state);
        true
    }

    fn substep_begins(&mut self, state: &mut State) {
        self.add_skirt(state);
    }

    fn substep_ends(&mut self, state: &mut State) {
        self.cells.done += 1;
        with_particles!(state, p => p.store.keep_outside(self.cells.within(0)));
    }
}

/// Memory of what was computed of earlier steps.
#[derive(Debug, Default)]
pub(super) struct Spare {
    inside: Option<State>,
    rest: Option<State>,
}

impl Spare {
    /// An empty state for the rest of a step.
    fn rest(&mut self, class: Class, world: WorldSize) -> State {
        match self.rest.take().filter(|rest| rest.class() == class) {
            Some(mut rest) => {
                with_particles!(&mut rest, p => p.store.clear());
                rest
            }
            None => State::new(class, world),
        }
    }
}

/// What is computed of a step.
#[derive(Debug)]
pub(super) struct Begun {
    /// The inside after the last tick.
    inside: Held,
    commands: Vec<Vec<Command>>,
    /// What lay along the receding edge as each substep began.
    skirts: Vec<Vec<Particle>>,
}

impl Begun {
    /// Computes the inside of a step. Nothing where the step changes the region, where that shares no edge or is too small, and
    /// where commands take away what may come back.
    pub(super) fn new(held: &mut Held, job: &StepJob, threads: bool) -> Option<Box<Self>> {
        let cells = Receding { region: job.region, world: held.globals.size().rect(), done: 0 };
        let last = Receding { done: job.commands.len() as i32 * SUBSTEPS, ..cells }.within(0);
        if last == job.region || held.region != job.region || last.area() < job.region.area() / INSIDE_LEAST {
            return None;
        }
        let mut state = held.state.copy(held.spare.inside.take());
        state.exchange_scratch(&mut held.state);
        let mut inside = held.with(state);
        let mut part = Inside { cells, skirts: Vec::new(), gives_up: false };
        inside.ticks(&job.commands, &mut part, threads);
        let Inside { skirts, gives_up, .. } = part;
        (!gives_up).then(|| Box::new(Self { inside, commands: job.commands.clone(), skirts }))
    }

    /// Whether it is this step that was begun.
    pub(super) fn is_of(&self, job: &StepJob) -> bool {
        let inside = |p: &Particle| job.region.contains(p.cell().0, p.cell().1);
        self.inside.region == job.region && self.commands == job.commands && !job.incoming.iter().any(inside)
    }

    /// Particles of the inside.
    pub(super) fn len(&self) -> usize {
        self.inside.len()
    }

    /// Computes the rest, with what has come. What was held is then as after the step's last tick.
    pub(super) fn finish(self, held: &mut Held, incoming: &[Particle], padded: Rect, threads: bool) {
        let Self { mut inside, commands, skirts } = self;
        let world = held.globals.size();
        let rest = held.spare.rest(class_of(incoming), world);
        held.spare.inside = Some(std::mem::replace(&mut held.state, rest));
        held.add(incoming, padded);
        let cells = Receding { region: held.region, world: world.rect(), done: 0 };
        held.ticks(&commands, &mut Rest { cells, skirts: &skirts }, threads);
        inside.state.cover(held.state.class());
        let touches = with_particles!(&mut held.state, rest => {
            with_particles!(&mut inside.state, all => all.widen(rest));
            std::mem::take(&mut rest.scratch.touches)
        });
        with_particles!(&mut inside.state, all => all.scratch.touches.join(touches));
        held.spare.rest = Some(std::mem::replace(&mut held.state, inside.state));
    }
}
