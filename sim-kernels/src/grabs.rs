//! Standing grabs: each holds what is within its radius and takes it along, as far as a spring can, until it is let go.
//!
//! Who grabs says where to, and a grab's centre goes there by itself, at most [`GRAB_SPEED_MAX`] a tick: so what is said a few
//! times a second, or late, moves smoothly, and nothing that anybody says moves it faster. It is part of the globals, and
//! ends by the number of the tick alone. What it does to particles is in `held`: it draws their velocities towards its own,
//! at most half the way a substep, so that however many hold a particle it only ever comes nearer to what they want. It looks
//! at nothing but the particle and the grab, so it carries nothing any further than without.
//!
//! It can be of one material alone: so a body is drawn out of what it lies in. Bodies are only as strong as they are: who
//! holds one by a small part tears that off, so the window makes a grab as large as the body.

use crate::area::BRUSH_RADIUS_MAX;
use crate::constants::{
    GRAB_CENTRE, GRAB_DRAW, GRAB_HOLD, GRAB_SPEED, GRAB_WORDS, MATERIAL_NONE, ONE, SPEED_MAX, SUBSTEPS,
};
use crate::digest::Digest;
use crate::fixed::{clamp, clamp_abs};
use crate::geom::{Rect, WorldSize};
use crate::materials::{Fields, by_name, is_poured};
use crate::particle::POS_BITS;
use serde::{Deserialize, Serialize};

/// The most grabs that stand in a world at once.
pub const GRABS_MAX: usize = 64;
/// A grab ends so many ticks after it was last renewed.
pub const GRAB_TICKS: u64 = 30;
/// The fastest centre: 3 cells a tick, Q12.
pub const GRAB_SPEED_MAX: i32 = 3 << POS_BITS;
/// A centre makes up for this part of its way in a tick, where that is not too fast.
const APPROACH: i32 = 4;

/// One grab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grab {
    /// Whose: a number that tells people apart, 0 for nobody's own.
    pub by: u128,
    /// What it holds is around here, Q12 cells.
    pub centre: [i32; 2],
    /// How the centre goes, Q12 cells a tick.
    pub velocity: [i32; 2],
    /// The cell to whose middle it goes.
    pub to: [i32; 2],
    /// In cells, 1 to [`BRUSH_RADIUS_MAX`].
    pub radius: i32,
    /// The code of the material that it holds; all that is there where there is none.
    #[serde(with = "by_name::maybe")]
    pub only: Option<u8>,
    /// The tick in which it was last said to go on.
    pub renewed: u64,
}

/// What the kernels of a tick are told of a grab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pull {
    /// Q12 cells.
    pub centre: [i32; 2],
    /// What it gives to what it holds, Q15 cells a substep.
    pub velocity: [i32; 2],
    /// Cells.
    pub radius: i32,
    /// The code of the material that it holds; [`MATERIAL_NONE`] where it holds all that is there.
    pub material: u32,
}

/// All grabs, in the order in which they began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grabs(Vec<Grab>);

impl Grab {
    /// Whether a place, a radius and a material may be said.
    pub(crate) fn may_be(at: [i32; 2], radius: i32, only: Option<u8>, world: WorldSize) -> bool {
        world.rect().contains(at[0], at[1])
            && (1..=BRUSH_RADIUS_MAX).contains(&radius)
            && only.is_none_or(|code| is_poured(code.into()))
    }

    /// The same a tick later, if it is not told of another place. It stays in the world, however it came to where it is.
    pub fn moved(&self, world: WorldSize) -> Self {
        let way = [0, 1].map(|k| middle(self.to[k]) - self.centre[k]);
        let wanted = limited(way.map(|w| w / APPROACH));
        // Half of the difference at once: it sets off and stops softly.
        let velocity = limited([0, 1].map(|k| self.velocity[k] + (wanted[k] - self.velocity[k]) / 2));
        let last = [world.width, world.height].map(|cells| (cells << POS_BITS) - 1);
        let centre = [0, 1].map(|k| (self.centre[k] + velocity[k]).clamp(0, last[k]));
        Self { velocity: [0, 1].map(|k| centre[k] - self.centre[k]), centre, ..*self }
    }

    /// Whether it came from outside within every limit.
    fn is_valid(&self, world: WorldSize, tick: u64) -> bool {
        let [x, y] = self.centre.map(|c| c >> POS_BITS);
        Self::may_be(self.to, self.radius, self.only, world)
            && world.rect().contains(x, y)
            && self.velocity.iter().all(|v| v.unsigned_abs() <= GRAB_SPEED_MAX as u32)
            && self.velocity == limited(self.velocity)
            && self.renewed <= tick
            && tick - self.renewed <= GRAB_TICKS
    }
}

