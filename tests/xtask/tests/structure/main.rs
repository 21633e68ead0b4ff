//! How the crates are made inside, read from their source: no circle between folders, no field that is seen outside its
//! folder, and a central type that others do not reach into.
//!
//! What stands today is written in `standing.txt` beside this. A test fails where something new joins it, and where
//! something of it is gone and still written there: so the list only gets shorter. After a change for the better (or a move)
//!
//!     TIDEPOOL_STANDING=write cargo test -p xtask --test structure
//!
//! writes the list as it is then, unless it got longer. The lines of the longest files are printed
//! (`cargo test -p xtask --test structure -- --nocapture`), and not judged.

mod circles;
mod measure;
mod modules;

use modules::Crate;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The crates: name, root files, and the type that all of it is about, where one is.
const CRATES: &[(&str, &[&str], Option<&str>)] = &[
    ("driver", &["game/driver/src/lib.rs"], None),
    ("game", &["game/src/lib.rs"], None),
    ("picture", &["game/picture/src/lib.rs"], None),
    ("room", &["room/src/lib.rs"], Some("Room")),
    ("signaling", &["signaling/src/lib.rs"], None),
    ("sim-kernels", &["sim-kernels/src/lib.rs"], None),
    ("words", &["game/words/src/lib.rs"], None),
];

const STANDING: &str = "tests/xtask/tests/structure/standing.txt";

/// The longest files that are printed, a crate.
const LONGEST: usize = 3;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What stands: a line each, as `crate: what: which`.
fn standing() -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (name, roots, central) in CRATES {
        for root in *roots {
            // Files are named from the top folder, wherever this runs.
            let tree = Crate::read(Path::new(root), &|path| std::fs::read_to_string(top().join(path)).ok());
            for circle in circles::circles(&tree) {
                lines.extend(circle.iter().map(|part| format!("{name}: in a circle: {part}")));
            }
            lines.extend(measure::fields(&tree).iter().map(|field| format!("{name}: field seen outside: {field}")));
            if let Some(central) = central {
                let spread = measure::spread(&tree, central);
                lines.extend(spread.functions.iter().map(|f| format!("{name}: takes &mut {central}: {f}")));
                lines.extend(spread.impls.iter().map(|f| format!("{name}: impl {central}: {}", f.display())));
            }
            report(name, &tree);
        }
    }
    lines
}

fn report(name: &str, tree: &Crate) {
    let files: BTreeSet<&PathBuf> = tree.modules.values().map(|m| &m.file).collect();
    let mut lengths: Vec<(usize, &PathBuf)> = files
        .into_iter()
        .map(|file| (std::fs::read_to_string(top().join(file)).map_or(0, |text| text.lines().count()), file))
        .collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    let all: usize = lengths.iter().map(|(lines, _)| lines).sum();
    let longest: Vec<String> =
        lengths.iter().take(LONGEST).map(|(lines, file)| format!("{} {lines}", file.display())).collect();
    println!("{name}: {} files, {all} lines; the longest: {}", lengths.len(), longest.join(", "));
}

/// `crate: what`, with how many there are of it.
fn counts(lines: &BTreeSet<String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        let kind: Vec<&str> = line.splitn(3, ": ").take(2).collect();
        *counts.entry(kind.join(": ")).or_default() += 1;
    }
    counts
}

#[test]
fn what_stands_is_what_is_written_and_only_gets_less() {
    let file = top().join(STANDING);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let written: BTreeSet<String> =
        text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned).collect();
    let now = standing();
    let (was, is) = (counts(&written), counts(&now));
    is.iter().for_each(|(kind, n)| println!("{kind}: {n}"));
    if now == written {
        return;
    }
    let longer: Vec<String> = is
        .iter()
        .map(|(kind, n)| (kind, was.get(kind).copied().unwrap_or(0), n))
        .filter(|(_, was, n)| **n > *was)
        .map(|(kind, was, n)| format!("{kind}: {was} before, {n} now"))
        .collect();
    if std::env::var_os("TIDEPOOL_STANDING").is_some_and(|v| v == "write") && (longer.is_empty() || text.is_empty()) {
        let mut text =
            "# What tests/xtask/tests/structure found that should not be: it says how to write this file.\n".to_owned();
        now.iter().for_each(|line| writeln!(text, "{line}").expect("a string takes all"));
        std::fs::write(&file, text).expect("the list can be written");
        return;
    }
    let list = |lines: &mut dyn Iterator<Item = &String>| lines.map(|l| format!("\n    {l}")).collect::<String>();
    panic!(
        "new, and should not be: {}\ngone, and still in {STANDING} (take the lines out): {}\nlonger: {}",
        list(&mut now.difference(&written)),
        list(&mut written.difference(&now)),
        list(&mut longer.iter()),
    );
}
