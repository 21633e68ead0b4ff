//! The families: the kinds of law that materials follow. A material is a set of constants of one of them.
//!
//! What depends on the family is generated from the list at the end: the dispatch to its law, in Rust and in WGSL, and the
//! words of state that its particles have beyond their 16 bytes.

pub mod air;
pub mod carried;
#[cfg(feature = "test-material")]
pub mod counting;
pub mod elastic;
pub mod fluid;
pub mod plastic;
pub mod porous;
pub mod still;
#[cfg(feature = "test-material")]
pub mod tracing;

use super::{Class, Fields, Material, Word, Words};
use crate::constants::GRADIENT_MAX;
use crate::fixed::clamp_abs;
use crate::shared::columns;
#[cfg(test)]
use crate::shared::read;

/// How the velocity changes from place to place around a particle, as it gathers it at the end of a substep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// The velocity gradient, Q15.
    pub d: [i32; 4],
    /// The same, Q19: what is stored in strain must not lose what is slow.
    pub fine: [i32; 4],
    /// How full the grid is there, Q15, 1.0 = rest.
    pub density: i32,
}

/// What [`Law::left`] answers for what does not break.
pub const WHOLE: i32 = -1;

/// A law, with a material's constants. In WGSL its functions bear its name: `fluid_stress(law, f)`,
/// `fluid_volume(law, j, divergence, density)` and, where it has words, `fluid_evolve(law, f, flow, j, chance)`, where it
/// breaks, `fluid_left(law, f)`; `fluid_law(material)` is the law with a material's constants.
pub trait Law: Copy {
    /// The words of its particles. A particle has room for those of the family with the most, and zeros in the rest.
    const WORDS: &'static [Word];
    /// Whether it holds shear: walls hold it, too, and its motion is rounded without bias, or it would creep.
    const HOLDS: bool;
    /// Whether its particles have grains to be drawn by: see [`super::label`].
    const GRAINS: bool = false;
    /// Whether there are materials of it that break.
    const BREAKS: bool = false;
    /// The WGSL twin.
    const WGSL: &'static str;
    /// Whether the 12 bits of the volume ratio hold where in its body a particle began: see [`super::initial_j`].
    const KEEPS_PLACE: bool = false;

    /// The velocity gradient (Q15) that a particle scatters: its own, with its stress.
    fn stress(&self, f: &Fields) -> [i32; 4];

    /// The volume ratio's next value, Q15, before it is rounded: from the one before, the divergence of the velocity
    /// (Q15) and the density that the grid has (Q15, 1.0 = rest).
    fn volume(&self, j: i32, divergence: i32, density: i32) -> i32;

    /// The next values of a particle's words, from its state before the substep, what it gathers at its end, the volume
    /// ratio's next value (Q15), and chance: bits that differ from particle to particle and from substep to substep, to
    /// round with.
    fn evolve(&self, f: &Fields, flow: &Flow, j: i32, chance: u32) -> Words {
        let _ = (flow, j, chance);
        f.words
    }

    /// The words of a particle that is turned to the left by a quarter, with all that it is part of.
    fn turned(words: Words) -> Words {
        words
    }

    /// The words of a particle as seen in a mirror, where left and right change places.
    fn mirrored(words: Words) -> Words {
        words
    }

    /// See [`fluid::Fluid::apart`].
    fn apart(&self) -> i32 {
        0
    }

    /// Of a particle after a substep: the 12 bits of the volume ratio of what is left of it, where it breaks; or [`WHOLE`].
    fn left(&self, next: &Fields) -> i32 {
        let _ = next;
        WHOLE
    }
}