impl Pull {
    /// The cells whose nodes it reaches.
    pub fn rect(&self) -> Rect {
        let [x, y] = self.centre.map(|c| c >> POS_BITS);
        let r = self.radius + 1;
        Rect::new(x - r, y - r, x + r + 1, y + r + 1)
    }

    /// As the shader reads it.
    pub fn words(&self) -> [u32; GRAB_WORDS as usize] {
        let Self { centre: [x, y], velocity: [vx, vy], radius, material } = *self;
        [x as u32, y as u32, vx as u32, vy as u32, radius as u32, material]
    }

    /// The same from the shader's words.
    pub fn of_words(words: &[u32]) -> Self {
        let word = |k: usize| words[k] as i32;
        Self { centre: [word(0), word(1)], velocity: [word(2), word(3)], radius: word(4), material: words[5] }
    }
}

impl Grabs {
    /// One that is there, by whose it is.
    pub fn of(&self, by: u128) -> Option<&Grab> {
        self.0.iter().find(|grab| grab.by == by)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Grab> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What a tick's kernels are told, once it has begun.
    pub fn pulls(&self) -> Vec<Pull> {
        // Q12 a tick is a quarter of that a substep, and 8 times in Q15.
        let pull = |g: &Grab| Pull {
            centre: g.centre,
            velocity: g.velocity.map(|v| 8 / SUBSTEPS * v),
            radius: g.radius,
            material: g.only.map_or(MATERIAL_NONE as u32, u32::from),
        };
        self.0.iter().map(pull).collect()
    }

    /// Somebody's grab goes to a cell from here on; where there is none it begins there, if there is room.
    pub(crate) fn hold(&mut self, by: u128, to: [i32; 2], radius: i32, only: Option<u8>, tick: u64) {
        if let Some(grab) = self.0.iter_mut().find(|grab| grab.by == by) {
            *grab = Grab { to, radius, only, renewed: tick, ..*grab };
        } else if self.0.len() < GRABS_MAX {
            self.0.push(Grab { by, centre: to.map(middle), velocity: [0, 0], to, radius, only, renewed: tick });
        }
    }

    /// Somebody lets go.
    pub(crate) fn release(&mut self, by: u128) {
        self.0.retain(|grab| grab.by != by);
    }

    /// A tick begins, after its commands: those that nobody renewed end, and the others go on.
    pub(crate) fn go_on(&mut self, world: WorldSize, tick: u64) {
        self.0.retain(|grab| tick < grab.renewed + GRAB_TICKS);
        self.0.iter_mut().for_each(|grab| *grab = grab.moved(world));
    }

    /// Whether what came from outside is within every limit.
    pub(crate) fn is_valid(&self, world: WorldSize, tick: u64) -> bool {
        let alone = |(k, grab): (usize, &Grab)| self.0[..k].iter().all(|other| other.by != grab.by);
        self.0.len() <= GRABS_MAX
            && self.0.iter().all(|grab| grab.is_valid(world, tick))
            && self.0.iter().enumerate().all(alone)
    }

    /// The digest; nothing where there are none.
    pub(crate) fn digest(&self) -> Digest {
        let words = self.0.iter().flat_map(|g| {
            let by = [0, 32, 64, 96].map(|shift| (g.by >> shift) as u32);
            let places = [g.centre, g.velocity, g.to].into_iter().flatten().map(|w| w as u32);
            by.into_iter().chain(places).chain([
                g.radius as u32,
                g.only.map_or(MATERIAL_NONE as u32, u32::from),
                g.renewed as u32,
                (g.renewed >> 32) as u32,
            ])
        });
        Digest::of_words(0x96ab_0001, words)
    }
}

// The sum of what all grabs want of a particle fits, however fast it and they are.
const _: () = assert!(GRABS_MAX as i64 * GRAB_HOLD as i64 * (GRAB_SPEED + SPEED_MAX) as i64 <= i32::MAX as i64);
// So do the squares of distances, in 16ths of a cell, times what is firm in the middle.
const _: () = assert!(2 * GRAB_HOLD as i64 * (16 * BRUSH_RADIUS_MAX as i64 + 8).pow(2) <= i32::MAX as i64);
const _: () = assert!(8 / SUBSTEPS * GRAB_SPEED_MAX == GRAB_SPEED);

/// The velocity of a particle, drawn towards what the grabs want that hold it: firmly as far as 0.7 of their radius, and from
/// there on less and less. Each wants it to go as it goes itself, a little inwards, and not to fall. What is squeezed slips
/// out of every hand: nothing is held where it is three times as dense as at rest (Q15), so that pressure wins in the end. The
/// WGSL twin is in `shader/g2p.wgsl`.
pub(crate) fn held(f: &Fields, [vx, vy]: [i32; 2], density: i32, gravity: [i32; 2], pulls: &[Pull]) -> [i32; 2] {
    let (mut hold, mut by_x, mut by_y) = (0, 0, 0);
    let grip = clamp((3 * ONE - density) >> 8, 0, GRAB_HOLD);
    for pull in pulls.iter().filter(|p| p.material == MATERIAL_NONE as u32 || p.material == f.material) {
        let [dx, dy] = [(f.x - pull.centre[0]) >> 8, (f.y - pull.centre[1]) >> 8];
        let reach = (pull.radius << 4) + 8;
        if dx.abs() >= reach || dy.abs() >= reach {
            continue;
        }
        let rest = reach * reach - dx * dx - dy * dy;
        if rest <= 0 {
            continue;
        }
        let firm = (2 * GRAB_HOLD * rest / (reach * reach)).min(GRAB_HOLD) * grip / GRAB_HOLD;
        let draw = GRAB_DRAW * (GRAB_HOLD + GRAB_CENTRE - firm);
        // What is held firmly falls for a substep by half of what it is lifted by here.
        let wanted = |k: usize, d: i32| clamp_abs(pull.velocity[k] - d * draw / reach - gravity[k], GRAB_SPEED);
        hold += firm;
        by_x += firm * (wanted(0, dx) - vx);
        by_y += firm * (wanted(1, dy) - vy);
    }
    // Half of the way to what they want together, or less.
    let all = (2 * hold).max(2 * GRAB_HOLD);
    [vx + by_x / all, vy + by_y / all]
}

/// The middle of a cell, Q12.
const fn middle(cell: i32) -> i32 {
    (cell << POS_BITS) + (1 << (POS_BITS - 1))
}

/// As it is, or in the same direction no faster than a grab may go.
fn limited(v: [i32; 2]) -> [i32; 2] {
    let [x, y] = v.map(i64::from);
    let size = (x * x + y * y).unsigned_abs().isqrt() as i64;
    if size <= i64::from(GRAB_SPEED_MAX) {
        return v;
    }
    // One more than the root that was rounded down, so that the limited is not limited again.
    [x, y].map(|c| (c * i64::from(GRAB_SPEED_MAX) / (size + 1)) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::globals::Globals;

    fn world() -> WorldSize {
        WorldSize::new(1024, 512).expect("a valid size")
    }

    #[test]
    fn a_grab_goes_where_it_is_told_and_no_faster_than_it_may() {
        let mut grabs = Grabs::default();
        grabs.hold(7, [100, 100], 9, None, 0);
        grabs.hold(7, [900, 40], 9, None, 0);
        let mut before = grabs.of(7).expect("it stands").centre;
        for tick in 0..GRAB_TICKS * 20 {
            if tick % 5 == 0 {
                grabs.hold(7, [900, 40], 9, None, tick);
            }
            grabs.go_on(world(), tick);
            let grab = grabs.of(7).expect("it stands");
            let [dx, dy] = [0, 1].map(|k| i64::from(grab.centre[k] - before[k]));
            assert!(dx * dx + dy * dy <= i64::from(GRAB_SPEED_MAX).pow(2), "{tick}");
            assert!(grabs.is_valid(world(), tick), "{tick}: {grab:?}");
            before = grab.centre;
        }
        let way = [0, 1].map(|k| middle([900, 40][k]) - before[k]);
        assert!(way.iter().all(|w| w.abs() <= 2 * APPROACH), "{way:?}");
        // What it goes by is made up for within 0.3 s where that is not too far.
        grabs.hold(7, [915, 50], 9, None, 600);
        (600..618).for_each(|tick| grabs.go_on(world(), tick));
        let grab = grabs.of(7).expect("it stands");
        let left = [0, 1].map(|k| (middle(grab.to[k]) - grab.centre[k]).abs());
        assert!(left.iter().all(|&w| w < 1 << (POS_BITS - 1)), "{left:?}");
    }

    #[test]
    fn a_grab_ends_unless_it_is_renewed() {
        let mut grabs = Grabs::default();
        grabs.hold(1, [5, 5], 4, None, 10);
        grabs.hold(2, [5, 5], 4, None, 12);
        grabs.hold(1, [9, 5], 4, None, 20);
        (20..42).for_each(|tick| grabs.go_on(world(), tick));
        assert!(grabs.len() == 2);
        grabs.go_on(world(), 42);
        assert!(grabs.of(2).is_none() && grabs.of(1).is_some(), "30 ticks after 12");
        grabs.release(2);
        grabs.release(1);
        assert!(grabs.is_empty() && grabs.digest() == Digest::default());
    }

    /// Also one that goes over the rim as fast as may be, which nobody comes to by what may be said: one of a save may.
    #[test]
    fn what_is_valid_stays_valid_as_it_goes_on() {
        let last = [(1024 << POS_BITS) - 1, (512 << POS_BITS) - 1];
        let fast = limited([GRAB_SPEED_MAX; 2])[0];
        let ways = [[1, 0], [-1, 0], [0, 1], [0, -1]].map(|way| way.map(|w| w * GRAB_SPEED_MAX));
        let slants = [[fast, fast], [fast, -fast], [-fast, fast], [-fast, -fast], [0, 0]];
        for centre in [[0, 0], [last[0], 0], [0, last[1]], last, last.map(|c| c / 2)] {
            for velocity in ways.into_iter().chain(slants) {
                for to in [[0, 0], [1023, 0], [0, 511], [1023, 511]] {
                    let grab = Grab { by: 1, centre, velocity, to, radius: 3, only: None, renewed: 100 };
                    let mut grabs = Grabs(vec![grab]);
                    assert!(grabs.is_valid(world(), 100), "{grab:?}");
                    for tick in 100..100 + GRAB_TICKS {
                        grabs.go_on(world(), tick);
                        assert!(grabs.len() == 1 && grabs.is_valid(world(), tick + 1), "{tick}: {grab:?}, {grabs:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_guess_at_an_earlier_tick_has_what_was_held_there() {
        let mut globals = Globals::new(world());
        globals.tick = 880;
        globals.pass_tick(&[Command::By(1), Command::Begin, Command::Grab { at: [4, 4], radius: 9, only: None }]);
        let then = globals.clone();
        let on = Command::Grab { at: [90, 4], radius: 9, only: None };
        (0..19).for_each(|_| globals.pass_tick(&[Command::By(1), on.clone()]));
        assert!(globals.is_valid() && !Globals { tick: then.tick, ..globals.clone() }.is_valid(), "said later");
        let guess = globals.earlier(then.tick, then.grabs.clone());
        assert!(guess.is_valid() && guess.tick == 881 && guess.grabs == then.grabs);
    }

    #[test]
    fn there_are_no_more_than_may_be_and_one_a_person() {
        let mut grabs = Grabs::default();
        (0..80).for_each(|by| grabs.hold(by, [by as i32, 8], 4, None, 3));
        assert_eq!(grabs.len(), GRABS_MAX);
        grabs.hold(5, [40, 40], 6, Some(0), 4);
        assert!(grabs.len() == GRABS_MAX && grabs.of(5).is_some_and(|grab| grab.to == [40, 40]));
        grabs.release(5);
        grabs.hold(70, [1, 1], 4, None, 4);
        assert!(grabs.of(70).is_some());
        assert!(grabs.is_valid(world(), 4));
    }

    #[test]
    fn what_came_from_outside_is_within_every_limit() {
        let good = Grab {
            by: 1,
            centre: [9 << 12; 2],
            velocity: [900, -900],
            to: [4, 4],
            radius: 3,
            only: Some(0),
            renewed: 100,
        };
        let is_valid = |grab: Grab| Grabs(vec![grab]).is_valid(world(), 110);
        assert!(is_valid(good));
        let fast = (f64::from(GRAB_SPEED_MAX) * 0.8) as i32;
        let bad = [
            Grab { centre: [-1, 0], ..good },
            Grab { centre: [1024 << 12, 0], ..good },
            Grab { velocity: [GRAB_SPEED_MAX + 1, 0], ..good },
            Grab { velocity: [i32::MIN, 0], ..good },
            Grab { velocity: [fast, fast], ..good },
            Grab { to: [1024, 4], ..good },
            Grab { radius: 0, ..good },
            Grab { radius: BRUSH_RADIUS_MAX + 1, ..good },
            Grab { only: Some(MATERIAL_NONE as u8), ..good },
            Grab { renewed: 111, ..good },
            Grab { renewed: 79, ..good },
        ];
        bad.into_iter().for_each(|grab| assert!(!is_valid(grab), "{grab:?}"));
        assert!(!Grabs(vec![good, good]).is_valid(world(), 110), "two of one person");
        let of = |by| Grab { by, ..good };
        assert!(Grabs((0..64).map(of).collect()).is_valid(world(), 110));
        assert!(!Grabs((0..65).map(of).collect()).is_valid(world(), 110), "too many");
    }
}
