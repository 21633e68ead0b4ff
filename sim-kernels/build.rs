//! Makes Rust of the table of reactions, so that the kernels have it as constants.

#![allow(clippy::disallowed_methods, reason = "it runs where the program is built, and not in a page")]

use serde::Deserialize;
use std::fmt::Write as _;
use std::path::Path;

/// What `materials/reactions.ron` holds; the file says what it means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    restless: Vec<String>,
    rows: Vec<Row>,
    drives: Vec<Drive>,
    drains: Vec<String>,
    carried: Vec<Carried>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    of: Vec<String>,
    when: When,
    to: String,
    #[serde(default = "at_once")]
    ticks: u32,
    #[serde(default)]
    gives: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drive {
    by: String,
    velocity: [i32; 2],
    share: i32,
    #[serde(default)]
    blows: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Carried {
    of: String,
    share: i32,
}

fn at_once() -> u32 {
    1
}

/// As `materials::reactions::When`: its debug form is how Rust says it.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "what is in it is printed")]
enum When {
    Frozen,
    Melted,
    Condensed,
    Boiled,
    Broken,
    Above(i32),
    Below(i32),
    Touching(String),
    Struck,
    Aging,
}

fn main() {
    let file = "src/materials/reactions.ron";
    println!("cargo::rerun-if-changed={file}");
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{file}: {e}"));
    let table: Table = ron::from_str(&text).unwrap_or_else(|e| panic!("{file}:{e}"));
    let mut code = String::new();
    let _ = writeln!(code, "/// See the file's head.\npub const RESTLESS: &[&str] = &{:?};", table.restless);
    let _ = writeln!(code, "/// Every row, once for each material that it is of.\npub const TABLE: &[Reaction] = &[");
    for row in &table.rows {
        let (when, ticks, gives) = (&row.when, row.ticks, row.gives);
        let to = match row.to.as_str() {
            "nothing" => "Nothing".to_owned(),
            "itself" => "Itself".to_owned(),
            other => format!("Other({other:?})"),
        };
        for of in &row.of {
            let _ = writeln!(
                code,
                "    Reaction {{ of: {of:?}, when: When::{when:?}, to: Outcome::{to}, ticks: {ticks}, gives: {gives} }},"
            );
        }
    }
    code.push_str("];\n/// See the file's head.\npub const DRIVES: &[Drive] = &[\n");
    for Drive { by, velocity, share, blows } in &table.drives {
        let drive = format!("by: {by:?}, velocity: {velocity:?}, share: {share}, blows: {blows}");
        let _ = writeln!(code, "    Drive {{ {drive} }},");
    }
    let _ = writeln!(code, "];\n/// See the file's head.\npub const DRAINS: &[&str] = &{:?};", table.drains);
    let carried: Vec<_> = table.carried.iter().map(|Carried { of, share }| (of, share)).collect();
    let _ = writeln!(code, "/// See the file's head.\npub const CARRIED: &[(&str, i32)] = &{carried:?};");
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    std::fs::write(Path::new(&out).join("reactions.rs"), code).expect("its folder is there");
}
