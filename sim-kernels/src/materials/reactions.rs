//! What becomes of what, by heat, by touch and by age: the table of `reactions.ron`, as the kernels take it.
//!
//! What lies beyond a plateau of its heat becomes something else in any substep ([`super::Turns`]). All else happens
//! once a tick, after its last substep, with a chance that is a hash of the particle and the substep's number; what it
//! touches is what lay in its cell or around it when the tick began, which is as far as motion reaches anyway, so that
//! reactions add nothing to a tick's halo. Both sides of a pair react each by its own row and chance, so nothing depends on
//! an order. Twins: `shader/touch.wgsl` and `shader/react.wgsl`, and `reaction` there is generated.

use super::{ALL, COUNT, Heat, Turns, code_of, is_still, material, strength};
use crate::constants::MATERIAL_NONE;
use crate::fixed::rs;

/// A row of the table for one of the materials that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// What reacts.
    pub of: &'static str,
    /// When.
    pub when: When,
    /// What it becomes.
    pub to: Outcome,
    /// How many ticks that takes on average.
    pub ticks: u32,
    /// How many degrees' worth of heat it gives to what it becomes.
    pub gives: i32,
}

/// What something becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Another material.
    Other(&'static str),
    /// It stays what it is, and gets warmer.
    Itself,
    /// It is gone.
    Nothing,
}

/// A thing that drives what touches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drive {
    /// What drives.
    pub by: &'static str,
    /// To which velocity, in hundredths of a cell a substep; along an axis with 0 it leaves velocities as they are.
    pub velocity: [i32; 2],
    /// Which share of the way to it in a tick, of 256.
    pub share: i32,
}

/// When a reaction happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Its enthalpy is below the lower plateau.
    Frozen,
    /// Above it.
    Melted,
    /// Below the upper plateau.
    Condensed,
    /// Above it.
    Boiled,
    /// It was stretched or pressed by more than its law bears.
    Broken,
    /// It is warmer than this, in degrees Celsius.
    Above(i32),
    /// Colder.
    Below(i32),
    /// A particle of this is in its cell or beside it.
    Touching(&'static str),
    /// A blow was harder than it bears: see [`super::family::still`].
    Struck,
    /// Always.
    Aging,
}

include!(concat!(env!("OUT_DIR"), "/reactions.rs"));

/// A reaction as the kernels have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The code of what reacts.
    pub of: u32,
    /// The least enthalpy.
    pub low: i32,
    /// The greatest.
    pub high: i32,
    /// Bits of what it must touch; 0 where that does not matter.
    pub touching: u32,
    /// Whether it must have been struck.
    pub struck: bool,
    /// Which of the material's eight draws decides.
    pub draw: u32,
    /// It happens where that is below this, of 65536.
    pub below: u32,
    /// What it becomes, [`MATERIAL_NONE`] for nothing.
    pub to: u32,
    /// Heat, in sixteenths of a degree.
    pub gives: i32,
}

/// What happens once a tick.
pub const RULES: [Rule; RULE_COUNT] = rules();

/// Whether a row is of what happens in any substep: [`Turns`], and what breaks.
const fn is_turn(row: &Reaction) -> bool {
    matches!(row.when, When::Frozen | When::Melted | When::Condensed | When::Boiled | When::Broken)
}

const RULE_COUNT: usize = {
    let (mut i, mut count) = (0, 0);
    while i < TABLE.len() {
        count += !is_turn(&TABLE[i]) as usize;
        i += 1;
    }
    count
};

