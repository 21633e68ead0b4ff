//! What a material is, in sentences: all of it follows from the tables that the simulation computes by.

use super::theme;
use bevy_egui::egui::Ui;
use sim_kernels::constants::MASS_PARTICLE_ONE;
use sim_kernels::materials::reactions::{Outcome, Reaction, TABLE, When};
use sim_kernels::materials::{self, NAMES};
use words::{fill, say};

/// The name of the material of a code.
pub(super) fn name_of(code: u8) -> String {
    named(NAMES[usize::from(code)])
}

fn named(name: &str) -> String {
    say(&format!("material-{name}"))
}

/// What it does, in a sentence.
pub(super) fn hint_of(code: u8) -> String {
    say(&format!("material-{}-hint", NAMES[usize::from(code)]))
}

/// All that is known of a material.
pub(super) fn card(ui: &mut Ui, code: u8) {
    ui.label(hint_of(code));
    let hundredths = materials::material(u32::from(code)).mass * 100 / MASS_PARTICLE_ONE;
    let times = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    ui.label(theme::quiet(fill("card-weight", [("times", times.into())])));
    let rows = rows(code);
    if rows.is_empty() {
        ui.label(theme::quiet(say("card-inert")));
    }
    rows.into_iter().for_each(|row| _ = ui.label(theme::quiet(row)));
}

/// What becomes of it, and when.
pub(super) fn rows(code: u8) -> Vec<String> {
    let of = NAMES[usize::from(code)];
    let row = |row: &Reaction| {
        let becomes = match row.to {
            Outcome::Other(name) => named(name),
            Outcome::Itself => say("card-becomes-warmer"),
            Outcome::Nothing => say("card-becomes-nothing"),
        };
        fill("card-row", [("when", when(code, row.when).into()), ("becomes", becomes.into())])
    };
    TABLE.iter().filter(|row| row.of == of).map(row).collect()
}

fn when(code: u8, when: When) -> String {
    let [lower, upper] = materials::material(u32::from(code)).heat.plateaus();
    let degrees = |id: &str, degrees: i32| fill(id, [("degrees", degrees.to_string().into())]);
    match when {
        When::Frozen => degrees("card-when-below", lower),
        When::Melted => degrees("card-when-above", lower),
        When::Condensed => degrees("card-when-below", upper),
        When::Boiled => degrees("card-when-above", upper),
        When::Above(above) => degrees("card-when-above", above),
        When::Below(below) => degrees("card-when-below", below),
        When::Touching(other) => fill("card-when-touching", [("material", named(other).into())]),
        When::Broken => say("card-when-broken"),
        When::Struck => say("card-when-struck"),
        When::Aging => say("card-when-aging"),
    }
}

/// The names of what it reacts with when they touch, either of them; each once.
pub(super) fn reacts_with(code: u8) -> Vec<String> {
    let of = NAMES[usize::from(code)];
    let mut all: Vec<&str> = Vec::new();
    for row in TABLE {
        let When::Touching(other) = row.when else { continue };
        for (one, another) in [(row.of, other), (other, row.of)] {
            if one == of && !all.contains(&another) {
                all.push(another);
            }
        }
    }
    all.into_iter().map(named).collect()
}

/// How well a name answers what was typed: nothing where it does not, and less where it begins with that.
pub(super) fn answers(name: &str, typed: &str) -> Option<usize> {
    let (name, typed) = (name.to_lowercase(), typed.trim().to_lowercase());
    let at = name.find(&typed)?;
    let begins = at == 0 || !name[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    Some(if at == 0 { 0 } else { 1 + usize::from(!begins) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::materials::{WATER, palette};

    fn code(name: &str) -> u8 {
        materials::named(name).unwrap()
    }

    #[test]
    fn a_card_says_what_the_table_says() {
        let water = rows(WATER as u8);
        assert!(water.iter().any(|row| row.contains("Below 0 °C") && row.contains("Ice")), "{water:?}");
        assert!(water.iter().any(|row| row.contains("Above 100 °C") && row.contains("Steam")), "{water:?}");
        let told: usize = palette().map(|code| rows(code).len()).sum();
        let known = TABLE.iter().filter(|row| palette().any(|code| NAMES[usize::from(code)] == row.of)).count();
        assert_eq!(told, known);
        assert!(reacts_with(code("acid")).contains(&named("metal")));
        assert!(reacts_with(code("metal")).contains(&named("acid")), "either way");
    }

    #[test]
    fn a_search_finds_by_any_part_and_beginnings_first() {
        assert_eq!(answers("Lava", "lav"), Some(0));
        assert_eq!(answers("Draw: Line", "line"), Some(1));
        assert_eq!(answers("Quecksilber", "SILBER"), Some(2));
        assert_eq!((answers("Oil", "lava"), answers("Öl", "öl")), (None, Some(0)));
        assert_eq!(answers("Oil", "  "), Some(0));
    }
}
