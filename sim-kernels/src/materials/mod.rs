//! The materials: a folder each, and one line each in the list below. README.md has the walk.
//!
//! What depends on the material is generated from the list: the dispatch to a material's law in Rust and in WGSL, the
//! codes of particles and of the view, the looks, which codes a command may name, the words of state that particles have
//! beyond their 16 bytes and their columns in bands and saves, and the part of the fingerprint that peers compare. A
//! material's code is its place in the list. Codes stand in bands and saves: the list only grows at its end.
//!
//! A particle of a code that is not in the list, which no command makes, is computed and drawn as the first material,
//! on every backend.

pub mod elastic;
mod fields;
pub mod fluid;
pub mod granular;
mod words;

use crate::constants::{J_REST, MASS_PARTICLE_MAX, MASS_PARTICLE_ONE, MATERIAL_NONE, NODE_WORDS, NODE_WORDS_ALL};
use crate::particle::Particle;
use elastic::Elastic;
pub use fields::Fields;
use fluid::Fluid;
use granular::Granular;
pub use words::{Column, WORDS_MAX, Word};

/// The most materials: the view has four bits for them.
pub const MATERIALS_MAX: usize = 16;

/// What everything else is generated from.
#[derive(Clone, Copy, Debug)]
pub struct Material {
    /// The folder's name, and the prefix of its functions in WGSL.
    pub name: &'static str,
    /// The law that it follows, with its constants.
    pub family: Family,
    /// A particle's mass, Q6: 1.0 is water's. Its volume at rest is the same as every other's.
    pub mass: i32,
    /// Words of state beyond the particle's 16 bytes. A particle has room for those of the material with the most; what
    /// its own material does not have is 0.
    pub words: &'static [Word],
    /// The WGSL twin of its `stress.rs`.
    pub wgsl: &'static str,
    /// How it is drawn.
    pub look: Look,
}

/// The kinds of law: what the state beside the particle's 16 bytes means, and which constants there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Family {
    /// No memory of its shape: see [`fluid`].
    Fluid(Fluid),
    /// Grains that hold together by friction: see [`granular`].
    Granular(Granular),
    /// Bodies that keep their shape: see [`elastic`].
    Elastic(Elastic),
}

impl Family {
    /// Whether it holds shear: walls hold it, too, and its motion is rounded without bias, or it would creep.
    pub const fn holds(self) -> bool {
        !matches!(self, Self::Fluid(_))
    }

    const fn check(self) {
        match self {
            Self::Fluid(law) => law.check(),
            Self::Granular(law) => law.check(),
            Self::Elastic(law) => law.check(),
        }
    }

    /// The constants' type and value in WGSL.
    fn wgsl_value(self) -> String {
        match self {
            Self::Fluid(law) => law.wgsl_value(),
            Self::Granular(law) => law.wgsl_value(),
            Self::Elastic(law) => law.wgsl_value(),
        }
    }
}

/// How the velocity changes from place to place around a particle, as it gathers it at the end of a substep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// The velocity gradient, Q15.
    pub d: [i32; 4],
    /// The same, Q19: what is stored in strain must not lose what is slow.
    pub fine: [i32; 4],
}

/// What a backend computes with: how much a particle has, and which laws there are to choose from. A class that covers
/// all materials of a state computes the same as every other that does, so a backend takes the least for what it holds,
/// and nobody else need know which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Water alone: the particle's 16 bytes, one law.
    #[default]
    Water,
    /// Every material.
    All,
}

impl Class {
    /// All of them, the least first.
    pub const ALL: [Self; 2] = [Self::Water, Self::All];

    /// The words that its particles have beyond their 16 bytes.
    pub const fn words(self) -> usize {
        match self {
            Self::Water => 0,
            Self::All => EXTRA_WORDS,
        }
    }

    /// The words of a grid node.
    pub const fn node_words(self) -> usize {
        match self {
            Self::Water => NODE_WORDS as usize,
            Self::All => NODE_WORDS_ALL as usize,
        }
    }

