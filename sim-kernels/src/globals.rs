//! The state that every peer holds whole, because only commands change it: terrain, gravity, emitters,
//! drains and the tick. And the one place where commands become work for cells, for all backends.

use crate::area::Area;
use crate::command::{Command, EMITTERS_CELLS_MAX, Effect, Emitter, Paste, SOURCES_MAX};
use crate::constants::SUBSTEPS;
use crate::digest::{Digest, hash4};
use crate::fixed::rs;
use crate::geom::{Rect, TILE_AREA, TILE_CELLS, WorldSize};
use crate::grabs::Grabs;
use crate::materials::family::carried::sine;
use crate::materials::{COPY, Class, PISTON, VANE, initial_j, initial_words_at, is_still, keeps_place};
use crate::particle::{Fields, POS_BITS, Particle};
use crate::stamp::{Stamp, Stamps};
use crate::strokes::{Over, Span, Strokes, Undone};
use crate::terrain::Terrain;
use glam::IVec2;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Ticks stay below this: 36 years of world time, far from where anything that counts them could overflow.
pub const TICK_MAX: u64 = 1 << 36;

/// Everything about the world that is not a particle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Globals {
    /// Ticks done since the scene began.
    pub tick: u64,
    /// Q15 cells a substep squared.
    pub gravity: [i32; 2],
    /// Solid cells.
    pub terrain: Terrain,
    /// In the order in which they were added.
    pub emitters: Vec<Emitter>,
    /// Rectangle and end tick, in the order in which they were added.
    pub drains: Vec<(Rect, u64)>,
    /// What people may take back.
    pub strokes: Strokes,
    /// What may be pasted.
    pub stamps: Stamps,
    /// What people hold.
    pub grabs: Grabs,
}

/// Work on the particles of a rectangle of cells: what a command comes down to. Backends apply the list of
/// a tick in order; every cell stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellOp {
    /// The cells touched, inside the world.
    pub rect: Rect,
    /// What is done to them.
    pub kind: CellOpKind,
    /// One word a cell of `rect`, row by row from the bottom left; 0 leaves the cell alone.
    /// Erase, take, replace, spawn and carry: 1. Warm: by how much, in two's complement. Push: velocity x in the low, y in the high 16 bits, Q15, two's complement.
    /// Empty: 1 for every cell, so that clearing a large world or a wide drain costs nothing.
    pub cells: Vec<u32>,
}

impl CellOp {
    /// The class that covers what it adds or does.
    pub fn class(&self) -> Class {
        match self.kind {
            CellOpKind::Spawn { material, stroke, .. } => {
                // More of what is there brings nothing new.
                let of = if material == COPY { Class::Water } else { Class::of(material) };
                if stroke == 0 { of } else { of.max(Class::Labelled) }
            }
            CellOpKind::Erase(_) | CellOpKind::Push | CellOpKind::Take { .. } => Class::Water,
            // They come to a backend later, as what a band brings does.
            CellOpKind::Place(_) => Class::Water,
            CellOpKind::Remove(_) | CellOpKind::Settle | CellOpKind::Forget { .. } => Class::Water,
            CellOpKind::Replace { to, .. } => Class::of(to).max(Class::Labelled),
            CellOpKind::Carry { .. } => Class::All,
            CellOpKind::Warm => Class::Hot,
        }
    }

    /// The stroke for which what it takes away is kept; 0 where nothing is.
    pub fn taking(&self) -> u16 {
        match self.kind {
            CellOpKind::Erase(stroke) | CellOpKind::Take { stroke, .. } | CellOpKind::Replace { stroke, .. } => stroke,
            // Only ground comes in the place of what is there, and a copy may be of that.
            CellOpKind::Spawn { material, taking, .. } if is_still(material) || material == COPY => taking,
            _ => 0,
        }
    }

    /// Whether it is about strokes' particles, wherever they are, those that lie dormant and those that come as the tick ends
    /// included.
    pub fn is_of_strokes(&self) -> bool {
        matches!(self.kind, CellOpKind::Settle | CellOpKind::Forget { .. }) || self.brings()
    }

    /// Whether something comes of it as the tick ends.
    pub fn brings(&self) -> bool {
        matches!(self.kind, CellOpKind::Remove(_) | CellOpKind::Place(_))
    }

