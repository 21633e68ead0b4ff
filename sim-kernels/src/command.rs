//! What a player (or a scene) does to the world. Commands act in log order at the start of their tick,
//! cell by cell, on that cell's particles, terrain and the command alone: that is what lets every shard
//! apply them without asking another.

use crate::area::{Area, Run, is_within};
pub use crate::area::{BRUSH_RADIUS_MAX, STROKE_MAX, Stroke};
use crate::digest::Digest;
use crate::geom::{Rect, WorldSize};
use crate::grabs::Grab;
use crate::materials::family::carried::{RATE_MAX, RIM_MAX, SWAY_MAX, sine};
use crate::materials::{PISTON, VANE};
use crate::stamp::{self, Stamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The most that a stroke warms or cools by, in sixteenths of a degree of water.
pub const WARM_MAX: i32 = 16_384;
/// The strongest gravity along either axis, Q15 cells a substep squared.
pub const GRAVITY_MAX: i32 = 512;
/// The fastest push, Q15 cells a substep.
pub const PUSH_MAX: i32 = 16384;
/// The smallest wheel's radius, in cells.
pub const WHEEL_RADIUS_MIN: i32 = 3;
/// The most vanes of a wheel.
pub const VANES_MAX: i32 = 16;
/// The most emitters and drains that a world holds at once.
pub const SOURCES_MAX: usize = 64;

/// The most cells that emitters may fill in each tick, all together: they stand until somebody takes them away, and a
/// cell takes up to 0.7 us of a tick of its holder, a world that is full included.
pub const EMITTERS_CELLS_MAX: usize = 8192;

/// A standing source of particles, part of the digested state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emitter {
    /// Cells that are kept filled.
    pub rect: Rect,
    /// Initial velocity, Q15 cells a substep.
    pub velocity: [i32; 2],
    /// What: a code, and in scene files its name.
    #[serde(with = "crate::materials::by_name")]
    pub material: u8,
    /// The tick at which it ends and is forgotten.
    pub until: u64,
}

/// A wheel that turns about the middle of a cell, whatever pushes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// The cell that it turns about.
    pub centre: [i32; 2],
    /// In cells, [`WHEEL_RADIUS_MIN`] to [`BRUSH_RADIUS_MAX`].
    pub radius: i32,
    /// So many vanes around a hub, at most [`VANES_MAX`]; none is a whole disc.
    pub vanes: i32,
    /// How fast, in 1/65536 of a turn a substep, to the left where it is above 0; its rim goes at most half a cell a substep.
    pub rate: i32,
}

/// A wall that slides to and fro, whatever pushes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slider {
    /// Its cells in the middle of its way.
    pub rect: Rect,
    /// How far it goes from there, to the one side and then to the other, in eighths of a cell.
    pub sway: [i32; 2],
    /// How fast, in 1/65536 of a to and fro a substep; at most half a cell a substep along either axis.
    pub rate: i32,
}

/// Where a stamp is put, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paste {
    /// What its code is named by.
    pub stamp: Digest,
    /// The cell of its lower left corner, which may lie outside of the world.
    pub at: [i32; 2],
    /// Its width and height, before it is turned.
    pub size: [i32; 2],
    /// How many particles it has at most, for those who count them.
    pub particles: u32,
    /// How often it is turned to the left by a quarter, below 4.
    pub turns: u8,
    /// Whether left and right change places before that.
    pub mirrored: bool,
}

/// What is done to the cells of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Effect {
    /// They are filled up to rest density, where they are not solid.
    Pour {
        /// What: a code, and in scene files its name.
        #[serde(with = "crate::materials::by_name")]
        material: u8,
        /// Initial velocity, Q15 cells a substep.
        velocity: [i32; 2],
    },
    /// Their particles are removed.
    Erase,
    /// They become solid (and their particles are removed) or open again.
    Wall {
        /// Solid, or open.
        solid: bool,
    },
    /// A velocity is added to that of their particles.
    Push {
        /// Q15 cells a substep, each at most [`PUSH_MAX`] in size.
        velocity: [i32; 2],
    },
    /// Their particles become warmer, or colder.
    Warm {
        /// By how much, in sixteenths of what warms water by a degree, not 0, and at most [`WARM_MAX`] in size.
        by: i32,
    },
    /// Their particles of one material are removed.
    Take {
        /// Which: a code, and in scene files its name.
        #[serde(with = "crate::materials::by_name")]
        material: u8,
    },
    /// Their particles of one material become another, as if that were poured in their stead.
    Replace {
        /// Which: a code, and in scene files its name.
        #[serde(with = "crate::materials::by_name")]
        from: u8,
        /// What they become.
        #[serde(with = "crate::materials::by_name")]
        to: u8,
    },
}