const fn rules() -> [Rule; RULE_COUNT] {
    let none = Rule { of: 0, low: 0, high: 0, touching: 0, struck: false, draw: 0, below: 0, to: 0, gives: 0 };
    let (mut all, mut used, mut count, mut i) = ([none; RULE_COUNT], [0; COUNT], 0, 0);
    while i < TABLE.len() {
        let row = &TABLE[i];
        i += 1;
        if is_turn(row) {
            continue;
        }
        let of = code_of(row.of);
        let (mut low, mut high, mut touching) = (i32::MIN, i32::MAX, 0);
        match row.when {
            When::Above(celsius) => low = enthalpy_at(&material(of).heat, celsius) + 1,
            When::Below(celsius) => high = enthalpy_at(&material(of).heat, celsius) - 1,
            When::Touching(name) => touching = 1 << agent(name),
            _ => {}
        }
        // What is as warm as the air and touches nothing stays as it is: such a mix is computed without reactions.
        assert!(low > 0 || high < 0 || touching != 0 || is_restless(of), "it reacts when it is as warm as the air");
        let restless = match row.when {
            When::Touching(name) => is_restless(of) || is_restless(code_of(name)),
            When::Struck => is_still(of) && strength(of) < i32::MAX,
            _ => true,
        };
        assert!(restless, "of two that touch one must be restless, and what is struck must stay where it is");
        let draw = used[of as usize];
        assert!(row.ticks > 0 && row.gives.unsigned_abs() <= 2047);
        assert!(draw < 8, "there are eight draws for a material's rows");
        used[of as usize] += 1;
        let to = match row.to {
            Outcome::Other(name) => code_of(name),
            Outcome::Itself => of,
            Outcome::Nothing => MATERIAL_NONE as u32,
        };
        let struck = matches!(row.when, When::Struck);
        all[count] =
            Rule { of, low, high, touching, struck, draw, below: 65536 / row.ticks, to, gives: 16 * row.gives };
        count += 1;
    }
    all
}

/// The enthalpy at a temperature: the whole of a plateau counts as below it.
const fn enthalpy_at(heat: &Heat, celsius: i32) -> i32 {
    let t = 16 * (celsius - 20);
    if t >= heat.boils && heat.boiling > 0 {
        t + heat.boiling
    } else if t < heat.freezes && heat.freezing > 0 {
        t - heat.freezing
    } else {
        t
    }
}

/// What a material becomes beyond its plateaus; itself, where it becomes nothing else.
pub(super) const fn turns() -> [Turns; COUNT] {
    let (mut all, mut i) = ([Turns { below: -(1 << 20), colder: 0, above: 1 << 20, hotter: 0 }; COUNT], 0);
    while i < COUNT {
        (all[i].colder, all[i].hotter) = (i as u32, i as u32);
        i += 1;
    }
    i = 0;
    while i < TABLE.len() {
        let row = &TABLE[i];
        i += 1;
        if !is_turn(row) {
            continue;
        }
        assert!(row.ticks == 1 && row.gives == 0, "what lies beyond a plateau turns at once");
        let (of, Outcome::Other(name)) = (code_of(row.of), row.to) else {
            panic!("what melts or boils becomes something")
        };
        let (to, heat, turns) = (code_of(name), &material(of).heat, &mut all[of as usize]);
        match row.when {
            When::Frozen => (turns.below, turns.colder) = (heat.freezes - heat.freezing, to),
            When::Melted => (turns.above, turns.hotter) = (heat.freezes, to),
            When::Condensed => (turns.below, turns.colder) = (heat.boils, to),
            When::Broken => {}
            _ => (turns.above, turns.hotter) = (heat.boils + heat.boiling, to),
        }
        assert!(turns.below < 0 || turns.below <= heat.boils && heat.boiling > 0);
    }
    all
}

/// What a material becomes where it breaks; itself, where it does not.
pub(super) const fn breaks() -> [u32; COUNT] {
    let (mut all, mut i) = ([0; COUNT], 0);
    while i < COUNT {
        all[i] = i as u32;
        i += 1;
    }
    i = 0;
    while i < TABLE.len() {
        if let (When::Broken, Outcome::Other(name)) = (TABLE[i].when, TABLE[i].to) {
            all[code_of(TABLE[i].of) as usize] = code_of(name);
        }
        i += 1;
    }
    all
}

/// What others react to by touch, by bit; and how many they are.
const AGENTS: ([u32; COUNT], u32) = {
    let (mut bits, mut count, mut i) = ([u32::MAX; COUNT], 0, 0);
    while i < TABLE.len() {
        if let When::Touching(name) = TABLE[i].when {
            let code = code_of(name) as usize;
            if bits[code] == u32::MAX {
                bits[code] = count;
                count += 1;
            }
        }
        i += 1;
    }
    i = 0;
    while i < DRIVES.len() + DRAINS.len() {
        let name = if i < DRIVES.len() { DRIVES[i].by } else { DRAINS[i - DRIVES.len()] };
        let code = code_of(name) as usize;
        assert!(is_still(code as u32) && bits[code] == u32::MAX, "what drives or drains stays, and does nothing else");
        bits[code] = count;
        count += 1;
        i += 1;
    }
    assert!(count <= 23, "a cell's mask has 23 bits for what is in it");
    (bits, count)
};

