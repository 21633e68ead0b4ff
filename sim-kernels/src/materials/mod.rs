//! The materials: a folder each, and one line each in the list below. README.md has the walk.
//!
//! What depends on the material is generated from the list: the dispatch to a material's law in Rust and in WGSL, the
//! table that kernels read (`table.rs`), the codes of particles and of the view, the looks, which codes a command may
//! name, the words of state that particles have beyond their 16 bytes and their columns in bands and saves, and the
//! part of the fingerprint that peers compare. A material's code is its place in the list. Codes stand in bands and
//! saves: the list only grows at its end.
//!
//! A particle of a code that is not in the list, which no command makes, is computed and drawn as the first material,
//! on every backend.

pub mod by_name;
pub mod family;
mod fields;
pub mod heat;
mod kind;
pub mod label;
mod look;
pub mod reactions;
pub(crate) mod table;
mod words;

use crate::constants::{
    J_REST, MASS_PARTICLE_MAX, MASS_PARTICLE_ONE, MATERIAL_NONE, NODE_WORDS, NODE_WORDS_ALL, SUBSTEPS,
};
use crate::shared::shared_struct;
use family::carried::Carried;
pub use family::{Family, Flow, Law, WHOLE};
pub use fields::Fields;
pub use heat::{Heat, Turns};
pub use kind::Kind;
pub use look::{Look, Pattern};
pub use words::{Column, WORDS_MAX, Word};

/// The most materials: particles and the view have six bits for them, of which one code means none, another [`COPY`], and a
/// third [`DORMANT`].
pub const MATERIALS_MAX: usize = DORMANT as usize;

/// See [`crate::constants::COPY`].
pub const COPY: u32 = crate::constants::COPY as u32;

/// See [`crate::constants::DORMANT`].
pub const DORMANT: u32 = crate::constants::DORMANT as u32;

/// What everything else is generated from.
#[derive(Clone, Copy, Debug)]
pub struct Material {
    /// The folder's name.
    pub name: &'static str,
    /// Where people look for it.
    pub group: Group,
    /// The law that it follows, with its constants.
    pub family: Family,
    /// A particle's mass, Q6: 1.0 is water's. Its volume at rest is the same as every other's, but for what boils.
    pub mass: i32,
    /// How it takes heat.
    pub heat: Heat,
    /// How it is drawn.
    pub look: Look,
}

impl Material {
    /// Whether no player ever meets it.
    pub const fn is_for_tests(&self) -> bool {
        self.family.is_for_tests()
    }

    /// Whether new particles of it bring [`Class::Hot`].
    pub const fn begins_hot(&self) -> bool {
        self.heat.initial != 0 || matches!(self.family, Family::Air(_)) || reactions::is_restless(code_of(self.name))
    }
}

/// What people take a material for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Flows.
    Liquid,
    /// Heaps.
    Powder,
    /// Keeps its shape, and moves.
    Body,
    /// Rises.
    Gas,
    /// Stays where it is.
    Ground,
    /// The same, and does something.
    Thing,
    /// Comes and goes by itself; nobody pours it.
    Passing,
}

impl Group {
    /// Those that people choose from, in order, with the names that words know them by.
    pub const SHOWN: [(Self, &str); 6] = [
        (Self::Liquid, "liquids"),
        (Self::Powder, "powders"),
        (Self::Body, "bodies"),
        (Self::Gas, "gases"),
        (Self::Ground, "ground"),
        (Self::Thing, "things"),
    ];
}

/// What a backend computes with: how much a particle has, and which laws there are to choose from. A class that covers
/// all materials of a state computes the same as every other that does, so a backend takes the least for what it holds,
/// and nobody else need know which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Water alone: the particle's 16 bytes, one law.
    #[default]
    Water,
    /// Water alone, with the word of its label: it is carried along, and no law reads it.
    Labelled,
    /// Every material, all as warm as the air.
    All,
    /// Every material, heat, and what reacts.
    Hot,
}

