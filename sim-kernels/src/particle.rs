//! The canonical particle: 16 bytes, and the words that its material has beyond them (see [`crate::materials::Word`]),
//! rounded to after every substep, the same everywhere.
//!
//! | word | bits | what | format |
//! |---|---|---|---|
//! | 0 | 0..24 | x | Q12 cells, 0 to 4096 |
//! | 0 | 24..32 | J, low 8 bits | see word 1 |
//! | 1 | 0..22 | y | Q12 cells, 0 to 1024 |
//! | 1 | 22..26 | J, high 4 bits | 12 bits: (2048 + j) / 4096, 0.5 to 1.5 |
//! | 1 | 26..32 | material | 63 is no particle (a hole in a buffer), 61 what lies dormant |
//! | 2 | 0..16, 16..32 | vx, vy | Q15 cells a substep, two's complement; of what lies dormant see [`Particle::dormant`] |
//! | 3 | 4 x 8 | velocity gradient a, b, c, d | Q8 a substep, two's complement |

pub use crate::constants::J_REST;
pub use crate::materials::Fields;

use crate::materials::{Class, EXTRA_WORDS, HEAT, Words, label};
use crate::{constants, materials};
use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

/// Bytes of the part that every particle has.
pub const BYTES: usize = 16;
/// Fraction bits of a position.
pub const POS_BITS: u32 = constants::POS_Q as u32;

/// One particle in its canonical form. Equality and order are those of the bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable, Serialize, Deserialize)]
#[repr(C)]
pub struct Particle(
    /// The words of the table above.
    pub [u32; 4],
    /// The words that its material has beyond these, and last that of its heat and label; the others are 0.
    pub Words,
);

const _: () = assert!(size_of::<Particle>() == BYTES + 4 * EXTRA_WORDS);

/// The material code that means "no particle here".
pub const MATERIAL_NONE: u32 = constants::MATERIAL_NONE as u32;
/// A hole in a buffer.
pub const NO_PARTICLE: Particle = Particle::bare([0, MATERIAL_NONE << 26, 0, 0]);
/// Water.
pub const MATERIAL_WATER: u32 = materials::WATER;

impl Particle {
    /// A particle of 16 bytes, with zeros beyond them.
    pub const fn bare(bits: [u32; 4]) -> Self {
        Self(bits, [0; EXTRA_WORDS])
    }

    /// The words that its material has beyond 16 bytes, without that of its heat.
    pub fn words(&self) -> &[u32] {
        &self.1[..materials::words_borne(self.material())]
    }

    /// The bits of its heat: 0 is as warm as the air.
    pub const fn heat(&self) -> u32 {
        self.1[HEAT] & label::HEAT_BITS
    }

    /// The bits of its [`label`].
    pub const fn label(&self) -> u32 {
        self.1[HEAT] & !label::HEAT_BITS
    }

    /// Whose stroke it is of; 0 is nobody's.
    pub const fn stroke(&self) -> u16 {
        label::stroke(self.1[HEAT]) as u16
    }

    /// The same, of a stroke.
    #[must_use]
    pub const fn of_stroke(mut self, stroke: u16) -> Self {
        self.1[HEAT] = label::with_stroke(self.1[HEAT], stroke);
        self
    }

    /// As it lies dormant where it was, when a stroke has taken it away: all that it had, but for its velocity, in place of
    /// which stand the stroke's number (12 bits) and its material (6 bits). Backends keep it apart, and nothing meets it.
    #[must_use]
    pub const fn dormant(self, stroke: u16) -> Self {
        let [x, y, _, gradient] = self.0;
        let told = stroke as u32 | y >> 26 << 12;
        Self([x, y & 0x03ff_ffff | materials::DORMANT << 26, told, gradient], self.1)
    }

    /// The same, where it is kept for a stroke: not for nobody's (0), and not what that had itself added.
    pub fn taken(self, stroke: u16) -> Option<Self> {
        (stroke != 0 && self.stroke() != stroke).then(|| self.dormant(stroke))
    }

    /// Whether it lies dormant.
    pub const fn is_dormant(self) -> bool {
        self.0[1] >> 26 == materials::DORMANT
    }

    /// Of what lies dormant: the number of the stroke that took it away.
    pub const fn taken_by(self) -> u16 {
        (self.0[2] & 0xfff) as u16
    }

    /// What lies dormant as it comes back: at rest. Nothing where there can have been no such particle.
    pub fn woken(self) -> Option<Self> {
        let [x, y, told, gradient] = self.0;
        let material = told >> 12;
        let back = Self([x, y & 0x03ff_ffff | material << 26, 0, gradient], self.1).canonical();
        (self.is_dormant() && materials::is_poured(material)).then_some(back)
    }

