//! What becomes of what, by heat, by touch and by age: the table of `reactions.ron`, as the kernels take it.
//!
//! What lies beyond a plateau of its heat becomes something else in any substep ([`super::Turns`]). All else happens
//! once a tick, after its last substep, with a chance that is a hash of the particle and the substep's number; what it
//! touches is what lay in its cell or around it when the tick began, which is as far as motion reaches anyway, so that
//! reactions add nothing to a tick's halo. Both sides of a pair react each by its own row and chance, so nothing depends on
//! an order. Twins: `shader/touch.wgsl`, `shader/react.wgsl` and `reactions.wgsl`.

use super::{ALL, COUNT, Family, Heat, Turns, code_of, is_known, is_still, material, strength, table};
use crate::constants::{MATERIAL_NONE, TOUCH_SHIFT};
use crate::fixed::rs;
use crate::shared::shared_struct;

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
    /// Whether it drives the air, too.
    pub blows: bool,
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

shared_struct! {
    /// A reaction as the kernels have it.
    pub Rule {
        /// The least enthalpy.
        low: i32,
        /// The greatest.
        high: i32,
        /// It must have seen one of these bits: see `seen`.
        needs: u32,
        /// It happens where a draw is below this, of 65536.
        below: u32,
        /// What it becomes, [`MATERIAL_NONE`] for nothing.
        to: u32,
        /// Heat, in sixteenths of a degree.
        gives: i32,
        /// Which of the material's eight draws that is.
        draw: u32,
        /// The code of what reacts.
        material: u32,
    }
}

/// Among the bits of what a particle touches: it was struck.
const SEEN_STRUCK: u32 = 1 << AGENTS_MAX;
/// Whatever there is.
const SEEN_ALWAYS: u32 = 2 << AGENTS_MAX;

/// What a particle has seen in a tick: `around` has the bits of what it touches, `struck` says whether it was.
#[inline(always)]
const fn seen(around: u32, struck: bool) -> u32 {
    around | SEEN_ALWAYS | if struck { SEEN_STRUCK } else { 0 }
}

/// What happens once a tick: the rows of a code after those of the one before.
pub const RULES: [Rule; RULE_COUNT] = rules();

/// The codes of the table's rows.
const OF: [u32; TABLE.len()] = {
    let (mut all, mut i) = ([0; TABLE.len()], 0);
    while i < TABLE.len() {
        all[i] = code_of(TABLE[i].of);
        i += 1;
    }
    all
};

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
    let none = Rule { low: 0, high: 0, needs: 0, below: 0, to: 0, gives: 0, draw: 0, material: 0 };
    let (mut all, mut count, mut code) = ([none; RULE_COUNT], 0, 0);
    while code < COUNT as u32 {
        let (mut i, mut draw) = (0, 0);
        while i < TABLE.len() {
            if OF[i] == code && !is_turn(&TABLE[i]) {
                assert!(draw < 8, "there are eight draws for a material's rows");
                all[count] = rule(code, &TABLE[i], draw);
                (draw, count) = (draw + 1, count + 1);
            }
            i += 1;
        }
        code += 1;
    }
    all
}

/// A row as the kernels have it.
const fn rule(of: u32, row: &Reaction, draw: u32) -> Rule {
    let (mut low, mut high, mut needs) = (i32::MIN, i32::MAX, SEEN_ALWAYS);
    match row.when {
        When::Above(celsius) => low = enthalpy_at(&material(of).heat, celsius) + 1,
        When::Below(celsius) => high = enthalpy_at(&material(of).heat, celsius) - 1,
        When::Touching(name) => needs = 1 << agent(name),
        When::Struck => needs = SEEN_STRUCK,
        _ => {}
    }
    // What is as warm as the air and touches nothing stays as it is: such a mix is computed without reactions.
    let touches = matches!(row.when, When::Touching(_));
    assert!(low > 0 || high < 0 || touches || is_restless(of), "it reacts when it is as warm as the air");
    let restless = match row.when {
        When::Touching(name) => is_restless(of) || is_restless(code_of(name)),
        When::Struck => is_still(of) && strength(of) < i32::MAX,
        _ => true,
    };
    assert!(restless, "of two that touch one must be restless, and what is struck must stay where it is");
    assert!(row.ticks > 0 && row.gives.unsigned_abs() <= 2047);
    let to = match row.to {
        Outcome::Other(name) => code_of(name),
        Outcome::Itself => of,
        Outcome::Nothing => MATERIAL_NONE as u32,
    };
    Rule { low, high, needs, below: 65536 / row.ticks, to, gives: 16 * row.gives, draw, material: of }
}