/// Declares the commands: the enum, their kinds, and what peers compare.
macro_rules! commands {
    ($(
        $(#[$doc:meta])*
        $kind:ident $(($inner:ty))? $({ $($(#[$about:meta])* $field:ident: $type:ty,)* })?,
    )*) => {
        /// One command.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub enum Command { $($(#[$doc])* $kind $(($inner))? $({ $($(#[$about])* $field: $type,)* })?,)* }

        /// Names the kinds of [`Command`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// All kinds, in the order of their codes: a new one comes last.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];
        }

        /// Each command's name, and what is in it: names and types.
        pub(crate) const DECLARED: &[(&str, &[&str])] = &[$((
            stringify!($kind),
            &[$(stringify!($inner),)? $($(stringify!($field), stringify!($type),)*)?],
        ),)*];
    };
}

commands! {
    /// Fill the stroke's cells up to rest density, where they are not solid.
    Pour {
        /// Where.
        stroke: Stroke,
        /// What: a code, and in scene files its name.
        #[serde(with = "crate::materials::by_name")]
        material: u8,
        /// Initial velocity, Q15 cells a substep.
        velocity: [i32; 2],
    },
    /// Remove the particles in the stroke's cells.
    Erase(Stroke),
    /// Make cells solid (and remove the particles in them) or open again.
    Wall {
        /// Where.
        stroke: Stroke,
        /// Solid, or open.
        solid: bool,
    },
    /// Add a velocity to the particles in the stroke's cells.
    Push {
        /// Where.
        stroke: Stroke,
        /// Q15 cells a substep, each at most [`PUSH_MAX`] in size.
        velocity: [i32; 2],
    },
    /// Push away from a centre, weaker towards the rim.
    Explode {
        /// Centre, in cells.
        at: [i32; 2],
        /// Radius in cells, at most [`BRUSH_RADIUS_MAX`].
        radius: i32,
        /// Speed at the centre, Q15 cells a substep, at most [`PUSH_MAX`].
        speed: i32,
    },
    /// Set gravity, Q15 cells a substep squared, each at most [`GRAVITY_MAX`] in size.
    Gravity([i32; 2]),
    /// Remove all particles; terrain stays. The leader says it itself, and for good, where too many would lie dormant.
    Clear,
    /// Add an emitter.
    Emit(Emitter),
    /// Add a drain: particles in it are removed at every tick.
    Drain {
        /// Cells.
        rect: Rect,
        /// The tick at which it ends.
        until: u64,
    },
    /// Fill a rectangle of cells at rest density (scenes use it), where they are not solid.
    Fill {
        /// Cells.
        rect: Rect,
        /// What: a code, and in scene files its name.
        #[serde(with = "crate::materials::by_name")]
        material: u8,
    },
    /// Warm the particles in the stroke's cells, or cool them.
    Warm {
        /// Where.
        stroke: Stroke,
        /// By how much, in sixteenths of what warms water by a degree, not 0, and at most [`WARM_MAX`] in size.
        by: i32,
    },
    /// Put a wheel in the place of what is there, where it is not solid.
    Turn(Wheel),
    /// Put a wall that slides in the place of what is there, where it is not solid.
    Slide(Slider),
    /// What its author does from here on is another stroke, which is taken back as a whole: see [`crate::strokes`].
    Begin,
    /// Take the newest stroke of its author back that can be.
    Undo,
    /// Whose what follows in its tick is: a number that tells people apart, 0 for nobody. Nobody says this of themselves:
    /// whoever lays a tick's commands out puts it there.
    By(u128),
    /// What the older half of all strokes took away is gone for good: whoever leads the room says it where too much lies
    /// dormant, and nobody else.
    Settle,
    /// Do something to the cells of an area. What an earlier command says for a round brush is said by that: see
    /// [`Command::over`].
    Apply {
        /// Where.
        area: Area,
        /// What.
        effect: Effect,
    },
    /// Push around a centre, weaker towards the rim, and a little inwards.
    Swirl {
        /// Centre, in cells.
        at: [i32; 2],
        /// Radius in cells, at most [`BRUSH_RADIUS_MAX`].
        radius: i32,
        /// Speed at the centre, Q15 cells a substep, at most [`PUSH_MAX`] in size; to the left where it is above 0.
        speed: i32,
    },
    /// Bring a part of a stamp's code, so that the world keeps it: see [`crate::stamp`]. Parts come in their order.
    Bring {
        /// What the code is named by.
        stamp: Digest,
        /// How long all of it is, in bytes, at most [`stamp::BYTES_MAX`].
        total: u32,
        /// Where the part begins.
        from: u32,
        /// At most [`stamp::PART_BYTES_MAX`].
        part: Vec<u8>,
    },
    /// Put what a stamp holds in the place of what is there, as the tick ends. Where the world does not have that stamp, or it is
    /// not what is said here, nothing happens.
    Paste(Paste),
    /// Take hold of what is there, or go on holding it and take it somewhere else: see [`crate::grabs`]. Whoever holds something
    /// holds nothing else, and says this again and again, or lets go of it.
    Grab {
        /// The cell to which it is to come.
        at: [i32; 2],
        /// Radius in cells, 1 to [`BRUSH_RADIUS_MAX`].
        radius: i32,
        /// The code of the one material that is held; all that is there where there is none.
        #[serde(with = "crate::materials::by_name::maybe")]
        only: Option<u8>,
    },
    /// Let go of what one holds.
    Release,
}

/// What a command adds to the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adds {
    /// No particle.
    Nothing,
    /// Particles in the cells of an area, at rest density at most.
    Over(Area),
    /// Beside those in the cells of an area as many that lie dormant, as far as that is kept of a cell.
    Beside(Area),
    /// So many particles.
    Particles(u32),
    /// Particles in the cells of a rectangle, at rest density at most.
    Within(Rect),
    /// A source of them.
    Emitter(Emitter),
    /// What takes them away, and the tick at which it ends.
    Drain(Rect, u64),
}

impl Emitter {
    /// All of it, for digests.
    pub(crate) fn words(&self) -> [u32; 9] {
        let Self { rect: Rect { x0, y0, x1, y1 }, velocity: [vx, vy], material, until } = *self;
        let [x0, y0, x1, y1, vx, vy] = [x0, y0, x1, y1, vx, vy].map(|w| w as u32);
        [x0, y0, x1, y1, vx, vy, u32::from(material), until as u32, (until >> 32) as u32]
    }
}

impl Wheel {
    /// The cells that it can cover.
    pub fn dab(&self) -> Stroke {
        Stroke::dab(self.centre, self.radius)
    }

    /// Whether it has a cell: within its radius, and in its hub or along a vane four cells wide.
    pub fn covers(&self, x: i32, y: i32) -> bool {
        let [dx, dy] = [x - self.centre[0], y - self.centre[1]];
        let (square, hub) = (dx * dx + dy * dy, self.radius / 5 + 1);
        // 48 cells, Q15, twice.
        let vane = |k: i32| {
            let at = (k << 16) / self.vanes;
            let [c, s] = [sine(at + 0x4000), sine(at)];
            dx * c + dy * s >= 0 && (dy * c - dx * s).abs() <= 2 << 15
        };
        square <= self.radius * self.radius && (self.vanes == 0 || square <= hub * hub || (0..self.vanes).any(vane))
    }

    /// Whether everything is within the limits, and the world has room for it.
    fn is_valid(&self, world: WorldSize) -> bool {
        (WHEEL_RADIUS_MIN..=BRUSH_RADIUS_MAX).contains(&self.radius)
            && (0..=VANES_MAX).contains(&self.vanes)
            && self.rate.unsigned_abs() <= RATE_MAX as u32
            && self.rate.abs() * self.radius <= RIM_MAX
            && world.rect().grown(-self.radius - 1).contains(self.centre[0], self.centre[1])
    }
}

impl Slider {
    /// The cells of the world that it comes to.
    fn reach(&self) -> Rect {
        let [x, y] = self.sway.map(|way| (way.abs() + 7) / 8);
        let Rect { x0, y0, x1, y1 } = self.rect;
        Rect::new(x0 - x, y0 - y, x1 + x, y1 + y)
    }

    /// Whether everything is within the limits, and the world has room for its way.
    fn is_valid(&self, world: WorldSize) -> bool {
        let limits = self.rate.unsigned_abs() <= RATE_MAX as u32
            && self.sway.iter().all(|way| way.unsigned_abs() <= SWAY_MAX as u32)
            && self.sway.iter().all(|way| (self.rate * way).abs() <= 8 * RIM_MAX);
        limits && is_within(&self.rect, world) && is_within(&self.reach(), world)
    }
}

impl Paste {
    /// The cells that it comes to, as it is turned.
    pub fn rect(&self) -> Rect {
        let [x, y] = self.at;
        let [w, h] = if self.turns.is_multiple_of(2) { self.size } else { [self.size[1], self.size[0]] };
        Rect::new(x, y, x + w, y + h)
    }

    /// Whether everything is within the limits, and some of it within the world.
    fn is_valid(&self, world: WorldSize) -> bool {
        stamp::is_size(self.size)
            && self.turns < 4
            && self.particles as usize <= stamp::PARTICLES_MAX
            && world.rect().grown(stamp::SIDE_MAX).contains(self.at[0], self.at[1])
            && !self.rect().intersect(world.rect()).is_empty()
    }
}

impl Effect {
    /// Whether everything is within the limits.
    fn is_valid(&self) -> bool {
        // What may be poured may be taken, too: nothing else lies about.
        let material_ok = |m: u8| crate::materials::is_poured(u32::from(m));
        match self {
            Self::Pour { material, velocity } => material_ok(*material) && is_speed(velocity),
            Self::Erase | Self::Wall { .. } => true,
            Self::Push { velocity } => is_speed(velocity),
            Self::Warm { by } => *by != 0 && by.unsigned_abs() <= WARM_MAX as u32,
            Self::Take { material } => material_ok(*material),
            Self::Replace { from, to } => material_ok(*from) && material_ok(*to) && from != to,
        }
    }
}

/// Whether a velocity is no faster than a push.
fn is_speed(velocity: &[i32; 2]) -> bool {
    velocity.iter().all(|c| c.unsigned_abs() <= PUSH_MAX as u32)
}

/// Whether there may be a blast or a swirl about a cell.
fn is_round_within(at: [i32; 2], radius: i32, world: WorldSize) -> bool {
    world.rect().grown(BRUSH_RADIUS_MAX).contains(at[0], at[1]) && (1..=BRUSH_RADIUS_MAX).contains(&radius)
}

impl Command {
    /// What does something to the cells of an area, in the least words that there are for it.
    pub fn over(area: Area, effect: Effect) -> Self {
        match (area, effect) {
            (Area::Round(stroke), Effect::Pour { material, velocity }) => Self::Pour { stroke, material, velocity },
            (Area::Round(stroke), Effect::Erase) => Self::Erase(stroke),
            (Area::Round(stroke), Effect::Wall { solid }) => Self::Wall { stroke, solid },
            (Area::Round(stroke), Effect::Push { velocity }) => Self::Push { stroke, velocity },
            (Area::Round(stroke), Effect::Warm { by }) => Self::Warm { stroke, by },
            (area, effect) => Self::Apply { area, effect },
        }
    }

    /// Where it acts and what it does there, of one that does the same to all cells of an area: the inverse of
    /// [`Self::over`].
    pub fn effect(&self) -> Option<(Cow<'_, Area>, Effect)> {
        let round = |stroke: &Stroke, effect| Some((Cow::Owned(Area::Round(*stroke)), effect));
        match self {
            Self::Apply { area, effect } => Some((Cow::Borrowed(area), *effect)),
            Self::Pour { stroke, material, velocity } => {
                round(stroke, Effect::Pour { material: *material, velocity: *velocity })
            }
            Self::Erase(stroke) => round(stroke, Effect::Erase),
            Self::Wall { stroke, solid } => round(stroke, Effect::Wall { solid: *solid }),
            Self::Push { stroke, velocity } => round(stroke, Effect::Push { velocity: *velocity }),
            Self::Warm { stroke, by } => round(stroke, Effect::Warm { by: *by }),
            Self::Explode { .. }
            | Self::Gravity(_)
            | Self::Clear
            | Self::Emit(_)
            | Self::Drain { .. }
            | Self::Fill { .. }
            | Self::Turn(_)
            | Self::Slide(_)
            | Self::Begin
            | Self::Undo
            | Self::By(_)
            | Self::Settle
            | Self::Swirl { .. }
            | Self::Bring { .. }
            | Self::Paste(_)
            | Self::Grab { .. }
            | Self::Release => None,
        }
    }

    /// Whether a command that came from outside is within every limit; others are refused, never clamped.
    pub fn is_valid(&self, world: WorldSize) -> bool {
        if let Some((area, effect)) = self.effect() {
            return area.is_valid(world) && effect.is_valid();
        }
        let rect_ok = |r: &Rect| is_within(r, world);
        let is_copy = |e: &Emitter| u32::from(e.material) == crate::materials::COPY;
        let material_ok = |m: u8| crate::materials::is_poured(u32::from(m));
        match self {
            Self::Explode { at, radius, speed } => {
                is_round_within(*at, *radius, world) && (0..=PUSH_MAX).contains(speed)
            }
            Self::Swirl { at, radius, speed } => {
                is_round_within(*at, *radius, world) && speed.unsigned_abs() <= PUSH_MAX as u32
            }
            Self::Gravity(g) => g.iter().all(|c| c.unsigned_abs() <= GRAVITY_MAX as u32),
            Self::Clear => true,
            Self::Emit(e) => {
                rect_ok(&e.rect)
                    && e.rect.area() <= 4096
                    && is_speed(&e.velocity)
                    && (material_ok(e.material) || is_copy(e))
            }
            Self::Drain { rect, .. } => rect_ok(rect),
            Self::Fill { rect, material } => rect_ok(rect) && material_ok(*material),
            Self::Turn(wheel) => wheel.is_valid(world),
            Self::Slide(slider) => slider.is_valid(world),
            Self::Begin | Self::Undo | Self::By(_) | Self::Settle => true,
            Self::Bring { total, from, part, .. } => {
                (1..=stamp::PART_BYTES_MAX).contains(&part.len())
                    && *total as usize <= stamp::BYTES_MAX
                    && (*from as usize).saturating_add(part.len()) <= *total as usize
            }
            Self::Paste(paste) => paste.is_valid(world),
            Self::Grab { at, radius, only } => Grab::may_be(*at, *radius, *only, world),
            Self::Release => true,
            // Those that have an effect are answered above.
            Self::Pour { .. }
            | Self::Erase(_)
            | Self::Wall { .. }
            | Self::Push { .. }
            | Self::Warm { .. }
            | Self::Apply { .. } => false,
        }
    }

    /// Whether it belongs to a stroke, which can be taken back: it adds or takes away something, or changes walls.
    pub const fn can_be_undone(&self) -> bool {
        match self {
            Self::Pour { .. } | Self::Wall { .. } | Self::Emit(_) | Self::Fill { .. } => true,
            Self::Turn(_) | Self::Slide(_) => true,
            Self::Erase(_) | Self::Clear => true,
            Self::Push { .. } | Self::Explode { .. } | Self::Swirl { .. } | Self::Warm { .. } => false,
            Self::Gravity(_) | Self::Drain { .. } | Self::Begin | Self::Undo | Self::By(_) | Self::Settle => false,
            Self::Bring { .. } | Self::Grab { .. } | Self::Release => false,
            Self::Paste(_) => true,
            Self::Apply { effect, .. } => !matches!(effect, Effect::Push { .. } | Effect::Warm { .. }),
        }
    }

    /// Whether somebody may say it: whose a command is, nobody says of themselves.
    pub const fn is_sayable(&self) -> bool {
        !matches!(self, Self::By(_) | Self::Settle)
    }

    /// The cells of the world that it touches one by one: each takes a word and some time of every holder, whether there
    /// are particles or not. Empty for what is a list's entry, or clears a rectangle as a whole.
    pub fn reach(&self, world: WorldSize) -> Rect {
        let reach = match self {
            Self::Pour { stroke, .. }
            | Self::Erase(stroke)
            | Self::Wall { stroke, .. }
            | Self::Push { stroke, .. }
            | Self::Warm { stroke, .. } => stroke.bounds(),
            Self::Apply { area, .. } => area.bounds(),
            Self::Explode { at, radius, .. } | Self::Swirl { at, radius, .. } | Self::Grab { at, radius, .. } => {
                Stroke::dab(*at, *radius).bounds()
            }
            Self::Fill { rect, .. } => *rect,
            Self::Turn(wheel) => wheel.dab().bounds(),
            Self::Slide(slider) => slider.reach(),
            Self::Gravity(_) | Self::Clear | Self::Emit(_) | Self::Drain { .. } => Rect::default(),
            Self::Begin | Self::Undo | Self::By(_) | Self::Settle | Self::Bring { .. } => Rect::default(),
            Self::Release => Rect::default(),
            Self::Paste(paste) => paste.rect(),
        };
        reach.intersect(world.rect())
    }

    /// What it takes in messages besides a few numbers, counted as runs of cells, which those are that it names, of six bytes.
    pub const fn runs(&self) -> usize {
        match self {
            Self::Apply { area: Area::Cells(runs), .. } => runs.len(),
            Self::Bring { part, .. } => part.len().div_ceil(6),
            _ => 0,
        }
    }

    /// The code of the material that it adds, or makes of another.
    pub fn material(&self) -> Option<u8> {
        match self {
            Self::Pour { material, .. } | Self::Fill { material, .. } => Some(*material),
            Self::Emit(emitter) => Some(emitter.material),
            Self::Turn(_) => Some(VANE),
            Self::Slide(_) => Some(PISTON),
            Self::Apply { effect: Effect::Pour { material, .. } | Effect::Replace { to: material, .. }, .. } => {
                Some(*material)
            }
            Self::Erase(_)
            | Self::Wall { .. }
            | Self::Push { .. }
            | Self::Explode { .. }
            | Self::Gravity(_)
            | Self::Clear
            | Self::Drain { .. }
            | Self::Warm { .. }
            | Self::Begin
            | Self::Undo
            | Self::By(_)
            | Self::Settle
            | Self::Apply { .. }
            | Self::Swirl { .. }
            | Self::Bring { .. }
            | Self::Paste(_)
            | Self::Grab { .. }
            | Self::Release => None,
        }
    }

    /// What it adds, for those who count particles.
    pub fn adds(&self) -> Adds {
        match self {
            Self::Pour { stroke, .. } => Adds::Over(Area::Round(*stroke)),
            Self::Apply { area, effect: Effect::Pour { .. } } => Adds::Over(area.clone()),
            Self::Apply { area, effect: Effect::Replace { .. } } => Adds::Beside(area.clone()),
            Self::Fill { rect, .. } => Adds::Within(*rect),
            Self::Turn(wheel) => Adds::Over(Area::Round(wheel.dab())),
            Self::Slide(slider) => Adds::Within(slider.rect),
            Self::Emit(emitter) => Adds::Emitter(*emitter),
            Self::Drain { rect, until } => Adds::Drain(*rect, *until),
            Self::Paste(paste) => Adds::Particles(paste.particles),
            Self::Erase(_)
            | Self::Wall { .. }
            | Self::Push { .. }
            | Self::Explode { .. }
            | Self::Gravity(_)
            | Self::Clear
            | Self::Warm { .. }
            | Self::Begin
            | Self::Undo
            | Self::By(_)
            | Self::Settle
            | Self::Apply { .. }
            | Self::Swirl { .. }
            | Self::Bring { .. }
            | Self::Grab { .. }
            | Self::Release => Adds::Nothing,
        }
    }

    /// A command of a kind around a cell, for tests to begin with: so each kind is reached by them. It is valid where the
    /// world has 8 cells around that one, and ends by tick 60 what it begins.
    pub fn sample(kind: Kind, at: [i32; 2]) -> Self {
        let [x, y] = at;
        let until = 60;
        match kind {
            Kind::Pour => Self::Pour { stroke: Stroke::dab(at, 3), material: 0, velocity: [900, -700] },
            Kind::Erase => Self::Erase(Stroke { from: at, to: [x + 4, y + 2], radius: 1 }),
            Kind::Wall => Self::Wall { stroke: Stroke::dab([x - 6, y], 1), solid: true },
            Kind::Push => Self::Push { stroke: Stroke::dab(at, 8), velocity: [-3000, 2000] },
            Kind::Explode => Self::Explode { at, radius: 7, speed: 5000 },
            Kind::Gravity => Self::Gravity([5, -30]),
            Kind::Clear => Self::Clear,
            Kind::Emit => {
                let rect = Rect::new(x, y + 4, x + 2, y + 6);
                Self::Emit(Emitter { rect, velocity: [300, -900], material: 0, until })
            }
            Kind::Drain => Self::Drain { rect: Rect::new(x - 4, y - 6, x - 1, y - 3), until },
            Kind::Fill => Self::Fill { rect: Rect::new(x - 3, y + 1, x + 3, y + 4), material: 0 },
            Kind::Warm => Self::Warm { stroke: Stroke::dab([x + 3, y - 2], 4), by: -2500 },
            Kind::Turn => Self::Turn(Wheel { centre: [x + 1, y + 1], radius: 5, vanes: 3, rate: -700 / 2 }),
            Kind::Slide => {
                let rect = Rect::new(x - 3, y - 5, x + 2, y - 2);
                Self::Slide(Slider { rect, sway: [17, 5], rate: 300 })
            }
            Kind::Begin => Self::Begin,
            Kind::Undo => Self::Undo,
            Kind::By => Self::By(7),
            Kind::Settle => Self::Settle,
            // Of what lies there in most tests, something that has words: all that a change has to state.
            Kind::Apply => {
                let run = |dy: i32, dx: i32, cells| Run { y: (y + dy) as u16, x: (x + dx) as u16, cells };
                let area = Area::Cells(vec![run(-2, -4, 3), run(-2, 1, 5), run(0, -8, 16), run(1, -1, 1)]);
                let to = crate::materials::JELLY;
                Self::Apply { area, effect: Effect::Replace { from: 0, to } }
            }
            Kind::Swirl => Self::Swirl { at: [x - 2, y], radius: 6, speed: -4000 },
            Kind::Bring => {
                let part = Stamp::sample().encode();
                Self::Bring { stamp: Stamp::name(&part), total: part.len() as u32, from: 0, part }
            }
            Kind::Paste => {
                let stamp = Stamp::sample();
                let (name, particles) = (Stamp::name(&stamp.encode()), stamp.particles().len() as u32);
                let at = [x - 1, y - 1];
                Self::Paste(Paste { stamp: name, at, size: stamp.size(), particles, turns: 1, mirrored: true })
            }
            Kind::Grab => Self::Grab { at: [x + 3, y + 2], radius: 6, only: Some(0) },
            Kind::Release => Self::Release,
        }
    }

    /// One of each kind that somebody may say, around a cell.
    pub fn samples(at: [i32; 2]) -> impl Iterator<Item = Self> {
        Kind::ALL.iter().map(move |&kind| Self::sample(kind, at)).filter(Self::is_sayable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_valid_sample_that_reaches_no_further_than_it_says() {
        let world = WorldSize::new(64, 64).expect("a valid size");
        let all = Kind::ALL.iter().map(|&kind| (kind, Command::sample(kind, [32, 32])));
        for (kind, command) in all {
            assert!(command.is_valid(world), "{kind:?}");
            assert!(format!("{command:?}").starts_with(&format!("{kind:?}")), "{kind:?}: {command:?}");
            // What it adds or changes cell by cell is within its reach.
            let mut globals = crate::globals::Globals::new(world);
            let ops = globals.begin_tick(std::slice::from_ref(&command));
            let within = |rect: Rect| rect.intersect(command.reach(world)) == rect;
            let lists = matches!(command.adds(), Adds::Emitter(_) | Adds::Drain(..));
            assert!(lists || ops.iter().all(|op| op.cells.is_empty() || within(op.rect)), "{kind:?}");
        }
    }

    #[test]
    fn a_stroke_reaches_its_bounds_within_the_world() {
        let erase = Command::Erase(Stroke { from: [100, 100], to: [356, 356], radius: 48 });
        assert_eq!(erase.reach(WorldSize { width: 1024, height: 512 }).area(), 353 * 353);
        assert_eq!(erase.reach(WorldSize { width: 64, height: 64 }).area(), 12 * 12);
        let blast = Command::Explode { at: [0, 0], radius: 10, speed: 1 };
        assert_eq!(blast.reach(WorldSize { width: 64, height: 64 }).area(), 11 * 11);
        assert!(Command::Clear.reach(WorldSize { width: 64, height: 64 }).is_empty());
    }
}