    /// Whether it takes away what comes as the tick ends, where that was brought before. What stays where it is leaves no room
    /// for it.
    pub fn takes_away(&self) -> bool {
        match self.kind {
            CellOpKind::Erase(_) | CellOpKind::Take { .. } => true,
            CellOpKind::Spawn { material, .. } => is_still(material),
            _ => false,
        }
    }

    /// The word of a cell inside `rect`.
    pub fn word(&self, x: i32, y: i32) -> u32 {
        if self.cells.is_empty() {
            return 1;
        }
        self.cells[(y - self.rect.y0) as usize * self.rect.width() as usize + (x - self.rect.x0) as usize]
    }
}

/// The kinds of [`CellOp`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellOpKind {
    /// Remove the cell's particles: where they are of a stroke's (not 0), to lie dormant until that is undone.
    Erase(u16),
    /// Add the cell's word to its particles' velocity, clamped to the format.
    Push,
    /// Add the cell's word to its particles' enthalpy, clamped to the format.
    Warm,
    /// Set the cell's particles of what is carried going, where they stay until then.
    Carry {
        /// What they share: see [`crate::materials::family::carried::Carried::set_going`].
        told: [u32; 2],
        /// The number of the substep that comes next.
        number: u32,
    },
    /// If the cell holds n < 4 particles, add those of [`spawned`] with index n to 3.
    Spawn {
        /// Particles' velocity, Q15 cells a substep.
        velocity: [i32; 2],
        /// Material code; or [`COPY`]: the highest of those that lie in the cell, which get this velocity, too; and nothing where
        /// none does.
        material: u32,
        /// Hashed with the cell for positions: differs from tick to tick and command to command.
        seed: u32,
        /// Whose stroke it is: see [`crate::strokes`].
        stroke: u16,
        /// For which stroke that is kept in whose place ground comes; 0 for none.
        taking: u16,
    },
    /// Remove the particles of a stroke; what it took away comes back as the tick ends.
    Remove(u16),
    /// Of strokes that keep nothing any more (see [`Strokes::kept`]), what they took away is gone for good as the tick ends.
    Settle,
    /// The particles of these strokes are nobody's, and what they took away is gone for good.
    Forget {
        /// The first one.
        from: u16,
        /// One past the last.
        to: u16,
    },
    /// The same with its particles of a material.
    Take {
        /// Its code.
        material: u32,
        /// Whose stroke it is.
        stroke: u16,
    },
    /// Make the cell's particles of a material another: see [`replaced`]. What they were lies dormant as above.
    Replace {
        /// The one's code.
        from: u32,
        /// The other's.
        to: u32,
        /// Whose stroke it is.
        stroke: u16,
    },
    /// As the tick ends, put particles there, with all their words. They lie in touched cells.
    Place(Arc<[Particle]>),
}

impl Globals {
    /// An empty world at tick 0.
    pub fn new(size: WorldSize) -> Self {
        Self::of_nobody(0, [0, 0], Terrain::new(size), Vec::new(), Vec::new())
    }

    /// A world of which nobody can take anything back.
    pub fn of_nobody(
        tick: u64,
        gravity: [i32; 2],
        terrain: Terrain,
        emitters: Vec<Emitter>,
        drains: Vec<(Rect, u64)>,
    ) -> Self {
        let strokes = Strokes::of_nobody(emitters.len());
        Self { tick, gravity, terrain, emitters, drains, strokes, stamps: Stamps::default(), grabs: Grabs::default() }
    }

    /// The world's size.
    pub fn size(&self) -> WorldSize {
        self.terrain.size()
    }

    /// Whether globals that came from outside are within every limit.
    pub fn is_valid(&self) -> bool {
        self.terrain.is_valid()
            && self.tick < TICK_MAX
            && self.emitters.len() <= SOURCES_MAX
            && self.drains.len() <= SOURCES_MAX
            && Command::Gravity(self.gravity).is_valid(self.size())
            && self.emitters.iter().all(|e| Command::Emit(*e).is_valid(self.size()))
            && self.drains.iter().all(|d| Command::Drain { rect: d.0, until: d.1 }.is_valid(self.size()))
            && self.strokes.emitters_stopped().all(|e| Command::Emit(*e).is_valid(self.size()))
            && self.stamps.is_valid()
            && self.grabs.is_valid(self.size(), self.tick)
            && self.strokes.is_valid(self.size(), self.emitters.len(), self.tick)
    }

