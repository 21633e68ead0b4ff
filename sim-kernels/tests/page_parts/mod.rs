//! What of a material's page is made from the code: its law with its constants, its bounds, its heat and its reactions.

pub mod laws;

use laws::{Shown, q, shown};
use sim_kernels::constants::{MASS_PARTICLE_MAX, ONE};
use sim_kernels::materials::reactions::{DRAINS, DRIVES, Outcome, Reaction, TABLE, When};
use sim_kernels::materials::{self, Column, Group, Material};
use std::fmt::Write as _;

/// Materials that differ by a number alone share a page.
pub const SHARED: &[(&str, &[&str])] = &[
    ("belt", &["belt_left", "belt_right"]),
    ("fan", &["fan_up", "fan_left", "fan_right"]),
    ("heater", &["heater", "cooler"]),
    ("pump", &["pump_up", "pump_left", "pump_right"]),
    ("wire", &["wire", "spark", "spent"]),
];

/// A page: its name, and the materials that it is of.
#[derive(Clone, Debug)]
pub struct Page {
    /// Of its file, without the ending.
    pub name: &'static str,
    /// All of one family.
    pub of: Vec<&'static Material>,
}

/// All pages, in the order of the materials' codes.
pub fn pages() -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    for m in materials::ALL.iter().filter(|m| !m.is_for_tests()) {
        let name = page_of(m.name);
        match pages.iter_mut().find(|page| page.name == name) {
            Some(page) => page.of.push(m),
            None => pages.push(Page { name, of: vec![m] }),
        }
    }
    pages
}