/// The bit of what others react to.
const fn agent(name: &str) -> u32 {
    AGENTS.0[code_of(name) as usize]
}

/// The bit of a material that others react to, or 0.
#[inline(always)]
pub const fn touch_bit(code: u32) -> u32 {
    if (code as usize) < COUNT && AGENTS.0[code as usize] != u32::MAX { 1 << AGENTS.0[code as usize] } else { 0 }
}

/// The bits of what takes away all that touches it and does not stay where it is.
pub const DRAIN_BITS: u32 = {
    let (mut bits, mut i) = (0, 0);
    while i < DRAINS.len() {
        bits |= 1 << agent(DRAINS[i]);
        i += 1;
    }
    bits
};

/// And of what drives it.
pub const THING_BITS: u32 = {
    let (mut bits, mut i) = (DRAIN_BITS, 0);
    while i < DRIVES.len() {
        bits |= 1 << agent(DRIVES[i].by);
        i += 1;
    }
    bits
};

impl Drive {
    /// The velocity, Q15.
    const fn target(&self) -> [i32; 2] {
        assert!(self.velocity[0].unsigned_abs() <= 99 && self.velocity[1].unsigned_abs() <= 99);
        assert!(0 < self.share && self.share <= 256);
        [self.velocity[0] * 32768 / 100, self.velocity[1] * 32768 / 100]
    }
}

/// The velocity (Q15) of what touches things that drive it.
#[inline(always)]
pub fn driven(mut v: [i32; 2], around: u32) -> [i32; 2] {
    if around & THING_BITS == 0 {
        return v;
    }
    for drive in DRIVES {
        if around >> agent(drive.by) & 1 == 0 {
            continue;
        }
        for (v, target) in v.iter_mut().zip(drive.target()) {
            if target != 0 {
                // Below 2^17 x 2^8.
                *v += rs((target - *v) * drive.share, 8);
            }
        }
    }
    v
}

/// Whether a material's presence makes a region look for reactions.
pub const fn is_restless(code: u32) -> bool {
    if is_still(code) {
        return true;
    }
    let mut i = 0;
    while i < RESTLESS.len() {
        if code_of(RESTLESS[i]) == code {
            return true;
        }
        i += 1;
    }
    false
}

/// By code, whether any rule is of it.
const REACTS: [bool; COUNT] = {
    let (mut reacts, mut i) = ([false; COUNT], 0);
    while i < RULE_COUNT {
        reacts[RULES[i].of as usize] = true;
        i += 1;
    }
    reacts
};

/// Whether a material can react at all, but for what its plateaus bring.
#[inline(always)]
pub const fn reacts(code: u32) -> bool {
    (code as usize) < COUNT && REACTS[code as usize]
}

/// What a particle of a material becomes, and how much heat that gives, if anything happens. `around` has the bits of
/// what it touches, `chance` is where the draws are from, `struck` says whether it was. The first row that happens counts.
#[inline(always)]
pub fn reaction(code: u32, h: i32, around: u32, chance: [u32; 4], struck: bool) -> Option<(u32, i32)> {
    let holds = |rule: &Rule| {
        rule.of == code
            && (rule.low..=rule.high).contains(&h)
            && (rule.touching == 0 || rule.touching & around != 0)
            && (struck || !rule.struck)
            && (chance[rule.draw as usize / 2] >> (rule.draw % 2 * 16) & 0xffff) < rule.below
    };
    RULES.iter().find(|rule| holds(rule)).map(|rule| (rule.to, rule.gives))
}

