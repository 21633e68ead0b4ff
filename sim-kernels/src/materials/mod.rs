//! The materials: a folder each, and one line each in the list below. README.md has the walk.
//!
//! What depends on the material is generated from the list: the dispatch to a material's law in Rust and in WGSL, the
//! codes of particles and of the view, the looks, which codes a command may name, and the part of the fingerprint that
//! peers compare. A material's code is its place in the list. Codes stand in bands and saves: the list only grows at
//! its end.
//!
//! A particle of a code that is not in the list, which no command makes, is computed and drawn as the first material,
//! on every backend.

mod fields;
pub mod fluid;

use crate::constants::MATERIAL_NONE;
pub use fields::Fields;
use fluid::Fluid;

/// The most materials: the view has four bits for them.
pub const MATERIALS_MAX: usize = 16;

/// What everything else is generated from.
#[derive(Clone, Copy, Debug)]
pub struct Material {
    /// The folder's name, and the prefix of its functions in WGSL.
    pub name: &'static str,
    /// The law that it follows, with its constants.
    pub family: Family,
    /// 32-bit words of state beyond the particle's 16 bytes.
    pub extra_words: u32,
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
}

/// How a material is drawn: red, green, blue in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// At rest.
    pub body: [u8; 3],
    /// At the greatest speed that the view shows.
    pub fast: [u8; 3],
}

macro_rules! materials {
    ($first:ident, $($rest:ident,)*) => {
        pub mod $first;
        $(pub mod $rest;)*

        /// The codes, by name.
        #[allow(non_camel_case_types, reason = "the names are those of the folders")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        enum Code { $first, $($rest,)* }

        /// All materials; a code is a place in this list.
        pub const ALL: &[Material] = &[$first::MATERIAL, $($rest::MATERIAL,)*];

        /// The velocity gradient (Q15) that a particle scatters: its own, with its stress.
        #[inline(always)]
        pub fn stress(f: &Fields) -> [i32; 4] {
            $(if f.material == Code::$rest as u32 {
                return $rest::stress::stress(f);
            })*
            $first::stress::stress(f)
        }

        /// The volume ratio's next value, Q15, before it is rounded: from the one before, the divergence of the
        /// velocity (Q15) and the density that the grid has (Q15, 1.0 = rest).
        #[inline(always)]
        pub fn volume(material: u32, j: i32, divergence: i32, density: i32) -> i32 {
            $(if material == Code::$rest as u32 {
                return $rest::stress::volume(j, divergence, density);
            })*
            let _ = material;
            $first::stress::volume(j, divergence, density)
        }

        /// The code of water, which tools and scenes pour where nothing else is asked for.
        pub const WATER: u32 = Code::water as u32;
    };
}

materials! {
    water,
}

/// The number of materials.
pub const COUNT: usize = ALL.len();

const _: () = check(ALL);

/// What holds of every material, or its law could overflow or explode.
const fn check(all: &[Material]) {
    assert!(all.len() <= MATERIALS_MAX && all.len() <= MATERIAL_NONE as usize);
    let mut i = 0;
    while i < all.len() {
        let Family::Fluid(law) = all[i].family;
        law.check();
        // No buffer, band or save carries more than the particle's 16 bytes yet: README.md says what it takes.
        assert!(all[i].extra_words == 0);
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

/// The generated part of the shaders that know of materials: constants, laws, and the dispatch, which is that of
/// [`stress`] and [`volume`].
pub(crate) fn wgsl() -> String {
    let mut text = Fluid::wgsl_struct() + fluid::WGSL;
    for material in ALL {
        let Family::Fluid(law) = material.family;
        text += &format!("const {} = {};\n", material.name.to_uppercase(), law.wgsl_value());
        text += material.wgsl;
    }
    let dispatch = |material: &str, law: &str, args: &str| {
        let mut text = String::new();
        for (code, m) in ALL.iter().enumerate().skip(1) {
            text += &format!("    if ({material} == {code}u) {{\n        return {}_{law}({args});\n    }}\n", m.name);
        }
        text + &format!("    return {}_{law}({args});\n", ALL[0].name)
    };
    text += "fn stress(f: Fields) -> vec4<i32> {\n";
    text += &dispatch("f.material", "stress", "f");
    text += "}\nfn volume(material: u32, j: i32, divergence: i32, density: i32) -> i32 {\n";
    text += &dispatch("material", "volume", "j, divergence, density");
    text + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_folder_and_its_prefix() {
        for (code, m) in ALL.iter().enumerate() {
            assert!(m.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", m.name);
            assert!(ALL[..code].iter().all(|other| other.name != m.name), "{} twice", m.name);
            for law in ["stress", "volume"] {
                assert_eq!(m.wgsl.matches(&format!("fn {}_{law}(", m.name)).count(), 1, "{}: {law}", m.name);
            }
        }
        assert_eq!(material(WATER).name, "water");
        assert_eq!(material(MATERIAL_NONE as u32).name, ALL[0].name, "what is not in the list counts as the first");
    }
}