    /// The same as if it were an earlier tick, for those who guess at one: what began later counts as begun then. What people
    /// held at that tick is told, since it moves by itself.
    #[must_use]
    pub fn earlier(mut self, tick: u64, grabs: Grabs) -> Self {
        self.tick = tick;
        self.strokes.earlier(tick);
        self.grabs = grabs;
        self
    }

    /// The same with nothing in anybody's hand: so a world begins that was kept while people held something, who may be
    /// elsewhere by now.
    #[must_use]
    pub fn let_go(self) -> Self {
        Self { grabs: Grabs::default(), ..self }
    }

    /// Begins the tick `self.tick`: applies `commands` in order to the globals and returns the work on
    /// particles, in order. The caller runs the tick's substeps next and then [`Globals::end_tick`].
    /// Invalid commands are ignored, by all peers alike.
    pub fn begin_tick(&mut self, commands: &[Command]) -> Vec<CellOp> {
        let mut ops = Vec::new();
        let mut author = 0;
        for (index, command) in commands.iter().enumerate() {
            if command.is_valid(self.size()) {
                let told = self.change(command, &mut author);
                self.left(told, &mut ops);
                let seed = Seed { index: index as u32, stroke: self.strokes.current(author) };
                self.work(command, seed, &mut ops);
            }
        }
        self.go_on();
        for (i, e) in self.emitters.iter().enumerate() {
            let seed = Seed { index: 0x8000_0000 | i as u32, stroke: self.strokes.of_emitter(i) };
            self.spawn(e.rect, |_, _| true, e.velocity, e.material, seed, &mut ops);
        }
        for &(rect, _) in &self.drains {
            ops.push(CellOp { rect, kind: CellOpKind::Erase(0), cells: Vec::new() });
        }
        ops
    }

    /// The number of the tick's first substep since the scene began, as far as 32 bits hold it.
    pub fn first_substep(&self) -> u32 {
        (self.tick as u32).wrapping_mul(SUBSTEPS as u32)
    }

    /// Ends the tick.
    pub fn end_tick(&mut self) {
        self.tick += 1;
    }

    /// Does a whole tick for those who need the globals alone: what [`Globals::begin_tick`] and
    /// [`Globals::end_tick`] leave, without the work on particles.
    pub fn pass_tick(&mut self, commands: &[Command]) {
        let mut author = 0;
        for command in commands {
            if command.is_valid(self.size()) {
                self.change(command, &mut author);
            }
        }
        self.go_on();
        self.end_tick();
    }

    /// The digest of everything here.
    pub fn digest(&self) -> Digest {
        let mut sum = self.terrain.digest();
        let mut words =
            vec![self.tick as u32, (self.tick >> 32) as u32, self.gravity[0] as u32, self.gravity[1] as u32];
        words.push(self.emitters.len() as u32);
        for e in &self.emitters {
            words.extend(e.words());
        }
        words.push(self.drains.len() as u32);
        for (rect, until) in &self.drains {
            words.extend([rect.x0, rect.y0, rect.x1, rect.y1].map(|w| w as u32));
            words.extend([*until as u32, (*until >> 32) as u32]);
        }
        sum.add(Digest::of_words(0x610b_a150, words));
        sum.add(self.strokes.digest());
        sum.add(self.stamps.digest());
        sum.add(self.grabs.digest());
        sum
    }