impl Class {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Water, Self::Labelled, Self::All, Self::Hot];

    /// Whether there are laws to choose from, and masses and volumes that differ.
    #[inline(always)]
    pub const fn is_mixed(self) -> bool {
        matches!(self, Self::All | Self::Hot)
    }

    /// The words that its particles have beyond their 16 bytes: all or none, so that who goes on in a class that covers
    /// more need not move them.
    pub const fn words(self) -> usize {
        match self {
            Self::Water => 0,
            Self::Labelled | Self::All | Self::Hot => EXTRA_WORDS,
        }
    }

    /// The words of a grid node.
    pub const fn node_words(self) -> usize {
        match self {
            Self::Water | Self::Labelled => NODE_WORDS as usize,
            Self::All | Self::Hot => NODE_WORDS_ALL as usize,
        }
    }

    /// Its materials.
    pub const fn materials(self) -> &'static [Material] {
        match self {
            Self::Water | Self::Labelled => ALL.split_at(1).0,
            Self::All | Self::Hot => ALL,
        }
    }

    /// Whether heat flows.
    #[inline(always)]
    pub const fn has_heat(self) -> bool {
        matches!(self, Self::Hot)
    }

    /// The least that covers new particles of a material.
    #[inline(always)]
    pub const fn of(code: u32) -> Self {
        if is_known(code) { CLASSES[code as usize] } else { Self::Water }
    }
}

/// By code, what [`Class::of`] answers.
const CLASSES: [Class; COUNT] = {
    let (mut all, mut code) = ([Class::All; COUNT], 0);
    while code < COUNT {
        if ALL[code].begins_hot() {
            all[code] = Class::Hot;
        } else if code == WATER as usize {
            all[code] = Class::Water;
        }
        code += 1;
    }
    all
};