/// The generated part of the shaders for reactions.
pub(super) fn wgsl() -> String {
    let mut text = "fn touch_bit(material: u32) -> u32 {\n".to_owned();
    for code in (0..COUNT as u32).filter(|&code| touch_bit(code) != 0) {
        text += &format!("    if (material == {code}u) {{\n        return {}u;\n    }}\n", touch_bit(code));
    }
    text += "    return 0u;\n}\nfn reacts(material: u32) -> bool {\n    switch (material) {\n";
    let codes: Vec<String> =
        (0..ALL.len() as u32).filter(|&code| reacts(code)).map(|code| format!("{code}u")).collect();
    text += &format!("        case {}: {{\n            return true;\n        }}\n", codes.join(", "));
    text += "        default: {\n            return false;\n        }\n    }\n}\n";
    text += "// What it becomes, and how much heat that gives.\n";
    text += "fn reaction(material: u32, h: i32, around: u32, chance: vec4<u32>, struck: bool) -> vec2<i32> {\n";
    for rule in RULES {
        let Rule { of, low, high, touching, struck, draw, below, to, gives } = rule;
        let mut conditions = vec![format!("material == {of}u")];
        if low != i32::MIN {
            conditions.push(format!("h >= {low}"));
        }
        if high != i32::MAX {
            conditions.push(format!("h <= {high}"));
        }
        if touching != 0 {
            conditions.push(format!("(around & {touching}u) != 0u"));
        }
        if struck {
            conditions.push("struck".to_owned());
        }
        let word = ["x", "y", "z", "w"][draw as usize / 2];
        conditions.push(format!("((chance.{word} >> {}u) & 0xffffu) < {below}u", draw % 2 * 16));
        text += &format!("    if ({}) {{\n        return vec2<i32>({to}, {gives});\n    }}\n", conditions.join(" && "));
    }
    text += "    return vec2<i32>(i32(material), 0);\n}\n";
    text += &format!("const THING_BITS = {THING_BITS}u;\nconst DRAIN_BITS = {DRAIN_BITS}u;\n");
    text += "fn driven(before: vec2<i32>, around: u32) -> vec2<i32> {\n    var v = before;\n";
    for drive in DRIVES {
        text += &format!("    if ((around & {}u) != 0u) {{\n", 1u32 << agent(drive.by));
        for (axis, target) in ["x", "y"].into_iter().zip(drive.target()).filter(|part| part.1 != 0) {
            text += &format!("        v.{axis} += rs(({target} - v.{axis}) * {}, 8u);\n", drive.share);
        }
        text += "    }\n";
    }
    text + "    return v;\n}\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_a_rule() {
        let code = |name: &str| code_of(name);
        let (always, never) = ([0; 4], [u32::MAX; 4]);
        // 300 degrees Celsius are 280 above the air's.
        assert_eq!(reaction(code("wood"), 4480, 0, always, false), None);
        assert_eq!(reaction(code("wood"), 4481, 0, always, false), Some((code("fire"), 14400)));
        assert_eq!(reaction(code("wood"), 4481, 0, [0xffff, 0, 0, 0], false), Some((code("ash"), 0)), "the next draw");
        assert_eq!(reaction(code("wood"), 4481, 0, never, false), None);
        assert_eq!(reaction(code("gunpowder"), 4481, 0, never, false), Some((code("blast"), 24000)), "at once");
        assert_eq!(reaction(code("stone"), 0, 0, always, false), None);
        let acid = touch_bit(code("acid"));
        assert_eq!(reaction(code("stone"), 0, acid, always, false), Some((MATERIAL_NONE as u32, 0)));
        assert_eq!(reaction(code("acid"), 0, acid, always, false), None);
        assert_eq!(reaction(MATERIAL_NONE as u32, 20000, u32::MAX, always, true), None);
        let rock = |struck: bool| reaction(code("rock"), 0, 0, always, struck);
        assert_eq!((rock(false), rock(true)), (None, Some((code("gravel"), 0))));
    }

    #[test]
    fn things_drive_by_a_share_of_the_way() {
        let up = touch_bit(code_of("fan_up"));
        assert_eq!(driven([500, 0], up), [500, (30 * 32768 / 100 + 2) / 4]);
        assert_eq!(driven([500, -90], 0), [500, -90]);
        let (right, left) = (touch_bit(code_of("belt_right")), touch_bit(code_of("belt_left")));
        assert!(driven([0, 7], right)[0] > 0 && driven([0, 7], left)[0] < 0 && driven([0, 7], left)[1] == 7);
    }

    #[test]
    fn what_reacts_to_nothing_is_not_asked() {
        for code in 0..64 {
            let any = RULES.iter().any(|rule| rule.of == code);
            assert_eq!(reacts(code), any);
        }
    }
}