    /// What a command of an author, or one that says whose those that follow are, does to the globals.
    fn change(&mut self, command: &Command, author: &mut u128) -> Left {
        if let Some((area, effect)) = command.effect() {
            self.affect(&area, effect, command.reach(self.size()), self.strokes.current(*author));
            return Left::Nothing;
        }
        match command {
            Command::Gravity(g) => self.gravity = *g,
            Command::Emit(e) => {
                if self.emitters.len() < SOURCES_MAX {
                    self.emitters.push(*e);
                    self.strokes.emits(self.strokes.current(*author));
                }
            }
            Command::Drain { rect, until } => {
                if self.drains.len() < SOURCES_MAX {
                    self.drains.push((*rect, *until));
                }
            }
            Command::Clear => self.stop_emitters(self.strokes.current(*author), |_| true),
            Command::Begin => return Left::Over(self.strokes.begin(*author, self.tick)),
            Command::Undo => {
                let Some(undone) = self.strokes.undo(*author) else { return Left::Nothing };
                self.keep_emitters(|_, stroke| stroke != undone.number);
                for (x, y, solid) in self.each_cell(&undone.cells) {
                    self.terrain.set(x, y, solid);
                }
                for &(emitter, own) in &undone.emitters {
                    let all = self.emitters.iter().chain([&emitter]);
                    let cells: usize = all.map(|e| e.rect.area()).sum();
                    if self.emitters.len() < SOURCES_MAX && cells <= EMITTERS_CELLS_MAX {
                        self.emitters.push(emitter);
                        self.strokes.emits(own);
                    }
                }
                return Left::Undone(undone);
            }
            Command::By(who) => *author = *who,
            Command::Settle => return Left::Over(self.strokes.settle()),
            Command::Bring { stamp, total, from, part } => self.stamps.bring(*author, *stamp, *total, *from, part),
            Command::Paste(paste) => return self.paste(paste, self.strokes.current(*author)),
            Command::Grab { at, radius, only } => self.grabs.hold(*author, *at, *radius, *only, self.tick),
            Command::Release => self.grabs.release(*author),
            Command::Pour { .. }
            | Command::Erase(_)
            | Command::Wall { .. }
            | Command::Push { .. }
            | Command::Explode { .. }
            | Command::Fill { .. }
            | Command::Warm { .. }
            | Command::Turn(_)
            | Command::Slide(_)
            | Command::Apply { .. }
            | Command::Swirl { .. } => {}
        }
        Left::Nothing
    }

    /// What is done to the cells of an area, within a rectangle of the world, by a stroke, does to the globals.
    fn affect(&mut self, area: &Area, effect: Effect, rect: Rect, by: u16) {
        match effect {
            Effect::Wall { solid } => {
                self.wall(cells(rect).filter(|&(x, y)| area.covers(x, y)), solid, by);
            }
            // Whoever erases where something comes from stops that, too. Drains end by their time alone: whoever counts what
            // emitters may add relies on the drains that hold them back.
            Effect::Erase => self.stop_emitters(by, |e| is_at(area, e)),
            Effect::Take { material } => self.stop_emitters(by, |e| e.material == material && is_at(area, e)),
            Effect::Pour { .. } | Effect::Push { .. } | Effect::Warm { .. } | Effect::Replace { .. } => {}
        }
    }

    /// A stroke makes cells, row by row, solid or open.
    fn wall(&mut self, cells: impl Iterator<Item = (i32, i32)>, solid: bool, by: u16) {
        let mut spans: Vec<Span> = Vec::new();
        for (x, y) in cells {
            let (first, was) = ((y * self.size().width + x) as u32, self.terrain.solid(x, y));
            self.terrain.set(x, y, solid);
            match spans.last_mut() {
                Some(last) if last.solid == was && last.first + last.cells == first => last.cells += 1,
                _ => spans.push(Span { first, cells: 1, solid: was }),
            }
        }
        self.strokes.wrote(by, &spans);
    }

    /// A stroke puts a stamp somewhere: its bedrock now, and what else it holds as the tick ends.
    fn paste(&mut self, paste: &Paste, by: u16) -> Left {
        let stamp = self.stamps.take(paste.stamp, paste.size, paste.particles);
        let Some(stamp) = stamp else { return Left::Nothing };
        let stamp = stamp.laid(paste.turns, paste.mirrored);
        let rect = paste.rect().intersect(self.size().rect());
        let [x0, y0] = paste.at;
        self.wall(cells(rect).filter(|(x, y)| stamp.solid(x - x0, y - y0)), true, by);
        let mut words: Vec<u32> = cells(rect).map(|(x, y)| stamp.solid(x - x0, y - y0).into()).collect();
        let mut particles = Vec::new();
        for p in stamp.particles().iter().filter_map(|&p| Stamp::particle_at(p, paste.at, rect)) {
            let (x, y) = p.cell();
            if !self.terrain.solid(x, y) {
                words[((y - rect.y0) * rect.width() + x - rect.x0) as usize] = 1;
                particles.push(p.of_stroke(by));
            }
        }
        Left::Pasted { rect, cells: words, particles: particles.into(), taking: self.strokes.taking(by) }
    }