/// What the stages ask of a law: of one family's, whose constants alone are not known where that is built, or of whichever a
/// material follows.
pub trait Behaviour: Copy {
    /// See [`Law::HOLDS`].
    fn holds(&self) -> bool;
    /// See [`Law::KEEPS_PLACE`].
    fn keeps_place(&self) -> bool;
    /// See [`Law::apart`].
    fn apart(&self) -> i32;
    /// See [`Law::stress`].
    fn stress(&self, f: &Fields) -> [i32; 4];
    /// See [`Law::volume`].
    fn volume(&self, j: i32, divergence: i32, density: i32) -> i32;
    /// See [`Law::evolve`].
    fn evolve(&self, f: &Fields, flow: &Flow, j: i32, chance: u32) -> Words;
}

impl<L: Law> Behaviour for L {
    #[inline(always)]
    fn holds(&self) -> bool {
        L::HOLDS
    }

    #[inline(always)]
    fn keeps_place(&self) -> bool {
        L::KEEPS_PLACE
    }

    #[inline(always)]
    fn apart(&self) -> i32 {
        Law::apart(self)
    }

    #[inline(always)]
    fn stress(&self, f: &Fields) -> [i32; 4] {
        Law::stress(self, f)
    }

    #[inline(always)]
    fn volume(&self, j: i32, divergence: i32, density: i32) -> i32 {
        Law::volume(self, j, divergence, density)
    }

    #[inline(always)]
    fn evolve(&self, f: &Fields, flow: &Flow, j: i32, chance: u32) -> Words {
        Law::evolve(self, f, flow, j, chance)
    }
}

/// By asking which it is.
impl Behaviour for &'static Family {
    #[inline(always)]
    fn holds(&self) -> bool {
        Family::holds(**self)
    }

    #[inline(always)]
    fn keeps_place(&self) -> bool {
        Family::keeps_place(**self)
    }

    #[inline(always)]
    fn apart(&self) -> i32 {
        Family::apart(self)
    }

    #[inline(always)]
    fn stress(&self, f: &Fields) -> [i32; 4] {
        Family::stress(self, f)
    }

    #[inline(always)]
    fn volume(&self, j: i32, divergence: i32, density: i32) -> i32 {
        Family::volume(self, j, divergence, density)
    }

    #[inline(always)]
    fn evolve(&self, f: &Fields, flow: &Flow, j: i32, chance: u32) -> Words {
        Family::evolve(self, f, flow, j, chance)
    }
}

/// A velocity gradient (Q15) with the stress of what holds shear: a pressure, and both parts of the shear. The twins stand in
/// the WGSL of each law.
#[inline(always)]
fn stressed([a, b, c, d]: [i32; 4], push: i32, stretch: i32, slide: i32) -> [i32; 4] {
    [a + push - stretch, b - slide, c - slide, d + push + stretch].map(|k| clamp_abs(k, GRADIENT_MAX))
}