/// The page of a material.
pub fn page_of(name: &'static str) -> &'static str {
    SHARED.iter().find(|(_, of)| of.contains(&name)).map_or(name, |(page, _)| page)
}

/// A material's name as a link from one page to another.
fn link(name: &'static str) -> String {
    format!("[{name}]({}.md)", page_of(name))
}

/// What the tables say of when a reaction happens.
pub fn when(row: &Reaction, name: &dyn Fn(&'static str) -> String) -> String {
    match row.when {
        When::Frozen => "it is frozen through".to_owned(),
        When::Melted => "it is melted through".to_owned(),
        When::Condensed => "it is condensed or set".to_owned(),
        When::Boiled => "it is boiled or molten through".to_owned(),
        When::Above(celsius) => format!("above {celsius} °C"),
        When::Below(celsius) => format!("below {celsius} °C"),
        When::Touching(other) => format!("it touches {}", name(other)),
        When::Struck => "it is struck".to_owned(),
        When::Broken => "it breaks".to_owned(),
        When::Aging => "always".to_owned(),
    }
}

/// What they say of what it becomes, of how long that takes, and of the heat that it gives.
pub fn outcome(row: &Reaction, name: &dyn Fn(&'static str) -> String) -> [String; 3] {
    let to = match row.to {
        Outcome::Other(to) => name(to),
        Outcome::Itself => "itself".to_owned(),
        Outcome::Nothing => "nothing".to_owned(),
    };
    let ticks = if row.ticks == 1 { "at once".to_owned() } else { row.ticks.to_string() };
    [to, ticks, if row.gives == 0 { String::new() } else { row.gives.to_string() }]
}

/// What of a page is made from the code.
pub fn generated(page: &Page) -> String {
    let of: Vec<Shown> = page.of.iter().map(|m| shown(m)).collect();
    let first = &of[0];
    assert!(of.iter().all(|one| one.law == first.law && one.bounds == first.bounds), "{}: two laws", page.name);
    let mut text = String::new();
    let codes: Vec<String> = page.of.iter().map(|m| code(m).to_string()).collect();
    let group = group(page.of[0].group);
    let (family, codes) = (first.file, codes.join(", "));
    let _ = write!(
        text,
        "Family [{family}](../../sim-kernels/src/materials/family/{family}.rs); code {codes}; {group}.\n\n## Law\n{}",
        wrapped(&first.law)
    );
    text += &parameters(page, &of);
    text += "\n## Bounds\n";
    for bound in &first.bounds {
        text += &wrapped(&format!("- {bound}"));
    }
    text += &wrapped(&format!(
        "- Mass {} ≤ {} and conductance {} ≤ mass, so the sums of a node's momentum and heat fit ([all formats]({}constants.rs)).",
        each(page, &|m| q(m.mass, 6)),
        MASS_PARTICLE_MAX / 64,
        each(page, &|m| q(m.heat.conductance, 4)),
        "../../sim-kernels/src/",
    ));
    text += &heat(page);
    text + &reactions(page)
}

fn code(m: &Material) -> u8 {
    materials::named(m.name).expect("it is in the list")
}

fn group(group: Group) -> String {
    match Group::SHOWN.iter().find(|(shown, _)| *shown == group) {
        Some((_, name)) => format!("among {name}"),
        None => "comes and goes by itself".to_owned(),
    }
}

/// A value of each of the page's materials; one, where they are all the same.
pub fn each(page: &Page, value: &dyn Fn(&Material) -> String) -> String {
    let values: Vec<String> = page.of.iter().map(|m| value(m)).collect();
    if values.iter().all(|one| *one == values[0]) {
        return values[0].clone();
    }
    page.of.iter().zip(&values).map(|(m, value)| format!("{}: {value}", m.name)).collect::<Vec<_>>().join("; ")
}

fn parameters(page: &Page, of: &[Shown]) -> String {
    let mut text = "\n## Parameters\n| | value | unit, meaning |\n|---|---|---|\n".to_owned();
    let mut row = |what: &str, value: &str, unit: &str| {
        let _ = writeln!(text, "| {what} | {value} | {unit} |");
    };
    row("mass", &each(page, &|m| q(m.mass, 6)), "water's, for the same room");
    for (k, (what, _, unit)) in of[0].rows.iter().enumerate() {
        row(what, &each(page, &|m| shown(m).rows[k].1.clone()), unit);
    }
    let share = |m: &Material| materials::winds(code(m).into()).carried;
    if page.of.iter().any(|m| share(m) > 0) {
        row("carried by air", &each(page, &|m| q(share(m), 8)), "of the way to its velocity, a tick");
    }
    for (m, drive) in page.of.iter().filter_map(|m| Some((m, DRIVES.iter().find(|d| d.by == m.name)?))) {
        let [x, y] = drive.velocity.map(|v| f64::from(v) / 100.0);
        let air = if drive.blows { ", and the air" } else { "" };
        let unit = format!("cells a substep, x and y: what touches it, {} of the way a tick{air}", q(drive.share, 8));
        row(&format!("{} drives to", m.name), &format!("{x}, {y}"), &unit);
    }
    for m in page.of.iter().filter(|m| DRAINS.contains(&m.name)) {
        row(m.name, "takes away", "all that touches it and does not stay where it is, a tick");
    }
    let words = page.of[0].family.words();
    for (k, word) in words.iter().enumerate() {
        let bits: Vec<String> = materials::columns(code(page.of[0]).into())
            .filter(|column: &Column| column.word == k)
            .map(|column| column.bits.to_string())
            .collect();
        row(&format!("word {k}"), &bits.join(" + "), &format!("bits: {}", word.name));
    }
    text
}

/// Of sixteenths of a degree above the air's temperature.
fn celsius(sixteenths: i32) -> String {
    format!("{} °C", minus(sixteenths / 16 + 20))
}

/// A number with the sign that the pages have.
fn minus(number: i32) -> String {
    number.to_string().replace('-', "−")
}

fn heat(page: &Page) -> String {
    let lines = |m: &Material| {
        let h = m.heat;
        let mut lines = vec![format!("begins at {}", celsius(h.temperature(h.initial)))];
        lines.push(format!("conductance {} of the way a substep", q(h.conductance, 4)));
        if h.pinned != 0 {
            return format!("{}; keeps its temperature whatever it gives and takes", lines.join("; "));
        }
        let open = if h.open > ONE { "however dense it is" } else { "where it lies open" };
        lines.push(format!("cools toward the air by {}/65536 a substep, {open}", h.cooling));
        let worth = |sixteenths: i32| format!("{} degrees' worth", sixteenths / 16);
        if h.freezing > 0 {
            let (at, low) = (celsius(h.freezes), h.freezes - h.freezing);
            lines.push(format!(
                "lower plateau at {at}, {} (enthalpy {}/16 to {}/16)",
                worth(h.freezing),
                minus(low),
                minus(h.freezes)
            ));
        }
        if h.boiling > 0 {
            let (at, high) = (celsius(h.temperature(h.boils)), h.boils + h.boiling);
            let grows = if h.grows > 0 {
                format!(", by whose end it takes {} times its room", q(64 + h.grows, 6))
            } else {
                String::new()
            };
            lines.push(format!(
                "upper plateau at {at}, {} (enthalpy {}/16 to {high}/16){grows}",
                worth(h.boiling),
                h.boils
            ));
        }
        lines.join("; ")
    };
    let text = page.of.iter().map(|m| lines(m)).collect::<Vec<_>>();
    let mut out = "\n## Heat\n".to_owned();
    if text.iter().all(|one| *one == text[0]) {
        return out + &wrapped(&sentence(&text[0]));
    }
    for (m, line) in page.of.iter().zip(&text) {
        out += &wrapped(&format!("- {}: {line}.", m.name));
    }
    out
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map_or_else(String::new, |c| c.to_uppercase().collect());
    format!("{first}{}.", rest.as_str())
}

fn reactions(page: &Page) -> String {
    let is_of = |name: &str| page.of.iter().any(|m| m.name == name);
    let mut text = String::new();
    let own: Vec<&Reaction> = TABLE.iter().filter(|row| is_of(row.of)).collect();
    if !own.is_empty() {
        text +=
            "\n## Reactions\n| what | when | becomes | in ticks, on average | gives degrees |\n|---|---|---|---|---|\n";
        for row in own {
            let [to, ticks, gives] = outcome(row, &link);
            let _ = writeln!(text, "| {} | {} | {to} | {ticks} | {gives} |", row.of, when(row, &link));
        }
    }
    let others = |rows: &dyn Fn(&Reaction) -> bool, say: &dyn Fn(&Reaction) -> String| {
        let mut seen: Vec<String> = Vec::new();
        for row in TABLE.iter().filter(|row| rows(row) && !is_of(row.of)) {
            let one = say(row);
            if !seen.contains(&one) {
                seen.push(one);
            }
        }
        seen.join(", ")
    };
    let touched = others(&|row| matches!(row.when, When::Touching(name) if is_of(name)), &|row| {
        let to = match row.to {
            Outcome::Other(to) => format!("becomes {}", link(to)),
            Outcome::Itself => "gets warmer".to_owned(),
            Outcome::Nothing => "is gone".to_owned(),
        };
        format!("{} ({to})", link(row.of))
    });
    let from = others(&|row| matches!(row.to, Outcome::Other(name) if is_of(name)), &|row| {
        format!("{} ({})", link(row.of), when(row, &|name| name.to_owned()))
    });
    let none = touched.is_empty() && from.is_empty();
    if text.is_empty() {
        text += "\n## Reactions\n";
        text += if none { "None.\n" } else { "It reacts to nothing itself.\n" };
    }
    if !touched.is_empty() {
        text += &format!("\n{}", wrapped(&format!("What touches it: {touched}.")));
    }
    if !from.is_empty() {
        text += &format!("\n{}", wrapped(&format!("Comes from: {from}.")));
    }
    text
}

/// Paragraphs in lines of at most 120 characters; what is indented stays as it is.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    for paragraph in text.split("\n\n") {
        if !out.is_empty() {
            out.push('\n');
        }
        if paragraph.starts_with("    ") {
            out += paragraph;
            out += "\n";
            continue;
        }
        let (mut line, hang) = (String::new(), if paragraph.starts_with("- ") { "  " } else { "" });
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > 120 {
                out += &format!("{line}\n");
                line = format!("{hang}{word}");
            } else {
                line += if line.is_empty() { "" } else { " " };
                line += word;
            }
        }
        out += &format!("{line}\n");
    }
    out.replace("\n\n\n", "\n\n")
}