    /// The work on particles that a change left to be done.
    fn left(&self, left: Left, ops: &mut Vec<CellOp>) {
        let mut everywhere = |kind: CellOpKind| ops.push(CellOp { rect: self.size().rect(), kind, cells: Vec::new() });
        match left {
            Left::Nothing => {}
            Left::Over(over) => {
                over.settles.then(|| everywhere(CellOpKind::Settle));
                over.freed.into_iter().for_each(|of| everywhere(CellOpKind::Forget { from: of.start, to: of.end }));
            }
            Left::Pasted { rect, cells, particles, taking } => {
                ops.push(CellOp { rect, kind: CellOpKind::Erase(taking), cells: cells.clone() });
                ops.push(CellOp { rect, kind: CellOpKind::Place(particles), cells });
            }
            Left::Undone(Undone { number, cells, .. }) => {
                everywhere(CellOpKind::Remove(number));
                // What came into cells that are solid again has no room there. Tile by tile, since they may lie far apart.
                let mut tiles: BTreeMap<(i32, i32), Vec<u32>> = BTreeMap::new();
                for (x, y, _) in self.each_cell(&cells).filter(|cell| cell.2) {
                    let words = tiles.entry((y / TILE_CELLS, x / TILE_CELLS)).or_insert_with(|| vec![0; TILE_AREA]);
                    words[(y % TILE_CELLS * TILE_CELLS + x % TILE_CELLS) as usize] = 1;
                }
                for ((y, x), words) in tiles {
                    let (x, y) = (x * TILE_CELLS, y * TILE_CELLS);
                    let rect = Rect::new(x, y, x + TILE_CELLS, y + TILE_CELLS);
                    ops.push(CellOp { rect, kind: CellOpKind::Erase(0), cells: words });
                }
            }
        }
    }