shared_struct! {
    /// Of a material, what its rules ask for and which they are.
    pub Asks {
        /// One of these bits must have been seen for any to happen: see `seen`.
        needs: u32,
        /// The first one.
        first: u32,
        /// Behind the last one.
        end: u32,
    }
}

/// By code.
const ASKS: [Asks; COUNT] = {
    let (mut all, mut i) = ([Asks { needs: 0, first: 0, end: 0 }; COUNT], 0);
    while i < RULE_COUNT {
        let asks = &mut all[RULES[i].material as usize];
        if asks.end == 0 {
            asks.first = i as u32;
        }
        asks.end = i as u32 + 1;
        asks.needs |= RULES[i].needs;
        i += 1;
    }
    all
};

/// What a material asks for.
#[inline(always)]
pub(super) const fn asks(code: u32) -> &'static Asks {
    if is_known(code) { &ASKS[code as usize] } else { &ASKS[0] }
}

/// Whether anything can happen to a particle of a material but what its plateaus bring: `around` has the bits of what it
/// touches, `struck` says whether it was.
#[inline(always)]
pub const fn reacts(code: u32, around: u32, struck: bool) -> bool {
    asks(code).needs & seen(around, struck) != 0
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
            When::Frozen | When::Condensed => assert!(turns.below == -(1 << 20), "two rows for one"),
            When::Melted | When::Boiled => assert!(turns.above == 1 << 20, "two rows for one"),
            _ => {}
        }
        match row.when {
            When::Frozen => (turns.below, turns.colder) = (heat.freezes - heat.freezing, to),
            When::Melted => (turns.above, turns.hotter) = (heat.freezes, to),
            When::Condensed => (turns.below, turns.colder) = (heat.boils, to),
            When::Broken => {}
            _ => (turns.above, turns.hotter) = (heat.boils + heat.boiling, to),
        }
    }
    i = 0;
    while i < COUNT {
        // What begins as warm as the air stays as it is: such a mix is computed without heat.
        assert!(ALL[i].begins_hot() || all[i].below <= 0 && 0 <= all[i].above);
        i += 1;
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
            assert!(all[OF[i] as usize] == OF[i], "two rows for one");
            all[OF[i] as usize] = code_of(name);
        }
        i += 1;
    }
    all
}

/// The bits that a cell's mask has for what is in it.
const AGENTS_MAX: u32 = 32 - TOUCH_SHIFT as u32;

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
    assert!(count <= AGENTS_MAX, "a cell's mask has no more bits for what is in it");
    (bits, count)
};

/// The bit of what others react to.
const fn agent(name: &str) -> u32 {
    AGENTS.0[code_of(name) as usize]
}