    /// Its materials.
    pub const fn materials(self) -> &'static [Material] {
        match self {
            Self::Water => ALL.split_at(1).0,
            Self::All => ALL,
        }
    }

    /// The least that covers a material.
    pub const fn of(code: u32) -> Self {
        if code == WATER || !is_known(code) { Self::Water } else { Self::All }
    }

    /// The least that covers particles.
    pub fn covering(particles: &[Particle]) -> Self {
        particles.iter().map(|p| Self::of(p.material())).max().unwrap_or_default()
    }
}

/// How a material is drawn: red, green, blue in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// At rest.
    pub body: [u8; 3],
    /// At the greatest speed that the view shows.
    pub fast: [u8; 3],
}

/// Takes the folders in, and makes what depends on the list.
macro_rules! materials {
    ($first:ident, $($(#[$meta:meta])* $rest:ident,)*) => {
        pub mod $first;
        $($(#[$meta])* pub mod $rest;)*

        /// The codes, by name.
        #[allow(non_camel_case_types, reason = "the names are those of the folders")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        enum Code { $first, $($(#[$meta])* $rest,)* }

        /// All materials; a code is a place in this list.
        pub const ALL: &[Material] = &[$first::MATERIAL, $($(#[$meta])* $rest::MATERIAL,)*];

        /// The velocity gradient (Q15) that a particle scatters: its own, with its stress.
        #[inline(always)]
        pub fn stress(class: Class, f: &Fields) -> [i32; 4] {
            if class == Class::Water {
                return $first::stress::stress(f);
            }
            $($(#[$meta])* if f.material == Code::$rest as u32 {
                return $rest::stress::stress(f);
            })*
            $first::stress::stress(f)
        }

        /// The volume ratio's next value, Q15, before it is rounded: from the one before, the divergence of the
        /// velocity (Q15) and the density that the grid has (Q15, 1.0 = rest).
        #[inline(always)]
        pub fn volume(class: Class, material: u32, j: i32, divergence: i32, density: i32) -> i32 {
            if class == Class::Water {
                return $first::stress::volume(j, divergence, density);
            }
            $($(#[$meta])* if material == Code::$rest as u32 {
                return $rest::stress::volume(j, divergence, density);
            })*
            let _ = material;
            $first::stress::volume(j, divergence, density)
        }

        /// The next values of a particle's words, from its state before the substep, what it gathers at its end, the
        /// volume ratio's next value (Q15), and chance: bits that differ from particle to particle and from substep to
        /// substep, to round with.
        #[inline(always)]
        pub fn evolve(class: Class, f: &Fields, flow: &Flow, j: i32, chance: u32) -> Words {
            if class == Class::Water {
                return f.words;
            }
            $($(#[$meta])* if f.material == Code::$rest as u32 {
                return $rest::stress::evolve(f, flow, j, chance);
            })*
            $first::stress::evolve(f, flow, j, chance)
        }

        /// The code of water, which tools and scenes pour where nothing else is asked for.
        pub const WATER: u32 = Code::water as u32;
    };
}

materials! {
    water,
    oil,
    mercury,
    sand,
    jelly,
    #[cfg(feature = "test-material")] tracer,
    #[cfg(feature = "test-material")] counter,
}

/// The number of materials.
pub const COUNT: usize = ALL.len();

/// The words that a particle has room for beyond its 16 bytes: those of the material with the most.
pub const EXTRA_WORDS: usize = most_words(ALL);

/// A particle's words beyond its 16 bytes. Those that its material does not have are 0.
pub type Words = [u32; EXTRA_WORDS];

/// See [`EXTRA_WORDS`].
const fn most_words(all: &[Material]) -> usize {
    let (mut i, mut most) = (0, 0);
    while i < all.len() {
        most = if all[i].words.len() > most { all[i].words.len() } else { most };
        i += 1;
    }
    most
}

/// The columns of the material with the most.
pub const MOST_COLUMNS: usize = most_columns(ALL);

/// See [`MOST_COLUMNS`].
const fn most_columns(all: &[Material]) -> usize {
    let (mut i, mut most) = (0, 0);
    while i < all.len() {
        let (mut k, mut sum) = (0, 0);
        while k < all[i].words.len() {
            sum += all[i].words[k].fields.len();
            k += 1;
        }
        most = if sum > most { sum } else { most };
        i += 1;
    }
    most
}

const _: () = check(ALL);

/// What holds of every material, or its law could overflow or explode.
const fn check(all: &[Material]) {
    assert!(all.len() <= MATERIALS_MAX && all.len() <= MATERIAL_NONE as usize);
    let mut i = 0;
    while i < all.len() {
        all[i].family.check();
        assert!(0 < all[i].mass && all[i].mass <= MASS_PARTICLE_MAX);
        words::check(all[i].words);
        i += 1;
    }
}

/// Whether there is a material of this code.
pub const fn is_known(code: u32) -> bool {
    (code as usize) < COUNT
}

/// The material of a code, or the first one.
pub const fn material(code: u32) -> &'static Material {
    if is_known(code) { &ALL[code as usize] } else { &ALL[0] }
}

/// A particle's mass, Q6.
#[inline(always)]
pub const fn mass(class: Class, code: u32) -> i32 {
    match class {
        Class::Water => MASS_PARTICLE_ONE,
        Class::All => material(code).mass,
    }
}

/// See [`Fluid::apart`].
#[inline(always)]
pub const fn apart(class: Class, code: u32) -> i32 {
    match (class, material(code).family) {
        (Class::All, Family::Fluid(law)) => law.apart,
        (Class::All, Family::Granular(_) | Family::Elastic(_)) | (Class::Water, _) => 0,
    }
}

/// See [`Family::holds`].
#[inline(always)]
pub const fn holds(class: Class, code: u32) -> bool {
    match class {
        Class::Water => false,
        Class::All => material(code).family.holds(),
    }
}

/// How many words of state a material's particles have beyond their 16 bytes.
pub const fn word_count(code: u32) -> usize {
    material(code).words.len()
}

/// The columns that bands and saves have for a material's words, in order.
pub fn columns(code: u32) -> impl Iterator<Item = Column> {
    words::columns(material(code).words)
}

/// The words that a new particle has.
pub const fn initial_words(code: u32) -> Words {
    let (own, mut words, mut i) = (material(code).words, [0; EXTRA_WORDS], 0);
    while i < own.len() {
        words[i] = own[i].initial;
        i += 1;
    }
    words
}

/// The 12 bits of the volume ratio that a new particle has, at a place (Q12 cells). A body that keeps its shape notes there
/// where in it the particle lies, in halves of a cell modulo 32 cells: its volume follows from its deformation.
pub const fn initial_j(code: u32, x: i32, y: i32) -> i32 {
    match material(code).family {
        Family::Fluid(_) | Family::Granular(_) => J_REST,
        Family::Elastic(_) => (x >> 11 & 63) | (y >> 11 & 63) << 6,
    }
}

/// The generated part of the shaders that know of a class's materials: constants, laws, and the dispatch, which is that
/// of [`stress`], [`volume`] and, where there are words, [`evolve`].
pub(crate) fn wgsl(class: Class) -> String {
    let mut text = Fluid::wgsl_struct() + fluid::WGSL;
    if class > Class::Water {
        text += "struct Flow {\n    d: vec4<i32>,\n    fine: vec4<i32>,\n}\n";
        text += &(Granular::wgsl_struct() + granular::WGSL);
        text += &(Elastic::wgsl_struct() + elastic::WGSL);
    }
    for material in class.materials() {
        text += &format!("const {} = {};\n", material.name.to_uppercase(), material.family.wgsl_value());
        text += material.wgsl;
    }
    let call = |law: &str, args: &str| {
        let (law, args) = (law.to_owned(), args.to_owned());
        move |m: &Material| format!("{}_{law}({args})", m.name)
    };
    text += "fn stress(f: Fields) -> vec4<i32> {\n";
    text += &by_code(class, "f.material", call("stress", "f"));
    text += "}\nfn volume(material: u32, j: i32, divergence: i32, density: i32) -> i32 {\n";
    text += &by_code(class, "material", call("volume", "j, divergence, density"));
    if class.words() > 0 {
        let evolve = call("evolve", "f, flow, j, chance");
        text += "}\nfn evolve(f: Fields, flow: Flow, j: i32, chance: u32) -> Words {\n";
        text += &by_code(class, "f.material", |m| if m.words.is_empty() { "f.words".to_owned() } else { evolve(m) });
    }
    text += "}\nfn apart(material: u32) -> i32 {\n";
    text += &by_code(class, "material", |m| match m.family {
        Family::Fluid(law) => law.apart.to_string(),
        Family::Granular(_) | Family::Elastic(_) => "0".to_owned(),
    });
    text += "}\nfn holds(material: u32) -> bool {\n";
    text += &by_code(class, "material", |m| m.family.holds().to_string());
    text + "}\n"
}

/// The generated part of the shaders that know of masses; nothing where all are 1.
pub(crate) fn masses_wgsl(class: Class) -> String {
    if class == Class::Water {
        return String::new();
    }
    let masses = by_code(class, "material", |m| m.mass.to_string());
    format!("fn mass_of(material: u32) -> i32 {{\n{masses}}}\n")
}

/// The generated part of the shaders that know of words: how many a particle and a material have, and how they begin.
/// Nothing where there are none.
pub(crate) fn words_wgsl(class: Class) -> String {
    let words = class.words();
    if words == 0 {
        return String::new();
    }
    let mut text = format!("const WORDS: u32 = {words}u;\nalias Words = array<u32, WORDS>;\n");
    text += "fn word_count(material: u32) -> u32 {\n";
    text += &by_code(class, "material", |m| format!("{}u", m.words.len()));
    text += "}\nfn initial_j(material: u32, pos: vec2<i32>) -> i32 {\n";
    text += &by_code(class, "material", |m| match m.family {
        Family::Fluid(_) | Family::Granular(_) => "J_REST".to_owned(),
        Family::Elastic(_) => "((pos.x >> 11u) & 63) | (((pos.y >> 11u) & 63) << 6u)".to_owned(),
    });
    text += "}\nfn initial_words(material: u32) -> Words {\n";
    text += &by_code(class, "material", |m| {
        let word = |k: usize| format!("{}u", m.words.get(k).map_or(0, |word| word.initial));
        format!("Words({})", (0..words).map(word).collect::<Vec<_>>().join(", "))
    });
    text + "}\n"
}

/// A function's body that answers for each material of a class, the first for every other code.
fn by_code(class: Class, code: &str, answer: impl Fn(&Material) -> String) -> String {
    let mut text = String::new();
    for (k, m) in class.materials().iter().enumerate().skip(1) {
        text += &format!("    if ({code} == {k}u) {{\n        return {};\n    }}\n", answer(m));
    }
    text + &format!("    return {};\n", answer(&ALL[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_folder_and_its_prefix() {
        for (code, m) in ALL.iter().enumerate() {
            assert!(m.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", m.name);
            assert!(ALL[..code].iter().all(|other| other.name != m.name), "{} twice", m.name);
            let laws = [("stress", 1), ("volume", 1), ("evolve", usize::from(!m.words.is_empty()))];
            for (law, count) in laws {
                assert_eq!(m.wgsl.matches(&format!("fn {}_{law}(", m.name)).count(), count, "{}: {law}", m.name);
            }
        }
        assert_eq!(material(WATER).name, "water");
        assert_eq!(material(MATERIAL_NONE as u32).name, ALL[0].name, "what is not in the list counts as the first");
    }

    #[test]
    fn a_particle_has_room_for_every_material() {
        for code in 0..64 {
            assert!(columns(code).all(|column| column.word < word_count(code)));
            assert!(initial_words(code)[word_count(code)..].iter().all(|&word| word == 0));
        }
    }
}