    /// The cells of spans, and whether they are solid.
    fn each_cell<'a>(&self, spans: &'a [Span]) -> impl Iterator<Item = (i32, i32, bool)> + use<'a> {
        let width = self.size().width as u32;
        let cell = move |at: u32, solid| ((at % width) as i32, (at / width) as i32, solid);
        spans.iter().flat_map(move |span| (span.first..span.first + span.cells).map(move |at| cell(at, span.solid)))
    }

    /// Keeps those of the emitters for which this says so, which is told their strokes, too.
    fn keep_emitters(&mut self, mut keep: impl FnMut(&Emitter, u16) -> bool) {
        let each = self.emitters.iter().enumerate();
        let kept: Vec<bool> = each.map(|(i, e)| keep(e, self.strokes.of_emitter(i))).collect();
        let mut all = kept.iter().copied();
        self.emitters.retain(|_| all.next() == Some(true));
        let mut all = kept.iter().copied();
        self.strokes.keep_emitters(|| all.next() == Some(true));
    }

    /// A stroke stops emitters.
    fn stop_emitters(&mut self, by: u16, is_stopped: impl Fn(&Emitter) -> bool) {
        let by = self.strokes.taking(by);
        let mut stopped = Vec::new();
        self.keep_emitters(|emitter, own| {
            let kept = !is_stopped(emitter);
            stopped.extend((!kept).then_some((*emitter, own)));
            kept
        });
        self.strokes.stopped(by, stopped);
    }

    /// Emitters, drains and grabs whose time is over go; grabs that stand go on.
    fn go_on(&mut self) {
        let tick = self.tick;
        self.keep_emitters(|e, _| e.until > tick);
        self.drains.retain(|d| d.1 > self.tick);
        self.grabs.go_on(self.terrain.size(), tick);
    }

    /// What a command does to particles, once it has changed the globals.
    fn work(&self, command: &Command, seed: Seed, ops: &mut Vec<CellOp>) {
        let rect = command.reach(self.size());
        if let Some((area, effect)) = command.effect() {
            return self.work_over(&area, effect, rect, seed, ops);
        }
        match command {
            Command::Explode { at, radius, speed } => {
                let centre = IVec2::from(*at);
                let words = cells(rect).map(|cell| blast(IVec2::from(cell) - centre, *radius, *speed)).collect();
                ops.push(CellOp { rect, kind: CellOpKind::Push, cells: words });
            }
            Command::Swirl { at, radius, speed } => {
                let centre = IVec2::from(*at);
                let words = cells(rect).map(|cell| swirl(IVec2::from(cell) - centre, *radius, *speed)).collect();
                ops.push(CellOp { rect, kind: CellOpKind::Push, cells: words });
            }
            Command::Clear => {
                let (rect, kind) = (self.size().rect(), CellOpKind::Erase(self.strokes.taking(seed.stroke)));
                ops.push(CellOp { rect, kind, cells: Vec::new() });
            }
            Command::Turn(wheel) => {
                let [x, y] = wheel.centre.map(|cell| cell as u32);
                let told = [x | y << 12 | (wheel.rate as u32) << 22, 0];
                self.carry(rect, |x, y| wheel.covers(x, y), VANE, told, seed, ops);
            }
            Command::Slide(slider) => {
                let [x, y] = slider.sway.map(|way| (way as u32) << 6 & 0xffc0);
                let told = [(slider.rate as u32) << 22, x | y << 16];
                // It begins where it is by now, to whole cells: a sway by a sine, Q18.
                let turn = sine((slider.rate as u32).wrapping_mul(self.first_substep()) as i32);
                let [x, y] = slider.sway.map(|way| rs(way * turn, 18));
                let Rect { x0, y0, x1, y1 } = slider.rect;
                let now = Rect::new(x0 + x, y0 + y, x1 + x, y1 + y);
                self.carry(now, |_, _| true, PISTON, told, seed, ops);
            }
            Command::Fill { material, .. } => self.spawn(rect, |_, _| true, [0, 0], *material, seed, ops),
            Command::Gravity(_)
            | Command::Emit(_)
            | Command::Drain { .. }
            | Command::Begin
            | Command::Undo
            | Command::By(_)
            | Command::Settle
            | Command::Bring { .. }
            | Command::Paste(_)
            | Command::Grab { .. }
            | Command::Release => {}
            // Those that have an effect are done above.
            Command::Pour { .. }
            | Command::Erase(_)
            | Command::Wall { .. }
            | Command::Push { .. }
            | Command::Warm { .. }
            | Command::Apply { .. } => {}
        }
    }

    /// What is done to the cells of an area, within a rectangle of the world, does to particles.
    fn work_over(&self, area: &Area, effect: Effect, rect: Rect, seed: Seed, ops: &mut Vec<CellOp>) {
        let stroke = self.strokes.taking(seed.stroke);
        let (kind, word) = match effect {
            Effect::Pour { material, velocity } => {
                return self.spawn(rect, |x, y| area.covers(x, y), velocity, material, seed, ops);
            }
            Effect::Wall { solid: false } => return,
            Effect::Erase | Effect::Wall { solid: true } => (CellOpKind::Erase(stroke), 1),
            Effect::Push { velocity: [x, y] } => (CellOpKind::Push, (x as u32 & 0xffff) | (y as u32) << 16),
            Effect::Warm { by } => (CellOpKind::Warm, by as u32),
            Effect::Take { material } => (CellOpKind::Take { material: material.into(), stroke }, 1),
            Effect::Replace { from, to } => (CellOpKind::Replace { from: from.into(), to: to.into(), stroke }, 1),
        };
        let words = cells(rect).map(|(x, y)| if area.covers(x, y) { word } else { 0 }).collect();
        ops.push(CellOp { rect, kind, cells: words });
    }

    /// Puts what is carried in the place of what is in the covered cells of a rectangle that are not solid.
    fn carry(
        &self,
        rect: Rect,
        covers: impl Fn(i32, i32) -> bool,
        material: u8,
        told: [u32; 2],
        seed: Seed,
        ops: &mut Vec<CellOp>,
    ) {
        let number = self.first_substep();
        let words: Vec<u32> = cells(rect).map(|(x, y)| u32::from(covers(x, y))).collect();
        let taking = self.strokes.taking(seed.stroke);
        ops.push(CellOp { rect, kind: CellOpKind::Erase(taking), cells: words.clone() });
        self.spawn(rect, covers, [0, 0], material, seed, ops);
        ops.push(CellOp { rect, kind: CellOpKind::Carry { told, number }, cells: words });
    }

    /// Fills the covered cells of a rectangle that are not solid.
    fn spawn(
        &self,
        rect: Rect,
        covers: impl Fn(i32, i32) -> bool,
        velocity: [i32; 2],
        material: u8,
        Seed { index, stroke }: Seed,
        ops: &mut Vec<CellOp>,
    ) {
        let words = cells(rect).map(|(x, y)| u32::from(covers(x, y) && !self.terrain.solid(x, y))).collect();
        let seed = hash4([self.tick as u32, (self.tick >> 32) as u32, index, 0x5eed])[0];
        ops.push(CellOp {
            rect,
            kind: CellOpKind::Spawn {
                velocity,
                material: u32::from(material),
                seed,
                stroke,
                taking: self.strokes.taking(stroke),
            },
            cells: words,
        });
    }
}