/// The bit of a material that others react to, or 0.
#[inline(always)]
pub const fn touch_bit(code: u32) -> u32 {
    // A code that nothing has counts as the first.
    let bit = AGENTS.0[if is_known(code) { code as usize } else { 0 }];
    if bit == u32::MAX { 0 } else { 1 << bit }
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

shared_struct! {
    /// What drives, as the kernels have it.
    pub Driven {
        /// By what.
        bit: u32,
        /// The velocity along x, Q15; 0 leaves it as it is.
        x: i32,
        /// Along y.
        y: i32,
        /// Q8: the share of the way there in a tick.
        share: i32,
    }
}

/// All that drive.
pub(super) const DRIVEN: [Driven; DRIVES.len()] = {
    let (mut all, mut i) = ([Driven { bit: 0, x: 0, y: 0, share: 0 }; DRIVES.len()], 0);
    while i < DRIVES.len() {
        let Drive { by, velocity: [x, y], share, .. } = DRIVES[i];
        assert!(x.unsigned_abs() <= 99 && y.unsigned_abs() <= 99 && 0 < share && share <= 256);
        all[i] = Driven { bit: 1 << agent(by), x: x * 32768 / 100, y: y * 32768 / 100, share };
        i += 1;
    }
    all
};

/// The velocity (Q15) of what touches things that drive it.
#[inline(always)]
pub fn driven(mut v: [i32; 2], around: u32) -> [i32; 2] {
    if around & THING_BITS == 0 {
        return v;
    }
    for Driven { bit, x, y, share } in DRIVEN {
        if around & bit == 0 {
            continue;
        }
        for (v, target) in v.iter_mut().zip([x, y]) {
            if target != 0 {
                // Below 2^17 x 2^8.
                *v += rs((target - *v) * share, 8);
            }
        }
    }
    v
}

/// How strongly a particle of a material drives the air, and to which velocity; 0 of what does not.
pub(super) const fn blows(code: u32) -> (i32, [i32; 2]) {
    let mut i = 0;
    while i < DRIVES.len() {
        if DRIVES[i].blows && code_of(DRIVES[i].by) == code {
            return (BLOWS, [DRIVEN[i].x, DRIVEN[i].y]);
        }
        i += 1;
    }
    (0, [0; 2])
}

/// Which share of the way to the air's velocity, of 256, a powder goes in a tick; 0 of all else.
pub(super) const fn carried(code: u32) -> i32 {
    let mut i = 0;
    while i < CARRIED.len() {
        let (of, share) = CARRIED[i];
        if code_of(of) == code {
            let moves = !is_still(code) && !matches!(material(code).family, Family::Fluid(_));
            assert!(moves && 0 < share && share <= 256, "a fluid's law has its drag");
            return share;
        }
        i += 1;
    }
    0
}

/// See [`blows`]: sixteen times what smoke is carried with.
const BLOWS: i32 = 512;

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

/// What a particle of a material becomes, and how much heat that gives, if anything happens. `around` has the bits of
/// what it touches, `chance` is where the draws are from, `struck` says whether it was. The first row that happens counts.
#[inline(always)]
pub fn reaction(code: u32, h: i32, around: u32, chance: [u32; 4], struck: bool) -> Option<(u32, i32)> {
    let (asks, seen) = (asks(code), seen(around, struck));
    let holds = |rule: &Rule| {
        (rule.low..=rule.high).contains(&h)
            && rule.needs & seen != 0
            && (chance[rule.draw as usize / 2] >> (rule.draw % 2 * 16) & 0xffff) < rule.below
    };
    let mut own = RULES[asks.first as usize..asks.end as usize].iter();
    own.find(|rule| holds(rule)).map(|rule| (rule.to, rule.gives))
}

/// The shaders' part for reactions.
pub(super) fn wgsl() -> String {
    let mut text = table::reactions_wgsl();
    text += &format!("const DRIVEN_COUNT = {}u;\n", DRIVEN.len());
    for (name, bits) in [
        ("THING_BITS", THING_BITS),
        ("DRAIN_BITS", DRAIN_BITS),
        ("SEEN_STRUCK", SEEN_STRUCK),
        ("SEEN_ALWAYS", SEEN_ALWAYS),
    ] {
        text += &format!("const {name} = {bits}u;\n");
    }
    text + include_str!("reactions.wgsl")
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
        let plant = touch_bit(code("plant"));
        let drinks = |code: u32| reaction(code, 0, plant, always, false);
        assert_eq!(
            (drinks(COUNT as u32), drinks(super::super::WATER)),
            (Some((code("plant"), 0)), Some((code("plant"), 0)))
        );
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
    fn nothing_happens_to_what_is_not_asked() {
        for (code, bit) in (0..64).flat_map(|code| (0..24).map(move |bit| (code, bit))) {
            for (around, struck) in [(0, false), (0, true), (1 << bit, false)] {
                let happens = [-32767, 0, 32767].iter().any(|&h| reaction(code, h, around, [0; 4], struck).is_some());
                assert!(!happens || reacts(code, around, struck), "{code}");
            }
        }
        assert!(!reacts(super::super::WATER, touch_bit(code_of("acid")), false), "water and acid are fine");
    }
}
