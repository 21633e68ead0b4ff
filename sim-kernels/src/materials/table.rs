//! What the kernels of all materials are told of each: a table that they read, so that their texts stay as long as they are
//! whatever materials there are. The class of water alone has its constants in its text.
//!
//! A row a code; a code that nothing has holds what the first material is, so that no kernel need ask whether there is one of
//! it. A row is made of structs, each of which begins a vector of four columns; the columns of a law are those of its
//! family. Behind the rows stand the rules of reactions, those of a material one after another, and what drives. All is 32-bit
//! integers, and is bound as one uniform buffer; peers compare it (see [`crate::fingerprint`]).

use super::family::Family;
use super::heat::{Heat, Turns};
use super::reactions::{self, Asks, DRIVEN, Driven, RULES, Rule};
use super::{
    AIR, Class, EXTRA_WORDS, Winds, breaks_to, carriage, family, initial_words, is_known, keeps_place, lift, material,
    strength, thermal, turns, winds, words_borne,
};
use crate::constants::MATERIAL_NONE;
use crate::shared::{columns, shared_struct};
use std::sync::LazyLock;

shared_struct! {
    /// What is asked of a material in many places.
    pub Traits {
        /// Q6.
        mass: i32,
        /// The number of its law's family.
        family: u32,
        /// 1: see [`super::holds`].
        holds: u32,
        /// 1: see [`keeps_place`].
        place: u32,
        /// See [`Family::apart`].
        apart: i32,
        /// See [`lift`].
        lift: i32,
        /// See [`lift`].
        drag: i32,
        /// See [`strength`].
        strength: i32,
        /// See [`breaks_to`].
        breaks_to: u32,
        /// See [`super::words_borne`].
        words: u32,
        /// See [`reactions::touch_bit`].
        touch: u32,
        /// 0: it is not carried; 1: it turns, 2: it slides. See [`super::carriage`].
        carriage: i32,
        /// 1: see [`super::has_grains`].
        grains: u32,
        /// What it counts as: itself, or the first one.
        code: u32,
    }
}

impl Traits {
    /// Of a code.
    fn of(code: u32) -> Self {
        let (own, [lift, drag]) = (material(code).family, lift(code));
        Self {
            mass: material(code).mass,
            family: own.number(),
            holds: own.holds().into(),
            place: keeps_place(code).into(),
            apart: own.apart(),
            lift,
            drag,
            strength: strength(code),
            breaks_to: breaks_to(code),
            words: words_borne(code) as u32,
            touch: reactions::touch_bit(code),
            carriage: carriage(code).map_or(0, |law| 1 + law.slides),
            grains: own.has_grains().into(),
            code: if is_known(code) { code } else { 0 },
        }
    }
}

/// Codes that there are rows for: all that six bits hold.
const ROWS: u32 = MATERIAL_NONE as u32 + 1;