    /// The same with zeros in the words that its material does not have.
    #[must_use]
    pub fn canonical(self) -> Self {
        let own = materials::words_borne(self.material());
        let mut words: Words = std::array::from_fn(|k| if k < own { self.1[k] } else { 0 });
        words[HEAT] = self.1[HEAT];
        Self(self.0, words)
    }

    /// The least class that covers it.
    pub const fn class(&self) -> Class {
        match (Class::of(self.0[1] >> 26), self.1[HEAT]) {
            (_, word) if word & label::HEAT_BITS != 0 => Class::Hot,
            (Class::Water, 1..) => Class::Labelled,
            (class, _) => class,
        }
    }

    /// Packs fields; every field must be within its format (debug-asserted).
    pub fn pack(f: Fields) -> Self {
        debug_assert!((0..1 << 24).contains(&f.x) && (0..1 << 22).contains(&f.y), "position {},{}", f.x, f.y);
        debug_assert!((0..1 << 12).contains(&f.j) && f.material < 64);
        let (x, y, j) = (f.x as u32, f.y as u32, f.j as u32);
        let bits = [
            x | (j & 0xff) << 24,
            y | (j >> 8) << 22 | f.material << 26,
            (f.vx as u32 & 0xffff) | (f.vy as u32) << 16,
            (f.d[0] as u32 & 0xff) | (f.d[1] as u32 & 0xff) << 8 | (f.d[2] as u32 & 0xff) << 16 | (f.d[3] as u32) << 24,
        ];
        Self(bits, f.words)
    }

    /// The fields, sign-extended.
    pub fn unpack(self) -> Fields {
        let ([w0, w1, w2, w3], words) = (self.0, self.1);
        let byte = |shift: u32| i32::from((w3 >> shift) as u8 as i8);
        Fields {
            x: (w0 & 0xff_ffff) as i32,
            y: (w1 & 0x3f_ffff) as i32,
            vx: i32::from(w2 as u16 as i16),
            vy: i32::from((w2 >> 16) as u16 as i16),
            d: [byte(0), byte(8), byte(16), byte(24)],
            j: ((w0 >> 24) | (w1 >> 22 & 0xf) << 8) as i32,
            material: w1 >> 26,
            words,
        }
    }

    /// The cell that the particle lies in.
    pub fn cell(self) -> (i32, i32) {
        (((self.0[0] & 0xff_ffff) >> POS_BITS) as i32, ((self.0[1] & 0x3f_ffff) >> POS_BITS) as i32)
    }

    /// The material code.
    pub fn material(self) -> u32 {
        self.0[1] >> 26
    }
}

/// A particle as a backend of a class keeps it.
pub trait Kept: Copy + Ord + Send + Sync + std::fmt::Debug {
    /// The class whose particles these are.
    const CLASS: Class;

    /// Of a particle whose material the class covers.
    fn keep(p: Particle) -> Self;

    /// With all words that there are.
    fn whole(self) -> Particle;

    /// See [`Particle::pack`].
    #[inline(always)]
    fn pack(f: Fields) -> Self {
        Self::keep(Particle::pack(f))
    }

    /// See [`Particle::unpack`].
    #[inline(always)]
    fn unpack(self) -> Fields {
        self.whole().unpack()
    }

    /// See [`Particle::cell`].
    #[inline(always)]
    fn cell(self) -> (i32, i32) {
        self.whole().cell()
    }

    /// See [`Particle::material`].
    #[inline(always)]
    fn material(self) -> u32 {
        self.whole().material()
    }
}

impl Kept for Particle {
    const CLASS: Class = Class::All;

    #[inline(always)]
    fn keep(p: Particle) -> Self {
        p
    }

    #[inline(always)]
    fn whole(self) -> Particle {
        self
    }
}

/// A particle with heat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Hot(pub Particle);

impl Kept for Hot {
    const CLASS: Class = Class::Hot;

    #[inline(always)]
    fn keep(p: Particle) -> Self {
        Self(p)
    }

    #[inline(always)]
    fn whole(self) -> Particle {
        self.0
    }
}

/// A particle of water: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Water(pub [u32; 4]);

impl Kept for Water {
    const CLASS: Class = Class::Water;

    #[inline(always)]
    fn keep(p: Particle) -> Self {
        Self(p.0)
    }

    #[inline(always)]
    fn whole(self) -> Particle {
        Particle::bare(self.0)
    }
}

/// A particle of water with its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Labelled([u32; 4], u32);

impl Kept for Labelled {
    const CLASS: Class = Class::Labelled;

    #[inline(always)]
    fn keep(p: Particle) -> Self {
        Self(p.0, p.1[HEAT])
    }

    #[inline(always)]
    fn whole(self) -> Particle {
        let mut p = Particle::bare(self.0);
        p.1[HEAT] = self.1;
        p
    }
}

/// The least class that covers particles.
pub fn class_of(particles: &[Particle]) -> Class {
    particles.iter().map(Particle::class).max().unwrap_or_default()
}