/// What new particles begin from.
#[derive(Clone, Copy, Debug)]
struct Seed {
    /// Tells a tick's commands and emitters apart: where they lie is by a hash of tick and index.
    index: u32,
    /// Whose they are.
    stroke: u16,
}

/// What a change of the globals leaves to be done with particles.
#[derive(Debug)]
enum Left {
    Nothing,
    /// Some strokes can no longer be taken back.
    Over(Over),
    Undone(Undone),
    /// A stamp was put into a rectangle: a word for each cell that it fills, and what comes there.
    Pasted {
        rect: Rect,
        cells: Vec<u32>,
        particles: Arc<[Particle]>,
        taking: u16,
    },
}

/// The `n`-th of the four particles that fill a cell at rest density: one a quarter of the cell, shifted by
/// up to an eighth of a cell by a hash, so that fills do not form lines. The WGSL twin is in `shader/ops.wgsl`.
pub fn spawned(x: i32, y: i32, n: u32, velocity: [i32; 2], material: u32, seed: u32) -> Particle {
    let h = hash4([x as u32, y as u32, n, seed]);
    let quarter = |half: u32, hash: u32| (half * 2048 + 512 + (hash & 1023)) as i32;
    let (x, y) = ((x << POS_BITS) + quarter(n & 1, h[0]), (y << POS_BITS) + quarter(n >> 1 & 1, h[1]));
    Particle::pack(Fields {
        x,
        y,
        vx: velocity[0],
        vy: velocity[1],
        d: [0; 4],
        j: initial_j(material, x, y),
        material,
        words: initial_words_at(material, x, y),
    })
}

/// A particle of another material from now on, as if a stroke had poured that where it is: it keeps its velocity, if it goes on
/// moving, and where the stroke is nobody's (0) whose it was. The WGSL twin is in `shader/ops.wgsl`.
pub fn replaced(p: Particle, from: u32, to: u32, stroke: u16) -> Particle {
    if p.material() != from {
        return p;
    }
    let (f, stroke) = (p.unpack(), if stroke == 0 { p.stroke() } else { stroke });
    let [vx, vy] = if keeps_place(to) { [0, 0] } else { [f.vx, f.vy] };
    let (j, words) = (initial_j(to, f.x, f.y), initial_words_at(to, f.x, f.y));
    Particle::pack(Fields { vx, vy, d: [0; 4], j, material: to, words, ..f }).of_stroke(stroke)
}

/// The push of a blast at an offset from its centre: `speed` at the centre falling linearly to zero at the
/// rim, directed outwards.
fn blast(offset: IVec2, radius: i32, speed: i32) -> u32 {
    let r2 = offset.length_squared();
    if r2 > radius * radius || r2 == 0 {
        return 0;
    }
    let distance = (r2 as u32 * 256).isqrt() as i32; // Q4 cells
    let strength = speed * (radius * 16 - distance).max(0) / (radius * 16);
    let v = offset * strength * 16 / distance;
    (v.x as u32 & 0xffff) | (v.y as u32) << 16
}

/// The push of a swirl at an offset from its centre: as strong as a blast's, to the left of its way, and a quarter of it inwards,
/// which holds together what goes round.
fn swirl(offset: IVec2, radius: i32, speed: i32) -> u32 {
    let word = blast(offset, radius, speed.abs());
    let [x, y] = [word as u16 as i16, (word >> 16) as u16 as i16].map(i32::from);
    let turn = speed.signum();
    let [x, y] = [-y * turn - x / 4, x * turn - y / 4];
    (x as u32 & 0xffff) | (y as u32) << 16
}

/// Whether an area has the middle of an emitter.
fn is_at(area: &Area, emitter: &Emitter) -> bool {
    let rect = emitter.rect;
    area.covers((rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2)
}

/// The cells of a rectangle, row by row from below.
fn cells(rect: Rect) -> impl Iterator<Item = (i32, i32)> {
    (rect.y0..rect.y1).flat_map(move |y| (rect.x0..rect.x1).map(move |x| (x, y)))
}