/// Takes the folders in, and makes what depends on the list.
macro_rules! materials {
    ($first:ident, $($(#[$meta:meta])* $rest:ident,)*) => {
        pub mod $first;
        $($(#[$meta])* pub mod $rest;)*

        /// All materials; a code is a place in this list.
        pub const ALL: &[Material] = &[$first::MATERIAL, $($(#[$meta])* $rest::MATERIAL,)*];

        /// The code of water, which tools and scenes pour where nothing else is asked for.
        pub const WATER: u32 = 0;
    };
}

materials! {
    water,
    oil,
    mercury,
    sand,
    jelly,
    honey,
    mud,
    rubber,
    wood,
    ice,
    stone,
    steel,
    steam,
    lava,
    fire,
    smoke,
    ash,
    gunpowder,
    acid,
    plant,
    blast,
    gravel,
    rock,
    soil,
    frost,
    metal,
    fuse,
    wire,
    spark,
    spent,
    heater,
    cooler,
    fan_up,
    fan_left,
    fan_right,
    belt_left,
    belt_right,
    drain,
    snow,
    glass,
    shards,
    air,
    pump_up,
    pump_left,
    pump_right,
    vane,
    piston,
    #[cfg(feature = "test-material")] tracer,
    #[cfg(feature = "test-material")] counter,
}

/// The code of air.
pub const AIR: u32 = code_of("air");

/// The code of the material of a name.
pub const fn named(name: &str) -> Option<u8> {
    let mut code = 0;
    while code < COUNT {
        let (known, mut i) = (NAMES[code].as_bytes(), 0);
        while i < known.len() && i < name.len() && known[i] == name.as_bytes()[i] {
            i += 1;
        }
        if i == known.len() && i == name.len() {
            return Some(code as u8);
        }
        code += 1;
    }
    None
}

/// What wheels are of.
pub const VANE: u8 = code_of("vane") as u8;

/// What walls that slide are of.
pub const PISTON: u8 = code_of("piston") as u8;

/// What tests make of other things: it has words of its own.
pub(crate) const JELLY: u8 = code_of("jelly") as u8;

/// All names, by code.
pub const NAMES: &[&str] = &names();

const fn names() -> [&'static str; COUNT] {
    let (mut all, mut i) = ([""; COUNT], 0);
    while i < COUNT {
        all[i] = ALL[i].name;
        i += 1;
    }
    all
}

/// The codes of those that people choose from, by group.
pub fn palette() -> impl Iterator<Item = u8> {
    let of = |group: Group| (0..COUNT as u8).filter(move |&code| material(u32::from(code)).group == group);
    Group::SHOWN.into_iter().flat_map(move |(group, _)| of(group))
}

/// The number of materials.
pub const COUNT: usize = ALL.len();

/// The words that a particle has room for beyond its 16 bytes: those of the material with the most, and that of its heat.
pub const EXTRA_WORDS: usize = most_words(ALL) + 1;

/// The place of the word of a particle's heat: the last.
pub const HEAT: usize = EXTRA_WORDS - 1;

/// The column that bands and saves have for it, where any of their particles has heat.
pub const HEAT_COLUMN: Column = Column { word: HEAT, shift: 0, bits: 16 };

/// A particle's words beyond its 16 bytes: its material's own, zeros in place of those that others have, and that of heat.
pub type Words = [u32; EXTRA_WORDS];

/// The most words that a material has of its own.
const fn most_words(all: &[Material]) -> usize {
    let (mut i, mut most) = (0, 0);
    while i < all.len() {
        most = if all[i].family.words().len() > most { all[i].family.words().len() } else { most };
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
        while k < all[i].family.words().len() {
            sum += all[i].family.words()[k].fields.len();
            k += 1;
        }
        most = if sum > most { sum } else { most };
        i += 1;
    }
    // What lies dormant has one for each word.
    if most < HEAT { HEAT } else { most }
}

const _: () = check(ALL);

/// What holds of every material, or its law could overflow or explode.
const fn check(all: &[Material]) {
    assert!(all.len() <= MATERIALS_MAX && all.len() <= MATERIAL_NONE as usize);
    let mut i = 0;
    while i < all.len() {
        all[i].family.check();
        assert!(0 < all[i].mass && all[i].mass <= MASS_PARTICLE_MAX);
        all[i].heat.check(all[i].mass);
        check_breaks(&all[i]);
        words::check(all[i].family.words());
        i += 1;
    }
}

/// What holds of what breaks: something does, it weighs as much then, and its 12 bits hold its volume ratio.
const fn check_breaks(m: &Material) {
    let breaks = match m.family {
        Family::Elastic(law) => law.breaks > 0,
        _ => false,
    };
    assert!(breaks == (breaks_to(code_of(m.name)) != code_of(m.name)));
    if breaks {
        let left = breaks_to(code_of(m.name));
        // Breaking is there without heat, too, so what is left may not ask for it.
        assert!(material(left).mass == m.mass && !keeps_place(left) && !material(left).begins_hot());
    }
}

/// Whether there is a material of this code.
pub const fn is_known(code: u32) -> bool {
    (code as usize) < COUNT
}

/// Whether a particle may bear this code: that of a material, or [`DORMANT`].
pub const fn is_borne(code: u32) -> bool {
    is_known(code) || code == DORMANT
}

/// Whether a command may add it: air is there from a world's beginning, or never.
pub const fn is_poured(code: u32) -> bool {
    is_known(code) && code != AIR
}

/// The material of a code, or the first one.
pub const fn material(code: u32) -> &'static Material {
    if is_known(code) { &ALL[code as usize] } else { &ALL[0] }
}

/// A particle's mass, Q6.
#[inline(always)]
pub const fn mass(class: Class, code: u32) -> i32 {
    match class {
        Class::Water | Class::Labelled => MASS_PARTICLE_ONE,
        Class::All | Class::Hot => material(code).mass,
    }
}

/// The law that a material follows, computed by a class that covers it.
#[inline(always)]
pub const fn family(class: Class, code: u32) -> &'static Family {
    match class {
        Class::Water | Class::Labelled => &ALL[0].family,
        Class::All | Class::Hot => &material(code).family,
    }
}

/// See [`Family::holds`].
#[inline(always)]
pub const fn holds(class: Class, code: u32) -> bool {
    match class {
        Class::Water | Class::Labelled => false,
        Class::All | Class::Hot => material(code).family.holds(),
    }
}

/// How its particles are carried, where they are: see [`family::carried`].
#[inline(always)]
pub const fn carriage(code: u32) -> Option<&'static Carried> {
    match &material(code).family {
        Family::Carried(law) => Some(law),
        _ => None,
    }
}

/// Whether its particles stay where they are, and their cells are solid: see [`family::still`].
#[inline(always)]
pub const fn is_still(code: u32) -> bool {
    matches!(material(code).family, Family::Still(_))
}

/// Whether its particles stay where they are, computed by a class that covers it: those of air do, too, and their cells are
/// open.
#[inline(always)]
pub const fn stays(class: Class, code: u32) -> bool {
    class.has_heat() && (is_still(code) || code == AIR)
}

/// The least speed at which a blow shatters what stays where it is, Q15; more than any for all else.
#[inline(always)]
pub const fn strength(code: u32) -> i32 {
    match &material(code).family {
        Family::Still(law) => law.strength,
        // Every velocity of air is kept.
        Family::Air(_) => 0,
        _ => i32::MAX,
    }
}

/// How a material takes heat.
#[inline(always)]
pub const fn thermal(code: u32) -> &'static Heat {
    &material(code).heat
}

/// What a material becomes by cold and by heat; itself, where it becomes nothing else.
#[inline(always)]
pub const fn turns(code: u32) -> &'static Turns {
    if is_known(code) { &TURNS[code as usize] } else { &TURNS[0] }
}

/// By code.
const TURNS: [Turns; COUNT] = reactions::turns();

/// What a material becomes where it breaks; itself, where it does not.
#[inline(always)]
const fn breaks_to(code: u32) -> u32 {
    if is_known(code) { BREAKS[code as usize] } else { BREAKS[0] }
}

/// By code.
const BREAKS: [u32; COUNT] = reactions::breaks();

/// A particle after a substep or, where it breaks, what is left of it: another material that begins anew, with the volume
/// and the heat that it has. Twin: `shader/g2p.wgsl`.
#[inline(always)]
pub fn broken(next: Fields) -> Fields {
    let left = material(next.material).family.left(&next);
    if left == WHOLE {
        return next;
    }
    Fields { j: left, ..heat::become_of(next, breaks_to(next.material)) }
}

/// The code of a name that is in the list.
const fn code_of(name: &str) -> u32 {
    match named(name) {
        Some(code) => code as u32,
        None => panic!("no material has this name"),
    }
}

/// See [`Law::KEEPS_PLACE`].
#[inline(always)]
pub const fn keeps_place(code: u32) -> bool {
    material(code).family.keeps_place()
}

/// See [`family::fluid::Fluid::lift`].
#[inline(always)]
pub const fn lift(code: u32) -> [i32; 2] {
    match &material(code).family {
        Family::Fluid(law) => [law.lift, law.drag],
        _ => [0, 0],
    }
}

shared_struct! {
    /// What a material and air are to each other, in a tick.
    pub Winds {
        /// How strongly they pull at each other, of 256.
        carried: i32,
        /// How strongly it drives the air, of 256; 0 of what does not.
        blows: i32,
        /// And to which velocity, Q15.
        x: i32,
        /// The same along y.
        y: i32,
    }
}

/// What a material and air are to each other.
#[inline(always)]
pub const fn winds(code: u32) -> &'static Winds {
    if is_known(code) { &WINDS[code as usize] } else { &WINDS[0] }
}

/// By code. A fluid is carried by what its law takes of its velocity in four substeps, powders by what the table says.
const WINDS: [Winds; COUNT] = {
    let (mut all, mut code) = ([Winds { carried: 0, blows: 0, x: 0, y: 0 }; COUNT], 0);
    while code < COUNT {
        let ([_, drag], (blows, [x, y])) = (lift(code as u32), reactions::blows(code as u32));
        all[code] = Winds { carried: drag * SUBSTEPS + reactions::carried(code as u32), blows, x, y };
        code += 1;
    }
    all
};

/// How many words of state a material's particles have beyond their 16 bytes, but for that of heat.
pub const fn word_count(code: u32) -> usize {
    material(code).family.words().len()
}

/// How many words the particles of a code carry, whatever these mean: what lies dormant keeps all that there are.
pub const fn words_borne(code: u32) -> usize {
    if code == DORMANT { HEAT } else { word_count(code) }
}

/// Whether its particles have grains to be drawn by: see [`label`].
#[inline(always)]
pub const fn has_grains(code: u32) -> bool {
    material(code).family.has_grains()
}

/// The columns that bands and saves have for the words of a code's particles, in order.
pub fn columns(code: u32) -> impl Iterator<Item = Column> {
    const ANY: [Word; HEAT] = [Word { name: "any", initial: 0, fields: &[32] }; HEAT];
    words::columns(if code == DORMANT { &ANY } else { material(code).family.words() })
}

/// The words of a particle that is turned to the left by a quarter, with all that it is part of.
pub fn turned_words(code: u32, words: Words) -> Words {
    material(code).family.turned(words)
}

/// The words of a particle as seen in a mirror, where left and right change places.
pub fn mirrored_words(code: u32, words: Words) -> Words {
    material(code).family.mirrored(words)
}

/// The words that a new particle has, without the grain that depends on where it is: see [`label`].
pub const fn initial_words(code: u32) -> Words {
    let (own, mut words, mut i) = (material(code).family.words(), [0; EXTRA_WORDS], 0);
    while i < own.len() {
        words[i] = own[i].initial;
        i += 1;
    }
    words[HEAT] = label::with_enthalpy(0, material(code).heat.initial);
    words
}

/// The words that a new particle has at a place (Q12 cells).
pub fn initial_words_at(code: u32, x: i32, y: i32) -> Words {
    let mut words = initial_words(code);
    words[HEAT] |= label::initial_grain(code, x, y);
    words
}

/// The 12 bits of the volume ratio that a new particle has, at a place (Q12 cells), which they hold instead where the material
/// says so: in halves of a cell modulo 32 cells. Twin: `shader/shared/initial.wgsl`.
pub const fn initial_j(code: u32, x: i32, y: i32) -> i32 {
    if keeps_place(code) { (x >> 11 & 63) | (y >> 11 & 63) << 6 } else { J_REST }
}

/// The generated part of the shaders that know of a class's materials: the laws, and the dispatch. In the class of water alone
/// its constants stand there.
pub(crate) fn wgsl(class: Class) -> String {
    let holds = match class {
        Class::Water | Class::Labelled => ALL[0].family.holds().to_string(),
        Class::All | Class::Hot => "traits_of(material).holds != 0u".to_owned(),
    };
    family::wgsl(class, &table::part("law")) + &format!("fn holds(material: u32) -> bool {{\n    return {holds};\n}}\n")
}

/// The generated part of the shaders that know of heat; nothing where there is none.
pub(crate) fn heat_wgsl(class: Class) -> String {
    if !class.has_heat() {
        return String::new();
    }
    Heat::wgsl_struct() + &Turns::wgsl_struct() + &table::heat_wgsl() + include_str!("heat.wgsl")
}

/// The generated part of the shaders that know of air: what pulls at it. Nothing where there is none.
pub(crate) fn winds_wgsl(class: Class) -> String {
    if !class.has_heat() {
        return String::new();
    }
    let family::air::Air { inertia, buoyancy } = air::LAW;
    let constants = format!("const AIR_INERTIA = {inertia};\nconst AIR_BUOYANCY = {buoyancy}u;\n");
    constants + &table::winds_wgsl()
}

/// The generated part of the shaders for reactions; nothing where there are none.
pub(crate) fn reactions_wgsl(class: Class) -> String {
    if class.has_heat() { reactions::wgsl() } else { String::new() }
}

/// The generated part of the shaders that know what is carried; nothing where nothing is.
pub(crate) fn carriage_wgsl(class: Class) -> &'static str {
    if class.is_mixed() { include_str!("family/carriage.wgsl") } else { "" }
}