/// A row's parts: how WGSL calls them, and their columns.
fn parts(code: u32) -> [(&'static str, Vec<i32>); 7] {
    let mut law = family(Class::All, code).columns();
    law.resize(Family::COLUMNS, 0);
    [
        ("traits", columns(&Traits::of(code))),
        ("law", law),
        ("heat", columns(thermal(code))),
        ("turns", columns(turns(code))),
        ("asks", columns(reactions::asks(code))),
        ("winds", columns(winds(code))),
        ("words", columns(&initial_words(code))),
    ]
}

/// The vectors of four that hold so many columns.
const fn vectors(columns: usize) -> usize {
    columns.div_ceil(4)
}

/// The table, made once: every copy of a region has buffers of its own.
pub(crate) static TABLE: LazyLock<Vec<i32>> = LazyLock::new(columns_of_all);

/// Its columns.
fn columns_of_all() -> Vec<i32> {
    let mut all = Vec::new();
    let mut push = |columns: &[i32]| {
        all.extend(columns);
        all.resize(all.len().next_multiple_of(4), 0);
    };
    (0..ROWS).flat_map(parts).for_each(|(_, part)| push(&part));
    RULES.iter().for_each(|rule| push(&columns(rule)));
    DRIVEN.iter().for_each(|driven| push(&columns(driven)));
    all
}

/// What a kernel must know to read it: its layout, and the traits. Nothing where constants stand in the text.
pub(crate) fn wgsl(class: Class) -> String {
    if !class.is_mixed() {
        return String::new();
    }
    let mut text = "struct Row {\n".to_owned();
    for (name, part) in parts(0) {
        text += &format!("    {name}: array<vec4<i32>, {}>,\n", vectors(part.len()));
    }
    text += "}\nstruct Materials {\n";
    text += &format!("    rows: array<Row, {ROWS}>,\n");
    for (name, bytes, count) in
        [("rules", size_of::<Rule>(), RULES.len()), ("driven", size_of::<Driven>(), DRIVEN.len())]
    {
        text += &format!("    {name}: array<array<vec4<i32>, {}>, {count}>,\n", vectors(bytes / 4));
    }
    text += "}\n";
    text += &Family::numbers_wgsl();
    text += &format!("const AIR: u32 = {AIR}u;\n");
    text += &Traits::wgsl_struct();
    text += &Traits::wgsl_reader("traits_of(material: u32)", &part("traits"));
    text + include_str!("table.wgsl")
}

/// A part of the row of `material`, in WGSL.
pub(super) fn part(name: &str) -> String {
    format!("materials.rows[material].{name}")
}

/// The function that reads the words of a new particle; nothing where there are none.
pub(crate) fn initial_words_wgsl(class: Class) -> String {
    if !class.is_mixed() {
        return String::new();
    }
    let mut text = "fn initial_words(material: u32) -> Words {\n".to_owned();
    for k in 0..vectors(EXTRA_WORDS) {
        text += &format!("    let c{k} = vec4<u32>({}[{k}]);\n", part("words"));
    }
    let word = |k: usize| format!("c{}.{}", k / 4, ["x", "y", "z", "w"][k % 4]);
    text + &format!("    return Words({});\n}}\n", (0..EXTRA_WORDS).map(word).collect::<Vec<_>>().join(", "))
}

/// The functions that read what heat and cold do to a material.
pub(super) fn heat_wgsl() -> String {
    Heat::wgsl_reader("thermal(material: u32)", &part("heat"))
        + &Turns::wgsl_reader("turns(material: u32)", &part("turns"))
}

/// The function that reads what a material and air are to each other.
pub(super) fn winds_wgsl() -> String {
    Winds::wgsl_struct() + &Winds::wgsl_reader("winds(material: u32)", &part("winds"))
}

/// The functions that read what reactions ask for.
pub(super) fn reactions_wgsl() -> String {
    let mut text = Asks::wgsl_struct() + &Rule::wgsl_struct() + &Driven::wgsl_struct();
    text += &Asks::wgsl_reader("asks_of(material: u32)", &part("asks"));
    text += &Rule::wgsl_reader("rule_at(k: u32)", "materials.rules[k]");
    text + &Driven::wgsl_reader("driven_at(k: u32)", "materials.driven[k]")
}

#[cfg(test)]
mod tests {
    use super::super::family::still::Still;
    use super::super::{COUNT, DORMANT, WATER, holds, is_still, mass, words_borne};
    use super::*;
    use crate::shader::KernelId;
    use crate::shared::read;

    /// Where a part of a code's row begins.
    fn place(code: u32, name: &str) -> usize {
        let sizes = parts(0).map(|(name, part)| (name, 4 * vectors(part.len())));
        let row: usize = sizes.iter().map(|(_, size)| size).sum();
        let before = sizes.iter().take_while(|(other, _)| *other != name).map(|(_, size)| size);
        code as usize * row + before.sum::<usize>()
    }

    #[test]
    fn a_row_says_what_rust_says() {
        let table = columns_of_all();
        for code in 0..ROWS {
            let at = |part: &str| place(code, part);
            let traits: Traits = read(&table[at("traits")..]);
            assert_eq!(traits.mass, mass(Class::All, code));
            assert_eq!(traits.holds != 0, holds(Class::All, code));
            assert_eq!(traits.place != 0, keeps_place(code));
            assert_eq!(traits.apart, family(Class::All, code).apart());
            assert_eq!([traits.lift, traits.drag], lift(code));
            assert_eq!(traits.strength, strength(code));
            assert_eq!(traits.breaks_to, breaks_to(code));
            assert_eq!(traits.words as usize, words_borne(code));
            assert_eq!(traits.touch, reactions::touch_bit(code));
            assert_eq!(traits.code, if (code as usize) < COUNT { code } else { WATER });
            assert_eq!(traits.family == Family::Still(Still::FIRM).number(), is_still(code));
            assert_eq!(family(Class::All, code).read(&table[at("law")..]), *family(Class::All, code));
            assert_eq!(read::<Heat>(&table[at("heat")..]), *thermal(code));
            assert_eq!(read::<Turns>(&table[at("turns")..]), *turns(code));
            assert_eq!(read::<Winds>(&table[at("winds")..]), *winds(code));
            assert_eq!(read::<[u32; EXTRA_WORDS]>(&table[at("words")..]), initial_words(code));
        }
    }

    #[test]
    fn a_code_that_nothing_has_is_the_first() {
        let table = columns_of_all();
        let row = |code: u32| &table[place(code, "traits")..place(code + 1, "traits")];
        let nothings = (COUNT as u32..ROWS).filter(|&code| code != DORMANT);
        nothings.for_each(|code| assert_eq!(row(code), row(WATER), "{code}"));
        assert!((1..COUNT as u32).all(|code| row(code) != row(WATER)), "all others differ from it");
    }

    #[test]
    fn the_rules_are_those_of_their_material() {
        let table = columns_of_all();
        let rule = |k: u32| read::<Rule>(&table[place(ROWS, "traits") + 8 * k as usize..]);
        for code in 0..ROWS {
            let asks: Asks = read(&table[place(code, "asks")..]);
            let own: Vec<Rule> = (asks.first..asks.end).map(rule).collect();
            let first = if (code as usize) < COUNT { code } else { WATER };
            let expected: Vec<Rule> = RULES.into_iter().filter(|rule| rule.material == first).collect();
            assert_eq!(own, expected, "{code}");
            assert_eq!(asks.needs, own.iter().fold(0, |bits, rule| bits | rule.needs));
        }
        let driven = |k: usize| read::<Driven>(&table[place(ROWS, "traits") + 8 * RULES.len() + 4 * k..]);
        (0..DRIVEN.len()).for_each(|k| assert_eq!(driven(k), DRIVEN[k]));
    }

    /// Shaders find in a row what was put there, and the whole is far from the 64 KiB that WebGPU guarantees.
    #[test]
    fn shaders_have_the_same_layout() {
        let module = naga::front::wgsl::parse_str(&KernelId::React.resolved(Class::Hot)).expect("it is valid");
        let members = |name: &str| {
            let (_, found) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(name)).expect("it is there");
            let naga::TypeInner::Struct { members, span } = &found.inner else { panic!("{name} is a struct") };
            let places = members.iter().map(|m| (m.name.clone().expect("it has a name"), m.offset as usize / 4));
            (places.collect::<Vec<_>>(), *span as usize / 4)
        };
        let (row, span) = members("Row");
        assert_eq!(row, parts(0).map(|(name, _)| (name.to_owned(), place(0, name))));
        assert_eq!(span, place(1, "traits"));
        let (all, span) = members("Materials");
        let ends = [0, place(ROWS, "traits"), place(ROWS, "traits") + 8 * RULES.len()];
        assert_eq!(all, ["rows", "rules", "driven"].map(str::to_owned).into_iter().zip(ends).collect::<Vec<_>>());
        assert_eq!(span, columns_of_all().len());
        assert!(4 * span <= 32 << 10, "{} bytes", 4 * span);
    }
}