/// Makes [`Family`] of its list: each family's struct, its folder, and the prefix of its functions in WGSL.
macro_rules! families {
    ($($(#[doc = $doc:literal])* $(#[cfg($cfg:meta)])? $law:ident $name:ident;)*) => {
        /// The kinds of law, each with a material's constants.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Family {
            $($(#[doc = $doc])* $(#[cfg($cfg)])? $law($name::$law),)*
        }

        impl Family {
            /// See [`Law::WORDS`].
            pub const fn words(self) -> &'static [Word] {
                match self { $($(#[cfg($cfg)])? Self::$law(_) => <$name::$law as Law>::WORDS,)* }
            }

            /// See [`Law::HOLDS`].
            #[inline(always)]
            pub const fn holds(self) -> bool {
                match self { $($(#[cfg($cfg)])? Self::$law(_) => <$name::$law as Law>::HOLDS,)* }
            }

            /// See [`Law::GRAINS`].
            #[inline(always)]
            pub(super) const fn has_grains(self) -> bool {
                match self { $($(#[cfg($cfg)])? Self::$law(_) => <$name::$law as Law>::GRAINS,)* }
            }

            /// Whether it is there for tests alone: what needs a feature is.
            pub(super) const fn is_for_tests(self) -> bool {
                match self { $($(#[cfg($cfg)])? Self::$law(_) => false $(|| cfg!($cfg))?,)* }
            }

            /// What the constants must keep to.
            pub(super) const fn check(self) {
                match self { $($(#[cfg($cfg)])? Self::$law(law) => law.check(),)* }
            }

            /// See [`Law::apart`].
            #[inline(always)]
            pub fn apart(&self) -> i32 {
                match self { $($(#[cfg($cfg)])? Self::$law(law) => Law::apart(law),)* }
            }

            /// See [`Law::stress`].
            #[inline(always)]
            pub fn stress(&self, f: &Fields) -> [i32; 4] {
                match self { $($(#[cfg($cfg)])? Self::$law(law) => Law::stress(law, f),)* }
            }

            /// See [`Law::volume`].
            #[inline(always)]
            pub fn volume(&self, j: i32, divergence: i32, density: i32) -> i32 {
                match self { $($(#[cfg($cfg)])? Self::$law(law) => Law::volume(law, j, divergence, density),)* }
            }

            /// See [`Law::evolve`].
            #[inline(always)]
            pub fn evolve(&self, f: &Fields, flow: &Flow, j: i32, chance: u32) -> Words {
                match self { $($(#[cfg($cfg)])? Self::$law(law) => Law::evolve(law, f, flow, j, chance),)* }
            }

            /// See [`Law::left`].
            #[inline(always)]
            pub fn left(&self, next: &Fields) -> i32 {
                match self { $($(#[cfg($cfg)])? Self::$law(law) => law.left(next),)* }
            }

            /// See [`Law::turned`].
            pub(super) fn turned(self, words: Words) -> Words {
                match self { $($(#[cfg($cfg)])? Self::$law(_) => <$name::$law as Law>::turned(words),)* }
            }

            /// See [`Law::mirrored`].
            pub(super) fn mirrored(self, words: Words) -> Words {
                match self { $($(#[cfg($cfg)])? Self::$law(_) => <$name::$law as Law>::mirrored(words),)* }
            }

            /// See [`Law::KEEPS_PLACE`].
            pub const fn keeps_place(self) -> bool {
                match self { $($(#[cfg($cfg)])? Self::$law(_) => <$name::$law as Law>::KEEPS_PLACE,)* }
            }

            /// The families, by number.
            const NAMES: &[&str] = &[$($(#[cfg($cfg)])? stringify!($name),)*];

            /// The columns of the law with the most constants.
            pub(super) const COLUMNS: usize = {
                let (sizes, mut most, mut i) = ([$($(#[cfg($cfg)])? size_of::<$name::$law>(),)*], 0, 0);
                while i < sizes.len() {
                    most = if sizes[i] > most { sizes[i] } else { most };
                    i += 1;
                }
                most / 4
            };

            /// Its place in the list.
            pub(super) fn number(self) -> u32 {
                let own = match self { $($(#[cfg($cfg)])? Self::$law(_) => stringify!($name),)* };
                Self::NAMES.iter().position(|&name| name == own).expect("it is one of them") as u32
            }

            /// The law's constants, as the table of materials has them.
            pub(super) fn columns(self) -> Vec<i32> {
                match self { $($(#[cfg($cfg)])? Self::$law(law) => columns(&law),)* }
            }

            /// The same family with the constants that stand in columns.
            #[cfg(test)]
            pub(super) fn read(self, columns: &[i32]) -> Self {
                match self { $($(#[cfg($cfg)])? Self::$law(_) => Self::$law(read(columns)),)* }
            }
        }

        /// The laws in WGSL, what reads their constants, and the dispatch to them.
        ///
        /// `row` says where a kernel finds a material's constants in its table.
        pub(super) fn wgsl(class: Class, row: &str) -> String {
            let mut text = format!("const WHOLE: i32 = {WHOLE};\nstruct Flow {{\n    d: vec4<i32>,\n    fine: vec4<i32>,\n    density: i32,\n}}\n");
            let mut calls: Vec<Call> = Vec::new();
            $($(#[cfg($cfg)])? {
                let value = |m: &Material| match m.family {
                    Family::$law(law) => Some(law.wgsl_value()),
                    #[allow(unreachable_patterns, reason = "with one family there are no others")]
                    _ => None,
                };
                if let Some(first) = class.materials().iter().find_map(value) {
                    let name = stringify!($name);
                    text += &$name::$law::wgsl_struct();
                    text += <$name::$law as Law>::WGSL;
                    let head = format!("{name}_law(material: u32)");
                    text += &match class {
                        // There is one material.
                        Class::Water | Class::Labelled => format!("fn {head} -> {} {{\n    return {first};\n}}\n", stringify!($law)),
                        Class::All | Class::Hot => $name::$law::wgsl_reader(&head, row),
                    };
                    calls.push(Call {
                        name,
                        bare: <$name::$law as Law>::WORDS.is_empty(),
                        breaks: <$name::$law as Law>::BREAKS,
                    });
                }
            })*
            text + &dispatch(class, &calls)
        }
    };
}

/// What the dispatch knows of a family.
struct Call {
    name: &'static str,
    /// Whether it has no words.
    bare: bool,
    /// See [`Law::BREAKS`].
    breaks: bool,
}

/// What the number of a family is called in WGSL.
fn number_wgsl(name: &str) -> String {
    format!("FAMILY_{}", name.to_uppercase())
}

impl Family {
    /// The numbers, for WGSL.
    pub(super) fn numbers_wgsl() -> String {
        let one = |(k, name): (usize, &&str)| format!("const {}: u32 = {k}u;\n", number_wgsl(name));
        Self::NAMES.iter().enumerate().map(one).collect()
    }
}

/// The functions that ask for a material's family, and call its law.
fn dispatch(class: Class, calls: &[Call]) -> String {
    let each = |head: &str, material: &str, call: &dyn Fn(&Call) -> String| {
        let mut text = format!("{head} {{\n");
        for one in &calls[1..] {
            let is_it = format!("family_of({material}) == {}", number_wgsl(one.name));
            text += &format!("    if ({is_it}) {{\n        return {};\n    }}\n", call(one));
        }
        text + &format!("    return {};\n}}\n", call(&calls[0]))
    };
    let mut text = each("fn stress(f: Fields) -> vec4<i32>", "f.material", &|Call { name, .. }| {
        format!("{name}_stress({name}_law(f.material), f)")
    });
    let volume = "fn volume(material: u32, j: i32, divergence: i32, density: i32) -> i32";
    text += &each(volume, "material", &|Call { name, .. }| {
        format!("{name}_volume({name}_law(material), j, divergence, density)")
    });
    if class.is_mixed() {
        let evolve = "fn evolve(f: Fields, flow: Flow, j: i32, chance: u32) -> Words";
        text += &each(evolve, "f.material", &|Call { name, bare, .. }| {
            if *bare {
                return "f.words".to_owned();
            }
            format!("{name}_evolve({name}_law(f.material), f, flow, j, chance)")
        });
        text += &each("fn left(f: Fields) -> i32", "f.material", &|Call { name, breaks, .. }| {
            if *breaks { format!("{name}_left({name}_law(f.material), f)") } else { "WHOLE".to_owned() }
        });
    }
    text
}

families! {
    /// No memory of its shape: see [`fluid`].
    Fluid fluid;
    /// What holds some shear and then gives way: see [`plastic`].
    Plastic plastic;
    /// Bodies that keep their shape: see [`elastic`].
    Elastic elastic;
    /// What stays where it is, and makes its cell solid: see [`still`].
    Still still;
    /// What is crushed, and harder then: see [`porous`].
    Porous porous;
    /// A field of parcels that stay in place: see [`air`].
    Air air;
    /// Walls that move as told: see [`carried`].
    Carried carried;
    /// For tests alone: see [`counting`].
    #[cfg(feature = "test-material")]
    Counting counting;
    /// For tests alone: see [`tracing`].
    #[cfg(feature = "test-material")]
    Tracing tracing;
}