/// The generated part of the shaders that know of words: how many a particle has. Nothing where there are none.
pub(crate) fn words_wgsl(class: Class) -> String {
    match class.words() {
        0 => String::new(),
        words => format!("const WORDS: u32 = {words}u;\nalias Words = array<u32, WORDS>;\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_folder() {
        for (code, m) in ALL.iter().enumerate() {
            assert!(m.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", m.name);
            assert!(ALL[..code].iter().all(|other| other.name != m.name), "{} twice", m.name);
        }
        assert_eq!(material(WATER).name, "water");
        assert_eq!(material(MATERIAL_NONE as u32).name, ALL[0].name, "what is not in the list counts as the first");
    }

    #[test]
    fn what_is_carried_is_filled_as_water_is() {
        let carried = Carried::TURNS;
        assert_eq!([carried.mix, carried.lag], [water::LAW.mix, water::LAW.lag]);
    }

    #[test]
    fn what_breaks_keeps_its_volume_and_its_heat() {
        let code = |name: &str| u32::from(named(name).unwrap());
        // E of so much, Q14, along x and along y.
        let strained = |name: &str, [x, y]: [i32; 2]| {
            let mut f = Fields { x: 5000, y: 9000, vx: 7, j: 77, material: code(name), ..Fields::default() };
            [f.words[0], f.words[1]] = [x as u32 & 0xffff, (y as u32) << 16];
            f.words[HEAT] = 1234;
            (f, broken(f))
        };
        for (e, raw) in [([5000, 0], Some(3298)), ([0, 5000], Some(3298)), ([-8000, 0], Some(48)), ([3000, 0], None)] {
            let (f, then) = strained("glass", e);
            let Some(j) = raw else {
                assert_eq!(f, then);
                continue;
            };
            let mut words = initial_words_at(code("shards"), f.x, f.y);
            words[HEAT] |= 1234;
            assert_eq!(then, Fields { material: code("shards"), j, words, ..f });
            let (f, then) = strained("steel", e);
            assert_eq!(f, then);
        }
    }

    #[test]
    fn a_particle_has_room_for_every_material() {
        for code in 0..64 {
            assert!(columns(code).all(|column| column.word < words_borne(code)));
            assert!(initial_words(code)[word_count(code)..HEAT].iter().all(|&word| word == 0));
        }
    }
}
